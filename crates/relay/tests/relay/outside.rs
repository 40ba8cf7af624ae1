//! Backends in processes of their own: they end by a kill, and start again by a command.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::JoinHandle;

use crate::backends::{csharp_file, csharp_program, examples};
use crate::ports::free_address;
use crate::world::{ORIGIN, PASSWORD, Sandbox};

/// A process that is started, and started again, by a command.
pub(crate) struct Outside {
    folder: TempDir,
    pub(crate) address: SocketAddr,
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = std::process::Command::new("sh").arg("-c").arg(self.end()).status();
    }
}

impl Outside {
    /// `start` is a line of sh.
    pub(crate) async fn start(folder: TempDir, address: SocketAddr, start: &str) -> Self {
        let outside = Self { folder, address };
        let script = format!("{}\n{start} >/dev/null 2>&1 &\necho $! > '{}'\n", outside.end(), outside.file("pid"));
        std::fs::write(outside.file("again.sh"), script).unwrap();
        assert!(Command::new("sh").arg(outside.file("again.sh")).status().await.unwrap().success());
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        outside
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// It ends as by a crash. What it had locked is free a moment later.
    fn end(&self) -> String {
        let pid = self.file("pid");
        let wait = "for i in 1 2 3 4 5 6 7 8 9; do kill -0 $pid 2>/dev/null || break; sleep 0.05; done";
        format!("if [ -f '{pid}' ]; then pid=$(cat '{pid}'); rm '{pid}'; kill -9 $pid 2>/dev/null; {wait}; fi")
    }

    pub(crate) fn again(&self) -> String {
        format!("sh '{}'", self.file("again.sh"))
    }
}

/// Before a backend a server that ends each connection after one answer, and does not say so.
pub(crate) async fn hanging_up(backend: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        loop {
            let (mut page, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut backend = TcpStream::connect(backend).await?;
                let ((mut asks, mut hears), (mut answers, mut hands_on)) = (page.split(), backend.split());
                let all = async {
                    let (mut bytes, mut answer) = (vec![0; 65_536], Vec::new());
                    while !is_whole(&answer) {
                        let read = answers.read(&mut bytes).await?;
                        answer.extend_from_slice(&bytes[..read]);
                    }
                    hears.write_all(&answer).await
                };
                tokio::select! {
                    ended = all => ended,
                    copied = copy(&mut asks, &mut hands_on) => copied.map(|_| ()),
                }
            });
        }
    });
    (address, serving)
}

/// Whether all is there that its header announces.
fn is_whole(answer: &[u8]) -> bool {
    let answer = String::from_utf8_lossy(answer).into_owned();
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse().unwrap())
}

pub(crate) fn there_is_node() -> bool {
    let there = std::process::Command::new("node").arg("--version").output().is_ok_and(|tried| tried.status.success());
    if !there {
        eprintln!("not run here: there is no node");
    }
    there
}

/// The backend of examples, or one that is made of it by another word in it; none without node.
pub(crate) async fn node(sandbox: &Sandbox, from: &str, to: &str) -> Option<Outside> {
    if !there_is_node() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("server.mjs");
    let script = std::fs::read_to_string(examples().join("server.mjs")).unwrap();
    assert!(script.contains(from), "{from} is not in server.mjs");
    std::fs::write(&file, script.replace(from, to)).unwrap();
    let command = format!("node '{}'", file.display());
    Some(example(folder, sandbox, &command).await)
}

/// The same in C#; none but in `cargo xtask soak csharp`, which has what runs it.
pub(crate) async fn csharp(sandbox: &Sandbox) -> Option<Outside> {
    std::env::var_os("CSHARP_PROGRAM")?;
    let folder = tempfile::tempdir().unwrap();
    // What a project for the web takes for granted.
    let names = ["Collections.Generic", "Net.Http", "Threading", "Threading.Tasks"];
    let names: String = names.iter().map(|name| format!("global using System.{name}; ")).collect();
    let (names, program) = (csharp_file(folder.path(), "Names.cs", &names), csharp_program());
    let backend = examples().join("Backend.cs").display().to_string();
    let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/csharp/AspNet.cs").display().to_string();
    Some(example(folder, sandbox, &format!("'{program}' '{names}' '{stand_in}' '{backend}'")).await)
}

/// A backend of the examples before the sandbox.
async fn example(folder: TempDir, sandbox: &Sandbox, command: &str) -> Outside {
    let (address, bzctrl, at) = (free_address(), sandbox.address, folder.path().display().to_string());
    let start = format!(
        "PORT={port} ORIGIN={ORIGIN} WORKSPACE=EXA-CON-BUS-WOR USERNAME=relay@example.com PASSWORD={PASSWORD} \
         TOKEN_ENDPOINT=http://{bzctrl}/bzctrl-core-api/oauth/token \
         TASK_ENDPOINT=http://{bzctrl}/bzctrl-core-api/api/v1/task/add-task JOURNAL='{at}/journal' {command}",
        port = address.port()
    );
    Outside::start(folder, address, &start).await
}

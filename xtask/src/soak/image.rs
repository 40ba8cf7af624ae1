//! The container's image, built from nothing by buildah, and the relay that starts in it.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{dist, machine, step::Step};

const IMAGE: &str = "bzctrl-relay-soak";
/// Whom the image runs as.
const USER: &str = "10001";
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Builds it of this commit's program, looks what is in it, and starts it.
///
/// # Errors
///
/// When there is no buildah or no root, or the relay does not become ready.
pub(super) fn run() -> Result<()> {
    if !machine::is_root() || machine::on_path(&["buildah"]).is_none() {
        bail!("this takes root's rights, and buildah: `apt-get install --no-install-recommends buildah`");
    }
    dist::package()?;
    let mut build = buildah(&["build", "--file", "packaging/Dockerfile", "--tag", IMAGE, "."]);
    build.current_dir(machine::root());
    Step::new("buildah build", build).run()?;
    let container = machine::answer(&mut buildah(&["from", IMAGE])).context("no container is made of the image")?;
    let tried = try_it(&container);
    // What buildah keeps is large.
    for clean in [["rm", &*container], ["rmi", IMAGE]] {
        machine::answer(&mut buildah(&clean)).with_context(|| format!("{} is left", clean[1]))?;
    }
    tried
}

/// In a root of its own, on this machine's network: that takes no other program of containers'.
fn buildah(arguments: &[&str]) -> Command {
    let mut command = Command::new("buildah");
    command.args(arguments).env("BUILDAH_ISOLATION", "chroot");
    command
}

fn try_it(container: &str) -> Result<()> {
    let folder = machine::target().join("image");
    fs::create_dir_all(&folder)?;
    let file = |name: &str, bytes: &[u8]| -> Result<String> {
        let (made, path) = (folder.join("made"), folder.join(name));
        fs::write(&made, bytes)?;
        let mut install = Command::new("install");
        install.args(["-m", "0400", "-o", USER, "-g", USER]).arg(&made).arg(&path);
        machine::answer(&mut install).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(path.display().to_string())
    };
    let settings = file("relay.toml", &fs::read(machine::root().join("packaging/relay.toml"))?)?;
    let password = file("password", b"nobody-asks-for-it\n")?;
    let health = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let in_container = |arguments: &[&str]| {
        let mut command = buildah(&["run"]);
        for (from, to) in [
            (&*settings, "/etc/bzctrl-relay/relay.toml"),
            (&*password, "/etc/bzctrl-relay/password"),
            ("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt"),
        ] {
            command.args(["--volume", &format!("{from}:{to}:ro")]);
        }
        command.args(["--env", "BZCTRL_RELAY__SERVER__LISTEN=127.0.0.1:0"]);
        command.args(["--env", &format!("BZCTRL_RELAY__SERVER__HEALTH_LISTEN={health}")]);
        command.args([container, "--", "/usr/bin/bzctrl-relay", "--config", "/etc/bzctrl-relay/relay.toml"]);
        command.args(arguments);
        command
    };
    Step::new("check, in the container", in_container(&["check"])).run()?;
    let mut relay = in_container(&[]).spawn()?;
    let ready = ready(&health);
    // It ends as a container does.
    let _ = Command::new("kill").arg(relay.id().to_string()).status();
    let _ = relay.wait();
    let said = ready?;
    if !said.contains("200 OK") || !said.ends_with("ready\n") && !said.ends_with("ready") {
        bail!("in the container the relay is not ready: {said}");
    }
    println!("the relay was ready in its container");
    Ok(())
}

/// What it answers about itself, once it answers.
fn ready(health: &str) -> Result<String> {
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        match TcpStream::connect(health) {
            Ok(mut stream) => {
                write!(stream, "GET /readyz HTTP/1.1\r\nhost: {health}\r\nconnection: close\r\n\r\n")?;
                let mut said = String::new();
                stream.read_to_string(&mut said)?;
                return Ok(said);
            }
            Err(error) if Instant::now() > deadline => bail!("nobody listens at {health}: {error}"),
            Err(_) => sleep(Duration::from_millis(200)),
        }
    }
}

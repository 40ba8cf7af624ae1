//! The program, as whoever starts it meets it.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
    time::timeout,
};

fn program(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bzctrl-sandbox"));
    command.args(flags).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).await.unwrap();
    line
}

async fn refusal(flags: &[&str]) -> String {
    let output = program(flags).output().await.unwrap();
    assert!(!output.status.success(), "{flags:?}");
    assert!(output.stdout.is_empty(), "{flags:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn it_says_where_it_listens_and_ends_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let mut child = program(&["--listen", "127.0.0.1:0"]).spawn().unwrap();
        let line = first_line(&mut child).await;
        let base = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        assert_eq!(reqwest::get(format!("{base}/app/")).await.unwrap().status(), 200);
        let pid = child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().await.unwrap().success());
        assert!(child.wait().await.unwrap().success(), "{signal}");
    }
}

#[tokio::test]
async fn it_listens_on_the_network_only_when_told_to_expose_itself() {
    assert!(refusal(&["--listen", "0.0.0.0:0"]).await.contains("--expose"));
    let mut child = program(&["--listen", "0.0.0.0:0", "--expose"]).spawn().unwrap();
    assert!(first_line(&mut child).await.starts_with("listening on http://0.0.0.0:"));
    let mut warning = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut warning).await.unwrap();
    assert!(warning.contains("WARN") && warning.contains("credentials"), "{warning}");
}

#[tokio::test]
async fn the_library_listens_on_the_network_only_when_told_too() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let serving = bzctrl_sandbox::serve(listener, bzctrl_sandbox::Options::default());
    let refused = timeout(Duration::from_secs(5), serving).await.expect("it serves");
    assert!(refused.unwrap_err().to_string().contains("--expose"));
}

#[tokio::test]
async fn a_taken_port_is_one_line_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let told = refusal(&["--listen", &address]).await;
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.contains(&address) && told.contains("--listen"), "{told}");
}

#[tokio::test]
async fn a_wrong_flag_says_what_is_expected() {
    assert!(refusal(&["--allow-origin", "http://a.example/"]).await.contains("no slash at the end"));
    assert!(refusal(&["--public-url", "javascript:x"]).await.contains("http or https"));
}

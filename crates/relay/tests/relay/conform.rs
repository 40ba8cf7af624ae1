//! `bzctrl-relay conform`: what keeps to docs/PROTOCOL.md passes, and what breaks a rule fails at that rule and at no other.

use std::collections::BTreeSet;
use std::future::ready;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use bzctrl_relay::conform::Rule;
use futures_util::future::join_all;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::host::Host;
use crate::identity::{audience, world_of};
use crate::tampering::{self, Tampering};
use crate::world::{Answer, ORIGIN, PASSWORD, Page, Sandbox, World, client, incident, settings};

const PROTOCOL: &str = include_str!("../../../../docs/PROTOCOL.md");
const USER: &str = "user@example.com";

/// What it said.
pub(crate) struct Verdict {
    pub(crate) says: String,
    pub(crate) exit: i32,
}

impl Verdict {
    /// The rules that begin with this word.
    pub(crate) fn rules(&self, word: &str) -> BTreeSet<&str> {
        let rules = self.says.lines().filter_map(|line| line.strip_prefix(word));
        rules.filter_map(|rest| rest.split_whitespace().next()).collect()
    }
}

async fn conform(arguments: &[&str]) -> Verdict {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bzctrl-relay"));
    let output = command.arg("conform").args(arguments).output().await.unwrap();
    let says = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    Verdict { says, exit: output.status.code().unwrap() }
}

/// What it says of a backend, whatever is behind it.
async fn alone(backend: SocketAddr, more: &[&str]) -> Verdict {
    let url = format!("http://{backend}");
    conform(&[&[&*url, "--origin", ORIGIN, "--creates-todos"], more].concat()).await
}

/// What it says of a backend behind which there is a sandbox.
pub(crate) async fn with_sandbox(backend: SocketAddr, sandbox: &Sandbox, more: &[&str]) -> Verdict {
    let sandbox = format!("http://{}", sandbox.address);
    alone(backend, &[&["--sandbox", &sandbox], more].concat()).await
}

/// A process that is started, and started again, by a command.
struct Outside {
    folder: TempDir,
    address: SocketAddr,
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = std::process::Command::new("sh").arg("-c").arg(self.end()).status();
    }
}

impl Outside {
    /// `start` is a line of sh.
    async fn start(folder: TempDir, address: SocketAddr, start: &str) -> Self {
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

    fn again(&self) -> String {
        format!("sh '{}'", self.file("again.sh"))
    }
}

/// An address that nobody has now, and that no other test here is given.
async fn free_address() -> SocketAddr {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        if GIVEN.lock().unwrap().insert(address.port()) {
            return address;
        }
    }
}

/// The backend of examples, or one that is made of it by another word in it; none without node.
async fn node(sandbox: &Sandbox, from: &str, to: &str) -> Option<Outside> {
    if !std::process::Command::new("node").arg("--version").output().is_ok_and(|tried| tried.status.success()) {
        eprintln!("not run here: there is no node");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("server.mjs");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/backends/server.mjs");
    let script = std::fs::read_to_string(example).unwrap();
    assert!(script.contains(from), "{from} is not in server.mjs");
    std::fs::write(&file, script.replace(from, to)).unwrap();
    let (address, bzctrl, at) = (free_address().await, sandbox.address, folder.path().display().to_string());
    let start = format!(
        "PORT={port} ORIGIN={ORIGIN} WORKSPACE=EXA-CON-BUS-WOR USERNAME=relay@example.com PASSWORD={PASSWORD} \
         TOKEN_ENDPOINT=http://{bzctrl}/bzctrl-core-api/oauth/token \
         TASK_ENDPOINT=http://{bzctrl}/bzctrl-core-api/api/v1/task/add-task JOURNAL='{at}/journal' node '{at}/server.mjs'",
        port = address.port()
    );
    Some(Outside::start(folder, address, &start).await)
}

#[tokio::test]
async fn the_relay_keeps_to_its_own_protocol_and_over_a_crash() {
    let (sandbox, folder, address) = (Sandbox::start().await, tempfile::tempdir().unwrap(), free_address().await);
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let config = settings(sandbox.address, &folder, "").replacen("127.0.0.1:0", &address.to_string(), 1);
    let file = folder.path().join("relay.toml");
    std::fs::write(&file, config).unwrap();
    let start = format!("'{}' --config '{}'", env!("CARGO_BIN_EXE_bzctrl-relay"), file.display());
    let relay = Outside::start(folder, address, &start).await;
    let verdict = with_sandbox(relay.address, &sandbox, &["--restart-command", &relay.again()]).await;
    // It vouches for nobody, and that is told.
    assert_eq!(verdict.exit, 3, "{}", verdict.says);
    assert_eq!(verdict.rules("not tried"), ["identity", "reporter"].into(), "{}", verdict.says);
    assert!(verdict.says.contains("not tried: identity, reporter: give --cookie, "), "{}", verdict.says);
}

#[tokio::test]
async fn a_relay_that_asks_for_assertions_passes_with_the_hosts_own() {
    let host = Host::new();
    let world = world_of(&host, "").await;
    let signs = Arc::new((host, audience(&world)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/me/assertion", listener.local_addr().unwrap());
    let router = Router::new().route("/me/assertion", get(move || ready(signs.0.assertion(&signs.1))));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let verdict = with_sandbox(world.relay.address(), &world.sandbox, &["--assertion-endpoint", &endpoint]).await;
    assert_eq!(verdict.exit, 3, "{}", verdict.says);
    assert_eq!(verdict.rules("not tried"), ["restart"].into(), "{}", verdict.says);
    // Without a user there is nothing to try, and it says what is missing.
    let verdict = with_sandbox(world.relay.address(), &world.sandbox, &[]).await;
    assert_eq!((verdict.exit, verdict.rules("FAILS").len()), (3, 0), "{}", verdict.says);
    let hint = "give --cookie, --assertion-endpoint, --assertion or --header of a signed-in user";
    assert!(verdict.says.contains("token-answer, identity, "), "{}", verdict.says);
    assert!(verdict.says.contains(hint), "{}", verdict.says);
    serving.abort();
}

#[tokio::test]
async fn the_backend_of_the_examples_passes_and_over_a_crash() {
    let sandbox = Sandbox::start().await;
    let Some(node) = node(&sandbox, "", "").await else { return };
    let cookie = format!("session={USER}");
    let again = node.again();
    let verdict = with_sandbox(node.address, &sandbox, &["--cookie", &cookie, "--restart-command", &again]).await;
    assert_eq!(verdict.exit, 0, "{}", verdict.says);
    assert_eq!(verdict.rules("not tried"), [].into(), "{}", verdict.says);
    assert_eq!(verdict.rules("no matter"), ["bzctrl-admits"].into(), "{}", verdict.says);
}

#[tokio::test]
async fn the_backend_of_the_examples_gets_a_new_token_after_a_401_and_says_when_bzctrl_refuses_its_account() {
    let sandbox = Sandbox::start().await;
    let Some(node) = node(&sandbox, "", "").await else { return };
    // Who has no session is told so, and conform says what to give.
    let verdict = with_sandbox(node.address, &sandbox, &[]).await;
    assert_eq!((verdict.exit, verdict.rules("FAILS").len()), (3, 0), "{}", verdict.says);
    let token = client().post(format!("http://{}/v1/token", node.address)).header("origin", ORIGIN);
    let token = token.header("x-bzctrl-widget", "1").header("cookie", format!("session={USER}"));
    let page = Page::of(node.address, &Answer::to(token.form(&[("grant_type", "client_credentials")])).await);
    let revoked = async |times| sandbox.faults("add-task", json!("revoked-token"), times).await;
    let code = |answer: &Answer| answer.json["code"].as_str().unwrap_or_default().to_owned();
    let before = sandbox.logins().await.len();
    let key = page.new_key();
    revoked(1).await;
    assert_eq!(page.submit(&key, &incident("one")).await.status, 201);
    assert_eq!(sandbox.logins().await.len() - before, 2, "one more");
    let key = page.new_key();
    revoked(2).await;
    let refused = page.submit(&key, &incident("two")).await;
    assert_eq!((refused.status, &*code(&refused)), (503, "upstream-credentials"));
    assert_eq!(refused.header("retry-after"), "");
    assert_eq!(sandbox.sends().await.len(), 4, "one more try each");
    assert_eq!(page.submit(&key, &incident("two")).await.status, 201, "it was not sent");
    revoked(1).await;
    let no = json!({ "status": { "code": 400, "body": "json" } });
    sandbox.fault("token", no).await;
    let refused = page.submit(&page.new_key(), &incident("three")).await;
    assert_eq!((refused.status, &*code(&refused)), (503, "upstream-credentials"));
    assert_eq!(sandbox.todos().await.len(), 2);
}

/// What is seen only where BzCtrl's side can be made to go wrong.
const OF_DOUBTS: [&str; 4] = ["reporter", "unknown", "replaced", "rejected"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_broken_relay_fails_at_its_rule_and_at_no_other() {
    let runs = tampering::ALL.iter().map(|broken| async move {
        let world = World::new().await;
        let between = Tampering::start(world.relay.address(), broken).await;
        let verdict = if OF_DOUBTS.iter().any(|rule| broken.fails.contains(rule)) {
            with_sandbox(between.address, &world.sandbox, &[]).await
        } else {
            alone(between.address, &[]).await
        };
        let fails: BTreeSet<&str> = broken.fails.iter().copied().collect();
        assert_eq!(verdict.rules("FAILS"), fails, "{}: {}", broken.what, verdict.says);
        // Nobody is vouched for here.
        assert_eq!(verdict.exit, if fails.is_empty() { 3 } else { 1 }, "{}: {}", broken.what, verdict.says);
        assert!(!verdict.says.contains("secret-of-the-account"), "{}", verdict.says);
    });
    join_all(runs).await;
}

/// One line of the example is another one: what is broken, and the rules that see it.
const MISTAKES: [(&str, &str, &[&str]); 9] = [
    ("?.[1];", "?.[1] ?? 'anybody@example.com';", &["identity"]),
    ("reporter: user, assignee: user }", "...{} }", &["reporter"]),
    ("if (!/^[\\w-]{1,64}\\.[0-9a-f]{32}$/.test(key) || key === old)", "if (!key)", &["key-form"]),
    ("!key.startsWith(`${epoch}.`)", "false", &["key-epoch"]),
    // Slow, so that those that come at once do come at once.
    (
        "const row = keep({ key, user, digest, state: 'sending' })",
        "const row = { key, user, digest }; await new Promise((wake) => setTimeout(wake, 500))",
        &["at-once"],
    ),
    ("if (isKnown)", "if (false)", &["replaces"]),
    ("state: unconnected ? 'free' : 'unknown'", "state: 'free'", &["unknown"]),
    ("if (replaced?.user === user) keep", "if (false) keep", &["replaced"]),
    ("else rows.set", "else if (false) rows.set", &["restart"]),
];

#[tokio::test]
async fn each_backend_with_one_mistake_fails_at_its_rule() {
    let runs = MISTAKES.iter().map(|(from, to, fails)| async move {
        let sandbox = Sandbox::start().await;
        let Some(node) = node(&sandbox, from, to).await else { return };
        let cookie = format!("session={USER}");
        let again = node.again();
        let verdict = if fails == &["restart"] {
            alone(node.address, &["--cookie", &cookie, "--restart-command", &again]).await
        } else if OF_DOUBTS.contains(&fails[0]) || fails[0] == "at-once" {
            with_sandbox(node.address, &sandbox, &["--cookie", &cookie]).await
        } else {
            alone(node.address, &["--cookie", &cookie]).await
        };
        let mut failed = verdict.rules("FAILS");
        if fails[0] == "at-once" {
            // The same mistake shows there too, where the first send is slower than the second.
            failed.remove("page-gone");
        }
        assert_eq!(failed, fails.iter().copied().collect(), "{to}: {}", verdict.says);
        assert_eq!(verdict.exit, 1);
    });
    join_all(runs).await;
}

#[tokio::test]
async fn it_creates_nothing_without_its_flag_and_with_it_no_more_than_it_says() {
    let world = World::new().await;
    let url = world.url("");
    let verdict = conform(&[&url, "--origin", ORIGIN]).await;
    assert_eq!((verdict.exit, world.sandbox.sends().await.len()), (3, 0), "{}", verdict.says);
    let untried = verdict.says.lines().find(|line| line.ends_with(": give --creates-todos")).unwrap_or_default();
    assert!(untried.contains("created, ") && untried.contains("restart"), "{}", verdict.says);
    let verdict = conform(&[&url, "--origin", ORIGIN, "--creates-todos"]).await;
    assert_eq!((verdict.exit, world.sandbox.todos().await.len()), (3, 3), "{}", verdict.says);
    assert!(verdict.says.contains("It creates 3 todos in EXA-CON-BUS-WOR"), "{}", verdict.says);

    // One that keeps no rule at all about keys.
    let world = World::new().await;
    let broken = tampering::ALL.iter().find(|broken| broken.what.contains("key of its own")).unwrap();
    let between = Tampering::start(world.relay.address(), broken).await;
    let verdict = conform(&[&format!("http://{}", between.address), "--origin", ORIGIN, "--creates-todos"]).await;
    let more = verdict.says.split("up to ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(0);
    let made = world.sandbox.todos().await.len();
    assert!(made > 3 && made <= 3 + more, "{made}: {}", verdict.says);
}

#[tokio::test]
async fn in_token_mode_it_asks_bzctrl_whether_the_page_is_admitted_and_sends_no_todo() {
    let world = World::with("mode = \"token\"").await;
    let verdict = conform(&[&world.url("/v1/token"), "--origin", ORIGIN, "--creates-todos"]).await;
    assert_eq!(verdict.rules("FAILS"), ["bzctrl-admits"].into(), "{}", verdict.says);
    assert!(verdict.says.contains("in token mode todos go to BzCtrl itself"), "{}", verdict.says);
    assert_eq!(world.sandbox.sends().await.iter().filter(|sent| sent["method"] == "POST").count(), 0);
}

#[tokio::test]
async fn where_nobody_answers_nothing_is_said_of_any_rule() {
    let nobody = free_address().await;
    let cookie = "session=a-secret";
    let verdict = conform(&[&format!("http://{nobody}"), "--origin", ORIGIN, "--cookie", cookie]).await;
    assert_eq!(verdict.exit, 2, "{}", verdict.says);
    assert!(verdict.says.contains("nothing could be tried") && !verdict.says.contains(cookie), "{}", verdict.says);
}

#[tokio::test]
async fn an_origin_is_one_that_a_page_can_have_and_one_that_is_not_admitted_is_told() {
    let world = World::new().await;
    let url = world.url("");
    for (origin, told) in [
        ("erp.example.com", "begins with http:// or https://"),
        ("localhost:8080", "begins with http:// or https://"),
        ("https://erp.example.com/", "browsers write this origin as https://erp.example.com"),
        ("https://ERP.example.com:443", "browsers write this origin as https://erp.example.com"),
    ] {
        let verdict = conform(&[&url, "--origin", origin]).await;
        assert!(verdict.exit == 2 && verdict.says.contains(told), "{origin}: {}", verdict.says);
    }
    let verdict = conform(&[&url, "--origin", "https://another.example"]).await;
    assert_eq!(verdict.exit, 1, "{}", verdict.says);
    assert!(verdict.says.contains("does the backend list https://another.example?"), "{}", verdict.says);
}

#[test]
fn every_rule_stands_in_the_document_under_its_name() {
    let section = PROTOCOL.split("## Try it").nth(1).unwrap();
    let told: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let rules: Vec<&str> = Rule::all().map(Rule::name).collect();
    assert_eq!(told, rules);
    for rule in Rule::all() {
        assert!(section.contains(&format!("| `{}` | {} |", rule.name(), rule.says())), "{}", rule.name());
    }
}

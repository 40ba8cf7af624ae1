//! `bzctrl-relay conform`: what keeps to docs/PROTOCOL.md passes, and what breaks a rule fails at that rule and at no other.

use std::collections::BTreeSet;
use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use bzctrl_relay::conform::{Rule, UNSEEN};
use futures_util::future::join_all;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::host::Host;
use crate::identity::{audience, world_of};
use crate::outside::{Outside, csharp, hanging_up, node, there_is_node};
use crate::ports::free_address;
use crate::tampering::{self, Tampering};
use crate::world::{Answer, ORIGIN, PASSWORD, Page, Sandbox, WORKSPACE, World, client, incident, settings};

const PROTOCOL: &str = include_str!("../../../../docs/PROTOCOL.md");
const USER: &str = "user@example.com";
const TWO_USERS: [&str; 4] = ["--cookie", "session=user@example.com", "--other-cookie", "session=another@example.com"];

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

#[tokio::test]
async fn the_relay_keeps_to_its_own_protocol_and_over_a_crash() {
    let (sandbox, folder, address) = (Sandbox::start().await, tempfile::tempdir().unwrap(), free_address());
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let config = settings(sandbox.address, &folder, "").replacen("127.0.0.1:0", &address.to_string(), 1);
    let file = folder.path().join("relay.toml");
    std::fs::write(&file, config).unwrap();
    let start = format!("'{}' --config '{}'", env!("CARGO_BIN_EXE_bzctrl-relay"), file.display());
    let relay = Outside::start(folder, address, &start).await;
    // It vouches for nobody, and that is told.
    let verdict = with_sandbox(relay.address, &sandbox, &[]).await;
    assert_eq!(verdict.exit, 3, "{}", verdict.says);
    let untried = ["identity", "reporter", "other-user", "restart"];
    assert_eq!(verdict.rules("not tried"), untried.into(), "{}", verdict.says);
    assert!(verdict.says.contains("not tried: identity, reporter: give --cookie, "), "{}", verdict.says);
    // Where that is meant, nothing is missing.
    let again = relay.again();
    let verdict = with_sandbox(relay.address, &sandbox, &["--without-users", "--restart-command", &again]).await;
    assert_eq!(verdict.exit, 0, "{}", verdict.says);
    let users = ["bzctrl-admits", "identity", "reporter", "other-user"];
    assert_eq!(verdict.rules("no matter"), users.into(), "{}", verdict.says);
    assert!(UNSEEN.iter().all(|unseen| verdict.says.contains(unseen)), "{}", verdict.says);
}

#[tokio::test]
async fn what_was_not_seen_to_go_away_was_not_restarted() {
    let world = World::new().await;
    let (hangs_up, serving) = hanging_up(world.relay.address()).await;
    for (address, command, told) in [
        (
            world.relay.address(),
            "true",
            "restarts the backend: each question was answered meanwhile, and a connection stayed open",
        ),
        (
            hangs_up,
            "true",
            "restarts the backend: each question was answered meanwhile, and it keeps no connection open",
        ),
        (world.relay.address(), "exit 7", "--restart-command failed: exit status: 7"),
    ] {
        let verdict = alone(address, &["--without-users", "--restart-command", command]).await;
        assert_eq!(verdict.exit, 3, "{}", verdict.says);
        assert!(verdict.rules("not tried").contains("restart"), "{}", verdict.says);
        assert!(verdict.says.contains(told), "{}", verdict.says);
    }
    serving.abort();
}

#[tokio::test]
async fn a_relay_that_asks_for_assertions_passes_with_the_hosts_own() {
    let host = Host::new();
    let world = world_of(&host, "").await;
    let signs = Arc::new((host, audience(&world)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/me/assertion", listener.local_addr().unwrap());
    let signed = move |headers: HeaderMap| {
        let mut claims = signs.0.claims(&signs.1);
        if headers.contains_key("cookie") {
            (claims["sub"], claims["email"]) = (json!("user-8"), json!("another@host.example"));
        }
        ready(signs.0.sign("EdDSA", &signs.0.header("EdDSA"), &claims))
    };
    let router = Router::new().route("/me/assertion", get(signed));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let asserted = ["--assertion-endpoint", &*endpoint];
    let two = [&asserted[..], &["--other-cookie", "session=another"]].concat();
    let verdict = with_sandbox(world.relay.address(), &world.sandbox, &two).await;
    assert_eq!(verdict.exit, 3, "{}", verdict.says);
    assert_eq!(verdict.rules("not tried"), ["restart"].into(), "{}", verdict.says);
    let verdict = alone(world.relay.address(), &asserted).await;
    let hint =
        "not tried: other-user: give --other-cookie, --other-assertion-endpoint or --other-header of a second user";
    assert!(verdict.says.contains(hint), "{}", verdict.says);
    let one = [&asserted[..], &["--other-assertion-endpoint", &endpoint]].concat();
    let verdict = alone(world.relay.address(), &one).await;
    assert!(verdict.says.contains("not tried: other-user: both users are the same one"), "{}", verdict.says);
    // Without an assertion there is nothing to try, and it says what is missing, whatever else was given.
    for instead in [&[][..], &["--cookie", "session=a"], &["--without-users"]] {
        let verdict = alone(world.relay.address(), instead).await;
        assert_eq!((verdict.exit, verdict.rules("FAILS").len()), (3, 0), "{}", verdict.says);
        assert!(verdict.says.contains("give --assertion-endpoint or --assertion: "), "{}", verdict.says);
    }
    serving.abort();
}

#[tokio::test]
async fn the_backend_of_the_examples_passes_and_over_a_crash() {
    let sandbox = Sandbox::start().await;
    let Some(node) = node(&sandbox, "", "").await else { return };
    passes_and_over_a_crash(&node, &sandbox).await;
    let verdict = with_sandbox(node.address, &sandbox, &["--assertion", "a.b.c"]).await;
    assert_eq!((verdict.exit, verdict.rules("FAILS").len()), (1, 2), "{}", verdict.says);
    let verdict = alone(node.address, &["--without-users"]).await;
    assert!(verdict.says.contains("leave out --without-users: the backend asks who the user is"), "{}", verdict.says);
}

#[tokio::test]
async fn the_backend_in_csharp_passes_and_over_a_crash() {
    let sandbox = Sandbox::start().await;
    let Some(csharp) = csharp(&sandbox).await else {
        eprintln!("not run here: cargo xtask soak csharp has what it needs");
        return;
    };
    passes_and_over_a_crash(&csharp, &sandbox).await;
}

async fn passes_and_over_a_crash(backend: &Outside, sandbox: &Sandbox) {
    let again = backend.again();
    let all = [&TWO_USERS[..], &["--restart-command", &again]].concat();
    let verdict = with_sandbox(backend.address, sandbox, &all).await;
    assert_eq!(verdict.exit, 0, "{}", verdict.says);
    assert_eq!(verdict.rules("not tried"), [].into(), "{}", verdict.says);
    // It lists no todos of an order.
    assert_eq!(verdict.rules("no matter"), ["bzctrl-admits", "orders"].into(), "{}", verdict.says);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_broken_relay_fails_at_its_rule_and_at_no_other() {
    let runs = tampering::ALL.iter().map(|broken| async move {
        let world = World::new().await;
        let between = Tampering::start(world.relay.address(), broken).await;
        let verdict = if broken.by_sandbox {
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
const MISTAKES: [(&str, &str, &[&str]); 13] = [
    ("'identity-denied', {", "'workspace-denied', {", &["identity"]),
    ("known.user !== user", "false", &["other-user"]),
    ("JSON.stringify({ ...todo, reporter: 0, assignee: 0 })", "text", &["replay"]),
    (
        "if (known && known.state !== 'free') return",
        "if (known && (known.state !== 'free' || known.digest !== digest)) return",
        &["free"],
    ),
    ("?.[1];", "?.[1] ?? 'anybody@example.com';", &["identity"]),
    ("reporter: user, assignee: user }", "...{} }", &["reporter"]),
    ("if (!KEY.test(key) || (old !== undefined && !KEY.test(old)) || key === old)", "if (!key)", &["key-form"]),
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
        let again = node.again();
        let restarted = [&TWO_USERS[..], &["--restart-command", &again]].concat();
        let verdict = match fails[0] {
            "restart" => alone(node.address, &restarted).await,
            "identity" | "key-form" | "key-epoch" | "replaces" => alone(node.address, &TWO_USERS).await,
            _ => with_sandbox(node.address, &sandbox, &TWO_USERS).await,
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
    let hint = |rule: &str| {
        let lines = verdict.says.lines().filter_map(|line| line.strip_prefix("  not tried: ")?.split_once(": "));
        let mut lines = lines.filter(|(rules, _)| rules.split(", ").any(|name| name == rule));
        lines.next().unwrap_or_else(|| panic!("{rule}: {}", verdict.says)).1
    };
    assert_eq!(hint("created"), "give --creates-todos");
    assert_eq!(hint("restart"), "give --creates-todos, and --restart-command");
    assert_eq!(hint("unknown"), "give --creates-todos, and --sandbox with bzctrl-sandbox in BzCtrl's place");
    assert!(
        hint("reporter").starts_with("give --cookie, ")
            && hint("reporter").contains(", and --creates-todos, and --sandbox ")
    );
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
async fn it_ends_at_the_first_todo_that_the_sandbox_lacks() {
    let (world, other) = (World::new().await, Sandbox::start().await);
    let verdict = with_sandbox(world.relay.address(), &other, &[]).await;
    let made = world.sandbox.todos().await;
    assert_eq!((made.len(), verdict.exit), (1, 1), "{}", verdict.says);
    assert_eq!(verdict.rules("FAILS"), ["created"].into(), "{}", verdict.says);
    let told = format!("said that it created 1, \"{}\" in {WORKSPACE}", made[0]["title"].as_str().unwrap());
    assert!(verdict.says.contains(&told), "{}", verdict.says);
    assert!(verdict.says.contains(made[0]["taskLink"].as_str().unwrap()), "{}", verdict.says);

    // What is no sandbox is told before anything is asked.
    let nowhere = format!("http://{}/", world.relay.address());
    let verdict = alone(world.relay.address(), &["--sandbox", &nowhere]).await;
    assert_eq!((verdict.exit, verdict.rules("not tried").len()), (2, 0), "{}", verdict.says);
    assert!(
        verdict.says.contains(&format!("nothing could be tried: --sandbox {nowhere} is no sandbox")),
        "{}",
        verdict.says
    );
}

#[tokio::test]
async fn what_was_to_go_wrong_in_the_sandbox_is_taken_back_before_and_after() {
    let world = World::new().await;
    world.sandbox.faults("add-task", json!("silence"), 3).await;
    world.sandbox.faults("token", json!({ "status": { "code": 500, "body": "html" } }), 3).await;
    let verdict = with_sandbox(world.relay.address(), &world.sandbox, &["--without-users"]).await;
    assert_eq!((verdict.exit, verdict.rules("FAILS").len()), (3, 0), "{}", verdict.says);
    // One that sends nothing on leaves all that was to go wrong with it.
    let broken = tampering::ALL.iter().find(|broken| broken.what.contains("key of its own")).unwrap();
    let between = Tampering::start(world.relay.address(), broken).await;
    with_sandbox(between.address, &world.sandbox, &[]).await;
    assert!(world.sandbox.faults_left().await.is_empty());
}

#[tokio::test]
async fn without_a_workspace_it_says_what_was_tried_and_what_was_not() {
    let sandbox = Sandbox::start().await;
    let Some(node) = node(&sandbox, "defaults = { domainWorkSpace: WORKSPACE, reporter: user }", "defaults = {}").await
    else {
        return;
    };
    let verdict = with_sandbox(node.address, &sandbox, &TWO_USERS).await;
    assert_eq!((verdict.exit, sandbox.todos().await.len()), (3, 0), "{}", verdict.says);
    assert!(
        verdict.says.contains("created, reporter, replay, ") && verdict.says.contains(": give --workspace: "),
        "{}",
        verdict.says
    );
    assert!(
        verdict.rules("holds").is_superset(&["foreign-origin", "token-answer", "key-form"].into()),
        "{}",
        verdict.says
    );
    let given = [&TWO_USERS[..], &["--workspace", WORKSPACE]].concat();
    let verdict = with_sandbox(node.address, &sandbox, &given).await;
    assert_eq!(verdict.rules("not tried"), ["restart"].into(), "{}", verdict.says);
}

#[tokio::test]
async fn in_token_mode_it_asks_bzctrl_whether_the_page_is_admitted_and_sends_no_todo() {
    let world = World::with("mode = \"token\"").await;
    let verdict = conform(&[&world.url("/v1/token"), "--origin", ORIGIN, "--creates-todos"]).await;
    assert_eq!(verdict.rules("FAILS"), ["bzctrl-admits"].into(), "{}", verdict.says);
    let told = format!("todos go to http://{}/bzctrl-core-api/api/v1/task/add-task itself", world.sandbox.address);
    assert!(verdict.says.contains(&told), "{}", verdict.says);
    assert_eq!(world.sandbox.sends().await.iter().filter(|sent| sent["method"] == "POST").count(), 0);
}

#[tokio::test]
async fn the_documents_backend_in_token_mode_conforms_without_users() {
    let options = bzctrl_sandbox::Options { allow_origins: vec![ORIGIN.parse().unwrap()], ..Default::default() };
    let sandbox = Sandbox::with(options).await;
    let block = PROTOCOL.split("### A backend in token mode").nth(1).unwrap().split("```").nth(1).unwrap();
    let block = block.strip_prefix("js\n").unwrap();
    let script = format!(
        "import {{ createServer }} from 'node:http';\nconst {{ PORT, ORIGIN, USERNAME, PASSWORD }} = process.env;\n{}.listen(Number(PORT), '127.0.0.1');",
        block.trim().trim_end_matches(';').replace("https://www.bzctrl.com", &format!("http://{}", sandbox.address))
    );
    let (folder, address) = (tempfile::tempdir().unwrap(), free_address());
    let file = folder.path().join("server.mjs");
    std::fs::write(&file, script).unwrap();
    let start = format!(
        "PORT={} ORIGIN={ORIGIN} USERNAME=relay@example.com PASSWORD={PASSWORD} node '{}'",
        address.port(),
        file.display()
    );
    if !there_is_node() {
        return;
    }
    let node = Outside::start(folder, address, &start).await;
    let verdict = alone(node.address, &["--without-users"]).await;
    assert_eq!((verdict.exit, verdict.rules("not tried").len()), (0, 0), "{}", verdict.says);
    assert!(verdict.rules("holds").contains("bzctrl-admits"), "{}", verdict.says);
}

#[tokio::test]
async fn where_nobody_answers_nothing_is_said_of_any_rule() {
    let nobody = free_address();
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
    assert_eq!(verdict.rules("FAILS"), ["token-answer"].into(), "{}", verdict.says);
    assert!(verdict.says.contains("does the backend list https://another.example?"), "{}", verdict.says);
}

#[test]
fn each_rule_is_broken_alone_by_something() {
    let broken = tampering::ALL.iter().map(|broken| broken.fails).chain(MISTAKES.iter().map(|(_, _, fails)| *fails));
    let alone: BTreeSet<&str> = broken.filter(|fails| fails.len() == 1).flatten().copied().collect();
    // A token that nobody knows shows at the list of an order too, and problems wherever they are told; token mode has a test of its own.
    let missing: Vec<_> = Rule::all().map(Rule::name).filter(|name| !alone.contains(name)).collect();
    assert_eq!(missing, ["bzctrl-admits", "token-invalid", "problems"]);
}

#[test]
fn every_rule_stands_in_the_document_under_its_name() {
    let section = PROTOCOL.split("## Try it").nth(1).unwrap();
    let told: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let rules: Vec<&str> = Rule::all().map(Rule::name).collect();
    assert_eq!(told, rules);
    for rule in Rule::all() {
        assert!(section.contains(&format!("| `{}` | {} |", rule.name(), rule.says())), "{}", rule.name());
        assert!(
            PROTOCOL.contains(&format!("\n## {}\n", rule.section()))
                || PROTOCOL.contains(&format!("\n### {}\n", rule.section()))
        );
    }
    for unseen in UNSEEN {
        assert!(section.contains(&format!("\n- {unseen}\n")), "{unseen}");
    }
}

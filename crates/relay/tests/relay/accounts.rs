//! Several environments and accounts at BzCtrl behind one relay: each tenant's todos go by its own, and nothing of one account
//! is used for another.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bzctrl_relay::Running;
use bzctrl_relay::config::Config;
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Program, relay as relay_command};
use crate::way_out::Authority;
use crate::world::{Answer, Page, Sandbox, client, incident};

/// An environment of BzCtrl: a sandbox that knows one account and one workspace, like no other one.
pub(crate) struct Environment {
    pub(crate) name: &'static str,
    pub(crate) sandbox: Sandbox,
}

impl Environment {
    pub(crate) async fn start(name: &'static str) -> Self {
        let options = bzctrl_sandbox::Options {
            username: format!("{name}@example.com"),
            password: password(name),
            workspaces: vec![workspace(name)],
            ..bzctrl_sandbox::Options::default()
        };
        Self { name, sandbox: Sandbox::with(options).await }
    }

    /// The keys of its account's section; the password's file is made.
    pub(crate) fn account(&self, folder: &TempDir) -> String {
        let (name, at, folder) = (self.name, self.sandbox.address, folder.path());
        std::fs::write(folder.join(format!("password-{name}")), password(name)).unwrap();
        format!(
            "environment = 'custom'\nname = '{name}'\ntoken_endpoint = 'http://{at}/bzctrl-core-api/oauth/token'\n\
             task_endpoint = 'http://{at}/bzctrl-core-api/api/v1/task/add-task'\napp_url = 'http://{at}/app/'\n\
             username = '{name}@example.com'\npassword_file = '{}/password-{name}'\n",
            folder.display()
        )
    }

    /// Everything that it has heard, as one text.
    async fn heard(&self) -> String {
        let url = format!("http://{}/sandbox/requests", self.sandbox.address);
        client().get(url).send().await.unwrap().text().await.unwrap()
    }
}

fn password(name: &str) -> String {
    format!("secret-of-{name}-4711")
}

fn workspace(name: &str) -> String {
    format!("EXA-{}", name.to_uppercase())
}

/// What every relay here has.
pub(crate) fn base(folder: &TempDir) -> String {
    let folder = folder.path().display();
    format!(
        "[server]\nlisten = '127.0.0.1:0'\nhealth_listen = '127.0.0.1:0'\n[store]\npath = '{folder}/relay.sqlite'\n\
         [log]\nformat = 'json'\n"
    )
}

/// A tenant with pages at `https://NAME.example`.
pub(crate) fn tenant(name: &str, of: &Environment, more: &str) -> String {
    let workspace = workspace(of.name);
    format!(
        "[tenants.{name}]\norigins = ['https://{name}.example']\nworkspaces = ['{workspace}']\nidentity = 'origin'\n{more}\n"
    )
}

pub(crate) fn origin(tenant: &str) -> &'static str {
    ["alpha", "beta", "gamma", "delta"]
        .into_iter()
        .zip(["https://alpha.example", "https://beta.example", "https://gamma.example", "https://delta.example"])
        .find_map(|(name, origin)| (name == tenant).then_some(origin))
        .unwrap()
}

pub(crate) fn todo(title: &str, of: &Environment) -> Value {
    let mut todo = incident(title);
    todo["domainWorkSpace"] = json!(workspace(of.name));
    todo
}

async fn start(text: &str) -> Running {
    bzctrl_relay::start(Config::read(text, []).unwrap()).await.unwrap()
}

async fn health(relay: &Running, path: &str) -> (u16, String) {
    let answer = Answer::to(client().get(format!("http://{}{path}", relay.health_address().unwrap()))).await;
    (answer.status, answer.text)
}

async fn token(relay: &Running, tenant: &str) -> Answer {
    let request = client().post(format!("http://{}/v1/token", relay.address())).header("origin", origin(tenant));
    Answer::to(request.header("x-bzctrl-widget", "1").form(&[("grant_type", "client_credentials")])).await
}

fn titles(todos: &[Value]) -> BTreeSet<String> {
    todos.iter().map(|todo| todo["title"].as_str().unwrap().to_owned()).collect()
}

#[derive(Clone, Debug)]
struct Drawn {
    environment: usize,
    token_mode: bool,
    todos: usize,
}

const TENANTS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let one = (0..3_usize, any::<bool>(), 1..3_usize).prop_map(|(environment, token_mode, todos)| Drawn {
        environment,
        token_mode,
        todos,
    });
    proptest::collection::vec(one, 2..=TENANTS.len())
}

/// Each todo is where its tenant's are, and no environment has heard a word that is another one's.
async fn nothing_of_one_account_is_used_for_another(
    environments: &[Environment; 3],
    drawn: &[Drawn],
    refused: Option<usize>,
) {
    let folder = tempfile::tempdir().unwrap();
    let mut text = base(&folder);
    let used = |at: usize| drawn.iter().any(|drawn| drawn.environment == at);
    for (at, environment) in environments.iter().enumerate().filter(|(at, _)| used(*at)) {
        let section = if at == 0 { "bzctrl".to_owned() } else { format!("accounts.{}", environment.name) };
        text += &format!("[{section}]\n{}", environment.account(&folder));
        if refused == Some(at) {
            std::fs::write(folder.path().join(format!("password-{}", environment.name)), "wrong").unwrap();
        }
    }
    let mut before = Vec::new();
    for environment in environments {
        before.push((environment.sandbox.todos().await.len(), environment.sandbox.logins().await.len()));
    }
    for (drawn, name) in drawn.iter().zip(TENANTS) {
        let of = &environments[drawn.environment];
        let account = if drawn.environment == 0 { String::new() } else { format!("account = '{}'\n", of.name) };
        let mode = if drawn.token_mode { "mode = 'token'" } else { "" };
        text += &tenant(name, of, &(account + mode));
    }
    let relay = start(&text).await;
    let mut expected = vec![BTreeSet::new(); environments.len()];
    let sends = drawn.iter().zip(TENANTS).map(async |(drawn, name)| {
        let (of, relay) = (&environments[drawn.environment], &relay);
        let answer = token(relay, name).await;
        let is_refused = refused == Some(drawn.environment);
        if is_refused && drawn.token_mode {
            assert_eq!(answer.problem(), (503, "upstream-credentials"));
            return (drawn.environment, Vec::new());
        }
        assert_eq!(answer.json["environment"], of.name);
        assert!(answer.json["app_url"].as_str().unwrap().contains(&of.sandbox.address.to_string()));
        assert_eq!(answer.json["defaults"]["domainWorkSpace"], workspace(of.name));
        let mut sent = Vec::new();
        for at in 0..drawn.todos {
            let title = format!("{name} {at} {}", uuid());
            if drawn.token_mode {
                let endpoint = answer.json["task_endpoint"].as_str().unwrap();
                let request = client().post(endpoint).bearer_auth(answer.json["access_token"].as_str().unwrap());
                let created = Answer::to(request.json(&todo(&title, of))).await;
                assert!((200..300).contains(&created.status), "{created:?}");
            } else {
                let page = Page::open_at(relay.address(), origin(name)).await;
                let created = page.submit(&page.new_key(), &todo(&title, of)).await;
                if is_refused {
                    assert_eq!(created.problem(), (503, "upstream-credentials"));
                    continue;
                }
                assert_eq!(created.status, 201, "{created:?}");
            }
            sent.push(title);
        }
        (drawn.environment, sent)
    });
    for (environment, sent) in futures_util::future::join_all(sends).await {
        expected[environment].extend(sent);
    }
    for (at, environment) in environments.iter().enumerate() {
        let (todos, logins) = before[at];
        let todos = &environment.sandbox.todos().await[todos..];
        assert_eq!(titles(todos), expected[at], "in {}", environment.name);
        let logins = environment.sandbox.logins().await.len() - logins;
        assert_eq!(logins, usize::from(used(at)), "whoever shares {} shares its token", environment.name);
        let heard = environment.heard().await;
        for other in environments.iter().filter(|other| other.name != environment.name) {
            for theirs in [password(other.name), format!("{}@example.com", other.name), workspace(other.name)] {
                assert!(!heard.contains(&theirs), "{} heard {theirs}", environment.name);
            }
        }
    }
    relay.end().await;
}

fn uuid() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[test]
fn nothing_of_one_account_is_used_for_another_whatever_the_settings() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let environments = runtime.block_on(async {
        [Environment::start("one").await, Environment::start("two").await, Environment::start("three").await]
    });
    let cases = std::env::var("TENANTS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(6);
    let mut runner =
        TestRunner::new(Cases { cases, max_shrink_iters: 8, failure_persistence: None, ..Cases::default() });
    runner
        .run(&(drawn(), proptest::option::of(0..3_usize)), |(drawn, refused)| {
            let used = std::panic::AssertUnwindSafe(|| {
                runtime.block_on(nothing_of_one_account_is_used_for_another(&environments, &drawn, refused));
            });
            std::panic::catch_unwind(used).map_err(|_| TestCaseError::fail("something was used"))
        })
        .unwrap();
}

#[tokio::test]
async fn one_account_that_is_refused_stops_its_own_tenants_alone_and_is_named() {
    let (folder, one, two) =
        (tempfile::tempdir().unwrap(), Environment::start("one").await, Environment::start("two").await);
    let text = [
        base(&folder),
        format!("[bzctrl]\n{}", one.account(&folder)),
        format!("[accounts.second]\n{}", two.account(&folder)),
        tenant("alpha", &one, ""),
        tenant("beta", &two, "account = 'second'"),
        tenant("gamma", &two, "account = 'second'"),
    ]
    .concat();
    std::fs::write(folder.path().join("password-two"), "wrong").unwrap();
    let relay = start(&text).await;
    for (name, of, expected) in [("beta", &two, 503), ("gamma", &two, 503), ("alpha", &one, 201)] {
        let page = Page::open_at(relay.address(), origin(name)).await;
        for _ in 0..3 {
            let answer = page.submit(&page.new_key(), &todo("Seal broken", of)).await;
            assert_eq!(answer.status, expected, "{answer:?}");
        }
    }
    assert_eq!((one.sandbox.logins().await.len(), two.sandbox.logins().await.len()), (1, 1), "a latch for each");
    let told = "ready, but BzCtrl refuses the account second: no todo is sent of beta, gamma\n";
    assert_eq!(health(&relay, "/readyz").await, (200, told.to_owned()));
    let (_, metrics) = health(&relay, "/metrics").await;
    for line in [
        "upstream_account_refused{account=\"default\"} 0",
        "upstream_account_refused{account=\"second\"} 1",
        "upstream_requests_total{account=\"second\",endpoint=\"token\",outcome=\"refused\"} 1",
        "upstream_requests_total{account=\"default\",endpoint=\"add-task\",outcome=\"created\"} 3",
        "upstream_token_age_seconds{account=\"second\"} NaN",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    // Its password is mended: nobody restarts anything, and the other one's token stays.
    std::fs::write(folder.path().join("password-two"), password("two")).unwrap();
    let page = Page::open_at(relay.address(), origin("beta")).await;
    assert_eq!(page.submit(&page.new_key(), &todo("Seal broken", &two)).await.status, 201);
    assert_eq!(health(&relay, "/readyz").await.1, "ready\n");
    assert_eq!(one.sandbox.logins().await.len(), 1);
}

#[tokio::test]
async fn when_a_tenant_moves_to_another_environment_nothing_that_was_for_the_old_one_goes_to_the_new_one() {
    let (folder, acc, prod) =
        (tempfile::tempdir().unwrap(), Environment::start("test").await, Environment::start("real").await);
    let in_test = [base(&folder), format!("[bzctrl]\n{}", acc.account(&folder)), tenant("alpha", &acc, "")].concat();
    let account = format!("[accounts.real]\n{}", prod.account(&folder));
    let in_real = [base(&folder), account, tenant("alpha", &prod, "account = 'real'")].concat();
    let relay = start(&in_test).await;
    let page = Page::open_at(relay.address(), origin("alpha")).await;
    let keys = [page.new_key(), page.new_key(), page.new_key(), page.new_key()];
    let [created, unknown, free, unsent] = &keys;
    assert_eq!(page.submit(created, &todo("created", &acc)).await.status, 201);
    acc.sandbox.fault("add-task", json!("half-answer")).await;
    assert_eq!(page.submit(unknown, &todo("unknown", &acc)).await.problem(), (504, "outcome-unknown"));
    acc.sandbox.fault("add-task", json!({ "status": { "code": 429, "body": "html" } })).await;
    assert_eq!(page.submit(free, &todo("free", &acc)).await.problem(), (503, "upstream-unavailable"));

    let in_acc = acc.sandbox.sends().await.len();
    assert_eq!(relay.reload(Config::read(&in_real, [])), Ok(1));
    // The form shows the old environment, so its token is of no use.
    for key in &keys {
        assert_eq!(page.submit(key, &todo("again", &prod)).await.problem(), (401, "token-expired"));
    }
    let new = Page::open_at(relay.address(), origin("alpha")).await;
    assert_ne!(new.epoch, page.epoch);
    for (key, title, expected) in [
        (created, "created", (201, "")),
        (unknown, "unknown", (504, "outcome-unknown")),
        (free, "free", (410, "key-unknown")),
        (unsent, "unsent", (410, "key-unknown")),
    ] {
        // What was sent is told for its content, which named the old workspace.
        let answer = new.submit(key, &todo(title, &acc)).await;
        let code = answer.json["code"].as_str().unwrap_or_default();
        assert_eq!((answer.status, code), expected, "{title}");
    }
    assert!(prod.sandbox.sends().await.is_empty());
    // The user, who sees now where it goes, sends it again.
    let again = new.submit_again(&new.new_key(), free, &todo("free", &prod)).await;
    assert_eq!(again.status, 201, "{again:?}");
    let register = client().get(format!("http://{}/v1/tasks?orderID=ORDER%20777", relay.address()));
    let register = Answer::to(register.header("origin", origin("alpha")).bearer_auth(&new.token)).await;
    let shown = register.json["tasks"].as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap());
    assert_eq!(shown.collect::<Vec<_>>(), ["free"], "what stands in another environment is no todo of this one");
    assert_eq!(titles(&prod.sandbox.todos().await), BTreeSet::from(["free".to_owned()]));
    assert_eq!(acc.sandbox.sends().await.len(), in_acc);
}

#[tokio::test]
async fn an_accounts_own_way_out_is_nobody_elses() {
    let (folder, one) = (tempfile::tempdir().unwrap(), Environment::start("one").await);
    let authority = Authority::new();
    let front = authority.before(one.sandbox.address, "localhost").await;
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    let account = one
        .account(&folder)
        .replace(&format!("http://{}", one.sandbox.address), &format!("https://localhost:{}", front.port()));
    let text = [
        base(&folder),
        format!("[bzctrl]\n{account}"),
        // BzCtrl refuses it, if it ever gets so far.
        format!("[accounts.other]\n{}", account.replace("one@", "other@")),
        format!("[bzctrl.egress]\nca_file = '{}/ca.pem'\ntrust = 'ca_file'\n", folder.path().display()),
        tenant("alpha", &one, ""),
        tenant("beta", &one, "account = 'other'"),
    ]
    .concat();
    let relay = start(&text).await;
    for (name, status) in [("alpha", 201), ("beta", 503)] {
        let page = Page::open_at(relay.address(), origin(name)).await;
        assert_eq!(page.submit(&page.new_key(), &todo("Seal broken", &one)).await.status, status, "{name}");
    }
    assert_eq!(one.sandbox.logins().await.len(), 1, "whose authority is not trusted, hears no password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_come_change_and_go_at_sighup_and_no_request_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two, three) =
        (Environment::start("one").await, Environment::start("two").await, Environment::start("three").await);
    let alone = [base(&folder), format!("[bzctrl]\n{}", one.account(&folder)), tenant("alpha", &one, "")].concat();
    let with = |of: &Environment| {
        let account = format!("[accounts.more]\n{}", of.account(&folder));
        [&*alone, &account, &tenant("beta", of, "account = 'more'")].concat()
    };
    let program = Program::of(&folder, &with(&two), "info");
    // One by the account that changes is under way when it does.
    let page = Page::open_at(program.address, origin("beta")).await;
    two.sandbox.fault("add-task", json!({ "delay": { "ms": 800 } })).await;
    let (key, under_way) = (page.new_key(), todo("under way", &two));
    let under_way = tokio::spawn(async move { page.submit(&key, &under_way).await });
    while two.sandbox.sends().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (ends, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (busy_ends, count, relay, of_alpha) =
        (Arc::clone(&ends), Arc::clone(&sent), program.address, todo("busy", &one));
    let busy = tokio::spawn(async move {
        while !busy_ends.load(Ordering::Relaxed) {
            let page = Page::open_at(relay, origin("alpha")).await;
            assert_eq!(page.submit(&page.new_key(), &of_alpha).await.status, 201);
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let file = folder.path().join("relay.toml");
    let texts = [(with(&three), Some(&three)), (alone.clone(), None), (with(&two), Some(&two))];
    for (at, (text, of_beta)) in texts.iter().cycle().take(6).enumerate() {
        std::fs::write(&file, text).unwrap();
        program.signal("-HUP");
        program.hear("the tenants are taken up anew, with their accounts", at + 1).await;
        let before = sent.load(Ordering::Relaxed);
        while sent.load(Ordering::Relaxed) < before + 2 && !busy.is_finished() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let Some(environment) = of_beta else { continue };
        let page = Page::open_at(relay, origin("beta")).await;
        assert_eq!(page.submit(&page.new_key(), &todo("beta", environment)).await.status, 201);
    }
    ends.store(true, Ordering::Relaxed);
    busy.await.unwrap();
    assert_eq!(under_way.await.unwrap().status, 201);
    assert_eq!(one.sandbox.todos().await.len(), sent.load(Ordering::Relaxed));
    assert_eq!(one.sandbox.logins().await.len(), 1, "an account that stays keeps its token");
    assert_eq!((two.sandbox.todos().await.len(), three.sandbox.todos().await.len()), (3, 2));
    let log = program.log();
    let told = |account: &str| {
        log.lines().any(|line| {
            line.contains("\"message\":\"add-task\"") && line.contains(&format!("\"account\":\"{account}\""))
        })
    };
    assert!(told("default") && told("more"), "a line says as which account");
    let show = relay_command(&folder).args(["show", "ORDER 777", "--tenant", "beta", "--json"]).output().unwrap();
    let shown: Vec<Value> = serde_json::from_slice(&show.stdout).unwrap();
    let there = |of: &Environment| {
        let address = of.sandbox.address.to_string();
        shown.iter().filter(|row| row["environment"].as_str().unwrap().contains(&address)).count()
    };
    assert_eq!((there(&two), there(&three)), (3, 2), "who looks a todo up knows where");
}

#[tokio::test]
async fn check_tries_each_account_and_says_which_one_is_wrong() {
    let (folder, one, two) =
        (tempfile::tempdir().unwrap(), Environment::start("one").await, Environment::start("two").await);
    let text = [
        base(&folder),
        format!("[bzctrl]\n{}", one.account(&folder)),
        format!("[accounts.second]\n{}", two.account(&folder)),
        tenant("alpha", &one, ""),
        tenant("beta", &two, "account = 'second'"),
        tenant("gamma", &two, "account = 'second'"),
    ]
    .concat();
    std::fs::write(folder.path().join("relay.toml"), &text).unwrap();
    for file in ["password-one", "password-two", "relay.toml"] {
        std::fs::set_permissions(folder.path().join(file), Permissions::from_mode(0o600)).unwrap();
    }
    let check = async || {
        let mut command = relay_command(&folder);
        command.args(["check", "--online"]);
        let out = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        (out.status.code(), String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap())
    };
    let (code, said) = check().await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("is right: one serves 1 tenant(s), two (account second) serves 2 tenant(s)"), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("well ")).count(), 4, "{said}");
    std::fs::write(folder.path().join("password-two"), "wrong").unwrap();
    let (code, said) = check().await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("WRONG  the account two@example.com") && said.contains("check accounts.second.username"),
        "{said}"
    );
    assert_eq!(said.lines().filter(|line| line.starts_with("well ")).count(), 3, "{said}");
}

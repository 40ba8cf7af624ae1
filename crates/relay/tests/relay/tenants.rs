//! Several companies on one relay: nothing of one is seen by another, and none loses a request when another comes or goes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bzctrl_relay::Running;
use bzctrl_relay::config::Config;
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use reqwest::Client;
use serde_json::{Value, json};

use crate::host::Host;
use crate::identity::GRANT;
use crate::program::Program;
use crate::world::{Answer, ORIGIN, PASSWORD, Page, Sandbox, World, client, incident, settings};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Origin,
    Header,
    Assertion,
}

/// What of a tenant is random. Those that share the first origin are told apart by their issuers.
#[derive(Clone, Debug)]
struct Drawn {
    known: Known,
    shares_origin: bool,
    shares_workspace: bool,
    origins: usize,
    any_assignee: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let known = prop_oneof![Just(Known::Origin), Just(Known::Header), Just(Known::Assertion)];
    (known, any::<bool>(), any::<bool>(), 1..3_usize, any::<bool>()).prop_map(
        |(known, shares_origin, shares_workspace, origins, any_assignee)| Drawn {
            known,
            shares_origin: shares_origin && known == Known::Assertion,
            shares_workspace,
            origins,
            any_assignee: any_assignee && known != Known::Origin,
        },
    )
}

/// A tenant as it is set up.
struct Tenant {
    name: String,
    known: Known,
    host: Host,
    issuer: String,
    origins: Vec<String>,
    workspaces: Vec<String>,
    settings: String,
}

const SHARED_ORIGIN: &str = "https://shared.example";
const SHARED_WORKSPACE: &str = "SHA-RED";
const USER: &str = "same@host.example";

fn tenant(at: usize, drawn: &Drawn, folder: &std::path::Path) -> Tenant {
    let (name, issuer, host) = (format!("company-{at}"), format!("https://issuer-{at}.example"), Host::new());
    let mut origins: Vec<_> = (0..drawn.origins).map(|more| format!("https://page-{at}-{more}.example")).collect();
    let mut workspaces = vec![format!("OWN-{at}")];
    origins.extend(drawn.shares_origin.then(|| SHARED_ORIGIN.to_owned()));
    workspaces.extend(drawn.shares_workspace.then(|| SHARED_WORKSPACE.to_owned()));
    let keys = folder.join(format!("{name}.jwks"));
    std::fs::write(&keys, host.jwks().to_string()).unwrap();
    let identity = match drawn.known {
        Known::Origin => "identity = 'origin'".to_owned(),
        // The proxy has a header for each.
        Known::Header => {
            format!("identity = 'header'\nidentity_header = 'X-Email-{name}'\ntrusted_proxies = ['127.0.0.1']")
        }
        Known::Assertion => format!("identity = 'assertion'\nissuer = '{issuer}'\nkeys_file = '{}'", keys.display()),
    };
    let assignee = if drawn.any_assignee { "assignee = 'any'" } else { "" };
    let settings =
        format!("[tenants.{name}]\norigins = {origins:?}\nworkspaces = {workspaces:?}\n{identity}\n{assignee}\n");
    Tenant { name, known: drawn.known, host, issuer, origins, workspaces, settings }
}

impl Tenant {
    /// What a page of this origin asks for a token, as this tenant's user.
    async fn ask(&self, relay: &Running, origin: &str) -> Answer {
        let url = format!("http://{}/v1/token", relay.address());
        let request = http().post(&url).header("origin", origin).header("x-bzctrl-widget", "1");
        Answer::to(match self.known {
            Known::Origin => request.form(&[("grant_type", "client_credentials")]),
            Known::Header => {
                request.header(format!("x-email-{}", self.name), USER).form(&[("grant_type", "client_credentials")])
            }
            Known::Assertion => {
                let mut claims = self.host.claims(&url);
                claims["iss"] = json!(self.issuer);
                claims["email"] = json!(USER);
                let assertion = self.host.sign("EdDSA", &self.host.header("EdDSA"), &claims);
                request.form(&[("grant_type", GRANT), ("assertion", &assertion)])
            }
        })
        .await
    }

    /// What no other tenant is told.
    fn secrets(&self) -> Vec<String> {
        let own = [self.name.clone(), self.issuer.clone(), format!("title of {}", self.name)];
        let rest = self.origins.iter().chain(&self.workspaces);
        own.into_iter().chain(rest.filter(|it| *it != SHARED_ORIGIN && *it != SHARED_WORKSPACE).cloned()).collect()
    }

    fn todo(&self) -> Value {
        let mut todo = incident(&format!("title of {}", self.name));
        todo["domainWorkSpace"] = json!(self.workspaces[0]);
        todo
    }
}

/// A page with a token, and what it has sent.
struct Open {
    origin: String,
    page: Page,
    key: String,
}

impl Open {
    async fn submit(&self, relay: &Running, origin: &str, key: &str, todo: &Value, replaces: Option<&str>) -> Answer {
        let request = http().post(format!("http://{}/v1/tasks", relay.address())).header("origin", origin);
        let request = request.header("x-bzctrl-widget", "1").bearer_auth(&self.page.token);
        let request = request.header("idempotency-key", key);
        let request = replaces.into_iter().fold(request, |request, key| request.header("x-bzctrl-replaces", key));
        Answer::to(request.json(todo)).await
    }

    async fn register(&self, relay: &Running) -> Answer {
        let url = format!("http://{}/v1/tasks?orderID=ORDER%20777", relay.address());
        Answer::to(http().get(url).header("origin", &self.origin).bearer_auth(&self.page.token)).await
    }
}

/// One for all: it takes longer to make one than to ask.
fn http() -> &'static Client {
    static CLIENT: OnceLock<Client> = OnceLock::new();
    CLIENT.get_or_init(client)
}

async fn nothing_of_one_is_seen_by_another(sandbox: &Sandbox, drawn: &[Drawn]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    let tenants: Vec<_> = drawn.iter().enumerate().map(|(at, drawn)| tenant(at, drawn, folder.path())).collect();
    let base = settings(sandbox.address, &folder, "");
    let (base, _) = base.split_once("[tenants.other]").unwrap();
    let text: String = std::iter::once(base).chain(tenants.iter().map(|tenant| &*tenant.settings)).collect();
    let relay = bzctrl_relay::start(Config::read(&text, []).unwrap()).await.unwrap();

    let mut pages = Vec::new();
    for tenant in &tenants {
        for origin in &tenant.origins {
            let answer = tenant.ask(&relay, origin).await;
            let page = Page::of(relay.address(), &answer);
            let key = page.new_key();
            let open = Open { origin: origin.clone(), page, key };
            let sent = open.submit(&relay, origin, &open.key, &tenant.todo(), None).await;
            assert_eq!(sent.status, 201, "{sent:?}");
            pages.push((tenant, open, answer));
        }
    }
    let mut registers = Vec::new();
    for (_, open, _) in &pages {
        registers.push(open.register(&relay).await);
    }
    for ((tenant, open, token_answer), register) in pages.iter().zip(&registers) {
        let titles = register.json["tasks"].as_array().unwrap().iter().map(|task| task["title"].as_str().unwrap());
        assert_eq!(titles.collect::<Vec<_>>(), vec![format!("title of {}", tenant.name); tenant.origins.len()]);
        for (other, theirs, _) in pages.iter().filter(|(other, ..)| other.name != tenant.name) {
            let mut heard = vec![token_answer.text.clone(), register.text.clone()];
            // With their key: whatever they have sent.
            for todo in [other.todo(), tenant.todo()] {
                let answer = open.submit(&relay, &open.origin, &theirs.key, &todo, None).await;
                assert_eq!(answer.problem(), (410, "key-unknown"));
                heard.push(answer.text);
            }
            // To their workspace.
            let answer = open.submit(&relay, &open.origin, &open.page.new_key(), &other.todo(), None).await;
            assert_eq!(answer.problem(), (403, "workspace-denied"));
            heard.push(answer.text);
            // In the place of their todo.
            let new = open.page.new_key();
            let answer = open.submit(&relay, &open.origin, &new, &tenant.todo(), Some(&theirs.key)).await;
            assert_eq!(answer.status, 201, "{answer:?}");
            heard.push(answer.text.replace(&format!("title of {}", tenant.name), ""));
            if theirs.origin != open.origin {
                // From their page.
                let answer = open.submit(&relay, &theirs.origin, &open.key, &tenant.todo(), None).await;
                assert_eq!(answer.problem(), (401, "token-invalid"));
                heard.push(answer.text);
                // As their user on this tenant's page, unless it is theirs too.
                let answer = other.ask(&relay, &open.origin).await;
                let is_theirs = other.origins.contains(&open.origin);
                if !is_theirs && (tenant.known == Known::Assertion || other.known == Known::Assertion) {
                    let refused = answer.problem();
                    assert!(matches!(refused, (403, "identity-denied") | (400, "invalid-request")), "{refused:?}");
                }
            }
            let heard = heard.concat();
            for secret in other.secrets() {
                assert!(!heard.contains(&secret), "{} heard {secret}: {heard}", tenant.name);
            }
            // Theirs is as it was.
            let replay = theirs.submit(&relay, &theirs.origin, &theirs.key, &other.todo(), None).await;
            assert_eq!((replay.status, replay.header("idempotency-replayed")), (201, "true"));
        }
    }
    relay.end().await;
}

#[test]
fn nothing_of_one_company_is_seen_by_another_whatever_their_settings() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut workspaces: Vec<_> = (0..4).map(|at| format!("OWN-{at}")).collect();
    workspaces.push(SHARED_WORKSPACE.to_owned());
    let options = bzctrl_sandbox::Options { workspaces, ..bzctrl_sandbox::Options::default() };
    let sandbox = runtime.block_on(Sandbox::with(options));
    // Each case is a relay with some dozens of requests. `TENANTS_CASES` takes more.
    let cases = std::env::var("TENANTS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(5);
    let mut runner =
        TestRunner::new(Cases { cases, max_shrink_iters: 8, failure_persistence: None, ..Cases::default() });
    runner
        .run(&proptest::collection::vec(drawn(), 2..4), |drawn| {
            let seen =
                std::panic::AssertUnwindSafe(|| runtime.block_on(nothing_of_one_is_seen_by_another(&sandbox, &drawn)));
            std::panic::catch_unwind(seen).map_err(|_| TestCaseError::fail("something was seen"))
        })
        .unwrap();
}

#[tokio::test]
async fn a_wrong_new_file_leaves_the_old_tenants_and_readyz_says_so_until_a_right_one_comes() {
    let world = World::new().await;
    let page = world.page().await;
    let ready = async || {
        let url = format!("http://{}/readyz", world.relay.health_address().unwrap());
        let answer = Answer::to(world.http.get(url)).await;
        (answer.status, answer.text)
    };
    let right = settings(world.sandbox.address, &world.folder, "");
    for wrong in
        ["", "[server", &right.replace("EXA-CON-BUS-WOR", " "), &right.replace("https://other.example", ORIGIN)]
    {
        let says = world.relay.reload(Config::read(wrong, [])).unwrap_err();
        assert!(!says.is_empty());
        assert_eq!(
            ready().await,
            (200, "ready, but the last reload was refused: an older configuration is in force\n".to_owned())
        );
        assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    }
    assert_eq!(world.relay.reload(Config::read(&right, [])), Ok(2));
    assert_eq!(ready().await, (200, "ready\n".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_come_and_go_and_no_request_is_lost() {
    let (sandbox, folder, program) = crate::program::started().await;
    let file = folder.path().join("relay.toml");
    let with = settings(sandbox.address, &folder, "");
    let without = {
        let (before, rest) = with.split_once("[tenants.other]").unwrap();
        let (_, demo) = rest.split_once("[tenants.demo]").unwrap();
        format!("{before}[tenants.demo]{demo}requests_per_minute = 4000\n")
    };
    // One of the tenant that goes is under way when it goes.
    let page = Page::open_at(program.address, "https://other.example").await;
    sandbox.fault("add-task", json!({ "delay": { "ms": 800 } })).await;
    let (key, todo) = (page.new_key(), incident("of the tenant that goes"));
    let under_way = tokio::spawn(async move { page.submit(&key, &todo).await });
    while sandbox.sends().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let ends = Arc::new(AtomicBool::new(false));
    let busy: Vec<_> = (0..3)
        .map(|at| {
            let (ends, relay) = (Arc::clone(&ends), program.address);
            tokio::spawn(async move {
                let mut sent = 0;
                while !ends.load(Ordering::Relaxed) {
                    let page = Page::open(relay).await;
                    let answer = page.submit(&page.new_key(), &incident(&format!("{at} {sent}"))).await;
                    assert_eq!(answer.status, 201, "{answer:?}");
                    sent += 1;
                }
                sent
            })
        })
        .collect();
    for at in 0..10 {
        std::fs::write(&file, if at % 2 == 0 { &without } else { &with }).unwrap();
        program.signal("-HUP");
        program.hear("the tenants are taken up anew", at + 1).await;
        let foreign =
            client().post(format!("http://{}/v1/token", program.address)).header("origin", "https://other.example");
        let foreign = foreign.header("x-bzctrl-widget", "1").form(&[("grant_type", "client_credentials")]);
        assert_eq!(Answer::to(foreign).await.status, if at % 2 == 0 { 403 } else { 200 });
    }
    ends.store(true, Ordering::Relaxed);
    let mut sent = 0;
    for busy in busy {
        sent += busy.await.unwrap();
    }
    assert!(sent >= 10, "{sent}");
    assert_eq!(under_way.await.unwrap().status, 201);
    assert_eq!(sandbox.todos().await.len(), sent + 1);
}

impl Program {
    /// Waits until the log has said this so often.
    pub(crate) async fn hear(&self, said: &str, times: usize) {
        for _ in 0..500 {
            if self.log().matches(said).count() >= times {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it has not said: {said}");
    }
}

//! What the relay counts, read where Prometheus reads it, after real requests.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::host::{Host, ISSUER};
use crate::identity::ask;
use crate::webhooks::{self, Receiver, Says};
use crate::world::{Answer, ORIGIN, WORKSPACE, World, incident};

/// The series of a scrape, by name and labels as they are written.
struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    async fn of(world: &World) -> Self {
        let address = world.relay.health_address().unwrap();
        let answer = Answer::to(world.http.get(format!("http://{address}/metrics"))).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
        assert!(answer.text.ends_with("# EOF\n"), "{}", answer.text);
        let lines = answer.text.lines().filter(|line| !line.starts_with('#'));
        let series = lines.map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.strip_prefix("bzctrl_relay_").expect("its own prefix").to_owned(), value.parse().unwrap())
        });
        Self(series.collect())
    }

    #[track_caller]
    fn holds<const N: usize>(&self, expected: [(&str, f64); N]) {
        for (series, value) in expected {
            let found = self.0.get(series).unwrap_or_else(|| panic!("{series} is not among {:#?}", self.0.keys()));
            assert_eq!(*found, value, "{series}");
        }
    }

    /// The metrics' names, as rules write them; those of histograms without the ends that each has.
    fn names(&self) -> BTreeSet<String> {
        let names = self.0.keys().map(|series| series.split('{').next().unwrap());
        names.map(|name| format!("bzctrl_relay_{}", without_ends(name))).collect()
    }

    /// Every value that a label has.
    fn values(&self) -> impl Iterator<Item = &str> {
        let labels = self.0.keys().filter_map(|series| series.split_once('{'));
        labels.flat_map(|(_, labels)| labels.split('"').skip(1).step_by(2))
    }
}

fn without_ends(name: &str) -> &str {
    ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

#[tokio::test]
async fn requests_are_counted_by_route_tenant_and_answer() {
    let world = World::new().await;
    let page = world.page().await;
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    assert_eq!(page.submit("no-key", &incident("Seal broken")).await.problem(), (400, "key-invalid"));
    let foreign = world.http.post(world.url("/v1/token")).header("origin", "https://foreign.example");
    assert_eq!(Answer::to(foreign).await.problem(), (403, "origin-denied"));
    Scrape::of(&world).await.holds([
        (r#"requests_total{route="/v1/token",method="POST",tenant="demo",status="200",code="ok"}"#, 1.0),
        (r#"requests_total{route="/v1/tasks",method="POST",tenant="demo",status="201",code="ok"}"#, 1.0),
        (r#"requests_total{route="/v1/tasks",method="POST",tenant="demo",status="400",code="key-invalid"}"#, 1.0),
        (r#"requests_total{route="/v1/token",method="POST",tenant="-",status="403",code="origin-denied"}"#, 1.0),
        (r#"request_duration_seconds_count{route="/v1/tasks",method="POST",tenant="demo"}"#, 2.0),
        ("requests_under_way", 0.0),
        ("ready", 1.0),
    ]);
}

#[tokio::test]
async fn what_is_asked_of_bzctrl_is_counted_and_what_became_of_the_keys() {
    let world = World::new().await;
    Scrape::of(&world).await.holds([
        (r#"upstream_requests_total{account="default",endpoint="add-task",outcome="unknown"}"#, 0.0),
        (r#"keys{state="unknown"}"#, 0.0),
    ]);
    let page = world.page().await;
    let rejected = json!({ "status": { "code": 400, "body": "json" } });
    for fault in
        [json!("half-answer"), rejected, json!("revoked-token"), json!({ "status": { "code": 429, "body": "html" } })]
    {
        world.sandbox.fault("add-task", fault).await;
        page.submit(&page.new_key(), &incident("Seal broken")).await;
    }
    let scrape = Scrape::of(&world).await;
    scrape.holds([
        (r#"upstream_requests_total{account="default",endpoint="add-task",outcome="unknown"}"#, 1.0),
        (r#"upstream_requests_total{account="default",endpoint="add-task",outcome="rejected"}"#, 1.0),
        (r#"upstream_requests_total{account="default",endpoint="add-task",outcome="token-refused"}"#, 1.0),
        (r#"upstream_requests_total{account="default",endpoint="add-task",outcome="created"}"#, 1.0),
        (r#"upstream_requests_total{account="default",endpoint="add-task",outcome="not-sent"}"#, 1.0),
        (r#"upstream_requests_total{account="default",endpoint="token",outcome="given"}"#, 2.0),
        (r#"upstream_request_duration_seconds_count{account="default",endpoint="add-task"}"#, 5.0),
        (r#"keys{state="unknown"}"#, 1.0),
        (r#"keys{state="rejected"}"#, 1.0),
        (r#"keys{state="created"}"#, 1.0),
        (r#"keys{state="free"}"#, 1.0),
        (r#"keys{state="sending"}"#, 0.0),
        (r#"store_transactions_total{outcome="failed"}"#, 0.0),
        (r#"upstream_account_refused{account="default"}"#, 0.0),
        ("results_not_stored", 0.0),
        ("sends_under_way", 0.0),
    ]);
    assert!(scrape.0[r#"store_transactions_total{outcome="committed"}"#] >= 12.0);
    let (age, rest) = (
        scrape.0[r#"upstream_token_age_seconds{account="default"}"#],
        scrape.0[r#"upstream_token_remaining_seconds{account="default"}"#],
    );
    assert!((0.0..60.0).contains(&age) && rest > 60.0, "{age} {rest}");
}

#[tokio::test]
async fn an_account_that_is_refused_is_seen_and_its_token_is_none() {
    let world = World::new().await;
    std::fs::write(world.folder.path().join("password"), "another").unwrap();
    let world = world.restart().await;
    let page = world.page().await;
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.problem(), (503, "upstream-credentials"));
    let scrape = Scrape::of(&world).await;
    scrape.holds([
        (r#"upstream_account_refused{account="default"}"#, 1.0),
        (r#"upstream_requests_total{account="default",endpoint="token",outcome="refused"}"#, 1.0),
    ]);
    assert!(scrape.0[r#"upstream_token_age_seconds{account="default"}"#].is_nan());
}

#[tokio::test]
async fn hosts_keys_are_counted_and_the_tenant_of_a_shared_origin_once_it_is_known() {
    let host = Host::new();
    let keys = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let jwks = format!("jwks_url = \"http://{}/jwks\"", keys.local_addr().unwrap());
    let other = format!(
        "[tenants.second]\norigins = [\"{ORIGIN}\"]\nworkspaces = [\"{WORKSPACE}\"]\nidentity = \"assertion\"\n\
         issuer = \"https://second.example\"\n{jwks}"
    );
    let world = World::with(&format!("identity = \"assertion\"\nissuer = \"{ISSUER}\"\n{jwks}\n{other}")).await;
    let assertion = host.assertion(&world.url("/v1/token"));
    drop(keys);
    assert_eq!(ask(&world, &assertion).await.problem(), (503, "upstream-unavailable"));
    assert_eq!(ask(&world, "none").await.problem(), (403, "identity-denied"));
    Scrape::of(&world).await.holds([
        (r#"upstream_requests_total{account="-",endpoint="jwks",outcome="failed"}"#, 1.0),
        (r#"requests_total{route="/v1/token",method="POST",tenant="-",status="503",code="upstream-unavailable"}"#, 1.0),
    ]);
    let world = world.restart().await;
    let listener = TcpListener::bind(jwks.split(['/', '"']).nth(3).unwrap()).await.unwrap();
    let text = host.jwks().to_string();
    let router = axum::Router::new().route("/jwks", axum::routing::get(move || std::future::ready(text.clone())));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let assertion = host.assertion(&world.url("/v1/token"));
    assert_eq!(ask(&world, &assertion).await.status, 200);
    Scrape::of(&world).await.holds([
        (r#"upstream_requests_total{account="-",endpoint="jwks",outcome="fetched"}"#, 1.0),
        (r#"requests_total{route="/v1/token",method="POST",tenant="demo",status="200",code="ok"}"#, 1.0),
    ]);
}

#[tokio::test]
async fn a_client_that_leaves_is_counted_too_and_the_send_that_goes_on_is_seen() {
    let world = World::new().await;
    let page = world.page().await;
    world.sandbox.fault("add-task", json!({ "delay": { "ms": 1500 } })).await;
    let todo = incident("Seal broken");
    let gone = page.request(&page.new_key()).json(&todo).timeout(Duration::from_millis(500)).send().await;
    assert!(gone.is_err());
    tokio::time::sleep(Duration::from_millis(100)).await;
    Scrape::of(&world).await.holds([
        (r#"requests_total{route="/v1/tasks",method="POST",tenant="demo",status="499",code="client-left"}"#, 1.0),
        ("requests_under_way", 0.0),
        ("sends_under_way", 1.0),
        (r#"keys{state="sending"}"#, 1.0),
    ]);
}

#[tokio::test]
async fn what_hosts_are_told_is_counted() {
    let receiver = Receiver::start().await;
    let world = webhooks::world_of(&receiver).await;
    let page = world.page().await;
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    let id = receiver.wait_for(1).await[0].id().to_owned();
    webhooks::row_with(world.folder.path(), &id, 1).await;
    Scrape::of(&world).await.holds([
        (r#"webhook_attempts_total{tenant="demo",outcome="taken"}"#, 1.0),
        (r#"webhook_attempts_total{tenant="demo",outcome="failed"}"#, 0.0),
        (r#"webhooks{state="waiting"}"#, 0.0),
    ]);
    receiver.says([Says::Status(410)]);
    page.submit(&page.new_key(), &incident("Seal gone")).await;
    let id = receiver.wait_for(2).await[1].id().to_owned();
    webhooks::row_with(world.folder.path(), &id, 1).await;
    receiver.says([Says::Status(500)]);
    page.submit(&page.new_key(), &incident("Seal torn")).await;
    let id = receiver.wait_for(3).await[2].id().to_owned();
    webhooks::row_with(world.folder.path(), &id, 1).await;
    Scrape::of(&world).await.holds([
        (r#"webhook_attempts_total{tenant="demo",outcome="dead"}"#, 1.0),
        (r#"webhook_attempts_total{tenant="demo",outcome="failed"}"#, 1.0),
        (r#"webhooks{state="dead"}"#, 1.0),
        (r#"webhooks{state="waiting"}"#, 1.0),
    ]);
}

#[tokio::test]
async fn a_reload_is_counted_and_one_that_is_refused_stays_in_sight() {
    let world = World::new().await;
    let config = |text: &str| bzctrl_relay::config::Config::read(text, []);
    world.relay.reload(config("")).unwrap_err();
    Scrape::of(&world).await.holds([
        (r#"reloads_total{outcome="refused"}"#, 1.0),
        (r#"reloads_total{outcome="taken-up"}"#, 0.0),
        ("configuration_refused", 1.0),
    ]);
    let text = crate::world::settings(world.sandbox.address, &world.folder, "");
    world.relay.reload(config(&text)).unwrap();
    Scrape::of(&world).await.holds([(r#"reloads_total{outcome="taken-up"}"#, 1.0), ("configuration_refused", 0.0)]);
}

#[tokio::test]
async fn no_label_has_a_value_that_comes_from_outside() {
    const MARK: &str = "zq7x";
    let world = World::new().await;
    let page = world.page().await;
    let asked = async |method: &str, path: &str| {
        let request = world.http.request(method.parse().unwrap(), world.url(path));
        let request =
            request.header("origin", format!("https://{MARK}.example")).header("host", format!("{MARK}.example"));
        Answer::to(request.header("x-bzctrl-widget", MARK).header("x-request-id", MARK)).await
    };
    let before = Scrape::of(&world).await.0.len();
    for path in
        ["/zq7x", "/v1/zq7x", "/widget/zq7x", "/widget/zq7x/zq7x.js", "/problems/zq7x", "/v1/token?zq7x", "/%7aq7x"]
    {
        for method in ["GET", "POST", "OPTIONS", "ZQ7X"] {
            asked(method, path).await;
        }
    }
    let mut todo = incident(MARK);
    todo["domainWorkSpace"] = json!(format!("{MARK}-A"));
    page.submit(&page.new_key(), &todo).await;
    page.submit(MARK, &incident(MARK)).await;
    page.submit(&page.new_key(), &incident(MARK)).await;
    let scrape = Scrape::of(&world).await;
    assert_eq!(scrape.values().find(|value| value.to_ascii_lowercase().contains(MARK)), None);
    let more = scrape.0.len();
    for number in 0..50 {
        asked("GET", &format!("/{MARK}/{number}")).await;
        asked(&format!("M{number}"), &format!("/widget/{number}/bzctrl.js")).await;
    }
    assert!(more > before);
    assert!(Scrape::of(&world).await.0.len() <= more + 20, "ever new addresses make no new series");
}

const RULES: &str = include_str!("../../../../packaging/prometheus/alerts.yml");
const DASHBOARD: &str = include_str!("../../../../packaging/prometheus/dashboard.json");
const OPERATING: &str = include_str!("../../../../docs/OPERATING.md");

/// The names of ours in a text.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("bzctrl_relay_")).map(|word| without_ends(word).to_owned()).collect()
}

/// Everything under a name, wherever it stands.
fn all<'v>(value: &'v Value, name: &str) -> Vec<&'v str> {
    match value {
        Value::Array(list) => list.iter().flat_map(|one| all(one, name)).collect(),
        Value::Object(members) => {
            let here = members.get(name).and_then(Value::as_str);
            here.into_iter().chain(members.values().flat_map(|one| all(one, name))).collect()
        }
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn rules_dashboard_and_document_name_what_there_is_and_all_of_it() {
    let world = webhooks::world_of(&Receiver::start().await).await;
    let page = world.page().await;
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    let there = Scrape::of(&world).await.names();
    assert!(there.len() >= 18, "{there:?}");
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let queries = all(&dashboard, "expr").join("\n");
    for (what, text) in [("the rules", RULES), ("the dashboard", DASHBOARD), ("the document", OPERATING)] {
        let foreign: Vec<_> = named(text).difference(&there).cloned().collect();
        assert!(foreign.is_empty(), "{what}: there is no {foreign:?}");
    }
    assert_eq!(there.difference(&named(OPERATING)).collect::<Vec<_>>(), Vec::<&String>::new(), "told in OPERATING.md");
    let watched: BTreeSet<_> = named(RULES).union(&named(&queries)).cloned().collect();
    assert_eq!(there.difference(&watched).collect::<Vec<_>>(), Vec::<&String>::new(), "looked at by rule or panel");
    for alert in RULES.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(OPERATING.contains(&format!("`{alert}`")), "{alert} is not in OPERATING.md");
    }
}

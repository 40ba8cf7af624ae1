//! Who reports is verified: a host's backend signs, and the page's word counts no more.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::host::{Host, ISSUER, USER, now};
use crate::world::{Answer, ORIGIN, Page, Sandbox, WORKSPACE, World, incident, settings};

pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A relay whose tenant has the keys of a host.
pub(crate) async fn world_of(host: &Host, more: &str) -> World {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("host.jwks"), host.jwks().to_string()).unwrap();
    let identity =
        format!("identity = \"assertion\"\nissuer = \"{ISSUER}\"\nkeys_file = \"{{folder}}/host.jwks\"\n{more}");
    World::in_folder(folder, &identity).await
}

/// The address that an assertion is for.
pub(crate) fn audience(world: &World) -> String {
    world.url("/v1/token")
}

pub(crate) async fn ask(world: &World, assertion: &str) -> Answer {
    Answer::to(world.post("/v1/token").form(&[("grant_type", GRANT), ("assertion", assertion)])).await
}

#[tokio::test]
async fn the_verified_user_reports_although_the_page_claims_another() {
    let host = Host::new();
    let world = world_of(&host, "").await;
    let answer = ask(&world, &host.assertion(&audience(&world))).await;
    assert_eq!(answer.json["defaults"]["reporter"], USER, "{answer:?}");
    let page = Page::of(world.relay.address(), &answer);
    let mut todo = incident("Seal broken");
    todo["reporter"] = json!("director@host.example");
    todo["assignee"] = json!("director@host.example");
    assert_eq!(page.submit(&page.new_key(), &todo).await.status, 201);
    todo.as_object_mut().unwrap().remove("reporter");
    assert_eq!(page.submit(&page.new_key(), &todo).await.status, 201, "it need not be named at all");
    for todo in world.sandbox.todos().await {
        assert_eq!((&todo["reporter"], &todo["assignee"]), (&json!(USER), &json!(USER)));
    }
    let register =
        world.http.get(world.url("/v1/tasks?orderID=ORDER%20777")).header("origin", ORIGIN).bearer_auth(&page.token);
    assert_eq!(Answer::to(register).await.json["tasks"][0]["reporter"], USER);
}

#[tokio::test]
async fn an_assertion_is_taken_once_by_all_tenants_of_its_host_together() {
    let host = Host::new();
    let acceptance = format!(
        "[tenants.acceptance]\norigins = [\"https://acc.example\"]\nworkspaces = [\"{WORKSPACE}\"]
         identity = \"assertion\"\nissuer = \"{ISSUER}\"\nkeys_file = \"{{folder}}/host.jwks\"
         shares_users_with = [\"demo\"]"
    );
    let world = world_of(&host, &acceptance).await;
    let assertion = host.assertion(&audience(&world));
    let ask_acceptance = |assertion: &str| {
        let request = world.http.post(world.url("/v1/token")).header("origin", "https://acc.example");
        Answer::to(request.header("x-bzctrl-widget", "1").form(&[("grant_type", GRANT), ("assertion", assertion)]))
    };
    assert_eq!(ask(&world, &assertion).await.status, 200);
    assert_eq!(ask_acceptance(&assertion).await.status, 403);
    assert_eq!(ask_acceptance(&host.assertion(&audience(&world))).await.status, 200);
}

#[tokio::test]
async fn a_tenant_may_let_its_users_name_the_assignee() {
    let host = Host::new();
    let world = world_of(&host, "assignee = \"any\"").await;
    let page = Page::of(world.relay.address(), &ask(&world, &host.assertion(&audience(&world))).await);
    let mut todo = incident("Seal broken");
    todo["assignee"] = json!("colleague@host.example");
    assert_eq!(page.submit(&page.new_key(), &todo).await.status, 201);
    let todo = &world.sandbox.todos().await[0];
    assert_eq!((&todo["reporter"], &todo["assignee"]), (&json!(USER), &json!("colleague@host.example")));
}

#[tokio::test]
async fn every_listed_algorithm_is_taken_and_a_sub_that_is_an_address_too() {
    let host = Host::new();
    let world = world_of(&host, "").await;
    for algorithm in ["EdDSA", "ES256", "RS256", "PS256"] {
        let assertion = host.sign(algorithm, &host.header(algorithm), &host.claims(&audience(&world)));
        let answer = ask(&world, &assertion).await;
        assert_eq!(answer.status, 200, "{algorithm}: {answer:?}");
        let unnamed = json!({ "alg": algorithm });
        let assertion = host.sign(algorithm, &unnamed, &host.claims(&audience(&world)));
        assert_eq!(ask(&world, &assertion).await.status, 200, "{algorithm}, without kid");
    }
    let mut claims = host.claims(&audience(&world));
    claims.as_object_mut().unwrap().remove("email");
    claims["sub"] = json!(USER);
    claims["aud"] = json!(["https://other.example", audience(&world)]);
    let answer = ask(&world, &host.sign("ES256", &host.header("ES256"), &claims)).await;
    assert_eq!(answer.json["defaults"]["reporter"], USER, "{answer:?}");
}

#[tokio::test]
async fn an_assertion_is_taken_once_also_after_a_restart() {
    let host = Host::new();
    // A public address of its own, so that the audience outlives the restart's new port.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("host.jwks"), host.jwks().to_string()).unwrap();
    let sandbox = Sandbox::start().await;
    std::fs::write(folder.path().join("password"), crate::world::PASSWORD).unwrap();
    let identity = format!("identity = \"assertion\"\nissuer = \"{ISSUER}\"\nkeys_file = \"{{folder}}/host.jwks\"");
    let text = settings(sandbox.address, &folder, &identity)
        .replace("[server]\n", "[server]\npublic_url = \"https://relay.example/at/\"\n");
    let start = async || bzctrl_relay::start(bzctrl_relay::config::Config::read(&text, []).unwrap()).await.unwrap();
    let ask = async |relay: &bzctrl_relay::Running, assertion: &str| {
        let http = crate::world::client();
        let request = http.post(format!("http://{}/v1/token", relay.address()));
        let request = request.header("origin", ORIGIN).header("x-bzctrl-widget", "1");
        Answer::to(request.form(&[("grant_type", GRANT), ("assertion", assertion)])).await
    };
    let relay = start().await;
    let assertion = host.assertion("https://relay.example/at/v1/token");
    assert_eq!(ask(&relay, &assertion).await.status, 200);
    assert_eq!(ask(&relay, &assertion).await.problem(), (403, "identity-denied"));
    relay.end().await;
    let relay = start().await;
    assert_eq!(ask(&relay, &assertion).await.problem(), (403, "identity-denied"), "the store remembers");
    assert_eq!(ask(&relay, &host.assertion("https://relay.example/at/v1/token")).await.status, 200);
    relay.end().await;
}

#[tokio::test]
async fn a_thousandfold_replay_is_one_use() {
    let host = Host::new();
    let world = std::sync::Arc::new(world_of(&host, "").await);
    let assertion = host.assertion(&audience(&world));
    let asking: Vec<_> = (0..30)
        .map(|_| {
            let (world, assertion) = (std::sync::Arc::clone(&world), assertion.clone());
            tokio::spawn(async move { ask(&world, &assertion).await.status })
        })
        .collect();
    let mut taken = 0;
    for asked in asking {
        taken += u32::from(asked.await.unwrap() == 200);
    }
    assert_eq!(taken, 1);
}

#[tokio::test]
async fn tenants_of_one_origin_are_told_apart_by_the_issuer() {
    let (host, other) = (Host::new(), Host::new());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("other.jwks"), other.jwks().to_string()).unwrap();
    std::fs::write(folder.path().join("host.jwks"), host.jwks().to_string()).unwrap();
    let more = format!(
        "identity = \"assertion\"\nissuer = \"{ISSUER}\"\nkeys_file = \"{{folder}}/host.jwks\"\n\
         [tenants.sister]\norigins = [\"{ORIGIN}\"]\nworkspaces = [\"{WORKSPACE}-2\"]\nidentity = \"assertion\"\n\
         issuer = \"https://sister.example\"\nkeys_file = \"{{folder}}/other.jwks\""
    );
    let world = World::in_folder(folder, &more).await;
    let by = |issuer: &str| {
        let mut claims = host.claims(&audience(&world));
        claims["iss"] = json!(issuer);
        claims
    };
    let sister = by("https://sister.example");
    let answer = ask(&world, &other.sign("EdDSA", &other.header("EdDSA"), &sister)).await;
    assert_eq!(answer.json["defaults"]["domainWorkSpace"], format!("{WORKSPACE}-2"), "{answer:?}");
    let page = Page::of(world.relay.address(), &answer);
    let refused = page.submit(&page.new_key(), &incident("x")).await;
    assert_eq!(refused.problem(), (403, "workspace-denied"), "its token is good for its own workspaces");
    for (signer, issuer) in [(&host, "https://sister.example"), (&other, ISSUER), (&host, "https://third.example")] {
        let refused = ask(&world, &signer.sign("EdDSA", &signer.header("EdDSA"), &by(issuer))).await;
        assert_eq!(refused.problem(), (403, "identity-denied"), "{issuer}");
    }
}

#[tokio::test]
async fn keys_are_fetched_from_the_hosts_address_and_rotate_without_a_restart() {
    let (old, new) = (Host::new(), Host::new());
    let served = std::sync::Arc::new(std::sync::Mutex::new(old.jwks()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let now = std::sync::Arc::clone(&served);
    let router = Router::new().route(
        "/jwks.json",
        get(move || {
            let jwks: Value = now.lock().unwrap().clone();
            async move { axum::Json(jwks) }
        }),
    );
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let world = World::with(&format!("identity = \"assertion\"\nissuer = \"{ISSUER}\"\njwks_url = \"{url}\"")).await;
    assert_eq!(ask(&world, &old.assertion(&audience(&world))).await.status, 200);
    *served.lock().unwrap() = new.jwks();
    assert_eq!(ask(&world, &new.assertion(&audience(&world))).await.problem(), (403, "identity-denied"), "too early");
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    assert_eq!(ask(&world, &new.assertion(&audience(&world))).await.status, 200);
    assert_eq!(ask(&world, &old.assertion(&audience(&world))).await.problem(), (403, "identity-denied"), "withdrawn");
    serving.abort();
    assert_eq!(ask(&world, &new.assertion(&audience(&world))).await.status, 200, "a dead address stops nobody yet");
    let more = format!("identity = \"assertion\"\nissuer = \"{ISSUER}\"\njwks_url = \"{url}\"\nassignee = \"any\"");
    let text = settings(world.sandbox.address, &world.folder, &more);
    world.relay.reload(bzctrl_relay::config::Config::read(&text, [])).unwrap();
    assert_eq!(ask(&world, &new.assertion(&audience(&world))).await.status, 200, "nor is its cache lost at SIGHUP");
}

#[tokio::test]
async fn without_the_hosts_keys_a_page_is_asked_to_wait() {
    let host = Host::new();
    let identity = format!("identity = \"assertion\"\nissuer = \"{ISSUER}\"\njwks_url = \"http://127.0.0.1:9/\"");
    let world = World::with(&identity).await;
    let answer = ask(&world, &host.assertion(&audience(&world))).await;
    assert_eq!(answer.problem(), (503, "upstream-unavailable"));
    assert_eq!((&answer.json["error"], answer.header("retry-after")), (&json!("temporarily_unavailable"), "5"));
}

#[tokio::test]
async fn in_token_mode_too_nobody_gets_a_token_without_an_assertion() {
    let host = Host::new();
    let world = world_of(&host, "mode = \"token\"").await;
    let mut claims = host.claims(&audience(&world));
    claims["exp"] = json!(now() - 120);
    let expired = host.sign("EdDSA", &host.header("EdDSA"), &claims);
    assert_eq!(ask(&world, &expired).await.problem(), (403, "identity-denied"));
    assert_eq!(world.ask_token().await.json["error"], "unsupported_grant_type");
    assert_eq!(world.sandbox.logins().await.len(), 0);
    assert_eq!(ask(&world, &host.assertion(&audience(&world))).await.json["mode"], "token");
}

#[tokio::test]
async fn a_page_that_sends_cookies_for_its_assertions_may_read_its_answers() {
    let host = Host::new();
    let world = world_of(&host, "").await;
    let answer = ask(&world, &host.assertion(&audience(&world))).await;
    assert_eq!((answer.status, answer.header("access-control-allow-credentials")), (200, "true"), "{answer:?}");
}

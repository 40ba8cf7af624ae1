//! A token ends before its time when its tenant says so, without a restart.

use std::time::Duration;

use bzctrl_relay::config::Config;

use crate::host::{Host, now};
use crate::identity::{ask, audience, world_of};
use crate::world::{Page, World, incident, settings};

fn instant(seconds: u64) -> String {
    jiff::Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap().to_string()
}

#[tokio::test]
async fn tokens_of_before_the_instant_are_good_no_more_and_later_ones_are() {
    let host = Host::new();
    let world = world_of(&host, "").await;
    let page = Page::of(world.relay.address(), &ask(&world, &host.assertion(&audience(&world))).await);
    assert_eq!(page.submit(&page.new_key(), &incident("before")).await.status, 201);
    tokio::time::sleep(Duration::from_millis(1100)).await;

    let identity = "identity = \"assertion\"\nissuer = \"https://host.example\"\nkeys_file = \"{folder}/host.jwks\"";
    let revoking = format!("{identity}\nnot_before = \"{}\"", instant(now()));
    let text = settings(world.sandbox.address, &world.folder, &revoking);
    world.relay.reload(Config::read(&text, [])).unwrap();

    let revoked = page.submit(&page.new_key(), &incident("revoked")).await;
    assert_eq!(revoked.problem(), (401, "token-expired"));
    let page = Page::of(world.relay.address(), &ask(&world, &host.assertion(&audience(&world))).await);
    assert_eq!(page.submit(&page.new_key(), &incident("after")).await.status, 201);
    assert_eq!(world.sandbox.todos().await.len(), 2);
}

#[tokio::test]
async fn a_token_of_before_users_were_verified_is_good_no_more() {
    let host = Host::new();
    let world = World::new().await;
    let page = world.page().await;
    std::fs::write(world.folder.path().join("host.jwks"), host.jwks().to_string()).unwrap();
    let identity = "identity = \"assertion\"\nissuer = \"https://host.example\"\nkeys_file = \"{folder}/host.jwks\"";
    let text = settings(world.sandbox.address, &world.folder, identity);
    world.relay.reload(Config::read(&text, [])).unwrap();
    assert_eq!(page.submit(&page.new_key(), &incident("x")).await.problem(), (401, "token-expired"));
    assert_eq!(world.ask_token().await.json["error"], "unsupported_grant_type");
    assert_eq!(ask(&world, &host.assertion(&audience(&world))).await.status, 200);
}

#[tokio::test]
async fn no_token_is_given_that_would_be_refused_at_once() {
    let world = World::new().await;
    let later = format!("not_before = \"{}\"", instant(now() + 60));
    // Nobody can write that, and a relay with it does not begin.
    let text = settings(world.sandbox.address, &world.folder, &later);
    let told = Config::read(&text, []).map(|_| ()).unwrap_err().to_string();
    assert!(told.starts_with("tenants.demo.not_before (line 25): is in the future"), "{told}");
    assert!(world.relay.reload(Config::read(&text, [])).unwrap_err().contains("is in the future"));
    assert_eq!(world.ask_token().await.status, 200, "the old settings are in force");
    // But a clock may be set back afterwards.
    let mut config = Config::read(&settings(world.sandbox.address, &world.folder, ""), []).unwrap();
    for tenant in config.tenants.iter_mut().filter(|tenant| tenant.name == "demo") {
        tenant.not_before = Some(std::time::SystemTime::now() + Duration::from_secs(3));
    }
    let page = world.page().await;
    world.relay.reload(Ok(config)).unwrap();
    let answer = world.ask_token().await;
    assert_eq!((answer.problem(), &answer.json["error"]), ((500, "internal"), &serde_json::json!("server_error")));
    assert_eq!(answer.json["detail"], "The relay's clock is behind the tenant's not_before.");
    assert_eq!(page.submit(&page.new_key(), &incident("revoked")).await.problem(), (401, "token-expired"));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let page = world.page().await;
    assert_eq!(page.submit(&page.new_key(), &incident("after")).await.status, 201);
}

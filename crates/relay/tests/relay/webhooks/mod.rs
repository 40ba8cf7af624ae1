//! The link reaches the host's system too, though the tab was closed.

mod hosts;
mod kills;
mod receiver;

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bzctrl_relay::config::Config;
use serde_json::json;

use crate::rows;
use crate::world::{World, incident, settings};
pub(crate) use receiver::{Receiver, SECRET, Says};

/// A relay whose demo tenant tells this receiver.
pub(crate) async fn world_of(receiver: &Receiver) -> World {
    let folder = tempfile::tempdir().unwrap();
    let more = receiver.settings(&folder);
    World::in_folder(folder, &more).await
}

/// A row of the outbox: state, attempts, failure.
pub(crate) fn row(folder: &Path, id: &str) -> (String, u32, Option<String>) {
    let sql = format!("SELECT state, attempts, failure FROM outbox WHERE webhook_id = '{id}'");
    let [state, attempts, failure]: [String; 3] = rows::rows(folder, &sql).remove(0).try_into().unwrap();
    (state, attempts.parse().unwrap(), Some(failure).filter(|failure| !failure.is_empty()))
}

pub(crate) async fn row_with(folder: &Path, id: &str, attempts: u32) -> (String, Option<String>) {
    for _ in 0..1000 {
        let (state, now, failure) = row(folder, id);
        if now >= attempts {
            return (state, failure);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{id}: {:?}", row(folder, id));
}

/// What an operator's clock would do in days: every message that waits is due now.
fn hasten(folder: &Path, attempts: u32) {
    let more = format!("CASE WHEN attempts < {attempts} THEN {attempts} ELSE attempts END");
    rows::change(folder, &format!("UPDATE outbox SET due_at = 0, attempts = {more} WHERE state = 'waiting'"));
}

#[tokio::test]
async fn a_todo_that_was_created_is_told_once_signed_with_its_link_and_without_who_reported_it() {
    let receiver = Receiver::start().await;
    let world = world_of(&receiver).await;
    let page = world.page().await;
    let key = page.new_key();
    let created = page.submit(&key, &incident("Seal broken")).await;
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.header("idempotency-replayed"), "true");

    let received = receiver.wait_for(1).await;
    let told = &received[0];
    assert!(told.is_signed_by(SECRET) && !told.is_signed_by("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    assert_eq!(told.header("content-type"), "application/json");
    assert!(told.id().starts_with("msg_"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let timestamp: u64 = told.header("webhook-timestamp").parse().unwrap();
    assert!(now.abs_diff(timestamp) < 10);
    assert_eq!(told.json["type"], "todo.created");
    assert!(told.json["timestamp"].as_str().unwrap().ends_with('Z'));
    let link = &created.json["taskLink"];
    assert!(link.is_string());
    let data = json!({ "todoType": "INCIDENT", "title": "Seal broken", "orderID": "ORDER 777", "taskLink": link });
    assert_eq!(told.json["data"], data);
    assert!(!told.body.contains("user@example.com") && !told.body.contains(&key));

    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(row(world.folder.path(), told.id()), ("told".to_owned(), 1, None));
}

#[tokio::test]
async fn the_trace_of_the_request_goes_on_at_the_hosts_system_and_not_at_bzctrl() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let receiver = Receiver::start().await;
    let world = world_of(&receiver).await;
    receiver.says([Says::Status(500)]);
    let page = world.page().await;
    let came = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let request = page.request(&page.new_key()).header("traceparent", &came).json(&incident("Seal broken"));
    assert_eq!(crate::world::Answer::to(request).await.status, 201);
    let id = receiver.wait_for(1).await[0].id().to_owned();
    row_with(world.folder.path(), &id, 1).await;
    hasten(world.folder.path(), 0);
    let told = receiver.wait_for(2).await;
    // It is the relay's own place in the trace, and the same at every attempt.
    let sent = told[0].header("traceparent");
    let (same, own) = sent.rsplit_once('-').unwrap().0.rsplit_once('-').unwrap();
    assert_eq!((same, sent.len()), (&*format!("00-{TRACE}"), came.len()));
    assert!(own != "00f067aa0ba902b7" && sent.ends_with("-01"), "{sent}");
    assert_eq!(told[1].header("traceparent"), sent);
    for sent in world.sandbox.sends().await.into_iter().chain(world.sandbox.logins().await) {
        let headers = sent["headers"].to_string();
        assert!(!headers.contains("trace") && !headers.contains(TRACE), "{headers}");
    }
    // One that is broken, and none at all.
    for (title, broken) in [("broken", "00-4bf9-00f067aa0ba902b7-01"), ("none", "")] {
        let request = page.request(&page.new_key()).header("traceparent", broken).json(&incident(title));
        assert_eq!(crate::world::Answer::to(request).await.status, 201);
    }
    let told = receiver.wait_for(4).await;
    assert!(told[2..].iter().all(|told| !told.headers.contains_key("traceparent")));
}

#[tokio::test]
async fn what_was_not_created_is_not_told_and_neither_is_another_tenants() {
    let receiver = Receiver::start().await;
    let world = world_of(&receiver).await;
    let page = world.page().await;
    world.sandbox.fault("add-task", json!({ "status": { "code": 400, "body": "json" } })).await;
    assert_eq!(page.submit(&page.new_key(), &incident("refused")).await.status, 502);
    world.sandbox.fault("add-task", json!("half-answer")).await;
    assert_eq!(page.submit(&page.new_key(), &incident("unknown")).await.status, 504);
    let other = world.http.post(world.url("/v1/token")).header("origin", "https://other.example");
    let other = other.header("x-bzctrl-widget", "1").form(&[("grant_type", "client_credentials")]);
    let token = crate::world::Answer::to(other).await;
    let key = format!("{}.{:032x}", token.json["key_epoch"].as_str().unwrap(), u128::MAX);
    let request = page.request(&key).header("origin", "https://other.example").json(&incident("other's"));
    let mut request = request.build().unwrap();
    request.headers_mut().insert("origin", "https://other.example".parse().unwrap());
    let bearer = format!("Bearer {}", token.json["access_token"].as_str().unwrap());
    request.headers_mut().insert("authorization", bearer.parse().unwrap());
    assert_eq!(world.http.execute(request).await.unwrap().status().as_u16(), 201);
    assert_eq!(page.submit(&page.new_key(), &incident("created")).await.status, 201);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let titles: Vec<_> = receiver.wait_for(1).await.iter().map(|told| told.title().to_owned()).collect();
    assert_eq!(titles, ["created"]);
}

#[tokio::test]
async fn a_receiver_that_fails_is_told_again_later_under_the_same_id_with_the_same_body() {
    let receiver = Receiver::start().await;
    let world = world_of(&receiver).await;
    receiver.says([Says::Status(500), Says::Status(401)]);
    let page = world.page().await;
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    let id = receiver.wait_for(1).await[0].id().to_owned();
    let folder = world.folder.path();
    assert_eq!(row_with(folder, &id, 1).await, ("waiting".to_owned(), Some("answered 500".to_owned())));
    hasten(folder, 0);
    assert_eq!(row_with(folder, &id, 2).await, ("waiting".to_owned(), Some("answered 401".to_owned())));
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(receiver.received().len(), 2, "the second pause is five minutes");
    hasten(folder, 0);
    let received = receiver.wait_for(3).await;
    assert!(received.iter().all(|one| one.id() == id && one.body == received[0].body && one.is_signed_by(SECRET)));
    assert_eq!(row_with(folder, &id, 3).await, ("told".to_owned(), None));
}

#[tokio::test]
async fn one_that_is_down_is_told_when_it_is_up_and_one_that_hangs_is_given_up_in_time_and_holds_up_nobody() {
    // Side by side: both wait for long.
    tokio::join!(is_down(), hangs());
}

async fn is_down() {
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().unwrap();
    let more = receiver.settings(&folder);
    let address = receiver.address;
    drop(receiver);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let world = World::in_folder(folder, &more).await;
    let page = world.page().await;
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let receiver = Receiver::start_at(address).await;
    // The first pause is five seconds.
    let told = receiver.wait_for(1).await;
    assert_eq!(told[0].title(), "Seal broken");
    assert_eq!(row_with(world.folder.path(), told[0].id(), 2).await.0, "told");
}

async fn hangs() {
    let receiver = Receiver::start().await;
    let world = world_of(&receiver).await;
    receiver.says([Says::Nothing]);
    let page = world.page().await;
    for title in ["hangs", "goes on"] {
        assert_eq!(page.submit(&page.new_key(), &incident(title)).await.status, 201);
        receiver.wait_for(if title == "hangs" { 1 } else { 2 }).await;
    }
    let received = receiver.received();
    let (hangs, other) = (received[0].id(), received[1].id());
    let folder = world.folder.path();
    assert_eq!(row_with(folder, other, 1).await.0, "told");
    assert_eq!(row(folder, hangs).1, 0);
    let (state, failure) = row_with(folder, hangs, 1).await;
    assert_eq!((&*state, failure.as_deref()), ("waiting", Some("no answer in time")));
}

#[tokio::test]
async fn one_that_is_gone_kills_its_message_at_once_and_days_of_failures_do_so_in_the_end() {
    let receiver = Receiver::start().await;
    let world = world_of(&receiver).await;
    let (page, folder) = (world.page().await, world.folder.path());
    receiver.says([Says::Status(410)]);
    page.submit(&page.new_key(), &incident("gone")).await;
    let gone = receiver.wait_for(1).await[0].id().to_owned();
    assert_eq!(row_with(folder, &gone, 1).await, ("dead".to_owned(), Some("answered 410".to_owned())));

    receiver.says([Says::Status(500), Says::Status(502), Says::Status(503)]);
    page.submit(&page.new_key(), &incident("fails")).await;
    let fails = receiver.wait_for(2).await[1].id().to_owned();
    assert_eq!(row_with(folder, &fails, 1).await.0, "waiting");
    hasten(folder, 9);
    assert_eq!(row_with(folder, &fails, 10).await.0, "waiting");
    hasten(folder, 0);
    assert_eq!(row_with(folder, &fails, 11).await, ("dead".to_owned(), Some("answered 503".to_owned())));
    hasten(folder, 0);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(receiver.received().len(), 4, "the dead are told no more");
}

#[tokio::test]
async fn a_receiver_may_ask_for_more_patience() {
    let receiver = Receiver::start().await;
    let world = world_of(&receiver).await;
    receiver.says([Says::RetryAfter(3600)]);
    let page = world.page().await;
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    let id = receiver.wait_for(1).await[0].id().to_owned();
    row_with(world.folder.path(), &id, 1).await;
    let sql = format!("SELECT due_at - written_at FROM outbox WHERE webhook_id = '{id}'");
    let pause: i64 = rows::texts(world.folder.path(), &sql)[0].parse().unwrap();
    assert!((3590..3700).contains(&pause), "{pause}");
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let world = world_of(&receiver).await;
    receiver.says([Says::Redirect(format!("http://{}/", elsewhere.address))]);
    let page = world.page().await;
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    let id = receiver.wait_for(1).await[0].id().to_owned();
    assert_eq!(row_with(world.folder.path(), &id, 1).await, ("waiting".to_owned(), Some("answered 307".to_owned())));
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_connected_to_only_if_that_is_listed() {
    for (scheme, listed, reached) in
        [("http", "\"127.0.0.0/8\", \"::1\"", true), ("http", "\"10.0.0.0/8\"", false), ("https", "", false)]
    {
        let receiver = Receiver::start().await;
        let folder = tempfile::tempdir().unwrap();
        let _ = receiver.settings(&folder);
        let more = format!(
            "webhook_url = \"{scheme}://localhost:{}/\"\nwebhook_secret_file = \"{{folder}}/webhook-secret\"\n\
             webhook_private_networks = [{listed}]",
            receiver.address.port()
        );
        let world = World::in_folder(folder, &more).await;
        let page = world.page().await;
        page.submit(&page.new_key(), &incident("Seal broken")).await;
        let id = rows::texts(world.folder.path(), "SELECT webhook_id FROM outbox").remove(0);
        let (state, failure) = row_with(world.folder.path(), &id, 1).await;
        if reached {
            assert_eq!((state.as_str(), receiver.received().len()), ("told", 1));
        } else {
            assert!(failure.unwrap().contains("webhook_private_networks"), "{scheme} {listed}");
            assert!(receiver.received().is_empty());
        }
    }
}

#[tokio::test]
async fn while_secrets_are_changed_both_verify_and_sighup_takes_them_up() {
    let receiver = Receiver::start().await;
    let world = world_of(&receiver).await;
    let page = world.page().await;
    const NEW: &str = "whsec_bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3";
    let folder = &world.folder;
    let rotate = |secret: &str, more: &str| {
        std::fs::write(folder.path().join("webhook-secret"), secret).unwrap();
        let more = format!(
            "webhook_url = \"http://{}/\"\nwebhook_private_networks = [\"127.0.0.1\"]\n\
             webhook_secret_file = \"{{folder}}/webhook-secret\"\n{more}",
            receiver.address
        );
        let config = Config::read(&settings(world.sandbox.address, folder, &more), []).unwrap();
        world.relay.reload(Ok(config)).unwrap();
    };
    let mut told = Vec::new();
    for step in 0..3 {
        match step {
            0 => {}
            1 => {
                std::fs::write(folder.path().join("previous"), SECRET).unwrap();
                rotate(NEW, "webhook_previous_secret_file = \"{folder}/previous\"");
            }
            _ => rotate(NEW, ""),
        }
        page.submit(&page.new_key(), &incident("Seal broken")).await;
        let received = receiver.wait_for(step + 1).await;
        told.push((received[step].is_signed_by(SECRET), received[step].is_signed_by(NEW)));
    }
    assert_eq!(told, [(true, false), (true, true), (false, true)]);
}

#[tokio::test]
async fn what_a_tenant_was_not_told_waits_while_it_has_no_webhook() {
    let receiver = Receiver::start().await;
    let world = world_of(&receiver).await;
    receiver.says([Says::Status(500)]);
    let page = world.page().await;
    page.submit(&page.new_key(), &incident("Seal broken")).await;
    let id = receiver.wait_for(1).await[0].id().to_owned();
    row_with(world.folder.path(), &id, 1).await;
    let take_up = |more: &str| {
        let config = Config::read(&settings(world.sandbox.address, &world.folder, more), []).unwrap();
        world.relay.reload(Ok(config)).unwrap();
    };
    take_up("");
    hasten(world.folder.path(), 0);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(receiver.received().len(), 1);
    take_up(&receiver.settings(&world.folder));
    receiver.wait_for(2).await;
    assert_eq!(receiver.received()[1].json, receiver.received()[0].json);
}

#[tokio::test]
async fn sixty_tenants_with_webhooks_ask_the_store_no_more_than_one() {
    let (receiver, folder) = (Receiver::start().await, tempfile::tempdir().unwrap());
    let own = receiver.settings(&folder);
    let others: String = (0..60)
        .map(|at| {
            format!(
                "\n[tenants.t{at}]\norigins = ['https://t{at}.example']\nworkspaces = ['A-W']\nidentity = 'origin'\n{own}"
            )
        })
        .collect();
    let world = World::in_folder(folder, &format!("identity = 'origin'\n{own}{others}")).await;
    let transactions = async || {
        let url = format!("http://{}/metrics", world.relay.health_address().unwrap());
        let text = world.http.get(url).send().await.unwrap().text().await.unwrap();
        let line = text.lines().find_map(|line| line.split_once("store_transactions_total{outcome=\"committed\"} "));
        line.unwrap().1.parse::<f64>().unwrap()
    };
    let page = world.page().await;
    assert_eq!(page.submit(&page.new_key(), &incident("Seal broken")).await.status, 201);
    receiver.wait_for(1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (before, began) = (transactions().await, Instant::now());
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (more, took) = (transactions().await - before, began.elapsed());
    assert!(more < 10.0 + 3.0 * took.as_secs_f64(), "{more} in {took:?}");
}

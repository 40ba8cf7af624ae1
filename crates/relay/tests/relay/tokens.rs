//! BzCtrl's token for the relay's account, and the token that pages get.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::world::{Answer, PASSWORD, Page, World, incident, settings};

#[tokio::test]
async fn a_sealed_answer_has_the_protocols_members_and_nothing_of_bzctrls() {
    let world = World::with("todo_type = 'task'").await;
    let answer = world.ask_token().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let mut json = answer.json;
    assert!(json["access_token"].take().as_str().unwrap().starts_with("v4.local."));
    let epoch = json["key_epoch"].take();
    assert!(epoch.as_str().unwrap().len() >= 16);
    assert_eq!(
        json,
        json!({
            "access_token": null, "token_type": "Bearer", "expires_in": 300, "scope": "task:create", "mode": "sealed",
            "task_endpoint": "/v1/tasks", "app_url": format!("http://{}/app/", world.sandbox.address),
            "environment": "demo", "key_epoch": null,
            "defaults": { "domainWorkSpace": "EXA-CON-BUS-WOR", "todoType": "TASK" }
        })
    );
    assert_eq!(world.ask_token().await.json["key_epoch"], epoch, "one epoch a day");
    assert_eq!(world.sandbox.logins().await.len(), 0, "a sealed token needs none of BzCtrl's");
}

#[tokio::test]
async fn in_token_mode_the_page_gets_bzctrls_own() {
    let world = World::with("mode = 'token'").await;
    let answer = world.ask_token().await;
    assert_eq!((answer.status, &answer.json["mode"]), (200, &json!("token")), "{answer:?}");
    let endpoint = format!("http://{}/bzctrl-core-api/api/v1/task/add-task", world.sandbox.address);
    assert_eq!(answer.json["task_endpoint"], endpoint);
    assert!(answer.json.get("refresh_token").is_none());
    let expires_in = answer.json["expires_in"].as_u64().unwrap();
    assert!((3590..=3600).contains(&expires_in), "{expires_in}");
    let token = answer.json["access_token"].as_str().unwrap();
    let sent = Answer::to(world.http.post(endpoint).bearer_auth(token).json(&incident("Seal broken"))).await;
    assert!((200..300).contains(&sent.status), "{sent:?}");

    let refused = Answer::to(
        world
            .post("/v1/tasks")
            .bearer_auth(token)
            .header("idempotency-key", format!("e.{:032x}", 1))
            .json(&incident("x")),
    )
    .await;
    assert_eq!(refused.problem(), (401, "token-invalid"), "BzCtrl's token is none of the relay's");
}

#[tokio::test]
async fn a_wrong_grant_is_refused_in_both_languages() {
    let world = World::new().await;
    for (form, error) in [
        (&[("grant_type", "password"), ("username", "u"), ("password", "p")][..], "unsupported_grant_type"),
        (&[("grant", "client_credentials")][..], "invalid_request"),
        (&[("grant_type", "client_credentials"), ("grant_type", "client_credentials")][..], "invalid_request"),
    ] {
        let answer = Answer::to(world.post("/v1/token").form(form)).await;
        assert_eq!(answer.problem(), (400, "invalid-request"));
        assert_eq!(answer.json["error"], error);
    }
    let answer = Answer::to(world.post("/v1/token").json(&json!({ "grant_type": "client_credentials" }))).await;
    assert_eq!(answer.problem(), (415, "wrong-media-type"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_wait_one_flight_fetches_the_token() {
    let world = World::new().await;
    let page = Arc::new(world.page().await);
    world.sandbox.fault("token", json!({ "delay": { "ms": 300 } })).await;
    let posts: Vec<_> = (0..30)
        .map(|at| {
            let page = page.clone();
            tokio::spawn(async move { page.submit(&page.new_key(), &incident(&format!("todo {at}"))).await.status })
        })
        .collect();
    for post in posts {
        assert_eq!(post.await.unwrap(), 201);
    }
    assert_eq!(world.sandbox.logins().await.len(), 1);
    assert_eq!(world.sandbox.todos().await.len(), 30);
}

#[tokio::test]
async fn a_token_that_has_ended_is_not_shown_to_bzctrl_again() {
    let world = World::new().await;
    let page = world.page().await;
    world.sandbox.fault("token", json!({ "expires-in": { "seconds": 1 } })).await;
    assert_eq!(page.submit(&page.new_key(), &incident("first")).await.status, 201);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(page.submit(&page.new_key(), &incident("second")).await.status, 201);
    assert_eq!(world.sandbox.logins().await.len(), 2);
    assert_eq!(world.sandbox.sends().await.len(), 2, "no send was refused for its token");
}

#[tokio::test]
async fn a_token_that_grows_old_is_renewed_while_it_still_serves() {
    let world = World::new().await;
    let page = world.page().await;
    world.sandbox.fault("token", json!({ "expires-in": { "seconds": 10 } })).await;
    assert_eq!(page.submit(&page.new_key(), &incident("first")).await.status, 201);
    tokio::time::sleep(Duration::from_millis(8100)).await;
    world.sandbox.fault("token", json!({ "delay": { "ms": 300 } })).await;
    assert_eq!(page.submit(&page.new_key(), &incident("second")).await.status, 201);
    assert_eq!(page.submit(&page.new_key(), &incident("third")).await.status, 201);
    tokio::time::sleep(Duration::from_millis(1000)).await;
    assert_eq!(page.submit(&page.new_key(), &incident("fourth")).await.status, 201);
    assert_eq!(world.sandbox.logins().await.len(), 2, "at four fifths of its life, by one flight");
    let tokens: Vec<_> =
        world.sandbox.sends().await.iter().map(|send| send["headers"]["authorization"].to_string()).collect();
    assert!(tokens[0] == tokens[1] && tokens[1] == tokens[2] && tokens[2] != tokens[3], "nobody waited for it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_makes_one_login_until_it_changes() {
    let world = World::new().await;
    let page = Arc::new(world.page().await);
    std::fs::write(world.folder.path().join("password"), "wrong").unwrap();
    let key = page.new_key();
    let posts: Vec<_> = (0..50)
        .map(|_| {
            let page = page.clone();
            tokio::spawn(async move { page.submit(&page.new_key(), &incident("Seal broken")).await })
        })
        .collect();
    for post in posts {
        let answer = post.await.unwrap();
        assert_eq!(answer.problem(), (503, "upstream-credentials"));
        assert_eq!(answer.header("retry-after"), "");
    }
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.problem(), (503, "upstream-credentials"));
    assert_eq!(world.sandbox.logins().await.len(), 1);
    let ready = |health: std::net::SocketAddr| {
        let http = world.http.clone();
        async move { http.get(format!("http://{health}/readyz")).send().await.unwrap() }
    };
    let health = world.relay.health_address().unwrap();
    let refused = ready(health).await;
    assert_eq!(refused.status(), 200, "it still tells what became of every key");
    assert!(refused.text().await.unwrap().contains("account"));

    std::fs::write(world.folder.path().join("password"), PASSWORD).unwrap();
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201, "the row was free");
    assert_eq!(world.sandbox.logins().await.len(), 2);
    assert_eq!(ready(health).await.text().await.unwrap(), "ready\n");
}

#[tokio::test]
async fn a_refused_password_is_tried_anew_when_its_file_is_touched_and_when_the_relay_is_told() {
    let world = World::new().await;
    let page = world.page().await;
    let submit = || async { page.submit(&page.new_key(), &incident("Seal broken")).await };
    let logins = || async { world.sandbox.logins().await.len() };
    // BzCtrl is wrong about the password, for a while.
    world.sandbox.faults("token", json!({ "status": { "code": 401, "body": "json" } }), 3).await;
    for _ in 0..3 {
        assert_eq!(submit().await.problem(), (503, "upstream-credentials"));
    }
    assert_eq!(logins().await, 1);

    let touch = std::process::Command::new("touch").arg(world.folder.path().join("password")).status().unwrap();
    assert!(touch.success());
    assert_eq!(submit().await.problem(), (503, "upstream-credentials"));
    assert_eq!(submit().await.problem(), (503, "upstream-credentials"));
    assert_eq!(logins().await, 2, "once a touch");

    // A reload says so, though the file is not right.
    let wrong = bzctrl_relay::config::Config::read("", []);
    assert!(world.relay.reload(wrong).is_err());
    assert_eq!(submit().await.problem(), (503, "upstream-credentials"));
    assert_eq!(logins().await, 3);
    let right = settings(world.sandbox.address, &world.folder, "");
    assert_eq!(world.relay.reload(bzctrl_relay::config::Config::read(&right, [])), Ok(2));
    assert_eq!(submit().await.status, 201);
    assert_eq!(logins().await, 4);
}

#[tokio::test]
async fn a_second_refusal_of_a_fresh_token_latches() {
    let world = World::new().await;
    let page = world.page().await;
    let key = page.new_key();
    world.sandbox.faults("add-task", json!("revoked-token"), 2).await;
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.problem(), (503, "upstream-credentials"));
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.problem(), (503, "upstream-credentials"));
    assert_eq!(world.sandbox.sends().await.len(), 2);
    assert_eq!(world.sandbox.logins().await.len(), 2);
    assert_eq!(world.sandbox.todos().await.len(), 0);
}

#[tokio::test]
async fn a_token_is_good_for_the_page_that_it_was_given_to() {
    let world = World::new().await;
    let page = world.page().await;
    let key = page.new_key();
    let mut refused = Vec::new();
    for (origin, authorization) in [
        ("http://localhost:8080", format!("Bearer {}", page.token)),
        ("https://other.example", format!("Bearer {}", page.token)),
        (crate::world::ORIGIN, format!("Bearer {}x", page.token)),
        (crate::world::ORIGIN, format!("Basic {}", page.token)),
        (crate::world::ORIGIN, "Bearer v4.local.AAAA".to_owned()),
    ] {
        let request = world
            .http
            .post(world.url("/v1/tasks"))
            .header("origin", origin)
            .header("x-bzctrl-widget", "1")
            .header("authorization", authorization)
            .header("idempotency-key", &key);
        refused.push(Answer::to(request.json(&incident("Seal broken"))).await);
    }
    refused.push(Answer::to(world.post("/v1/tasks").header("idempotency-key", &key).json(&incident("x"))).await);
    for answer in refused {
        assert_eq!(answer.problem(), (401, "token-invalid"));
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    assert_eq!(world.sandbox.sends().await.len(), 0);
}

#[tokio::test]
async fn a_passwords_file_that_holds_no_secret_is_told_once_and_passed_over() {
    let (sandbox, folder, program) = crate::program::started().await;
    let page = Page::open(program.address).await;
    sandbox.fault("token", json!({ "status": { "code": 401, "body": "json" } })).await;
    let (password, key) = (folder.path().join("password"), page.new_key());
    let refused = page.submit(&key, &incident("Seal broken")).await;
    assert_eq!(refused.problem(), (503, "upstream-credentials"));
    std::fs::write(&password, format!("{PASSWORD}\nof the relay\n")).unwrap();
    for _ in 0..3 {
        assert_eq!(page.submit(&key, &incident("Seal broken")).await.problem(), (503, "upstream-credentials"));
        assert!(program.readiness().await.1.contains("BzCtrl refuses the account"));
    }
    let log = program.log();
    let told: Vec<_> = log.lines().filter(|line| line.contains("a secret's file is passed over")).collect();
    assert!(told.len() == 1 && told[0].contains("has more than one line"), "{told:?}");
    assert!(!log.contains(PASSWORD) && !log.contains("of the relay"));
    std::fs::write(&password, format!("{PASSWORD}\n")).unwrap();
    assert_eq!(page.submit(&key, &incident("Seal broken")).await.status, 201);
}

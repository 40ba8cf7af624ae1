//! What the store knew of a key is dropped after 400 days, with the epoch that the key was made in.

use serde_json::json;

use super::witness::with_clock;
use crate::program::{Program, relay, started_quietly};
use crate::world::{Page, incident};

#[tokio::test]
async fn after_400_days_a_key_is_forgotten_and_not_sent_again_and_what_is_unknown_stays() {
    let (sandbox, folder, program) = started_quietly().await;
    let page = Page::open(program.address).await;
    let [created, absent] = [page.new_key(), page.new_key()];
    assert_eq!(page.submit(&created, &incident("created")).await.status, 201);
    program.end().await;
    let show = |what: &str| {
        let shown = relay(&folder).args(["show", what]).output().unwrap();
        (shown.status.code().unwrap(), String::from_utf8(shown.stdout).unwrap())
    };
    assert_eq!(show(&created).0, 0);

    let Some(program) = with_clock(&folder, &sandbox, "+401d") else { return };
    let page = Page::open(program.address).await;
    for key in [&created, &absent] {
        assert_eq!(page.submit(key, &incident("created")).await.problem(), (410, "key-unknown"));
    }
    assert_eq!(show(&created).0, 3, "the store has it no more");
    let unknown = page.new_key();
    sandbox.fault("add-task", json!("close-after-storing")).await;
    assert_eq!(page.submit(&unknown, &incident("unknown")).await.problem(), (504, "outcome-unknown"));
    let beside = page.new_key();
    assert_eq!(page.submit(&beside, &incident("beside")).await.status, 201);
    program.end().await;

    let Some(program) = with_clock(&folder, &sandbox, "+802d") else { return };
    let page = Page::open(program.address).await;
    assert_eq!(page.submit(&unknown, &incident("unknown")).await.problem(), (504, "outcome-unknown"));
    assert_eq!(page.submit(&beside, &incident("beside")).await.header("idempotency-replayed"), "true");
    assert!(show("--unknown").1.contains(&unknown));
    assert_eq!(sandbox.todos().await.len(), 3);
    program.end().await;
    let resolved = relay(&folder)
        .args(["resolve", &unknown, "--not-created", "--why", "looked", "--by", "operator"])
        .output()
        .unwrap();
    assert!(!resolved.status.success(), "by the clock of today it was sent just now: {resolved:?}");
    drop(Program::with_filter(&folder, &sandbox, "info"));
}

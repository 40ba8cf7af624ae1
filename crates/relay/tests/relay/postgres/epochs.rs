//! Epochs whose time is over go, with all that the store holds of their keys; by the database's clock, and by one relay at a time.

use std::time::{Duration, Instant};

use super::cluster::{is_here, shared};
use super::on;
use crate::program::Program;
use crate::world::Sandbox;

/// An epoch of 500 days ago: its name, how long ago its key was claimed and decided (in days), the key's state and owner, its webhook.
type Old = (&'static str, i64, &'static str, &'static str, &'static str, Option<&'static str>);

/// What makes it stay, or lets it go.
const EPOCHS: [Old; 11] = [
    ("created", 500, "500", "created", "NULL", None),
    ("told", 500, "500", "created", "NULL", Some("told")),
    ("dead", 500, "500", "created", "NULL", Some("dead")),
    ("refused", 500, "500", "rejected", "'user@example.com'", None),
    ("erased", 500, "500", "unknown", "''", None),
    ("kept_unknown", 500, "500", "unknown", "NULL", None),
    ("kept_unknown_of_somebody", 500, "500", "unknown", "'user@example.com'", None),
    ("kept_sending", 500, "NULL", "sending", "NULL", None),
    ("kept_untold", 500, "500", "created", "NULL", Some("waiting")),
    ("kept_claimed", 399, "NULL", "free", "NULL", None),
    ("kept_decided", 500, "399", "rejected", "NULL", None),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_epoch_goes_400_days_after_its_last_use_unless_something_of_it_is_to_be_heard_or_told() {
    if !is_here() {
        return;
    }
    let database = "old_epochs";
    shared().database(database);
    let (sandbox, folder) = (Sandbox::start().await, tempfile::tempdir().unwrap());
    let settings = on(shared(), database, &sandbox, &folder);
    Program::of(&folder, &settings, "info").end().await;
    let sql = |sql: &str| shared().sql(database, &format!("SET search_path = bzctrl_relay; {sql}"));
    let now = "extract(epoch FROM now())::bigint";
    for (epoch, claimed, decided, state, identity, webhook) in EPOCHS {
        sql(&format!(
            "INSERT INTO epochs (name, began_at, environment) VALUES ('{epoch}', {now} - 500 * 86400, 'acc');
             INSERT INTO keys (key, epoch, state, claim, instance, lease_until, tenant, identity, digest, todo_type, title, order_id,
                 answer, upstream_status, claimed_at, decided_at)
             VALUES ('{epoch}.1', '{epoch}', '{state}', gen_random_uuid(), 'other', {now} + 60, 'demo', {identity}, sha256(''),
                 'INCIDENT', 'Seal broken', 'ORDER 777', '{{}}', 400, {now} - {claimed} * 86400, {now} - {decided} * 86400);
             INSERT INTO resolutions VALUES ('{epoch}.1', 'rejected', 'operator', 'looked', 1)"
        ));
        if let Some(state) = webhook {
            sql(&format!(
                "INSERT INTO outbox (webhook_id, key, tenant, state, due_at, written_at)
                 VALUES ('msg_{epoch}', '{epoch}.1', 'demo', '{state}', {now} + 1000, 1)"
            ));
        }
    }
    sql(&format!(
        "INSERT INTO epochs (name, began_at, environment) VALUES ('empty', {now} - 401 * 86400, 'acc'),
             ('kept_empty', {now} - 399 * 86400, 'acc')"
    ));
    // Both look for them at the same time.
    let beside = tempfile::tempdir().unwrap();
    let programs = [Program::of(&folder, &settings, "info"), Program::of(&beside, &settings, "info")];
    let began = Instant::now();
    while sql("SELECT count(*) FROM epochs WHERE name NOT LIKE 'kept%'") != "0" {
        assert!(began.elapsed() < Duration::from_secs(30), "{}", programs[0].log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for program in programs {
        program.end().await;
    }
    let kept = EPOCHS.iter().filter(|row| row.0.starts_with("kept")).count();
    assert_eq!(sql("SELECT count(*) FROM epochs WHERE name LIKE 'kept%'"), (kept + 1).to_string());
    for table in ["keys", "resolutions"] {
        assert_eq!(sql(&format!("SELECT count(*) FROM {table}")), kept.to_string(), "{table}");
        assert_eq!(sql(&format!("SELECT count(*) FROM {table} WHERE key LIKE 'kept%'")), kept.to_string(), "{table}");
    }
    assert_eq!(sql("SELECT string_agg(key, ',') FROM outbox"), "kept_untold.1");
}

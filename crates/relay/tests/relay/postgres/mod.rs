//! Several relays on one PostgreSQL: each promise of one holds for all of them.

pub(crate) mod cluster;
mod commits;
pub(crate) mod cutting;
mod epochs;
mod failover;
mod faults;
mod instances;
mod pooled;
mod rights;
mod tls;
mod upgrades;

use tempfile::TempDir;

use crate::rows::database_of;
use crate::world::{Sandbox, settings_of};
use cluster::{Cluster, shared};

/// A key that all relays seal with.
pub(crate) const SEALING_KEY: &str = "k4.local.cHFyc3R1dnd4eXp7fH1-f4CBgoOEhYaHiImKi4yNjo8";

/// The settings of a relay that has this database.
pub(crate) fn on(cluster: &Cluster, database: &str, sandbox: &Sandbox, folder: &TempDir) -> String {
    settings_of(sandbox.address, folder, "", &store(&cluster.url(database), folder))
}

/// The section of a store in a database of this folder's own.
pub(crate) fn own_store(folder: &TempDir) -> String {
    store(&shared().url(&own_database(folder)), folder)
}

/// A database of this folder's own.
pub(crate) fn own_database(folder: &TempDir) -> String {
    let database = database_of(folder.path());
    shared().database(&database);
    database
}

/// Moves the leases of what is being sent into the past, by the database's own clock.
pub(crate) fn leases_are_over(database: &str) {
    shared().sql(database, "UPDATE bzctrl_relay.keys SET lease_until = 0 WHERE state = 'sending'");
}

/// The section of a store in a database.
pub(crate) fn store(url: &str, folder: &TempDir) -> String {
    let file = folder.path().join("seal-key");
    std::fs::write(&file, SEALING_KEY).unwrap();
    format!("[store]\nurl = \"{url}\"\n[seal]\nkey_file = \"{}\"", file.display())
}

/// Who waits for whom in a database, so that a test knows where relays stand.
pub(crate) struct TheirLocks(tokio_postgres::Client);

impl TheirLocks {
    pub(crate) async fn of(database: &str) -> Self {
        Self(cluster::shared().connect(database).await)
    }

    /// Whether a statement of this kind waits for somebody else.
    pub(crate) async fn waits_for(&self, statement: &str) -> bool {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
             AND wait_event_type = 'Lock' AND position($1 IN query) > 0";
        self.0.query_one(sql, &[&statement]).await.unwrap().get::<_, i64>(0) > 0
    }

    pub(crate) async fn wait_for(&self, statement: &str) {
        let began = std::time::Instant::now();
        while !self.waits_for(statement).await {
            assert!(began.elapsed() < std::time::Duration::from_secs(20), "nobody waits for {statement}");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

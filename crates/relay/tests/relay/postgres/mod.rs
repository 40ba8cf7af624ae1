//! Several relays on one PostgreSQL: each promise of one holds for all of them.

pub(crate) mod cluster;
mod commits;
pub(crate) mod cutting;
mod failover;
mod faults;
mod instances;
mod pooled;

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

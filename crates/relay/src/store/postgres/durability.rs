//! What of a database's settings the promise stands on: what is committed is on its disk, and stays there.

use tokio_postgres::Row;

use super::session::{Failure, Sessions, get};
use crate::store::StoreError;

/// What every claim looks at: a server can be given other settings while it runs.
pub(super) struct Durability {
    pub(super) fsync: String,
    pub(super) persistence: String,
}

impl Durability {
    /// # Errors
    /// What is committed may be lost, in a sentence.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.fsync != "on" {
            return Err(StoreError::undone(
                "fsync is off in the database: what is committed there may be lost. Set fsync = on",
            ));
        }
        if self.persistence != "p" {
            return Err(StoreError::undone(
                "the table of keys is not kept over a crash of the database: ALTER TABLE bzctrl_relay.keys SET LOGGED",
            ));
        }
        Ok(())
    }
}

const SETTINGS: &str =
    "SELECT pg_is_in_recovery() AS is_standby, current_setting('server_version_num')::integer AS version,
     current_setting('server_version') AS version_name, current_setting('fsync') AS fsync,
     current_setting('full_page_writes') AS full_page_writes,
     current_setting('server_encoding') AS encoding,
     (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit') AS synchronous_commit,
     current_setting('synchronous_standby_names') AS standbys";

/// The oldest version that is asked for what it knows.
const OLDEST: i32 = 130_000;

/// What a server says of itself at the start.
#[derive(Debug)]
pub(super) struct Settings {
    /// Commits wait until the standbys have applied them.
    pub(super) waits_for_standbys: bool,
    /// What deserves a word, and keeps nobody from starting.
    pub(super) warnings: Vec<String>,
    /// In words.
    pub(super) says: String,
}

/// Looks at a server.
///
/// # Errors
/// Nothing can be kept there, in a sentence.
pub(super) async fn look(sessions: &Sessions) -> Result<Settings, StoreError> {
    // A standby refuses a transaction that writes, with words that say less.
    let row = sessions.outside(SETTINGS).await?;
    read(&row).map_err(|failure| match failure {
        Failure::Failed(error) | Failure::Lost(error) => error,
        Failure::Again | Failure::Doubtful => StoreError::undone("the database does not tell its settings"),
    })
}

fn read(row: &Row) -> Result<Settings, Failure> {
    let text = |name: &str| get::<String>(row, name);
    if get(row, "is_standby")? {
        return Err(StoreError::undone("it is a hot standby, which takes no writes: name the primary").into());
    }
    let version: String = text("version_name")?;
    if get::<i32>(row, "version")? < OLDEST {
        return Err(StoreError::undone(format!("it is PostgreSQL {version}: the relay needs 13 or newer")).into());
    }
    let encoding = text("encoding")?;
    if encoding != "UTF8" {
        return Err(StoreError::undone(format!("its encoding is {encoding}: the relay needs UTF8")).into());
    }
    Durability { fsync: text("fsync")?, persistence: "p".to_owned() }.check()?;
    let mut warnings = Vec::new();
    if text("full_page_writes")? != "on" {
        warnings.push(
            "full_page_writes is off in the database: after a power loss rows may be lost, unless its file system writes whole pages"
                .to_owned(),
        );
    }
    let commit = text("synchronous_commit")?;
    if ["off", "local", "remote_write"].contains(&commit.as_str()) {
        warnings
            .push(format!("synchronous_commit is {commit} in the database; the relay's own transactions have it on"));
    }
    let standbys = text("standbys")?;
    let waits = if standbys.is_empty() { "no standby".to_owned() } else { format!("the standbys {standbys}") };
    Ok(Settings {
        waits_for_standbys: commit == "remote_apply",
        warnings,
        says: format!("PostgreSQL {version}; a commit waits for its disk and {waits}"),
    })
}

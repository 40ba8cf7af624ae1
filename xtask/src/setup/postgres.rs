//! PostgreSQL, for the relay's tests: of Debian's package, which is installed where that is allowed. The tests start one of their own.

use std::path::Path;

use anyhow::bail;

use super::apt::{self, Apt};
use super::browser::Lack;
use crate::machine;

const PACKAGE: &str = "postgresql";

/// Sees to it that its programs are here.
pub(crate) fn postgres() -> Result<(), Lack> {
    if is_here() {
        return Ok(());
    }
    let is_failure = apt::may_install();
    install().map_err(|reason| Lack { reason, is_failure })
}

/// Where Debian and Ubuntu have the programs: each version in a folder of its own, beside the path.
fn is_here() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let named = std::env::var_os("POSTGRES_PROGRAMS");
    named.is_some_and(|folder| Path::new(&folder).join("initdb").is_file())
        || versions.into_iter().any(|version| version.path().join("bin/initdb").is_file())
}

fn install() -> anyhow::Result<()> {
    if machine::on_path(&["apt-get"]).is_none() {
        bail!(
            "there is no PostgreSQL on this machine. Install its server, name the folder of its programs by \
             POSTGRES_PROGRAMS=/path/to/bin, and then this again."
        );
    }
    Apt::prepare("PostgreSQL, in which the relay's store is tried,", PACKAGE)?.install(&[PACKAGE])?;
    if is_here() { Ok(()) } else { bail!("Debian's package {PACKAGE} has left no programs in /usr/lib/postgresql") }
}

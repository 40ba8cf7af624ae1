//! What a measuring of the relay needs beside it: wrk, which asks, and nginx, which it is measured against.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::apt::{self, Apt};
use crate::machine;

const PACKAGES: [&str; 3] = ["wrk", "nginx-light", "curl"];

/// Installs them where they are missing. Where nginx is: Debian has it beside the path of who is no administrator.
///
/// # Errors
///
/// When one cannot be had here; the error says what to do.
pub(crate) fn load_tools() -> Result<PathBuf> {
    let nginx = || {
        let sbin = Path::new("/usr/sbin/nginx");
        machine::on_path(&["nginx"]).or_else(|| sbin.is_file().then(|| sbin.to_owned()))
    };
    let all_here =
        || machine::on_path(&["wrk"]).is_some() && machine::on_path(&["curl"]).is_some() && nginx().is_some();
    if !all_here() {
        let missing = apt::missing(&PACKAGES);
        Apt::prepare("a program that measuring needs (wrk, nginx, curl)", &missing.join(" "))?.install(&missing)?;
    }
    nginx().filter(|_| all_here()).context("wrk, nginx and curl are needed, and one of them is still not on the path")
}

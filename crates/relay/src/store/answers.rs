//! Whether a store answers, for the log.

use std::sync::atomic::{AtomicBool, Ordering};

use super::StoreError;

/// Whether the last work was done. The log has a line for each change, and none for each press and each look meanwhile.
#[derive(Debug)]
pub(super) struct Answers {
    what: &'static str,
    fails: AtomicBool,
}

impl Answers {
    pub(super) fn of(what: &'static str) -> Self {
        Self { what, fails: AtomicBool::new(false) }
    }

    pub(super) fn heard(&self, error: Option<&StoreError>) {
        let failed = self.fails.swap(error.is_some(), Ordering::Relaxed);
        match error {
            Some(error) if !failed => tracing::error!(%error, what = self.what, "the store does not answer"),
            None if failed => tracing::info!(what = self.what, "the store answers again"),
            _ => {}
        }
    }
}

//! Whether a store answers, for the log, and how long that takes, for the metrics.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::StoreError;
use crate::metrics::Rows;

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

    /// Does this work, counts it, and hears what came of it.
    pub(super) async fn counting<T>(
        &self,
        counts: &Rows,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let result = work.await;
        counts.transacted(result.is_ok(), began.elapsed());
        self.heard(result.as_ref().err());
        result
    }

    fn heard(&self, error: Option<&StoreError>) {
        let failed = self.fails.swap(error.is_some(), Ordering::Relaxed);
        match error {
            Some(error) if !failed => tracing::error!(%error, what = self.what, "the store does not answer"),
            None if failed => tracing::info!(what = self.what, "the store answers again"),
            _ => {}
        }
    }
}

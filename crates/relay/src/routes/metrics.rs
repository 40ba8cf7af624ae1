//! `/metrics`, beside the health: what was counted, and what is looked up at each scrape.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;

use super::health;
use crate::metrics::AccountStanding;
use crate::relay::Relay;
use crate::upstream::Upstream;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(crate) async fn show(State(relay): State<Arc<Relay>>) -> ([(HeaderName, &'static str); 1], String) {
    let metrics = &relay.metrics;
    match relay.store.count().await {
        Ok(counts) => {
            metrics.rows.keys(&counts.keys);
            metrics.webhooks.rows(&counts.webhooks);
        }
        // The last counts stay; that the store does not answer is told by `ready`.
        Err(error) => tracing::warn!(%error, "the keys cannot be counted"),
    }
    metrics.rows.doubted(relay.store.doubt().is_some());
    let (status, _) = health::ready(State(Arc::clone(&relay))).await;
    metrics.standing.now(status.is_success(), relay.delivery.under_way());
    let standing = |(account, _): &(Arc<Upstream>, Vec<String>)| AccountStanding {
        account: account.name().to_owned(),
        token: account.token_age(),
        refused: account.credentials_refused(),
        held_back: account.holds_back(),
    };
    metrics.calls.accounts(relay.tenants.accounts().iter().map(standing).collect());
    ([(CONTENT_TYPE, OPEN_METRICS)], metrics.text())
}

//! `/healthz` and `/readyz`, on a listener of their own.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::relay::Relay;

pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

/// Ready to answer pages, or the reason why not.
pub(crate) async fn ready(State(relay): State<Arc<Relay>>) -> (StatusCode, &'static str) {
    let not = |reason| (StatusCode::SERVICE_UNAVAILABLE, reason);
    if relay.lifecycle.is_ending() {
        return not("the relay is ending\n");
    }
    if let Err(error) = relay.store.ready().await {
        tracing::error!(%error, "the store does not answer");
        return not("the store does not answer\n");
    }
    if relay.upstream.credentials_refused() {
        // Every instance is refused alike: taken out of service, none would be left to replay what is known.
        return (StatusCode::OK, "ready, but BzCtrl refuses the relay's account: no todo is sent\n");
    }
    (StatusCode::OK, "ready\n")
}

//! `/healthz` and `/readyz`, on a listener of their own.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::relay::Relay;

pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

/// Ready to answer pages, and what is amiss all the same; or the reason why not.
pub(crate) async fn ready(State(relay): State<Arc<Relay>>) -> (StatusCode, String) {
    let not = |reason: &str| (StatusCode::SERVICE_UNAVAILABLE, reason.to_owned());
    if relay.lifecycle.is_ending() {
        return not("the relay is ending\n");
    }
    if relay.store.ready().await.is_err() {
        return not("the store does not answer\n");
    }
    let mut says = String::new();
    if let Some(why) = relay.store.doubt() {
        says +=
            &format!("ready, but the store may have lost rows ({why}): what was undecided before is told as unknown\n");
    }
    for (account, tenants) in relay.tenants.accounts() {
        let (name, tenants) = (account.name(), tenants.join(", "));
        // Every instance fares alike: taken out of service, none would be left to replay what is known.
        if account.credentials_refused() {
            says += &format!("ready, but BzCtrl refuses the account {name}: no todo is sent of {tenants}\n");
        }
        if account.holds_back() {
            says +=
                &format!("ready, but BzCtrl does not answer the account {name}: todos are held back of {tenants}\n");
        }
    }
    if relay.reloads.last_was_refused() {
        says += "ready, but the last reload was refused: an older configuration is in force\n";
    }
    (StatusCode::OK, if says.is_empty() { "ready\n".to_owned() } else { says })
}

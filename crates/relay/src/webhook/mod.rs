//! Tells the hosts' systems of their todos, by Standard Webhooks: each at least once, though the tab was closed. It sends what
//! stands in the outbox, to addresses of the configuration alone, and knows nothing of how a todo came about.

mod receiver;
mod schedule;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::metrics::{Told, Webhooks};
use crate::relay::Relay;
use crate::store::StoreError;
use crate::store::outbox::{Attempt, Message, Outbox};
use receiver::{Answer, Receiver, Receivers};

/// Messages on their way to one tenant's receiver: one that hangs takes these places, and nobody else's.
const AT_A_TIME: usize = 8;
/// How often the outbox is looked into for what nobody in this process has written, and for what is due again.
const LOOK: Duration = Duration::from_secs(1);
/// A store that does not take what came of an attempt is given time, before the message is sent again.
const STORE_PAUSE: Duration = Duration::from_secs(10);

/// What is on its way: the tenant, and the message's id.
type UnderWay = HashMap<Id, (String, String)>;

/// Sends until the end; then what is on its way comes to its own end.
pub(crate) async fn run(outbox: Arc<dyn Outbox>, relay: Arc<Relay>, end: CancellationToken) {
    let mut receivers = Receivers::default();
    let mut attempts = JoinSet::new();
    let mut under_way = UnderWay::new();
    while !end.is_cancelled() {
        let tenants = outbox.tenants_due().await.unwrap_or_else(|error| unread(&error));
        let receivers = receivers.of(&relay.tenants.now(), &relay.outbound, &relay.metrics.webhooks);
        for receiver in receivers.into_iter().filter(|receiver| tenants.contains(&receiver.tenant)) {
            for message in due(&*outbox, &receiver.tenant, &under_way).await {
                let (tenant, id) = (receiver.tenant.clone(), message.id.clone());
                let attempt = attempts.spawn(attempt(
                    Arc::clone(&outbox),
                    relay.metrics.webhooks.clone(),
                    Arc::clone(&receiver),
                    message,
                ));
                under_way.insert(attempt.id(), (tenant, id));
            }
        }
        tokio::select! {
            Some(ended) = attempts.join_next_with_id() => {
                let id = match ended {
                    Ok((id, ())) => id,
                    Err(panicked) => panicked.id(),
                };
                under_way.remove(&id);
            }
            () = outbox.written() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = end.cancelled() => {}
        }
    }
    while attempts.join_next().await.is_some() {}
}

/// The messages that a tenant's receiver can be told of now.
async fn due(outbox: &dyn Outbox, tenant: &str, under_way: &UnderWay) -> Vec<Message> {
    let of_tenant = under_way.values().filter(|(of, _)| of == tenant);
    let busy: Vec<String> = of_tenant.map(|(_, id)| id.clone()).collect();
    match AT_A_TIME.checked_sub(busy.len()) {
        None | Some(0) => Vec::new(),
        Some(places) => outbox.due(tenant, places, &busy).await.unwrap_or_else(|error| unread(&error)),
    }
}

fn unread<T>(error: &StoreError) -> Vec<T> {
    tracing::error!(%error, "the outbox cannot be read");
    Vec::new()
}

/// One attempt, and what came of it into the outbox.
async fn attempt(outbox: Arc<dyn Outbox>, metrics: Webhooks, receiver: Arc<Receiver>, message: Message) {
    let (tenant, id, failed) = (&*receiver.tenant, &*message.id, message.attempts + 1);
    let attempt = match receiver.tell(&message).await {
        Answer::Taken => {
            tracing::info!(tenant, id, "a webhook was taken");
            metrics.attempted(tenant, Told::Taken);
            Attempt::Told
        }
        Answer::Gone => {
            tracing::error!(tenant, id, "the receiver says that it is gone; this webhook is dead");
            metrics.attempted(tenant, Told::Dead);
            Attempt::Dead { failure: "answered 410".to_owned() }
        }
        Answer::Failed { failure, retry_after } => match schedule::pause(failed, retry_after, schedule::random()) {
            Some(seconds) => {
                tracing::warn!(tenant, id, failed, seconds, failure, "a webhook was not taken; it is tried again");
                metrics.attempted(tenant, Told::Failed);
                Attempt::Postponed { seconds, failure }
            }
            None => {
                tracing::error!(tenant, id, failed, failure, "a webhook was not taken for days; it is dead");
                metrics.attempted(tenant, Told::Dead);
                Attempt::Dead { failure }
            }
        },
    };
    if let Err(error) = outbox.record(&message, &attempt).await {
        tracing::error!(%error, id, "what came of a webhook cannot be stored; it will be sent again");
        tokio::time::sleep(STORE_PAUSE).await;
    }
}

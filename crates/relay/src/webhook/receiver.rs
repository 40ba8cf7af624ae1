//! One POST to a host's system, signed, and what it answered. The address that its name leads to is looked at where the
//! connection is made, so that no name and no change of a name leads into a network that is not listed.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bzctrl_contract::Field;
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use serde_json::{Map, Value, json};
use url::Host;

use crate::config::{Reach, SigningKey, Webhook};
use crate::http_client::{Outbound, chain};
use crate::identity::Served;
use crate::metrics::Webhooks;
use crate::store::outbox::Message;

/// What a receiver made of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has it.
    Taken,
    /// It will never have it.
    Gone,
    /// It may have it another time.
    Failed {
        /// Why, without a word of the receiver's.
        failure: String,
        /// When it asked to be tried again, in seconds.
        retry_after: Option<u32>,
    },
}

/// A tenant's receiver.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) tenant: String,
    webhook: Webhook,
    http: reqwest::Client,
}

/// The receivers of the tenants that are served, each set up once.
#[derive(Debug, Default)]
pub(super) struct Receivers(HashMap<String, (Arc<Served>, Option<Arc<Receiver>>)>);

impl Receivers {
    /// Those of these tenants. One that cannot be set up is told of, and left out.
    pub(super) fn of(
        &mut self,
        tenants: &[Arc<Served>],
        outbound: &Outbound,
        metrics: &Webhooks,
    ) -> Vec<Arc<Receiver>> {
        let mut before = std::mem::take(&mut self.0);
        for served in tenants {
            let name = &served.tenant.name;
            let kept = before.remove(name).filter(|(of, _)| Arc::ptr_eq(of, served));
            let (served, receiver) = kept.unwrap_or_else(|| {
                if served.tenant.webhook.is_some() {
                    metrics.serve(name);
                }
                (Arc::clone(served), receiver(served, outbound))
            });
            self.0.insert(name.clone(), (served, receiver));
        }
        self.0.values().filter_map(|(_, receiver)| receiver.clone()).collect()
    }
}

fn receiver(served: &Served, outbound: &Outbound) -> Option<Arc<Receiver>> {
    let (tenant, webhook) = (served.tenant.name.clone(), served.tenant.webhook.clone()?);
    let resolver = Arc::new(Listed { reach: webhook.reach.clone() });
    // Past the proxy: it would connect to addresses that nobody here has looked at.
    let http = outbound.builder(webhook.url.scheme() == "https").and_then(|http| http.dns_resolver(resolver).build());
    match http {
        Ok(http) => Some(Arc::new(Receiver { tenant, webhook, http })),
        Err(error) => {
            tracing::error!(tenant, error = chain(error), "the tenant's webhooks cannot be set up, and wait");
            None
        }
    }
}

impl Receiver {
    /// Tells it of a todo, once.
    pub(super) async fn tell(&self, message: &Message) -> Answer {
        if let Some(address) = literal(&self.webhook).filter(|address| !self.webhook.reach.admits(*address)) {
            return failed(not_listed(address), None);
        }
        let body = body(message);
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut request = self
            .http
            .post(self.webhook.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("bzctrl-relay/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures(&self.webhook.keys, &message.id, timestamp, &body))
            .body(body);
        if let Some(traceparent) = &message.traceparent {
            request = request.header("traceparent", traceparent);
        }
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Answer::Taken,
            Ok(answer) if answer.status() == StatusCode::GONE => Answer::Gone,
            Ok(answer) => {
                let header = answer.headers().get(RETRY_AFTER);
                let retry_after = header.and_then(|value| value.to_str().ok()?.trim().parse().ok());
                failed(format!("answered {}", answer.status().as_u16()), retry_after)
            }
            Err(error) if error.is_timeout() => failed("no answer in time".to_owned(), None),
            Err(error) => failed(chain(error), None),
        }
    }
}

fn failed(failure: String, retry_after: Option<u32>) -> Answer {
    Answer::Failed { failure, retry_after }
}

fn not_listed(address: IpAddr) -> String {
    format!("{address} is no public address, or http, and is not in webhook_private_networks")
}

/// The address that stands in the URL itself: no name is looked up for it.
fn literal(webhook: &Webhook) -> Option<IpAddr> {
    match webhook.url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// What is told: the same at every attempt.
fn body(message: &Message) -> String {
    let mut data = Map::new();
    let entry = &message.entry;
    for (field, value) in
        [(Field::TodoType, &entry.todo_type), (Field::Title, &entry.title), (Field::OrderId, &entry.order_id)]
    {
        data.insert(field.wire().to_owned(), Value::from(value.as_str()));
    }
    data.extend(message.task_link.as_deref().map(|link| ("taskLink".to_owned(), Value::from(link))));
    let at = Timestamp::from_second(message.written_at).unwrap_or_default();
    json!({ "type": "todo.created", "timestamp": at.to_string(), "data": data }).to_string()
}

/// The value of `webhook-signature`: one by each key.
fn signatures(keys: &[SigningKey], id: &str, timestamp: u64, body: &str) -> String {
    let content = format!("{id}.{timestamp}.{body}");
    let signatures = keys.iter().map(|key| format!("v1,{}", key.sign(content.as_bytes())));
    signatures.collect::<Vec<_>>().join(" ")
}

/// Looks a name up, and lets through the addresses that may be connected to.
#[derive(Debug)]
struct Listed {
    reach: Reach,
}

impl Resolve for Listed {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach.clone();
        Box::pin(async move {
            // The port is the URL's.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(admitted(&reach, found)?.into_iter()) as Addrs)
        })
    }
}

/// Those addresses that may be connected to.
fn admitted(reach: &Reach, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, String> {
    let other = found.iter().map(SocketAddr::ip).find(|address| !reach.admits(*address));
    let admitted: Vec<_> = found.into_iter().filter(|address| reach.admits(address.ip())).collect();
    match other {
        Some(other) if admitted.is_empty() => Err(not_listed(other)),
        _ => Ok(admitted),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::config::Config;

    /// The reach of a tenant's webhook by these settings.
    fn reach(settings: &str) -> Reach {
        let example = include_str!("../../relay.example.toml");
        let text = example.replace("[tenants.demo]", &format!("[tenants.demo]\n{settings}"));
        let environment =
            [("BZCTRL__PASSWORD", "p"), ("TENANTS__DEMO__WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")];
        let environment =
            environment.map(|(name, value)| (format!("{}{name}", crate::config::PREFIX), value.to_owned()));
        Config::read(&text, environment).unwrap().tenants[0].webhook.clone().unwrap().reach
    }

    #[test]
    fn of_what_a_name_leads_to_only_public_and_listed_addresses_are_connected_to() {
        let found: Vec<SocketAddr> = ["10.1.2.3:0", "1.1.1.1:0", "[::1]:0", "[::ffff:10.1.2.4]:0", "169.254.169.254:0"]
            .map(|address| address.parse().unwrap())
            .to_vec();
        let of = |settings: &str| admitted(&reach(settings), found.clone()).map(|found| found.len());
        assert_eq!(of("webhook_url = 'https://host.example/'"), Ok(1));
        assert_eq!(of("webhook_url = 'https://host.example/'\nwebhook_private_networks = ['10.1.2.0/24']"), Ok(3));
        assert_eq!(of("webhook_url = 'http://host.example/'\nwebhook_private_networks = ['10.1.2.3']"), Ok(1), "http");
        assert!(of("webhook_url = 'http://host.example/'\nwebhook_private_networks = ['10.9.9.9']").is_err());
    }

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of standardwebhooks' own libraries.
        let key = SigningKey::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = signatures(&[key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}

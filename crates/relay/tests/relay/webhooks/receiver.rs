//! A host's system that takes webhooks, or does not.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) json: Value,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(crate) fn title(&self) -> &str {
        self.json["data"]["title"].as_str().unwrap()
    }

    /// Whether one of its signatures is by this secret, reckoned here anew.
    pub(crate) fn is_signed_by(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let content = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body);
        let signatures = self.header("webhook-signature").split(' ').filter_map(|one| one.strip_prefix("v1,"));
        let mut signatures = signatures.map(|signature| STANDARD.decode(signature).unwrap());
        signatures.any(|signature| hmac::verify(&key, content.as_bytes(), &signature).is_ok())
    }
}

/// How a request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    Status(u16),
    RetryAfter(u64),
    Redirect(String),
    Nothing,
}

#[derive(Debug, Default)]
struct Shared {
    received: Vec<Received>,
    next: VecDeque<Says>,
}

/// Answers 204, where nothing else is told.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into()).await
    }

    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Mutex::new(Shared::default()));
        let theirs = Arc::clone(&shared);
        let take = move |headers: HeaderMap, body: Bytes| {
            let says = {
                let mut shared = theirs.lock().unwrap();
                let body = String::from_utf8(body.to_vec()).unwrap();
                let json = serde_json::from_str(&body).unwrap_or_default();
                shared.received.push(Received { headers, body, json });
                shared.next.pop_front()
            };
            answer(says)
        };
        let router = Router::new().fallback(take);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, shared, serving }
    }

    /// How it answers next.
    pub(crate) fn says(&self, next: impl IntoIterator<Item = Says>) {
        self.shared.lock().unwrap().next.extend(next);
    }

    /// From now on it takes everything.
    pub(crate) fn forget_what_to_say(&self) {
        self.shared.lock().unwrap().next.clear();
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.lock().unwrap().received.clone()
    }

    /// What has come, once there are so many.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Received> {
        for _ in 0..1000 {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{} of {count} came: {:?}", self.received().len(), self.received());
    }

    /// The settings of a tenant that tells it, in a folder with the secret.
    pub(crate) fn settings(&self, folder: &TempDir) -> String {
        std::fs::write(folder.path().join("webhook-secret"), format!("{SECRET}\n")).unwrap();
        format!(
            "webhook_url = \"http://{}/hooks/bzctrl\"\nwebhook_secret_file = \"{{folder}}/webhook-secret\"\n\
             webhook_private_networks = [\"127.0.0.1\"]",
            self.address
        )
    }
}

async fn answer(says: Option<Says>) -> Response {
    match says {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(Says::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Says::RetryAfter(seconds)) => {
            (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", seconds.to_string())]).into_response()
        }
        Some(Says::Redirect(to)) => (StatusCode::TEMPORARY_REDIRECT, [("location", to)]).into_response(),
        Some(Says::Nothing) => std::future::pending().await,
    }
}

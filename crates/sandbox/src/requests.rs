//! What came to the two API paths, for tests to read. Credentials are recorded as they came: this is a test's tool.

use axum::http::{HeaderMap, request::Parts};
use serde::Serialize;
use serde_json::{Map, Value};

/// One request, and what it was answered.
#[derive(Debug, Serialize)]
pub(crate) struct Recorded {
    #[serde(skip)]
    id: u64,
    method: String,
    path: String,
    headers: Map<String, Value>,
    body: String,
    status: Option<u16>,
}

/// Names a recorded request, also after it was forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestId(u64);

/// Every request since the start or the last [`Requests::forget`], oldest first.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    next: u64,
    recorded: Vec<Recorded>,
}

impl Requests {
    /// Records a request's head as soon as it is there.
    pub(crate) fn begin(&mut self, head: &Parts) -> RequestId {
        let id = self.next;
        self.next += 1;
        self.recorded.push(Recorded {
            id,
            method: head.method.to_string(),
            path: head.uri.path_and_query().map_or_else(|| head.uri.path().to_owned(), ToString::to_string),
            headers: by_name(&head.headers),
            body: String::new(),
            status: None,
        });
        RequestId(id)
    }

    /// Adds the body, when it was read.
    pub(crate) fn read(&mut self, id: RequestId, body: &[u8]) {
        if let Some(recorded) = self.find(id) {
            recorded.body = String::from_utf8_lossy(body).into_owned();
        }
    }

    /// Adds the status that the client is about to see.
    pub(crate) fn answered(&mut self, id: RequestId, status: u16) {
        if let Some(recorded) = self.find(id) {
            recorded.status = Some(status);
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Recorded] {
        &self.recorded
    }

    /// Forgets all of them.
    pub(crate) fn forget(&mut self) {
        self.recorded.clear();
    }

    fn find(&mut self, id: RequestId) -> Option<&mut Recorded> {
        self.recorded.iter_mut().rev().find(|recorded| recorded.id == id.0)
    }
}

/// Headers as an object of lower-case names; one that came twice is joined by a comma, as RFC 9110 reads it.
fn by_name(headers: &HeaderMap) -> Map<String, Value> {
    headers
        .keys()
        .map(|name| {
            let values: Vec<_> =
                headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            (name.to_string(), Value::String(values.join(", ")))
        })
        .collect()
}

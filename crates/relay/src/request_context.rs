//! What belongs to one request on all its way, also where its handler's arguments do not reach: its name, which every line of the
//! log has, its trace, and the tenant whose page asks. What is spawned for a request takes it along.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use axum::http::HeaderMap;
use tracing::{Instrument, Span};
use uuid::Uuid;

use crate::trace::TraceParent;

/// The header with a request's name.
pub(crate) const REQUEST_ID: &str = "x-request-id";
const TRACEPARENT: &str = "traceparent";
const LONGEST_ID: usize = 64;

tokio::task_local! {
    static CURRENT: Arc<RequestContext>;
}

/// One request.
#[derive(Debug)]
pub(crate) struct RequestContext {
    id: String,
    trace: Option<TraceParent>,
    tenant: OnceLock<String>,
}

impl RequestContext {
    /// Of a request with these headers. A name that a proxy before the relay gave is kept, if it is one.
    pub(crate) fn new(headers: &HeaderMap) -> Arc<Self> {
        let once = |name: &str| {
            let mut values = headers.get_all(name).iter();
            values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok())
        };
        let id = once(REQUEST_ID).filter(|id| is_plain(id)).map(str::to_owned);
        Arc::new(Self {
            id: id.unwrap_or_else(|| Uuid::new_v4().simple().to_string()),
            trace: once(TRACEPARENT).and_then(TraceParent::parse),
            tenant: OnceLock::new(),
        })
    }

    /// Its name.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The tenant, once it is known.
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.tenant.get().map(String::as_str)
    }

    /// The trace's name, if it belongs to one.
    pub(crate) fn trace_id(&self) -> Option<&str> {
        self.trace.as_ref().map(TraceParent::trace_id)
    }

    /// What a request of the relay's own says that is made for this one and goes to the host's systems: nobody else is told of a
    /// host's traces.
    fn traceparent(&self) -> Option<String> {
        self.trace.as_ref().map(|trace| trace.child().to_string())
    }

    /// Does some of the request's work.
    pub(crate) async fn within<T>(self: &Arc<Self>, span: Span, work: impl Future<Output = T>) -> T {
        CURRENT.scope(Arc::clone(self), work).instrument(span).await
    }
}

/// The request that this is done for, if it is for one.
pub(crate) fn current() -> Option<Arc<RequestContext>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// What goes to the host's systems with what is told of this request: see [`RequestContext::traceparent`].
pub(crate) fn traceparent() -> Option<String> {
    current().and_then(|context| context.traceparent())
}

/// Now it is known whose page asks.
pub(crate) fn is_of_tenant(name: &str) {
    if let Some(context) = current()
        && context.tenant.set(name.to_owned()).is_ok()
    {
        Span::current().record("tenant", name);
    }
}

/// A span whose lines have the request's name. It is there at every level of the log, since a warning needs it most.
macro_rules! request_span {
    ($name:literal, $context:expr, $($field:tt)*) => {{
        let context: Option<&$crate::request_context::RequestContext> = $context;
        tracing::error_span!(
            $name,
            id = context.map($crate::request_context::RequestContext::id),
            trace_id = context.and_then($crate::request_context::RequestContext::trace_id),
            $($field)*
        )
    }};
}
pub(crate) use request_span;

/// Letters, digits and what stands between them in names of this kind: it can be written into any log and header.
fn is_plain(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Arc<RequestContext> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(REQUEST_ID, value.parse().unwrap());
        }
        RequestContext::new(&headers)
    }

    #[test]
    fn a_name_is_taken_if_any_log_can_have_it() {
        for right in ["a", "f3b0c9d2-11ee.4c_X", &"7".repeat(64)] {
            assert_eq!(of(&[right]).id(), right);
        }
        for wrong in [&[""][..], &["a b"], &["a\"b"], &["ü"], &["a,b"], &["a", "a"], &[&"7".repeat(65)]] {
            assert_eq!(of(wrong).id().len(), 32, "{wrong:?}");
        }
    }
}

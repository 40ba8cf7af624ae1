//! Whether a request's body was read to its end. Where it was not, the connection is of no use for another request, and
//! the answer says so: a client that does not know sends the next one into a connection that is about to close.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// Tells whether the body has ended.
#[derive(Debug)]
pub(crate) struct Read(Arc<AtomicBool>);

impl Read {
    /// Whether all of it was read.
    pub(crate) fn is_whole(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The same body, watched.
pub(crate) fn watch(body: Body) -> (Body, Read) {
    let ended = Arc::new(AtomicBool::new(body.is_end_stream()));
    (Body::new(Watched { body, ended: Arc::clone(&ended) }), Read(ended))
}

struct Watched {
    body: Body,
    ended: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.ended.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

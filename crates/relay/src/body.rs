//! A request's body, within its limits: of size, of time, and of how many may be waited for.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bzctrl_contract::Code;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::time::Instant;

use crate::admission::header;
use crate::peer::Client;
use crate::places::Places;
use crate::problem::Refusal;

/// How long a body may take as a whole; and for each kilobyte that has come, the time that it takes at the slowest.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_PER_KILOBYTE: Duration = Duration::from_millis(250);

/// Bodies that are waited for, in all and of one client, so that no client that dawdles in a thousand connections takes the memory and
/// the places of the others. What is there at once is not waited for. A browser has six connections to a host.
const WAITED_FOR: usize = 256;
const WAITED_FOR_OF_ONE: usize = 32;
/// When a client asks again that has no place.
const PAUSE: u64 = 2;

/// The places of the bodies that are waited for.
pub(crate) fn places() -> Arc<Places> {
    Places::new(WAITED_FOR, WAITED_FOR_OF_ONE)
}

fn too_many() -> Refusal {
    Refusal::new(Code::RateLimited, "Too many requests are waited for.").retry_after(PAUSE)
}

/// What a handler takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    /// The type.
    pub(crate) media_type: &'static str,
    /// The largest, in bytes.
    pub(crate) largest: usize,
}

/// Whether a body was sent that is none, and did not break off: whoever sends it does so each time.
fn is_malformed(error: &axum::Error) -> bool {
    let causes = std::iter::successors(Some(error as &dyn Error), |&error| error.source());
    let kind = causes.filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind).next();
    matches!(kind, Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData))
}

/// Reads a body.
///
/// # Errors
/// It is of another type, too large, too slow, or none; or too many are waited for.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    Expected { media_type, largest }: Expected,
    waiting: &Arc<Places>,
    client: Client,
) -> Result<Bytes, Refusal> {
    let given = header(headers, CONTENT_TYPE.as_str()).and_then(|value| value.split(';').next()).unwrap_or_default();
    if !given.trim().eq_ignore_ascii_case(media_type) {
        return Err(Refusal::new(Code::WrongMediaType, format!("expected {media_type}")));
    }
    let too_large = || Refusal::new(Code::TooLarge, format!("at most {largest} bytes are taken"));
    if usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX) > largest {
        return Err(too_large());
    }
    let began = Instant::now();
    let (mut body, mut read, mut place) = (body, Vec::new(), None);
    loop {
        let frame = match body.frame().now_or_never() {
            Some(frame) => frame,
            None => {
                if place.is_none() {
                    place = Some(waiting.take(client).ok_or_else(too_many)?);
                }
                let kilobytes = u32::try_from(read.len() / 1024).unwrap_or(u32::MAX);
                let deadline = began + PATIENCE + PATIENCE_PER_KILOBYTE.saturating_mul(kilobytes);
                // Too slow: nothing can be said of what was meant.
                tokio::time::timeout_at(deadline, body.frame()).await.map_err(|_| Refusal::unread())?
            }
        };
        let data = match frame {
            None => return Ok(read.into()),
            Some(Err(error)) if is_malformed(&error) => {
                return Err(Refusal::new(Code::InvalidRequest, "The body's chunks are not as HTTP has them."));
            }
            // It broke off.
            Some(Err(_)) => return Err(Refusal::unread()),
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
        };
        if read.len() + data.len() > largest {
            return Err(too_large());
        }
        read.extend_from_slice(&data);
    }
}

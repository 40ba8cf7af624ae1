//! A request's body, within its limits.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bzctrl_contract::Code;
use http_body_util::BodyExt;
use tokio::time::Instant;

use crate::admission::header;
use crate::problem::Refusal;

/// How long a body may take; and for each kilobyte that has come, the time that it takes at the slowest.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_PER_KILOBYTE: Duration = Duration::from_millis(250);

/// Reads a body of this media type, of so many bytes at most.
///
/// # Errors
/// It is of another type, too large, or too slow.
pub(crate) async fn read(headers: &HeaderMap, body: Body, media_type: &str, largest: usize) -> Result<Bytes, Refusal> {
    let given = header(headers, CONTENT_TYPE.as_str()).and_then(|value| value.split(';').next()).unwrap_or_default();
    if !given.trim().eq_ignore_ascii_case(media_type) {
        return Err(Refusal::new(Code::WrongMediaType, format!("expected {media_type}")));
    }
    let began = Instant::now();
    let mut body = body;
    let mut read = Vec::new();
    loop {
        let kilobytes = u32::try_from(read.len() / 1024).unwrap_or(u32::MAX);
        let deadline = began + PATIENCE + PATIENCE_PER_KILOBYTE.saturating_mul(kilobytes);
        let frame = match tokio::time::timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return Ok(read.into()),
            // It broke off, or came too slowly: nothing can be said of what was meant.
            Ok(Some(Err(_))) | Err(_) => return Err(Refusal::unread()),
        };
        if let Ok(data) = frame.into_data() {
            if read.len() + data.len() > largest {
                return Err(Refusal::new(Code::TooLarge, format!("at most {largest} bytes are taken")));
            }
            read.extend_from_slice(&data);
        }
    }
}

//! What a request says that its body is.

use axum::http::{HeaderMap, header};

/// Whether the request says that its body is of this type, in UTF-8 where it names an encoding.
pub(crate) fn content_type_is(headers: &HeaderMap, media_type: &str) -> bool {
    let mut all = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return false;
    };
    let Ok(text) = only.to_str() else { return false };
    let (sent, parameters) = text.split_once(';').unwrap_or((text, ""));
    let parameters = parameters.trim().to_ascii_lowercase();
    sent.trim().eq_ignore_ascii_case(media_type)
        && matches!(parameters.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"")
}

//! Whether a page of another origin may call add-task. Off unless an option names the origin: nobody knows of BzCtrl's.
//! The token endpoint is never open to pages, since credentials never reach a browser.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{answer::Refusal, faults::Endpoint, options::Options};

/// The headers that a page may send, and the protocol asks for no other.
const HEADERS: [&str; 2] = ["authorization", "content-type"];

/// The request's origin, if it has one and it is admitted; an origin that is not is refused before anything is done.
pub(crate) fn admit(
    options: &Options,
    endpoint: Endpoint,
    headers: &HeaderMap,
) -> Result<Option<HeaderValue>, Refusal> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(None);
    };
    if endpoint == Endpoint::AddTask && options.allow_origins.iter().any(|allowed| allowed.is(origin)) {
        return Ok(Some(origin.clone()));
    }
    let advice = match endpoint {
        Endpoint::Token => "pages may not ask for tokens: the credentials belong on a server",
        Endpoint::AddTask => "start the sandbox with --allow-origin to let pages of this origin create todos",
    };
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        format!("Invalid CORS request from {}: {advice}", String::from_utf8_lossy(origin.as_bytes())),
    ))
}

/// Answers a preflight of an admitted origin.
pub(crate) fn preflight(headers: &HeaderMap) -> Result<Response, Refusal> {
    if headers.get(header::ACCESS_CONTROL_REQUEST_METHOD).is_none_or(|method| method != "POST") {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "Invalid CORS request: the only method here is POST"));
    }
    let asked = headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS);
    for names in asked {
        for name in String::from_utf8_lossy(names.as_bytes()).split(',').map(str::trim).filter(|name| !name.is_empty())
        {
            if !HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                return Err(Refusal::new(
                    StatusCode::FORBIDDEN,
                    format!("Invalid CORS request: the header {name:?} is not admitted, only {}", HEADERS.join(", ")),
                ));
            }
        }
    }
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST".to_owned()),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS.join(", ")),
    ];
    Ok((StatusCode::NO_CONTENT, allowed).into_response())
}

/// Lets an admitted origin's page read the answer.
pub(crate) fn share(response: &mut Response, origin: Option<HeaderValue>) {
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
}

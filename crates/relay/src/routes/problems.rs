//! `/problems/{code}`: a page that explains a problem, the address in its `type`; `/problems/` lists them.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};
use bzctrl_contract::Code;

use crate::problem::Refusal;

/// A code that is no text is none of ours.
pub(crate) async fn explain(word: Result<Path<String>, PathRejection>) -> Response {
    let Some(code) = word.ok().and_then(|Path(word)| Code::parse(&word)) else {
        return Refusal::new(Code::NotFound, "").into_response();
    };
    let (word, status, meaning) = (code.as_str(), code.status(), meaning(code));
    page(code.title(), &format!("<p>Problem <code>{word}</code>, status {status}.</p><p>{meaning}</p>"))
}

/// Every problem that there is.
pub(crate) async fn list() -> Response {
    let row = |code: Code| {
        let (word, status, title) = (code.as_str(), code.status(), code.title());
        format!("<tr><td>{status}<td><a href=\"{word}\"><code>{word}</code></a><td>{title}")
    };
    let rows: String = Code::all().map(row).collect();
    page("Problems", &format!("<table><tr><th>status<th>code<th>what it says{rows}</table>"))
}

/// Every part is this program's own text: nothing to escape.
fn page(title: &str, body: &str) -> Response {
    let headers =
        [(CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'none'"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><h1>{title}</h1>{body}</html>\n"
    );
    (headers, Html(page)).into_response()
}

/// What a developer or operator can do now.
fn meaning(code: Code) -> &'static str {
    match code {
        Code::InProgress => {
            "The todo is on its way to BzCtrl. Ask again with the same key after the pause in Retry-After."
        }
        Code::KeyUnknown => {
            "The relay has no record that covers this key, or the key is another user's. The todo may exist. Look in BzCtrl before sending it again."
        }
        Code::KeyReplaced => {
            "The user has sent the todo again under another key. The answer tells the outcome of both."
        }
        Code::KeyReused => {
            "The key belongs to a todo with another content, whose outcome the answer tells. Another todo needs a new key."
        }
        Code::UpstreamRejected => {
            "BzCtrl said no, for the reason in upstream. Nothing was created. After a change, send it with a new key."
        }
        Code::UpstreamUnavailable => {
            "BzCtrl could not be reached or asked to wait. Nothing was sent so far. Send it again with the same key after the pause in Retry-After."
        }
        Code::UpstreamCredentials => {
            "BzCtrl does not accept the relay's account. Nothing was sent. Whoever runs the relay must set the right user name and password; the relay tries again when the password's file is written or touched, when it is reloaded, and by itself from time to time."
        }
        Code::OutcomeUnknown => {
            "The todo was sent and no usable answer came back. It may exist. Look in BzCtrl; to send it again knowingly, use a new key and name the old one in X-BzCtrl-Replaces."
        }
        Code::InvalidTask => {
            "The members in errors are not as the API asks. Nothing was sent. The same key may be used after the correction."
        }
        Code::InvalidRequest => {
            "The request is not of the documented form, which the detail names: a POST without the header X-BzCtrl-Widget: 1, say, which a proxy may have taken away. Nothing was sent."
        }
        Code::KeyInvalid => {
            "Idempotency-Key, and X-BzCtrl-Replaces where it is set, hold the token answer's key_epoch, a point, and 32 lower-case hex digits."
        }
        Code::TokenExpired => "Ask the token endpoint for a new token, and send the request again with the same key.",
        Code::TokenInvalid => {
            "The token is missing, not this relay's, or was given to another page. Ask the token endpoint for one."
        }
        Code::OriginDenied => {
            "The page's origin is not in the list of a tenant, or the request does not say it. Whoever runs the relay adds the origin to its configuration."
        }
        Code::IdentityDenied => "The host's sign-in has not vouched for the user in a way that the relay accepts.",
        Code::WorkspaceDenied => {
            "The tenant's list of workspaces does not have this one. Whoever runs the relay adds it to its configuration."
        }
        Code::TooLarge => "The body is larger than the relay takes.",
        Code::WrongMediaType => {
            "Tokens are asked for in application/x-www-form-urlencoded, todos sent in application/json."
        }
        Code::RateLimited => "Wait for the pause in Retry-After, and send the request again with the same key.",
        Code::StoreUnavailable => {
            "The relay could not read or write its rows, so it sent nothing. Send the request again with the same key after the pause in Retry-After."
        }
        Code::NotFound => "Check the address.",
        Code::MethodNotAllowed => "Check the method.",
        Code::Internal => {
            "A fault of the relay. Its log tells more under the X-Request-Id of the answer. The same key may be sent again."
        }
    }
}

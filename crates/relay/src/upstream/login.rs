//! One request for a token, and what BzCtrl said. It remembers nothing.

use std::time::Duration;

use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::http_client::body;

/// What came of a request for a token.
#[derive(Debug)]
pub(crate) enum Login {
    /// A token, and how many seconds it is good for.
    Given(SecretString, u64),
    /// BzCtrl does not let the account in.
    Refused(StatusCode),
    /// An answer without a token, that says nothing of the account.
    NoToken(StatusCode),
    /// No answer.
    NoAnswer(reqwest::Error),
}

const WHOLE_ANSWER: Duration = Duration::from_secs(10);
const LARGEST: usize = 64 * 1024;

/// Asks for a token, once.
pub(crate) async fn log_in(http: &reqwest::Client, endpoint: &Url, username: &str, password: &str) -> Login {
    let form = [("grant_type", "password"), ("username", username), ("password", password)];
    let answer = async {
        let mut response = http.post(endpoint.clone()).timeout(WHOLE_ANSWER).form(&form).send().await?;
        Ok::<_, reqwest::Error>((response.status(), body(&mut response, LARGEST).await?))
    };
    let (status, body) = match answer.await {
        // One that is too large is nobody's token.
        Ok((status, body)) => (status, body.unwrap_or_default()),
        Err(error) => return Login::NoAnswer(error),
    };
    if !status.is_success() {
        return if refuses(status, &body) { Login::Refused(status) } else { Login::NoToken(status) };
    }
    match serde_json::from_slice::<Answer>(&body) {
        Ok(Answer { access_token, expires_in }) if usable(&access_token) => Login::Given(access_token, expires_in),
        _ => Login::NoToken(status),
    }
}

/// The documented answer. A refresh token is not read: BzCtrl documents no grant for it.
#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    #[serde(default = "an_hour")]
    expires_in: u64,
}

fn an_hour() -> u64 {
    3600
}

/// RFC 6750's characters, as they go into a header.
fn usable(token: &SecretString) -> bool {
    let token = token.expose_secret();
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

#[derive(Deserialize)]
struct OAuthError {
    error: String,
}

/// RFC 6749's words for an account that is not let in.
const REFUSALS: [&str; 4] = ["invalid_grant", "invalid_client", "unauthorized_client", "access_denied"];

/// Whether it is surely about the account: a gateway's 400 or 403 is not.
fn refuses(status: StatusCode, body: &[u8]) -> bool {
    let error = serde_json::from_slice::<OAuthError>(body).ok().map(|said| said.error);
    let named = error.as_deref().is_some_and(|error| REFUSALS.contains(&error));
    status == StatusCode::UNAUTHORIZED || (status.is_client_error() && named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_about_the_account_refuses_it() {
        let of = |status: u16, body: &str| refuses(StatusCode::from_u16(status).unwrap_or_default(), body.as_bytes());
        for (status, body) in
            [(401, ""), (401, "<html>"), (400, r#"{"error":"invalid_grant"}"#), (403, r#"{"error":"access_denied"}"#)]
        {
            assert!(of(status, body), "{status} {body}");
        }
        for (status, body) in [
            (400, "<html>"),
            (403, ""),
            (400, r#"{"error":"invalid_request"}"#),
            (429, ""),
            (500, r#"{"error":"invalid_grant"}"#),
            (503, ""),
        ] {
            assert!(!of(status, body), "{status} {body}");
        }
    }
}

//! One request for a token, and what BzCtrl said. It remembers nothing.

use std::time::Duration;

use bzctrl_contract::Json;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::lenient;

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
    match given(&body) {
        Some((token, seconds)) => Login::Given(token, seconds),
        None => Login::NoToken(status),
    }
}

/// Where the answer does not say how long its token is good for.
const USUAL_LIFE: u64 = 60 * 60;
/// Where it says so in a way that is none.
const SHORT_LIFE: u64 = 60;
const LONGEST_LIFE: u64 = 24 * 60 * 60;

/// The documented answer, its token and how many seconds that is good for. A refresh token is not read: BzCtrl documents no grant for
/// it.
fn given(body: &[u8]) -> Option<(SecretString, u64)> {
    let answer = Json::parse(&lenient::json(body)?)?;
    let token = SecretString::from(answer.text("access_token")?);
    let seconds = match answer.get("expires_in") {
        None => USUAL_LIFE,
        Some(Json::Number(number) | Json::Text(number)) => {
            lenient::seconds(number).filter(|seconds| *seconds > 0).unwrap_or(SHORT_LIFE).min(LONGEST_LIFE)
        }
        Some(_) => SHORT_LIFE,
    };
    usable(&token).then_some((token, seconds))
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
    fn a_token_is_read_whatever_its_life_is_written_as() {
        let life = |written: &str| {
            let body = format!("\u{feff}{{\"access_token\":\"t\",\"expires_in\":{written}}}");
            given(body.as_bytes()).map(|(_, seconds)| seconds)
        };
        for (written, seconds) in [
            ("300", 300),
            ("\"300\"", 300),
            ("299.2", 300),
            ("null", SHORT_LIFE),
            ("-1", SHORT_LIFE),
            ("0", SHORT_LIFE),
            ("\"soon\"", SHORT_LIFE),
            ("[]", SHORT_LIFE),
            ("1e999", LONGEST_LIFE),
        ] {
            assert_eq!(life(written), Some(seconds), "{written}");
        }
        assert_eq!(given(br#"{"access_token":"t"}"#).map(|(_, seconds)| seconds), Some(USUAL_LIFE));
        for none in ["{}", r#"{"access_token":""}"#, r#"{"access_token":7}"#, r#"{"access_token":"a b"}"#, "<html>"] {
            assert!(given(none.as_bytes()).is_none(), "{none}");
        }
    }

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

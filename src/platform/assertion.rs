//! The host's word for who its user is: an assertion that its backend has signed, fetched anew for each token. What is in it
//! is between the host and the relay.

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::fetch::{Exchange, TOKEN_TIMEOUT_MS, cookies, is_online, send, within};
use super::tell_developer;
use crate::config::Credentials;
use crate::form::submit::Notice;

/// Who vouches for the user: the page's own function, or an address of its backend. If neither does, nobody vouches.
pub(super) struct Vouches {
    pub(super) function: Option<Function>,
    pub(super) endpoint: Option<String>,
}

impl Vouches {
    /// A fresh assertion, if somebody vouches; or what hinders it.
    pub(super) async fn assertion(&self, credentials: Credentials) -> Result<Option<String>, Notice> {
        let came = match (&self.function, &self.endpoint) {
            (Some(function), _) => called(function).await?,
            (None, Some(endpoint)) => fetched(endpoint, credentials).await?,
            (None, None) => return Ok(None),
        };
        let assertion = came.trim();
        if is_signed(assertion) {
            return Ok(Some(assertion.to_owned()));
        }
        tell_developer(NO_JWT);
        Err(Notice::SignedOut)
    }
}

const NO_JWT: &str =
    "what came in place of the user's assertion is no signed JWT; docs/IDENTITY.md says what it has to be";

/// A function that fails has nobody to vouch for: the user is not signed in any more.
async fn called(function: &Function) -> Result<String, Notice> {
    let Ok(given) = function.call0(&JsValue::UNDEFINED) else { return Err(Notice::SignedOut) };
    match within(TOKEN_TIMEOUT_MS, JsFuture::from(Promise::resolve(&given))).await {
        Some(Ok(came)) => Ok(came.as_string().unwrap_or_default()),
        Some(Err(_)) => Err(Notice::SignedOut),
        None => Err(Notice::NoRelay),
    }
}

async fn fetched(endpoint: &str, credentials: Credentials) -> Result<String, Notice> {
    match send(endpoint, cookies(credentials), &[], None, TOKEN_TIMEOUT_MS).await {
        Exchange::Whole(received) => match received.status {
            // A sign-in page comes so too, and is no assertion.
            200..=299 => Ok(received.body),
            408 | 429 | 500.. => Err(Notice::NoRelay),
            _ => Err(Notice::SignedOut),
        },
        Exchange::Redirect => Err(Notice::SignedOut),
        Exchange::Blocked => Err(Notice::Blocked),
        Exchange::CutOff => Err(Notice::NoRelay),
        Exchange::Nothing if is_online() => Err(Notice::NoRelay),
        Exchange::Nothing => Err(Notice::Offline),
    }
}

/// Three parts of the letters that a JWT has. Whether it is right is the relay's to say.
fn is_signed(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let mut parts = 0;
    let whole = text.split('.').all(|part| {
        parts += 1;
        !part.is_empty() && part.bytes().all(is_letter)
    });
    whole && parts == 3
}

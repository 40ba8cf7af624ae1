//! One POST to add-task, and what came back. It judges nothing.

use std::fmt;

use bzctrl_contract::Todo;
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use url::Url;

use super::lenient;
use super::token::AccessToken;
use crate::http_client::{body, chain};

/// What came of one POST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// No connection came about, so nothing was sent.
    NotConnected(String),
    /// The request was on its way, and no whole answer came back.
    Lost(String),
    /// A whole answer.
    Whole(Response),
}

impl Answer {
    /// Whether it tells of nobody but a gateway who was there: it says nothing of the todo, and the next may fare alike.
    pub(super) fn is_of_an_outage(&self) -> bool {
        match self {
            Self::NotConnected(_) | Self::Lost(_) => true,
            Self::Whole(response) => matches!(response.status, 502..=504),
        }
    }
}

/// A whole answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) retry_after: Option<u64>,
    pub(super) body: Vec<u8>,
}

/// For the log: a whole answer's body is BzCtrl's word on somebody's todo and stays out of it.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected(why) => write!(f, "not connected: {why}"),
            Self::Lost(why) => write!(f, "lost: {why}"),
            Self::Whole(response) => write!(f, "{} with {} bytes", response.status, response.body.len()),
        }
    }
}

const LARGEST: usize = 1024 * 1024;

/// Sends the todo, once.
pub(super) async fn send(http: &reqwest::Client, endpoint: &Url, todo: &Todo, token: &AccessToken) -> Answer {
    // A todo is texts and lists of texts: it can be written.
    let body = serde_json::to_vec(todo).unwrap_or_default();
    let sent = http
        .post(endpoint.clone())
        .bearer_auth(token.expose())
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "application/json")
        .body(body)
        .send()
        .await;
    match sent {
        Ok(response) => whole(response, token).await.unwrap_or_else(|error| Answer::Lost(chain(error))),
        Err(error) if error.is_connect() || error.is_builder() => Answer::NotConnected(chain(error)),
        Err(error) => Answer::Lost(chain(error)),
    }
}

async fn whole(mut response: reqwest::Response, token: &AccessToken) -> Result<Answer, reqwest::Error> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| lenient::retry_after(value.to_str().ok()?));
    Ok(match body(&mut response, LARGEST).await? {
        Some(body) => Answer::Whole(Response { status, retry_after, body: token.redacted(body) }),
        None => Answer::Lost(format!("an answer of more than {LARGEST} bytes")),
    })
}

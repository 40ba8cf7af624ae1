//! The token answer: RFC 6749's, and what the relay says besides.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::members::Members;

/// Who gets the todos.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The relay, which forwards them: the token is the relay's own.
    Sealed,
    /// BzCtrl itself: the token is BzCtrl's. A plain RFC 6749 answer is read as this.
    #[default]
    Token,
}

impl Mode {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Token => "token",
        }
    }

    /// Reads its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Sealed, Self::Token].into_iter().find(|mode| mode.name() == name)
    }
}

/// The answer of a token endpoint. A plain RFC 6749 answer, such as BzCtrl's own, is one too.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct TokenAnswer {
    /// The access token. Never shown, logged or stored.
    pub access_token: String,
    /// `Bearer`.
    #[serde(default = "bearer")]
    pub token_type: String,
    /// How long the token is good for, in seconds.
    #[serde(default = "an_hour")]
    pub expires_in: u32,
    /// What it is good for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Who gets the todos.
    #[serde(default)]
    pub mode: Mode,
    /// Where todos go; may be relative to the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_endpoint: Option<String>,
    /// Where BzCtrl's own pages are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_url: Option<String>,
    /// `prod`, `acc`, or a custom one's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The epoch of keys that are made with this answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_epoch: Option<String>,
    /// By wire name: what fills a field that the page left out and the user has not touched.
    #[serde(default, skip_serializing_if = "Members::is_empty")]
    pub defaults: Members,
}

fn bearer() -> String {
    "Bearer".to_owned()
}

fn an_hour() -> u32 {
    TokenAnswer::USUAL_LIFE
}

impl TokenAnswer {
    /// How long a token is good for whose answer does not say, in seconds: RFC 6749 leaves `expires_in` out where it is
    /// told otherwise, and BzCtrl documents an hour.
    pub const USUAL_LIFE: u32 = 3600;
}

impl fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAnswer")
            .field("access_token", &"…")
            .field("expires_in", &self.expires_in)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

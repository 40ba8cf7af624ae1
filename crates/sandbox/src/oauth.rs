//! The token endpoint: the password grant of RFC 6749, to the letter, for the one API account.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    answer::Refusal,
    media_type::content_type_is,
    options::Options,
    tokens::{Tokens, random},
};

/// How long a token lives, in seconds, unless a fault says otherwise.
pub(crate) const EXPIRES_IN: u64 = 3600;

/// The documented answer.
#[derive(Debug, Serialize)]
pub(crate) struct TokenAnswer {
    access_token: String,
    refresh_token: String,
    token_type: &'static str,
    expires_in: u64,
    scope: &'static str,
    jti: String,
}

/// Answers a token request.
pub(crate) fn grant(
    tokens: &mut Tokens,
    options: &Options,
    headers: &HeaderMap,
    body: &[u8],
    expires_in: u64,
) -> Result<TokenAnswer, Refusal> {
    if !content_type_is(headers, "application/x-www-form-urlencoded") {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the Content-Type application/x-www-form-urlencoded",
        ));
    }
    let form = read_form(body)?;
    if form.grant_type != "password" {
        return Err(Refusal::bad_request(format!(
            "the grant_type {:?} is not known here: BzCtrl documents password",
            form.grant_type
        ))
        .error("unsupported_grant_type"));
    }
    if form.username != options.username || form.password != options.password {
        return Err(Refusal::bad_request("Bad credentials").error("invalid_grant"));
    }
    let access_token = tokens.issue(Duration::from_secs(expires_in));
    Ok(TokenAnswer {
        access_token,
        refresh_token: random(),
        token_type: "Bearer",
        expires_in,
        scope: "*",
        jti: Uuid::new_v4().to_string(),
    })
}

struct Form {
    grant_type: String,
    username: String,
    password: String,
}

fn read_form(body: &[u8]) -> Result<Form, Refusal> {
    let (mut grant_type, mut username, mut password) = (None, None, None);
    let mut wrong = Vec::new();
    for (name, value) in form_urlencoded::parse(body) {
        let slot = match &*name {
            "grant_type" => &mut grant_type,
            "username" => &mut username,
            "password" => &mut password,
            _ => {
                wrong.push(format!("the parameter {name:?} is not documented"));
                continue;
            }
        };
        if slot.replace(value.into_owned()).is_some() {
            wrong.push(format!("the parameter {name:?} came more than once"));
        }
    }
    for (name, value) in [("grant_type", &grant_type), ("username", &username), ("password", &password)] {
        if value.as_ref().is_none_or(String::is_empty) {
            wrong.push(format!("the parameter {name:?} is missing or empty"));
        }
    }
    match (grant_type, username, password) {
        (Some(grant_type), Some(username), Some(password)) if wrong.is_empty() => {
            Ok(Form { grant_type, username, password })
        }
        _ => Err(Refusal::bad_request(wrong.join("; "))),
    }
}

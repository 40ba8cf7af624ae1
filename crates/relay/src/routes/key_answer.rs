//! What a key's row says, as an answer: a verdict on the key, whatever this request's limits and body are.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bzctrl_contract::{Code, Outcome};

use crate::problem::Refusal;
use crate::store::{Digest, KeyLookup, KeyState, Row};
use crate::upstream::{Created, NotSent};

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// When a page asks again for a key that is being sent, or that is free.
const PAUSE: u64 = 1;

/// The answer to a request for a key that has a row, or that the store cannot vouch for.
pub(super) fn answer(found: KeyLookup, content: Option<Digest>) -> Result<Response, Refusal> {
    let row = match found {
        KeyLookup::Claimable => return Err(NotSent::Unavailable { retry_after: PAUSE }.into()),
        KeyLookup::Unverifiable => {
            return Err(Refusal::new(Code::KeyUnknown, "The todo may exist: look in BzCtrl before it is sent again."));
        }
        KeyLookup::Found(row) => row,
    };
    if let Row { replaced_by: Some(new), state, .. } = &row {
        let mut refusal = tells(Code::KeyReplaced, "The outcome of both keys is told.", state);
        refusal.problem.replaced_by = Some(outcome(new));
        return Err(refusal);
    }
    if content.is_some_and(|content| content != row.digest) {
        return Err(tells(Code::KeyReused, "The outcome of the content that was sent is told.", &row.state));
    }
    let mut response = first_answer(row.state)?;
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// The answer to the request that has sent it.
pub(super) fn first_answer(state: KeyState) -> Result<Response, Refusal> {
    Err(match state {
        KeyState::Created(Created { answer, .. }) => {
            let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
            return Ok((StatusCode::CREATED, json, Body::from(answer)).into_response());
        }
        KeyState::Free => NotSent::Unavailable { retry_after: PAUSE }.into(),
        KeyState::Sending => Refusal::new(Code::InProgress, "Ask again with the same key.").retry_after(PAUSE),
        KeyState::Rejected(said) => {
            let mut refusal =
                Refusal::new(Code::UpstreamRejected, "Nothing was created. A new attempt needs a new key.");
            refusal.problem.upstream = Some(said);
            refusal
        }
        KeyState::Unknown => {
            Refusal::new(Code::OutcomeUnknown, "The todo may exist: look in BzCtrl before it is sent again.")
        }
    })
}

/// A refusal that tells what became of the key.
fn tells(code: Code, detail: &str, state: &KeyState) -> Refusal {
    let Outcome { outcome, task_link } = outcome(state);
    let mut refusal = Refusal::new(code, detail);
    refusal.problem.outcome = Some(outcome);
    refusal.problem.task_link = task_link;
    refusal
}

fn outcome(state: &KeyState) -> Outcome {
    let (word, task_link) = match state {
        KeyState::Created(created) => ("created", created.task_link.clone()),
        KeyState::Rejected(_) => ("rejected", None),
        KeyState::Sending => ("in-progress", None),
        // A free row that another key has replaced is barred, and nobody is told more of it.
        KeyState::Free | KeyState::Unknown => ("unknown", None),
    };
    Outcome { outcome: word.to_owned(), task_link }
}

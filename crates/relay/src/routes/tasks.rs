//! `POST /v1/tasks`: a page hands in a todo, and its key's row says what became of it.
//!
//! The order of the checks is the protocol's: the row speaks before limits, workspace and body do.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bzctrl_contract::{Code, Field, Key, KeyError, Member, Members, ProblemField, Todo, Value, WireError};

use super::key_answer;
use crate::admission::{Page, header};
use crate::body::{self, Expected};
use crate::config::Tenant;
use crate::delivery::Delivered;
use crate::fail_point::{self, FailPoint};
use crate::owner::Owner;
use crate::peer::Client;
use crate::problem::Refusal;
use crate::relay::Relay;
use crate::request_context;
use crate::seal::Grant;
use crate::store::{Claim, Digest, KeyLookup};

const KEY: &str = "idempotency-key";
/// A todo of the longest texts, each letter escaped, is shorter.
const TODO: Expected = Expected { media_type: "application/json", largest: 256 * 1024 };
const REPLACES: &str = "x-bzctrl-replaces";
/// When to ask again where too many are on their way: BzCtrl answers most within a second.
const PAUSE: u64 = 2;

pub(crate) async fn create(
    State(relay): State<Arc<Relay>>,
    Extension(page): Extension<Page>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (Grant { owner, environment, .. }, served) = relay.granted(Some(&page), &headers)?;
    let (key, replaces) = keys(&headers)?;

    let body = body::read(&headers, body, TODO, &relay.waiting, client).await;
    let members = body.and_then(|body| members(&body)).map(|members| by_verified(members, &owner, &served.tenant));
    let todo = members.as_ref().ok().map(Todo::read);
    let digest = todo.as_ref().and_then(|todo| todo.as_ref().ok()).map(Digest::of);
    match relay.store.look_up(&key, &owner, &environment).await? {
        KeyLookup::Claimable => {}
        known => return key_answer::answer(known, digest),
    }

    relay.rates.take(client)?;
    served.take_share(owner.identity.as_ref(), &*relay.store).await?;
    check_workspace(&served.tenant, &members?)?;
    let todo = match todo {
        Some(Ok(todo)) => todo,
        Some(Err(errors)) => return Err(invalid(errors)),
        None => return Err(Refusal::new(Code::InvalidRequest, "")),
    };

    let claim = Claim::new(key, owner, environment, &todo, replaces, served.tenant.webhook.is_some());
    let claim = Claim { traceparent: request_context::traceparent(), ..claim };
    let upstream = Arc::clone(&served.upstream);
    // A send that begins has its token already: none is waited for while a claim stands.
    let prepare = async move {
        let ready = upstream.ready().await?;
        Ok(async move { upstream.create(&todo, ready).await })
    };
    match relay.delivery.deliver(claim, prepare).await? {
        Delivered::Sent(state) => {
            fail_point::reach(FailPoint::BeforeAnswer);
            key_answer::first_answer(state)
        }
        Delivered::NotSent(why) => Err(why.into()),
        Delivered::Barred(known) => key_answer::answer(known, digest),
        // The old key's own answer, whatever the content.
        Delivered::NotReplaced(old) => key_answer::answer(old, None),
        Delivered::NoPlace => {
            Err(Refusal::new(Code::RateLimited, "Too many todos are on their way to BzCtrl.").retry_after(PAUSE))
        }
    }
}

/// The key, and the key that it replaces.
fn keys(headers: &HeaderMap) -> Result<(Key, Option<Key>), Refusal> {
    let of = |name: &'static str| header(headers, name).map_or(Err(KeyError), Key::from_header);
    let refuse = |name: &str, error: KeyError| Refusal::new(Code::KeyInvalid, format!("{name}: {error}"));
    let key = of(KEY).map_err(|error| refuse(KEY, error))?;
    let replaces = match headers.contains_key(REPLACES) {
        true => Some(of(REPLACES).map_err(|error| refuse(REPLACES, error))?),
        false => None,
    };
    if replaces.as_ref() == Some(&key) {
        return Err(Refusal::new(Code::KeyInvalid, "A key does not replace itself."));
    }
    Ok((key, replaces))
}

fn members(body: &[u8]) -> Result<Members, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::new(Code::InvalidRequest, format!("The body is no JSON object: {error}")))
}

/// A verified user reports, whatever the page says; and is the assignee, unless the tenant lets the page say.
fn by_verified(mut members: Members, owner: &Owner, tenant: &Tenant) -> Members {
    let Some(identity) = &owner.identity else { return members };
    let fields = if tenant.any_assignee { &[Field::Reporter][..] } else { &[Field::Reporter, Field::Assignee] };
    for field in fields {
        members.0.retain(|(name, _)| name != field.wire());
        members.0.push((field.wire().to_owned(), Member::Value(Value::Text(identity.clone()))));
    }
    members
}

fn check_workspace(tenant: &Tenant, members: &Members) -> Result<(), Refusal> {
    let asked = members.0.iter().filter(|(name, _)| name == Field::DomainWorkSpace.wire());
    for (_, member) in asked {
        if let Member::Value(Value::Text(workspace)) = member
            && !tenant.workspaces.contains(workspace)
        {
            return Err(Refusal::new(Code::WorkspaceDenied, "The tenant's list has no such workspace."));
        }
    }
    Ok(())
}

/// More faults than a todo has members are one fault; and a name that is longer than any is told by its beginning.
const MOST_ERRORS: usize = 50;
const LONGEST_NAME: usize = 100;

fn invalid(errors: Vec<WireError>) -> Refusal {
    let mut refusal = Refusal::new(Code::InvalidTask, "Nothing was sent.");
    refusal.problem.errors = errors
        .into_iter()
        .take(MOST_ERRORS)
        .map(|error| ProblemField {
            code: error.fault.code().to_owned(),
            field: error.name.chars().take(LONGEST_NAME).collect(),
        })
        .collect();
    refusal
}

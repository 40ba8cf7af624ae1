//! `POST /v1/token`: a page asks for a token, the relay's own or, in token mode, BzCtrl's.

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use bzctrl_contract::{Code, Field, Member, Mode, TokenAnswer, Value};

use crate::admission::Page;
use crate::body::{self, Expected};
use crate::config::IdentitySource;
use crate::identity::{Credentials, Served, identify};
use crate::owner::Owner;
use crate::peer::{Client, Peer};
use crate::problem::Refusal;
use crate::relay::Relay;
use crate::request_context;
use crate::upstream::NotSent;

/// A form with an assertion of eight kilobytes, and names for it all.
const FORM: Expected = Expected { media_type: "application/x-www-form-urlencoded", largest: 12 * 1024 };
const SCOPE: &str = "task:create";

pub(crate) async fn give(
    State(relay): State<Arc<Relay>>,
    Extension(page): Extension<Page>,
    peer: Option<Extension<Peer>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<TokenAnswer>, Refusal> {
    relay.rates.take(client)?;
    let form = body::read(&headers, body, FORM, &relay.waiting, client).await?;
    let assertion = check_grant(&form, asserts(&page))?;
    let peer = peer.map(|Extension(Peer(address))| address.ip());
    let credentials = Credentials { assertion: assertion.as_deref(), peer, headers: &headers };
    let (served, owner) = identify(&page.tenants, &credentials, &*relay.store).await?;
    request_context::is_of_tenant(&served.tenant.name);
    served.take_share(owner.identity.as_ref(), &*relay.store).await?;
    let mut answer = match served.tenant.mode {
        Mode::Sealed => sealed(&relay, &page.origin, &served, owner.clone()).await?,
        Mode::Token => bzctrls_own(&served).await?,
    };
    let reporter =
        owner.identity.map(|identity| (Field::Reporter.wire().to_owned(), Member::Value(Value::Text(identity))));
    answer.defaults.0.extend(reporter);
    Ok(Json(answer))
}

async fn sealed(relay: &Relay, origin: &str, served: &Served, owner: Owner) -> Result<TokenAnswer, Refusal> {
    let environment = served.upstream.environment().id();
    let key_epoch = relay.store.epoch(environment).await?;
    let now = SystemTime::now();
    // It would be refused at once, and the page ask for another one without end. The settings are right: the clock was set back.
    if served.tenant.not_before.is_some_and(|instant| now < instant) {
        tracing::error!("no token is given: this machine's clock is behind the tenant's not_before");
        return Err(Refusal::new(Code::Internal, "The relay's clock is behind the tenant's not_before."));
    }
    let access_token = relay.sealer.seal(owner, origin, environment, now).map_err(|error| {
        tracing::error!(%error, "no token");
        Refusal::new(Code::Internal, "")
    })?;
    Ok(TokenAnswer {
        access_token,
        expires_in: seconds(relay.sealer.lifetime()),
        scope: Some(SCOPE.to_owned()),
        task_endpoint: Some(format!("{}/v1/tasks", relay.pages.base_path())),
        key_epoch: Some(key_epoch),
        mode: Mode::Sealed,
        ..common(served)
    })
}

async fn bzctrls_own(served: &Served) -> Result<TokenAnswer, Refusal> {
    let token = served.upstream.token_for_page().await.map_err(NotSent::from)?;
    Ok(TokenAnswer {
        access_token: token.expose().to_owned(),
        expires_in: seconds(token.remaining()),
        task_endpoint: Some(served.upstream.environment().task_endpoint.to_string()),
        mode: Mode::Token,
        ..common(served)
    })
}

/// What both modes say.
fn common(Served { tenant, upstream, .. }: &Served) -> TokenAnswer {
    let environment = upstream.environment();
    let workspace = tenant.workspaces.first().map(|workspace| (Field::DomainWorkSpace, workspace.clone()));
    let todo_type = tenant.todo_type.map(|todo_type| (Field::TodoType, todo_type.wire().to_owned()));
    let defaults = workspace.into_iter().chain(todo_type).map(|(field, value)| (field.wire().to_owned(), value));
    TokenAnswer {
        access_token: String::new(),
        token_type: "Bearer".to_owned(),
        expires_in: 0,
        scope: None,
        mode: Mode::Sealed,
        task_endpoint: None,
        app_url: Some(environment.app_url.to_string()),
        environment: Some(environment.name.clone()),
        key_epoch: None,
        defaults: defaults.collect(),
    }
}

/// Whether the page's host signs who its users are.
fn asserts(page: &Page) -> bool {
    page.tenants.iter().any(|served| matches!(served.tenant.identity, IdentitySource::Assertion(_)))
}

const BY_PAGE: &str = "client_credentials";
const BY_ASSERTION: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// RFC 6749's form, each parameter once: what is asked is granted by. The assertion, where there is to be one.
fn check_grant(form: &[u8], asserts: bool) -> Result<Option<String>, Refusal> {
    let (grant, assertion) = (once(form, "grant_type")?, once(form, "assertion")?);
    let expected = if asserts { BY_ASSERTION } else { BY_PAGE };
    match (grant, assertion) {
        (Some(grant), _) if grant != expected => {
            let mut refusal = Refusal::new(Code::InvalidRequest, format!("This tenant takes grant_type={expected}."));
            refusal.problem.error = Some("unsupported_grant_type".to_owned());
            Err(refusal)
        }
        (Some(_), Some(assertion)) if asserts => Ok(Some(assertion)),
        (Some(_), None) if !asserts => Ok(None),
        (Some(_), _) if asserts => Err(Refusal::new(Code::InvalidRequest, "The form has one assertion.")),
        (Some(_), _) => Err(Refusal::new(Code::InvalidRequest, "This tenant takes no assertion.")),
        (None, _) => Err(Refusal::new(Code::InvalidRequest, "The form has one grant_type.")),
    }
}

/// A parameter that is not there twice.
fn once(form: &[u8], wanted: &str) -> Result<Option<String>, Refusal> {
    let mut values = form_urlencoded::parse(form).filter(|(name, _)| name == wanted).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (first, None) => Ok(first.map(std::borrow::Cow::into_owned)),
        _ => Err(Refusal::new(Code::InvalidRequest, format!("The form has one {wanted}."))),
    }
}

fn seconds(time: std::time::Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}

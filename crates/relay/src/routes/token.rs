//! `POST /v1/token`: a page asks for a token, the relay's own or, in token mode, BzCtrl's.

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use bzctrl_contract::{Code, Field, Mode, TokenAnswer};

use crate::admission::Page;
use crate::body;
use crate::config::Tenant;
use crate::identity::identify;
use crate::problem::Refusal;
use crate::relay::Relay;
use crate::upstream::NotSent;

const SCOPE: &str = "task:create";

pub(crate) async fn give(
    State(relay): State<Arc<Relay>>,
    Extension(page): Extension<Page>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<TokenAnswer>, Refusal> {
    let form = body::read(&headers, body, "application/x-www-form-urlencoded").await?;
    check_grant(&form)?;
    let answer = match page.tenant.mode {
        Mode::Sealed => sealed(&relay, &page).await?,
        Mode::Token => bzctrls_own(&relay, &page.tenant).await?,
    };
    Ok(Json(answer))
}

async fn sealed(relay: &Relay, page: &Page) -> Result<TokenAnswer, Refusal> {
    let key_epoch = relay.store.epoch().await?;
    let access_token = relay.sealer.seal(identify(&page.tenant), &page.origin, SystemTime::now()).map_err(|error| {
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
        ..common(relay, &page.tenant)
    })
}

async fn bzctrls_own(relay: &Relay, tenant: &Tenant) -> Result<TokenAnswer, Refusal> {
    let token = relay.upstream.token_for_page().await.map_err(NotSent::from)?;
    Ok(TokenAnswer {
        access_token: token.expose().to_owned(),
        expires_in: seconds(token.remaining()),
        task_endpoint: Some(relay.upstream.environment().task_endpoint.to_string()),
        mode: Mode::Token,
        ..common(relay, tenant)
    })
}

/// What both modes say.
fn common(relay: &Relay, tenant: &Tenant) -> TokenAnswer {
    let environment = relay.upstream.environment();
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

/// RFC 6749's form, each parameter once.
fn check_grant(form: &[u8]) -> Result<(), Refusal> {
    let mut grants = form_urlencoded::parse(form).filter(|(name, _)| name == "grant_type");
    match (grants.next(), grants.next()) {
        (Some((_, grant)), None) if grant == "client_credentials" => Ok(()),
        (Some(_), None) => {
            let mut refusal = Refusal::new(Code::InvalidRequest, "This tenant takes grant_type=client_credentials.");
            refusal.problem.error = Some("unsupported_grant_type".to_owned());
            Err(refusal)
        }
        _ => Err(Refusal::new(Code::InvalidRequest, "The form has one grant_type.")),
    }
}

fn seconds(time: std::time::Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}

//! `GET /v1/tasks?orderID=…`: what this relay knows of an order, so that nobody reports the same thing twice.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use bzctrl_contract::{Code, Field};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::admission::Page;
use crate::peer::Client;
use crate::problem::Refusal;
use crate::relay::Relay;
use crate::store::Registered;

pub(crate) async fn list(
    State(relay): State<Arc<Relay>>,
    page: Option<Extension<Page>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    let (grant, served) = relay.granted(page.as_deref(), &headers)?;
    relay.rates.take(client)?;
    served.take_share(grant.owner.identity.as_ref(), &*relay.store).await?;
    let order = Field::OrderId.wire();
    let (_, order_id) = form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == order)
        .ok_or_else(|| Refusal::new(Code::InvalidRequest, format!("expected ?{order}=…")))?;
    let tasks = relay.store.of_order(&grant.owner.tenant, &grant.environment, &order_id).await?;
    Ok(Json(json!({ "tasks": tasks.into_iter().map(shown).collect::<Vec<_>>() })))
}

fn shown(todo: Registered) -> Map<String, Value> {
    let mut members = Map::new();
    let mut put = |name: &str, value: Option<Value>| members.extend(value.map(|value| (name.to_owned(), value)));
    put("state", Some(if todo.created { "created" } else { "unknown" }.into()));
    put(Field::TodoType.wire(), Some(todo.entry.todo_type.into()));
    put(Field::Title.wire(), Some(todo.entry.title.into()));
    put("taskLink", todo.task_link.map(Value::from));
    put("at", Timestamp::from_second(todo.claimed_at).ok().map(|at| at.to_string().into()));
    put(Field::Reporter.wire(), todo.reporter.map(Value::from));
    members
}

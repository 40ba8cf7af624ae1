//! What people see: the list of todos and, by the address's hash, one todo. A hash never reaches a server, so a small
//! script draws both from one view, and takes the fields' names from it.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bzctrl_contract::{FIELDS, Field, Kind, Value};
use serde::Serialize;

use crate::{answer, sandbox::Sandbox, todos::StoredTodo};

const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = include_str!("pages/app.html");
const CSS: &str = include_str!("pages/app.css");
const SCRIPT: &str = include_str!("pages/app.js");
const ICON: &str = include_str!("pages/icon.svg");

/// The pages, and the files that they are made of.
pub(crate) fn routes() -> Router<Arc<Sandbox>> {
    let icon = || file("image/svg+xml", ICON);
    Router::new()
        .route("/", get(|| async { Redirect::to("/app/") }))
        .route("/app", get(|| async { Redirect::to("/app/") }))
        .route("/app/", get(|| file("text/html; charset=utf-8", HTML)))
        .route("/app/app.css", get(|| file("text/css; charset=utf-8", CSS)))
        .route("/app/app.js", get(|| file("text/javascript; charset=utf-8", SCRIPT)))
        .route("/app/icon.svg", get(icon))
        .route("/favicon.ico", get(icon))
        .route("/app/todos.json", get(view))
}

async fn file(content_type: &'static str, content: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, content).into_response()
}

/// A todo as the pages show it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<'a> {
    id: &'a str,
    title: &'a str,
    #[serde(rename = "type")]
    todo_type: &'static str,
    status: &'a str,
    received_at: String,
    due_date: Option<String>,
    tags: Vec<Tag<'a>>,
    fields: Vec<Row<'a>>,
    not_sent: Vec<&'static str>,
    request: &'a str,
}

#[derive(Serialize)]
struct Tag<'a> {
    field: &'static str,
    text: &'a str,
}

/// A field that was sent: its documented name, its value, and the unit that goes without saying on the wire.
#[derive(Serialize)]
struct Row<'a> {
    field: &'static str,
    value: Shown<'a>,
    unit: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Shown<'a> {
    Text(&'a str),
    List(&'a [String]),
}

impl<'a> Page<'a> {
    fn of(stored: &'a StoredTodo) -> Self {
        let todo = &stored.todo;
        Self {
            id: &stored.id,
            title: todo.text(Field::Title),
            todo_type: todo.todo_type().wire(),
            status: todo.text(Field::Status),
            received_at: stored.received_at.to_string(),
            due_date: stored.due_date.map(|date| date.to_string()),
            tags: stored.tags().map(|(field, text)| Tag { field: field.wire(), text }).collect(),
            fields: todo
                .values()
                .map(|(field, value)| Row {
                    field: field.wire(),
                    value: match value {
                        Value::Text(text) => Shown::Text(text),
                        Value::List(texts) => Shown::List(texts),
                    },
                    unit: matches!(field.spec().kind, Kind::Amount).then_some("EUR"),
                })
                .collect(),
            not_sent: FIELDS
                .iter()
                .filter(|spec| spec.types.include(todo.todo_type()) && todo.value(spec.field).is_none())
                .map(|spec| spec.wire)
                .collect(),
            request: &stored.request,
        }
    }
}

async fn view(State(sandbox): State<Arc<Sandbox>>) -> Response {
    let memory = sandbox.memory();
    let pages: Vec<_> = memory.todos.all().iter().map(Page::of).collect();
    answer::json(&pages)
}

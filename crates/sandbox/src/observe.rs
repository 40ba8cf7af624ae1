//! `/sandbox`: what tests see, and what they ask to go wrong.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use bzctrl_contract::Todo;
use serde::Serialize;
use serde_json::json;

use crate::{
    add_task::task_link,
    answer,
    faults::{self, Endpoint},
    media_type::content_type_is,
    sandbox::Sandbox,
    todos::StoredTodo,
};

/// A stored todo: the fields as they were sent, and what the sandbox made of them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TodoView<'a> {
    id: &'a str,
    #[serde(flatten)]
    todo: &'a Todo,
    task_link: String,
    tags: Vec<&'a str>,
    received_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<String>,
    request: &'a str,
}

impl<'a> TodoView<'a> {
    fn of(base: &str, stored: &'a StoredTodo) -> Self {
        Self {
            id: &stored.id,
            todo: &stored.todo,
            task_link: task_link(base, stored),
            tags: stored.tags().map(|(_, text)| text).collect(),
            received_at: stored.received_at.to_string(),
            due_date: stored.due_date.map(|date| date.to_string()),
            request: &stored.request,
        }
    }
}

/// `GET /sandbox/requests`
pub(crate) async fn requests(State(sandbox): State<Arc<Sandbox>>) -> Response {
    answer::json(&sandbox.memory().requests.all())
}

/// `GET /sandbox/todos`
pub(crate) async fn todos(State(sandbox): State<Arc<Sandbox>>) -> Response {
    let memory = sandbox.memory();
    let all: Vec<_> = memory.todos.all().iter().map(|stored| TodoView::of(&sandbox.base, stored)).collect();
    answer::json(&all)
}

/// `GET /sandbox/faults`
pub(crate) async fn faults(State(sandbox): State<Arc<Sandbox>>) -> Response {
    answer::json(sandbox.memory().faults.left())
}

/// `POST /sandbox/faults`
pub(crate) async fn queue_faults(State(sandbox): State<Arc<Sandbox>>, headers: HeaderMap, body: Bytes) -> Response {
    // A form of a foreign page cannot have this type.
    if !content_type_is(&headers, "application/json") {
        let error = "send the Content-Type application/json";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, Json(json!({ "error": error }))).into_response();
    }
    let mut memory = sandbox.memory();
    match memory.faults.append(&body) {
        Ok(()) => answer::json(memory.faults.left()),
        Err(error) => {
            let help = json!({
                "error": error,
                "expected": [{ "at": "add-task", "fault": "silence", "times": 1 }],
                "places": [Endpoint::Token, Endpoint::AddTask],
                "faults": faults::examples(),
            });
            (StatusCode::BAD_REQUEST, Json(help)).into_response()
        }
    }
}

/// `DELETE /sandbox/faults`
pub(crate) async fn clear_faults(State(sandbox): State<Arc<Sandbox>>) -> StatusCode {
    sandbox.memory().faults = faults::Faults::default();
    StatusCode::NO_CONTENT
}

/// `DELETE /sandbox`
pub(crate) async fn forget(State(sandbox): State<Arc<Sandbox>>) -> StatusCode {
    let mut memory = sandbox.memory();
    memory.todos.forget();
    memory.requests.forget();
    memory.faults = faults::Faults::default();
    StatusCode::NO_CONTENT
}

/// Any other address.
pub(crate) async fn nothing_here(method: Method, uri: Uri) -> Response {
    let body = json!({
        "error": format!("The sandbox has no {method} {}", uri.path()),
        "try": [
            format!("POST {}", Endpoint::Token.path()),
            format!("POST {}", Endpoint::AddTask.path()),
            "GET /app/", "GET /sandbox/requests", "GET /sandbox/todos",
            "GET /sandbox/faults", "POST /sandbox/faults", "DELETE /sandbox/faults",
            "DELETE /sandbox",
        ],
    });
    (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

//! The relay's table of contents: every address, and what stands before it.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Router, middleware};
use bzctrl_contract::Code;
use tower_http::catch_panic::CatchPanicLayer;

use crate::admission;
use crate::head;
use crate::presentation;
use crate::problem::Refusal;
use crate::relay::Relay;
use crate::routes::{description, health, metrics, problems, register, tasks, token};
use crate::widget;

/// What pages see.
pub(crate) fn public(relay: &Arc<Relay>) -> Router {
    // What a page may ask, once its origin is admitted.
    let api = Router::new()
        .route("/token", post(token::give))
        .route("/tasks", post(tasks::create).get(register::list))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(Arc::clone(relay), admission::admit));

    let router = Router::new()
        .nest("/v1", api)
        .nest("/widget", widget::files(relay.config.widget_folder.as_deref()))
        .route("/problems/", get(problems::list))
        .route("/problems/{code}", get(problems::explain))
        .route("/openapi.json", get(description::openapi))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    router
        .layer(middleware::from_fn(head::check))
        .layer(middleware::from_fn_with_state(Arc::clone(relay), presentation::present))
        .with_state(Arc::clone(relay))
}

/// What those see who run it.
pub(crate) fn health(relay: &Arc<Relay>) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn(head::check))
        .layer(middleware::from_fn_with_state(Arc::clone(relay), presentation::present_unlogged))
        .with_state(Arc::clone(relay))
}

async fn not_found(State(_): State<Arc<Relay>>) -> Refusal {
    Refusal::new(Code::NotFound, "")
}

async fn method_not_allowed() -> Refusal {
    Refusal::new(Code::MethodNotAllowed, "")
}

/// The panic itself is in the log, and stays there.
fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    axum::response::IntoResponse::into_response(Refusal::new(Code::Internal, ""))
}

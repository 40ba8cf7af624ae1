//! `/widget/…`: the widget's files, at exactly the addresses under which they lie in their folder. They are open to every
//! page; a version's files never change, the loader and the manifest of `v1` do.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use bzctrl_contract::Code;
use tower_http::services::ServeDir;

use crate::problem::Refusal;
use crate::relay::Relay;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The files of a folder. Beside a file may lie the same one compressed, `.br` or `.gz`.
pub(crate) fn files(folder: &Path) -> Router<Arc<Relay>> {
    let files = ServeDir::new(folder).precompressed_br().precompressed_gzip().append_index_html_on_directories(false);
    Router::new().fallback_service(files).layer(middleware::from_fn(serve))
}

/// How long a file may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// Asked for anew each time, and only sent if it has changed.
    Revalidated,
    /// Not at all.
    Not,
    /// For ever: its address is its content's.
    Immutable,
}

/// By the address below `/widget`; none for an address that is not the widget's.
fn keep(path: &str) -> Option<Keep> {
    match path.trim_start_matches('/').split_once('/')? {
        ("v1", "bzctrl.js" | "bzctrl.d.ts") => Some(Keep::Revalidated),
        ("v1", "manifest.json") => Some(Keep::Not),
        (version, file)
            if version.starts_with(|c: char| c.is_ascii_digit()) && !file.contains('/') && !file.starts_with('.') =>
        {
            Some(Keep::Immutable)
        }
        _ => None,
    }
}

async fn serve(request: Request, next: Next) -> Response {
    let keep = keep(request.uri().path());
    let types = request.uri().path().ends_with(".d.ts");
    let mut response = match keep {
        Some(_) => next.run(request).await,
        None => Refusal::new(Code::NotFound, "").into_response(),
    };
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    if response.status() == StatusCode::NOT_FOUND {
        response = Refusal::new(Code::NotFound, "").into_response();
    }
    let headers = response.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static(match keep.filter(|_| found) {
            Some(Keep::Revalidated) => "no-cache",
            Some(Keep::Immutable) => "public, max-age=31536000, immutable",
            Some(Keep::Not) | None => "no-store",
        }),
    );
    if types && found {
        // By its last letters alone it would be a film.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_three_kinds_of_address() {
        assert_eq!(keep("/v1/bzctrl.js"), Some(Keep::Revalidated));
        assert_eq!(keep("/v1/bzctrl.d.ts"), Some(Keep::Revalidated));
        assert_eq!(keep("/v1/manifest.json"), Some(Keep::Not));
        assert_eq!(keep("/0.1.0-a7b2/bzctrl_widget_bg.wasm"), Some(Keep::Immutable));
        for other in [
            "/",
            "/v1/",
            "/v1",
            "/v1/secret.txt",
            "/bzctrl.js",
            "/0.1.0",
            "/0.1.0/.env",
            "/0.1.0/a/b.js",
            "/v2/bzctrl.js",
        ] {
            assert_eq!(keep(other), None, "{other}");
        }
    }
}

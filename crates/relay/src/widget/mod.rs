//! `/widget/…`: the widget's files, open to every page. A version's files never change, the loader and the manifest of `v1` do.
//!
//! They come from the configured folder, and else from the program. Only a release's own files are served: those that the manifest
//! of their version lists. Nothing of an address is decoded, so none leads anywhere else.

mod embedded;
mod keep;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bzctrl_contract::Code;
use serde::Deserialize;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::problem::Refusal;
use embedded::Embedded;
pub(crate) use keep::keep;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// What of a request says which representation is wanted. Ranges are not served: no browser asks for one of a script.
const SELECTING: [HeaderName; 3] = [ACCEPT_ENCODING, IF_MODIFIED_SINCE, IF_NONE_MATCH];
const MANIFEST: &str = "manifest.json";
/// What is served of `v1`.
const NEWEST: [&str; 3] = ["bzctrl.js", "bzctrl.d.ts", MANIFEST];

/// The files of a folder, if there is one, and of the program. Beside a file may lie the same one compressed, `.br` or `.gz`.
pub(crate) fn files<S>(folder: Option<&Path>) -> Router<S> {
    let source = Source { folder: folder.map(Path::to_owned), embedded: Embedded(embedded::FILES) };
    Router::new().fallback(serve).with_state(Arc::new(source))
}

/// Where files come from.
struct Source {
    folder: Option<PathBuf>,
    embedded: Embedded,
}

/// An address below `/widget`, of a form that a release's files have.
struct Address<'a> {
    version: &'a str,
    file: &'a str,
}

impl<'a> Address<'a> {
    fn of(path: &'a str) -> Option<Self> {
        const LONGEST: usize = 200;
        let (version, file) = path.strip_prefix('/')?.split_once('/')?;
        let plain = |text: &str| {
            let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte));
            letters && !text.is_empty() && !text.starts_with('.')
        };
        let is_version = version == "v1" || version.starts_with(|first: char| first.is_ascii_digit());
        (path.len() <= LONGEST && is_version && plain(version) && plain(file)).then_some(Self { version, file })
    }
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

impl Address<'_> {
    fn keep(&self) -> Keep {
        match (self.version, self.file) {
            ("v1", MANIFEST) => Keep::Not,
            ("v1", _) => Keep::Revalidated,
            _ => Keep::Immutable,
        }
    }
}

async fn serve(State(source): State<Arc<Source>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let (mut response, keep) = match Address::of(request.uri.path()) {
        None => (Refusal::new(Code::NotFound, "").into_response(), None),
        Some(_) if ![Method::GET, Method::HEAD].contains(&request.method) => {
            (([(ALLOW, "GET, HEAD")], Refusal::new(Code::MethodNotAllowed, "")).into_response(), None)
        }
        Some(address) => match source.find(&address, &request).await {
            Some(response) => (response, Some(address.keep())),
            None => (Refusal::new(Code::NotFound, "").into_response(), None),
        },
    };
    let types = request.uri.path().ends_with(".d.ts");
    let headers = response.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static(match keep {
            Some(Keep::Revalidated) => "no-cache",
            Some(Keep::Immutable) => "public, max-age=31536000, immutable",
            Some(Keep::Not) | None => "no-store",
        }),
    );
    if keep.is_some() {
        // Also where it is not sent since it has not changed.
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("none"));
        if types {
            // By its last letters alone it would be a film.
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        }
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}

impl Source {
    /// The file, or that it has not changed; none where there is none.
    async fn find(&self, address: &Address<'_>, asked: &Parts) -> Option<Response> {
        if let Some(folder) = &self.folder
            && lists(folder, address).await
            && is_readable(&folder.join(address.version).join(address.file)).await
        {
            let files = ServeDir::new(folder);
            let response = files.precompressed_br().precompressed_gzip().oneshot(request(address, asked)?).await;
            let response = response.into_response();
            if is_file(&response) {
                return Some(response);
            }
        }
        if !self.embedded.has(&format!("{}/{}", address.version, address.file)) {
            return None;
        }
        let files = ServeDir::with_backend("", self.embedded);
        let response = files.precompressed_br().precompressed_gzip().oneshot(request(address, asked)?).await;
        Some(response.into_response()).filter(is_file)
    }
}

fn is_file(response: &Response) -> bool {
    [StatusCode::OK, StatusCode::NOT_MODIFIED].contains(&response.status())
}

/// What is asked of the files: this address, and which representation of it.
fn request(address: &Address<'_>, asked: &Parts) -> Option<Request> {
    let uri = format!("/{}/{}", address.version, address.file);
    let mut request = Request::builder().method(&asked.method).uri(uri).body(Body::empty()).ok()?;
    let selecting = asked.headers.iter().filter(|(name, _)| SELECTING.contains(name));
    request.headers_mut().extend(selecting.map(|(name, value)| (name.clone(), value.clone())));
    Some(request)
}

/// A release's own list of its files.
#[derive(Deserialize)]
struct Manifest {
    files: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
}

/// Whether a folder has this file as part of a release.
async fn lists(folder: &Path, address: &Address<'_>) -> bool {
    if address.version == "v1" {
        return NEWEST.contains(&address.file);
    }
    let manifest = folder.join(address.version).join(MANIFEST);
    if !is_readable(&manifest).await {
        return false;
    }
    let Ok(manifest) = tokio::fs::read(manifest).await else { return false };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&manifest) else { return false };
    address.file == MANIFEST || manifest.files.iter().any(|row| row.name == address.file)
}

/// Whether a file can be read to its end, and what is packed beside it: a pipe would keep whoever reads it for ever.
async fn is_readable(file: &Path) -> bool {
    for end in ["", ".br", ".gz"] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        if tokio::fs::metadata(name).await.is_ok_and(|about| !about.is_file()) {
            return false;
        }
    }
    true
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_version_and_a_file_to_the_letter() {
        let keep = |path| Address::of(path).map(|address| address.keep());
        assert_eq!(keep("/v1/bzctrl.js"), Some(Keep::Revalidated));
        assert_eq!(keep("/v1/bzctrl.d.ts"), Some(Keep::Revalidated));
        assert_eq!(keep("/v1/manifest.json"), Some(Keep::Not));
        assert_eq!(keep("/0.1.0-a7b2/bzctrl_widget_bg.wasm"), Some(Keep::Immutable));
        for other in [
            "/",
            "/v1/",
            "/v1",
            "/bzctrl.js",
            "/0.1.0",
            "/0.1.0/",
            "/0.1.0/.env",
            "/0.1.0/%2eenv",
            "/0.1.0/a/b.js",
            "/0.1.0/a%2fb.js",
            "/0.1.0/a\\b.js",
            "/../a.js",
            "/0../../a.js",
            "/v2/bzctrl.js",
            "//v1/bzctrl.js",
            "v1/bzctrl.js",
        ] {
            assert_eq!(keep(other), None, "{other}");
        }
    }

    #[tokio::test]
    async fn the_programs_own_files_are_served_and_a_folders_go_first() {
        use embedded::File;
        const FILES: &[File] = &[
            File::new("v1/bzctrl.js", b"own loader"),
            File::new("v1/bzctrl.js.br", b"own packed"),
            File::new("0.2.0/bzctrl_widget.js", b"own glue"),
        ];
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let get = async |path: &str, encoding: &str| {
            let source = Source { folder: Some(folder.path().to_owned()), embedded: Embedded(FILES) };
            let request = Request::get(path).header(ACCEPT_ENCODING, encoding).body(Body::empty()).unwrap_or_default();
            let response = serve(State(Arc::new(source)), request).await;
            let status =
                response.extensions().get::<Refusal>().map_or(response.status().as_u16(), |it| it.problem.status);
            let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap_or_default();
            (status, String::from_utf8_lossy(&body).into_owned())
        };
        assert_eq!(get("/v1/bzctrl.js", "br").await, (200, "own packed".to_owned()));
        assert_eq!(get("/v1/bzctrl.js", "gzip").await, (200, "own loader".to_owned()));
        assert_eq!(get("/0.2.0/bzctrl_widget.js", "br").await, (200, "own glue".to_owned()));
        assert_eq!(get("/v1/bzctrl.js.br", "br").await.0, 404);
        assert_eq!(get("/0.1.0/bzctrl_widget.js", "br").await.0, 404);
        let _ = std::fs::create_dir(folder.path().join("v1"));
        let _ = std::fs::write(folder.path().join("v1/bzctrl.js"), "theirs");
        assert_eq!(get("/v1/bzctrl.js", "br").await, (200, "theirs".to_owned()));
        assert_eq!(get("/0.2.0/bzctrl_widget.js", "br").await, (200, "own glue".to_owned()));
    }
}

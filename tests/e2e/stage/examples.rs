//! Pages that are none of ours: those of `examples/`, as `cargo xtask examples` lays them. They name the relay by the address that the README has;
//! here it is that of a journey. Their policy is as strict as their frameworks let it be. And a template from npm.

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, header},
    middleware::{Next, from_fn, map_response},
    response::Response,
};
use tower_http::services::ServeDir;

use super::{
    host::with_witness,
    program::{root, target},
};

/// What the examples call the relay.
const RELAY: &str = "https://relay.example.com";

/// The address of the widget's script, at a relay.
pub(super) fn widget(relay: &str) -> String {
    format!("{relay}/widget/v1/bzctrl.js")
}

/// All of them. With the query `?without-widget` a page comes without the widget's script.
pub(super) fn pages(relay: &str) -> Router {
    let folder = target().join("examples");
    let relay = relay.to_owned();
    let policy = format!(
        "default-src 'self'; script-src 'self' {relay} 'wasm-unsafe-eval'; connect-src 'self' {relay}; \
         style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; object-src 'none'"
    );
    let policy = HeaderValue::from_str(&policy).unwrap();
    Router::new().fallback_service(ServeDir::new(folder)).layer(from_fn(move |request: Request, next: Next| {
        let (relay, policy) = (relay.clone(), policy.clone());
        let without_widget = request.uri().query() == Some("without-widget");
        async move {
            let mut response = next.run(request).await;
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            with_witness(response, |page| {
                let script = format!(r#"<script type="module" src="{}"></script>"#, widget(RELAY));
                let page = if without_widget { page.replace(&script, "") } else { page };
                page.replace(RELAY, &relay)
            })
            .await
        }
    }))
}

/// A dashboard as one buys it, with the lines of the README in it, and an order desk that keeps links in `saved`.
pub(super) fn template(relay: &str) -> Router {
    let folder = root().join("examples/node_modules/startbootstrap-sb-admin-2");
    let readme = include_str!("../../../README.md");
    let lines = readme.split("```html\n").nth(1).unwrap().split("```").next().unwrap();
    let desk = "<script>saved = []; saveLink = (...link) => saved.push(link);</script>";
    let lines = [desk, &lines.replace(RELAY, relay)].concat();
    Router::new().fallback_service(ServeDir::new(folder)).layer(map_response(move |response: Response| {
        let lines = lines.clone();
        async move { with_witness(response, |page| page.replace("<h1", &format!("{lines}<h1"))).await }
    }))
}

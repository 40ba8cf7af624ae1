//! The widget's files, and health.

use std::fs;

use crate::world::{Answer, World};

async fn world() -> World {
    let world = World::new().await;
    let widget = world.folder.path().join("widget");
    for (file, content) in [
        ("v1/bzctrl.js", "export {};"),
        ("v1/bzctrl.js.br", "compressed"),
        ("v1/bzctrl.d.ts", "export {};"),
        ("v1/manifest.json", "{}"),
        ("v1/notes.txt", "not served"),
        ("0.1.0-a7b2/bzctrl_widget_bg.wasm", "\0asm"),
        ("0.1.0-a7b2/bzctrl_widget.js", "export {};"),
        ("0.1.0-a7b2/bzctrl_widget.js.gz", "zipped"),
        ("secret.txt", "not served"),
    ] {
        let path = widget.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    world
}

#[tokio::test]
async fn the_three_kinds_of_address_are_served_with_their_types_and_caching() {
    let world = world().await;
    for (path, content_type, cache) in [
        ("/widget/v1/bzctrl.js", "text/javascript", "no-cache"),
        ("/widget/v1/bzctrl.d.ts", "text/plain; charset=utf-8", "no-cache"),
        ("/widget/v1/manifest.json", "application/json", "no-store"),
        ("/widget/0.1.0-a7b2/bzctrl_widget_bg.wasm", "application/wasm", "public, max-age=31536000, immutable"),
        ("/widget/0.1.0-a7b2/bzctrl_widget.js", "text/javascript", "public, max-age=31536000, immutable"),
    ] {
        let answer = Answer::to(world.http.get(world.url(path)).header("origin", "https://anywhere.example")).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, content_type), "{path}");
        assert_eq!(answer.header("cache-control"), cache);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    }
}

#[tokio::test]
async fn the_loader_is_revalidated_by_its_tag() {
    let world = world().await;
    let first = Answer::to(world.http.get(world.url("/widget/v1/bzctrl.js"))).await;
    let tag = first.header("etag");
    assert!(!tag.is_empty());
    let again = Answer::to(world.http.get(world.url("/widget/v1/bzctrl.js")).header("if-none-match", tag)).await;
    assert_eq!((again.status, again.header("cache-control"), &*again.text), (304, "no-cache", ""));
    fs::write(world.folder.path().join("widget/v1/bzctrl.js"), "export { open };").unwrap();
    let newer = Answer::to(world.http.get(world.url("/widget/v1/bzctrl.js")).header("if-none-match", tag)).await;
    assert_eq!((newer.status, &*newer.text), (200, "export { open };"));
}

#[tokio::test]
async fn a_compressed_sibling_is_served_to_who_takes_it() {
    let world = world().await;
    for (path, encoding, body) in
        [("/widget/v1/bzctrl.js", "br", "compressed"), ("/widget/0.1.0-a7b2/bzctrl_widget.js", "gzip", "zipped")]
    {
        let answer = Answer::to(world.http.get(world.url(path)).header("accept-encoding", "gzip, br")).await;
        assert_eq!((answer.header("content-encoding"), &*answer.text), (encoding, body));
        assert_eq!(answer.header("content-type"), "text/javascript");
        assert!(answer.header("vary").to_ascii_lowercase().contains("accept-encoding"), "{answer:?}");
    }
}

#[tokio::test]
async fn nothing_else_of_the_folder_is_served() {
    let world = world().await;
    for path in [
        "/widget/secret.txt",
        "/widget/v1/notes.txt",
        "/widget/v1/",
        "/widget/0.1.0-a7b2/",
        "/widget/0.1.0-a7b2/..%2f..%2fpassword",
        "/widget/0.1.0-a7b2/%2e%2e/secret.txt",
        "/widget/0.1.0-a7b2/missing.js",
        "/widget/9.9.9/bzctrl.js",
    ] {
        let answer = Answer::to(world.http.get(world.url(path))).await;
        assert_eq!(answer.problem(), (404, "not-found"), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}

#[tokio::test]
async fn health_is_told_on_a_listener_of_its_own() {
    let world = world().await;
    let health = world.relay.health_address().unwrap();
    for path in ["healthz", "readyz"] {
        assert_eq!(Answer::to(world.http.get(format!("http://{health}/{path}"))).await.status, 200);
        assert_eq!(Answer::to(world.http.get(world.url(&format!("/{path}")))).await.problem(), (404, "not-found"));
    }
}

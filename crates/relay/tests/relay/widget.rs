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
        ("0.1.0-a7b2/bzctrl_widget.js.br", "compressed"),
        ("0.1.0-a7b2/.env", "not served"),
        ("0.1.0-a7b2/notes.txt", "not served"),
        ("0.1.0-a7b2/sub/x.js", "not served"),
        (
            "0.1.0-a7b2/manifest.json",
            r#"{ "version": "0.1.0-a7b2", "files": [{ "name": "bzctrl_widget.js" }, { "name": "bzctrl_widget_bg.wasm" }] }"#,
        ),
        ("0.2.0/bzctrl.js", "not of a release: no manifest lists it"),
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

/// What a path is answered with to who accepts this.
async fn accepting(world: &World, path: &str, accepted: &str) -> Answer {
    let answer = Answer::to(world.http.get(world.url(path)).header("accept-encoding", accepted)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/javascript"));
    assert_eq!(answer.header("vary").to_ascii_lowercase(), "accept-encoding", "{answer:?}");
    answer
}

#[tokio::test]
async fn what_is_compressed_goes_to_who_takes_it_and_prefers_it() {
    let world = world().await;
    let glue = "/widget/0.1.0-a7b2/bzctrl_widget.js";
    for (accepted, encoding, body) in [
        // Browsers, over https and over http.
        ("gzip, deflate, br, zstd", "br", "compressed"),
        ("gzip, deflate", "gzip", "zipped"),
        ("gzip;q=1.0, br;q=0.5", "gzip", "zipped"),
        ("br;q=0.001, gzip;q=0", "br", "compressed"),
        ("BR", "br", "compressed"),
        ("identity;q=0, br", "br", "compressed"),
        ("br;q=0", "", "export {};"),
        ("identity", "", "export {};"),
        ("", "", "export {};"),
        ("compress, dcb", "", "export {};"),
        ("nonsense;;q=,br", "br", "compressed"),
    ] {
        let answer = accepting(&world, glue, accepted).await;
        assert_eq!((answer.header("content-encoding"), &*answer.text), (encoding, body), "{accepted}");
        assert_eq!(answer.header("content-length"), body.len().to_string());
    }
    // Beside this one lies no gzip.
    let answer = accepting(&world, "/widget/v1/bzctrl.js", "gzip").await;
    assert_eq!((answer.header("content-encoding"), &*answer.text), ("", "export {};"));
}

#[tokio::test]
async fn each_encoding_has_a_tag_of_its_own_and_a_head_without_a_body() {
    let world = world().await;
    let glue = "/widget/0.1.0-a7b2/bzctrl_widget.js";
    let mut tags = Vec::new();
    for accepted in ["br", "gzip", "identity"] {
        let answer = accepting(&world, glue, accepted).await;
        let tag = answer.header("etag").to_owned();
        let ask = |tag: &str| {
            world.http.get(world.url(glue)).header("accept-encoding", accepted).header("if-none-match", tag)
        };
        let again = Answer::to(ask(&tag)).await;
        assert_eq!((again.status, again.header("etag"), &*again.text), (304, &*tag, ""));
        assert_eq!(again.header("vary").to_ascii_lowercase(), "accept-encoding");
        assert_eq!(Answer::to(ask("\"another\"")).await.status, 200);
        let head = Answer::to(world.http.head(world.url(glue)).header("accept-encoding", accepted)).await;
        for same in ["content-length", "content-encoding", "etag", "content-type", "cache-control"] {
            assert_eq!(head.header(same), answer.header(same), "{same}");
        }
        assert_eq!(head.text, "");
        tags.push(tag);
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3, "{tags:?}");
}

#[tokio::test]
async fn a_range_is_answered_with_the_whole() {
    let world = world().await;
    for (name, value) in [("range", "bytes=0-3"), ("range", "bytes=900-"), ("range", "x"), ("if-match", "\"another\"")]
    {
        let request = world.http.get(world.url("/widget/v1/bzctrl.js")).header(name, value);
        let answer = Answer::to(request).await;
        assert_eq!((answer.status, &*answer.text, answer.header("accept-ranges")), (200, "export {};", "none"));
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
        "/widget/0.1.0-a7b2/%2eenv",
        "/widget/0.1.0-a7b2/.env",
        "/widget/0.1.0-a7b2/notes.txt",
        "/widget/0.1.0-a7b2/sub%2fx.js",
        "/widget/0.1.0-a7b2/sub/x.js",
        "/widget/0.1.0-a7b2/bzctrl_widget.js.br",
        "/widget/0.1.0-a7b2/bzctrl_widget%2ejs",
        "/widget/0.1.0-a7b2//bzctrl_widget.js",
        "/widget/0.2.0/bzctrl.js",
        "/widget/v1/bzctrl.js.br",
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

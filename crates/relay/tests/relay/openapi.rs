//! The OpenAPI document tells of each address, method and problem that there is, and of no other.

use std::collections::BTreeSet;
use std::path::Path;

use bzctrl_contract::Code;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, ORIGIN, WORKSPACE, World, incident};

async fn document(world: &World) -> Value {
    let answer = Answer::to(world.http.get(world.url("/openapi.json"))).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    answer.json
}

/// Every address with each of its methods.
fn documented(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = |(path, item): (&String, &Value)| {
        let methods: Vec<_> = item.as_object().unwrap().keys().map(|method| (path.clone(), method.clone())).collect();
        methods
    };
    paths.flat_map(operations).collect()
}

/// The same, as the table of contents has it.
fn routed() -> BTreeSet<(String, String)> {
    const ROUTER: &str = include_str!("../../src/router.rs");
    let public = ROUTER.split("fn public(").nth(1).unwrap().split("\n}").next().unwrap();
    let (api, rest) = public.split_once("let router").unwrap();
    let mut routed = BTreeSet::new();
    for (prefix, text) in [("/v1", api), ("", rest)] {
        for route in text.split(".route(\"").skip(1).map(|rest| rest.lines().next().unwrap()) {
            let (path, handlers) = route.split_once('"').unwrap();
            let methods = ["get", "post", "put", "patch", "delete"];
            let methods = methods.into_iter().filter(|method| handlers.contains(&format!("{method}(")));
            routed.extend(methods.map(|method| (format!("{prefix}{path}"), method.to_owned())));
        }
    }
    // Preflights are answered by a layer, files by a service.
    for path in ["/v1/token", "/v1/tasks"] {
        routed.insert((path.to_owned(), "options".to_owned()));
    }
    assert!(rest.contains(".nest(\"/widget\", ") && rest.matches(".nest(").count() == 2, "another room of addresses");
    routed.insert(("/widget/{version}/{file}".to_owned(), "get".to_owned()));
    routed
}

#[tokio::test]
async fn each_address_and_method_of_the_router_is_told_and_no_other() {
    let world = World::new().await;
    let told = documented(&document(&world).await);
    assert_eq!(told, routed());
    for path in told.iter().map(|(path, _)| path).collect::<BTreeSet<_>>() {
        let url = world.url(&path.replace("{code}", "internal").replace("{version}", "v1").replace("{file}", "x.js"));
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let request =
                world.http.request(method.clone(), &url).header("origin", ORIGIN).header("x-bzctrl-widget", "1");
            let refused = Answer::to(request).await.status == 405;
            let is_told = told.contains(&(path.clone(), method.as_str().to_lowercase()));
            assert_eq!(refused, !is_told, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn each_problem_is_told_at_some_address_with_its_status() {
    let world = World::new().await;
    let document = document(&world).await;
    let mut told = BTreeSet::new();
    for (path, method) in documented(&document) {
        for (status, response) in document["paths"][&path][&method]["responses"].as_object().unwrap() {
            let parts = &response["content"]["application/problem+json"]["schema"]["allOf"][1];
            for word in parts["properties"]["code"]["enum"].as_array().into_iter().flatten() {
                let code = Code::parse(word.as_str().unwrap()).unwrap();
                assert_eq!(status, &code.status().to_string(), "{method} {path}: {word}");
                told.insert(code.as_str());
            }
        }
    }
    assert_eq!(told, Code::all().map(Code::as_str).collect());
}

#[tokio::test]
async fn the_committed_document_is_the_served_one() {
    let world = World::new().await;
    let served = Answer::to(world.http.get(world.url("/openapi.json"))).await.text;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &served).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == served,
        "docs/openapi.json is another one: BLESS=1 cargo test -p bzctrl-relay openapi writes it"
    );
}

#[tokio::test]
#[ignore = "needs schemathesis: cargo xtask soak openapi"]
async fn schemathesis_finds_nothing() {
    let program = std::env::var("SCHEMATHESIS").unwrap_or_else(|_| "st".to_owned());
    let world = World::new().await;
    let page = world.page().await;
    // Of keys and workspaces the document allows many that nobody has: here those that get as far as BzCtrl.
    let mut document = document(&world).await;
    let key = json!({ "type": "string", "pattern": format!("^{}\\.[0-9a-f]{{32}}$", page.epoch) });
    for parameter in document["paths"]["/v1/tasks"]["post"]["parameters"].as_array_mut().unwrap() {
        if parameter["name"] == "Idempotency-Key" {
            parameter["schema"] = key.clone();
        }
    }
    for todo in document["components"]["schemas"]["Todo"]["oneOf"].as_array_mut().unwrap() {
        todo["properties"]["domainWorkSpace"] = json!({ "const": WORKSPACE });
    }
    let file = world.folder.path().join("openapi.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let (file, base) = (file.display().to_string(), world.url(""));
    let settings = concat!(env!("CARGO_MANIFEST_DIR"), "/schemathesis.toml");
    let (origin, token) = (format!("Origin: {ORIGIN}"), format!("Authorization: Bearer {}", page.token));
    let mut command = tokio::process::Command::new(program);
    command.args(["--config-file", settings, "run", &file, "--url", &base, "-H", &origin, "-H", &token, "-n", "100"]);
    // What it keeps of a run is for who runs it by hand.
    assert!(command.current_dir(world.folder.path()).status().await.unwrap().success());
    let todos = world.sandbox.todos().await.len();
    println!("{todos} todos were created meanwhile");
    assert!(todos > 0, "it got as far as BzCtrl");
    assert_eq!(page.submit(&page.new_key(), &incident("after all that")).await.status, 201, "it still works");
}

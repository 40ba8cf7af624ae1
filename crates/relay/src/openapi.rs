//! The public addresses as OpenAPI 3.1: what is asked, and each problem that can come back. Fields and problems come from the
//! contract's tables; a test holds the paths to the router. Served as `/openapi.json`, committed as docs/openapi.json.

use std::collections::BTreeMap;

use bzctrl_contract::{Code, Field, Kind, TodoType, Types};
use serde_json::{Map, Value, json};

/// What every request of a page may be answered, before its handler is asked.
const ADMISSION: [Code; 5] =
    [Code::InvalidRequest, Code::TokenInvalid, Code::OriginDenied, Code::MethodNotAllowed, Code::Internal];
const TOKEN: [Code; 8] = [
    Code::IdentityDenied,
    Code::TooLarge,
    Code::WrongMediaType,
    Code::RateLimited,
    Code::UpstreamUnavailable,
    Code::UpstreamCredentials,
    Code::StoreUnavailable,
    Code::NotFound,
];
const CREATE: [Code; 16] = [
    Code::InvalidTask,
    Code::KeyInvalid,
    Code::TokenExpired,
    Code::WorkspaceDenied,
    Code::InProgress,
    Code::KeyUnknown,
    Code::KeyReplaced,
    Code::TooLarge,
    Code::WrongMediaType,
    Code::KeyReused,
    Code::RateLimited,
    Code::UpstreamRejected,
    Code::UpstreamUnavailable,
    Code::UpstreamCredentials,
    Code::StoreUnavailable,
    Code::OutcomeUnknown,
];
const LIST: [Code; 3] = [Code::TokenExpired, Code::RateLimited, Code::StoreUnavailable];

/// The document.
pub(crate) fn document() -> Value {
    let page = |codes: &[Code]| problems(&[&ADMISSION, codes].concat());
    let preflight = json!({
        "summary": "What a browser asks before a request of another origin",
        "parameters": [header("Origin", true, json!({ "type": "string" }), "The page's, to the letter")],
        "responses": with(problems(&[Code::OriginDenied, Code::Internal]), "204", json!({ "description": "The origin is admitted" })),
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The BzCtrl relay",
            "version": "1",
            "description": "What the widget asks of the relay, or of a backend in its place. docs/PROTOCOL.md tells what each answer means.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "./" }],
        "paths": {
            "/v1/token": {
                "post": {
                    "summary": "A token for the page's user",
                    "parameters": from_page(),
                    "requestBody": { "required": true, "content": { "application/x-www-form-urlencoded": { "schema": token_form() } } },
                    "responses": with(page(&TOKEN), "200", answer("The token", &json!({ "$ref": "#/components/schemas/Token" }))),
                },
                "options": preflight,
            },
            "/v1/tasks": {
                "post": {
                    "summary": "A todo, at most once for each key",
                    "security": [{ "token": [] }],
                    "parameters": with_keys(from_page()),
                    "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Todo" } } } },
                    "responses": with(page(&CREATE), "201", created()),
                },
                "get": {
                    "summary": "What is known of an order's todos",
                    "security": [{ "token": [] }],
                    "parameters": [
                        header("Origin", false, json!({ "type": "string" }), "The page's; a GET of the relay's own origin has none"),
                        { "name": Field::OrderId.wire(), "in": "query", "required": true, "schema": { "type": "string" } },
                    ],
                    "responses": with(page(&LIST), "200", answer("The newest first", &register())),
                },
                "options": preflight,
            },
            "/widget/{version}/{file}": {
                "get": {
                    "summary": "The widget's files, for every page",
                    "parameters": [path("version", json!({ "type": "string" })), path("file", json!({ "type": "string" }))],
                    "responses": with(problems(&[Code::NotFound, Code::InvalidRequest, Code::Internal]), "200", json!({
                        "description": "A file", "content": { "*/*": {} },
                    })),
                },
            },
            "/problems/": { "get": page_of_text("Every problem, with its page", &[]) },
            "/problems/{code}": {
                "get": page_of_text("What a problem means", &[path("code", json!({ "enum": words(Code::all()) }))]),
            },
            "/openapi.json": {
                "get": { "summary": "This document", "responses": { "200": answer("This document", &json!({ "type": "object" })) } },
            },
        },
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": "The answer of /v1/token, for the same page alone" } },
            "schemas": { "Problem": problem(), "Token": token(), "Todo": todo() },
        },
    })
}

fn with(mut responses: Value, status: &str, response: Value) -> Value {
    responses[status] = response;
    responses
}

fn words(codes: impl Iterator<Item = Code>) -> Vec<&'static str> {
    codes.map(Code::as_str).collect()
}

/// The responses of these codes, by status.
fn problems(codes: &[Code]) -> Value {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.status()).or_default().push(*code);
    }
    let response = |codes: Vec<Code>| {
        let says: Vec<String> = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.title())).collect();
        json!({
            "description": says.join("; "),
            "content": { "application/problem+json": { "schema": { "allOf": [
                { "$ref": "#/components/schemas/Problem" },
                { "properties": { "code": { "enum": words(codes.into_iter()) } } },
            ] } } },
        })
    };
    let mut responses: Map<String, Value> =
        by_status.into_iter().map(|(status, codes)| (status.to_string(), response(codes))).collect();
    // Nobody knows what was meant: docs/decisions/0010.
    responses.insert("408".to_owned(), json!({ "description": "The request did not come whole" }));
    Value::Object(responses)
}

fn answer(description: &str, schema: &Value) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

fn created() -> Value {
    let mut created = answer(
        "Created: BzCtrl's answer, as it came",
        &json!({ "type": "object", "properties": { "taskLink": { "type": ["string", "null"] } } }),
    );
    created["headers"] =
        json!({ "Idempotency-Replayed": { "description": "The key had it already", "schema": { "const": "true" } } });
    created
}

fn page_of_text(summary: &str, parameters: &[Value]) -> Value {
    let html = json!({ "description": summary, "content": { "text/html": { "schema": { "type": "string" } } } });
    let refused = problems(&[Code::NotFound, Code::InvalidRequest, Code::Internal]);
    json!({ "summary": summary, "parameters": parameters, "responses": with(refused, "200", html) })
}

fn header(name: &str, required: bool, schema: Value, description: &str) -> Value {
    json!({ "name": name, "in": "header", "required": required, "schema": schema, "description": description })
}

fn path(name: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

fn from_page() -> Vec<Value> {
    vec![
        header("Origin", true, json!({ "type": "string" }), "The page's, to the letter"),
        header("X-BzCtrl-Widget", true, json!({ "const": "1" }), "What a page of another origin cannot set unasked"),
    ]
}

fn with_keys(mut parameters: Vec<Value>) -> Vec<Value> {
    let key = json!({ "type": "string", "pattern": "^\"?[A-Za-z0-9_-]{1,64}\\.[0-9a-f]{32}\"?$" });
    parameters.push(header("Idempotency-Key", true, key.clone(), "key_epoch, a point, and 128 random bits"));
    parameters.push(header("X-BzCtrl-Replaces", false, key, "The unknown key that the user knowingly sends again"));
    parameters
}

fn token_form() -> Value {
    let form = |grant: &str, more: &[&str]| {
        let mut properties = Map::new();
        properties.insert("grant_type".to_owned(), json!({ "const": grant }));
        properties.extend(more.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))));
        let required = [&["grant_type"], more].concat();
        json!({ "type": "object", "properties": properties, "required": required })
    };
    json!({ "oneOf": [
        form("client_credentials", &[]),
        form("urn:ietf:params:oauth:grant-type:jwt-bearer", &["assertion"]),
    ] })
}

fn token() -> Value {
    json!({
        "type": "object",
        "required": ["access_token", "token_type", "expires_in", "mode"],
        "properties": {
            "access_token": { "type": "string" },
            "token_type": { "const": "Bearer" },
            "expires_in": { "type": "integer", "minimum": 0 },
            "scope": { "type": "string" },
            "mode": { "enum": ["sealed", "token"] },
            "task_endpoint": { "type": "string" },
            "app_url": { "type": "string" },
            "environment": { "type": "string" },
            "key_epoch": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" },
            "defaults": { "type": "object", "additionalProperties": { "type": "string" } },
        },
    })
}

fn register() -> Value {
    let text = json!({ "type": "string" });
    let (todo_type, title, reporter) = (Field::TodoType.wire(), Field::Title.wire(), Field::Reporter.wire());
    json!({ "type": "object", "required": ["tasks"], "properties": { "tasks": { "type": "array", "items": {
        "type": "object",
        "required": ["state", todo_type, title, "at"],
        "properties": {
            "state": { "enum": ["created", "unknown"] }, todo_type: text, title: text, "taskLink": text,
            "at": { "type": "string", "format": "date-time" }, reporter: text,
        },
    } } } })
}

fn problem() -> Value {
    let outcome = json!({ "enum": ["created", "rejected", "unknown", "in-progress"] });
    json!({
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": { "type": "string" }, "title": { "type": "string" }, "status": { "type": "integer" },
            "detail": { "type": "string" }, "code": { "enum": words(Code::all()) },
            "error": { "type": "string", "description": "RFC 6749's word, in a refusal of a token" },
            "errors": { "type": "array", "items": {
                "type": "object", "required": ["field", "code"],
                "properties": { "field": { "type": "string" }, "code": { "type": "string" } },
            } },
            "outcome": outcome, "taskLink": { "type": "string" },
            "replacedBy": {
                "type": "object", "required": ["outcome"],
                "properties": { "outcome": outcome, "taskLink": { "type": "string" } },
            },
            "upstream": {
                "type": "object", "required": ["status", "reason"],
                "properties": { "status": { "type": "integer" }, "reason": { "type": "string" } },
            },
        },
    })
}

/// By the table of fields: an incident or a task.
fn todo() -> Value {
    json!({ "oneOf": [todo_of(TodoType::Incident), todo_of(TodoType::Task)] })
}

fn todo_of(todo_type: TodoType) -> Value {
    let belongs = |field: &Field| match field.spec().types {
        Types::Only(only) => only == todo_type,
        _ => true,
    };
    let fields: Vec<Field> = Field::all().filter(belongs).collect();
    let mut properties: Map<String, Value> =
        fields.iter().map(|field| (field.wire().to_owned(), value_of(field.spec().kind))).collect();
    properties.insert(Field::TodoType.wire().to_owned(), json!({ "const": todo_type.wire() }));
    let required: Vec<&str> = fields.iter().filter(|field| field.spec().required).map(|field| field.wire()).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn value_of(kind: Kind) -> Value {
    match kind {
        Kind::Choice(choices) => json!({ "enum": choices.known }),
        Kind::Line(most) | Kind::Text(most) => json!({ "type": "string", "minLength": 1, "maxLength": most }),
        Kind::Amount => json!({ "type": "string", "pattern": "^[0-9]{1,15}(\\.[0-9]{2})?$" }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Email(most) => json!({ "type": "string", "format": "email", "maxLength": most }),
        Kind::List(most, each) => json!({
            "type": "array", "maxItems": most, "items": { "type": "string", "minLength": 1, "maxLength": each },
        }),
    }
}

//! A real nginx before the relay, as docs/IDENTITY.md sets it up: its `auth_request` says who the user is. `NGINX_PROGRAM` names the
//! program, where it is not on the path; without one this is not run, and `cargo xtask soak nginx` says how to get it.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::conform::with_sandbox;
use crate::host::USER;
use crate::ports::free_address;
use crate::world::{Answer, ORIGIN, Page, World, client, incident};

const DOCUMENT: &str = include_str!("../../../../docs/IDENTITY.md");
const SESSION: &str = "session=signed-in";

/// nginx, its sign-in and the relay behind it.
struct Proxied {
    address: SocketAddr,
    world: World,
    http: Client,
    nginx: Child,
    _folder: TempDir,
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os("NGINX_PROGRAM").map(PathBuf::from);
    let found = named.into_iter().chain(["nginx".into(), "/usr/sbin/nginx".into()]);
    found.into_iter().find(|program| {
        let tried = std::process::Command::new(program).arg("-v").output();
        tried.is_ok_and(|tried| tried.status.success())
    })
}

/// The sign-in: whoever has the session's cookie is its user.
async fn sign_in() -> SocketAddr {
    let auth = |headers: HeaderMap| async move {
        let known = headers.get("cookie").is_some_and(|cookie| cookie == SESSION);
        if known { Ok([("x-auth-request-email", USER)]) } else { Err(StatusCode::UNAUTHORIZED) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/oauth2/auth", get(auth));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

impl Proxied {
    async fn start() -> Option<Self> {
        let Some(program) = program() else {
            assert!(std::env::var_os("NGINX_NEEDED").is_none(), "there is no nginx");
            eprintln!("not run here: there is no nginx");
            return None;
        };
        let settings =
            "identity = \"header\"\nidentity_header = \"X-Forwarded-Email\"\ntrusted_proxies = [\"127.0.0.1\"]";
        let (world, sign_in, folder) = (World::with(settings).await, sign_in().await, tempfile::tempdir().unwrap());
        let address = free_address();
        let locations = DOCUMENT.split("```nginx\n").nth(1).unwrap().split("```").next().unwrap();
        let locations = locations
            .replace("127.0.0.1:8081", &world.relay.address().to_string())
            .replace("127.0.0.1:4180", &sign_in.to_string());
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary = temporary.map(|name| format!("{name}_temp_path {name};")).join("\n");
        let config = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}\n\
             server {{\nlisten {address};\n{locations}\n}}\n}}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), config).unwrap();
        let mut command = Command::new(program);
        command.arg("-p").arg(folder.path()).args(["-e", "stderr", "-c", "nginx.conf"]).kill_on_drop(true);
        let nginx = command.spawn().unwrap();
        for _ in 0..500 {
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                return Some(Self { address, world, http: client(), nginx, _folder: folder });
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("nginx does not listen");
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.address)).header("origin", ORIGIN)
    }

    fn token(&self) -> RequestBuilder {
        let request = self.request(Method::POST, "/v1/token").header("x-bzctrl-widget", "1");
        request.form(&[("grant_type", "client_credentials")])
    }
}

#[tokio::test]
async fn nginx_says_who_the_user_is_whatever_the_page_and_its_headers_say() {
    let Some(mut proxied) = Proxied::start().await else { return };
    let signed_out = Answer::to(proxied.token()).await;
    assert_eq!(signed_out.status, 302, "what the widget takes for the end of the sign-in: {signed_out:?}");
    for forged in [None, Some("X-Forwarded-Email"), Some("X_Forwarded_Email")] {
        let mut request = proxied.token().header("cookie", SESSION);
        if let Some(name) = forged {
            request = request.header(name, "director@host.example");
        }
        let answer = Answer::to(request).await;
        assert_eq!(answer.json["defaults"]["reporter"], USER, "{forged:?}: {answer:?}");
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
    }
    let page = Page::of(proxied.world.relay.address(), &Answer::to(proxied.token().header("cookie", SESSION)).await);
    let mut todo = incident("Seal broken");
    todo["reporter"] = json!("director@host.example");
    let request = proxied.request(Method::POST, "/v1/tasks").header("x-bzctrl-widget", "1").header("cookie", SESSION);
    let request = request.bearer_auth(&page.token).header("idempotency-key", page.new_key()).json(&todo);
    assert_eq!(Answer::to(request).await.status, 201);
    assert_eq!(proxied.world.sandbox.todos().await[0]["reporter"], USER);

    // Neither has a cookie.
    let preflight = proxied.request(Method::OPTIONS, "/v1/tasks").header("access-control-request-method", "POST");
    let preflight = Answer::to(preflight).await;
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, ORIGIN), "{preflight:?}");
    let file = Answer::to(proxied.request(Method::GET, "/widget/v1/nothing.js")).await;
    assert_eq!(file.problem(), (404, "not-found"), "the relay itself was asked");
    proxied.nginx.kill().await.unwrap();
}

#[tokio::test]
async fn the_relay_behind_nginx_keeps_to_the_protocol() {
    let Some(mut proxied) = Proxied::start().await else { return };
    let verdict = with_sandbox(proxied.address, &proxied.world.sandbox, &["--cookie", SESSION]).await;
    assert_eq!(verdict.exit, 3, "{}", verdict.says);
    // It signs in one user.
    assert_eq!(verdict.rules("not tried"), ["other-user", "restart"].into(), "{}", verdict.says);
    assert!(verdict.rules("holds").contains("reporter"), "{}", verdict.says);
    proxied.nginx.kill().await.unwrap();
}

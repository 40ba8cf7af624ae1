//! A relay, the sandbox that it talks to, and pages that talk to it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use bzctrl_relay::Running;
use bzctrl_relay::config::Config;
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::postgres;
use crate::rows;

pub(crate) const ORIGIN: &str = "http://127.0.0.1:8080";
pub(crate) const PASSWORD: &str = "sandbox-secret";
pub(crate) const WORKSPACE: &str = "EXA-CON-BUS-WOR";

/// The sandbox, on a port of its own.
pub(crate) struct Sandbox {
    pub(crate) address: SocketAddr,
    http: Client,
    serving: JoinHandle<()>,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Sandbox {
    pub(crate) async fn start() -> Self {
        Self::with(bzctrl_sandbox::Options::default()).await
    }

    pub(crate) async fn with(options: bzctrl_sandbox::Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // Proxies of the tests reach it by other names.
        let options = bzctrl_sandbox::Options { expose: true, ..options };
        let serving = tokio::spawn(async move {
            bzctrl_sandbox::serve(listener, options).await.unwrap();
        });
        Self { address, http: client(), serving }
    }

    /// What goes wrong next.
    pub(crate) async fn fault(&self, at: &str, fault: Value) {
        self.faults(at, fault, 1).await;
    }

    pub(crate) async fn faults(&self, at: &str, fault: Value, times: u32) {
        let queue = json!([{ "at": at, "fault": fault, "times": times }]);
        let answer = self.http.post(self.url("/sandbox/faults")).json(&queue).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    pub(crate) async fn faults_left(&self) -> Vec<Value> {
        self.list("/sandbox/faults").await
    }

    pub(crate) async fn todos(&self) -> Vec<Value> {
        self.list("/sandbox/todos").await
    }

    /// What came to add-task.
    pub(crate) async fn sends(&self) -> Vec<Value> {
        self.requests("/add-task").await
    }

    /// What came to the token endpoint.
    pub(crate) async fn logins(&self) -> Vec<Value> {
        self.requests("/oauth/token").await
    }

    async fn requests(&self, path: &str) -> Vec<Value> {
        let mut requests = self.list("/sandbox/requests").await;
        requests.retain(|request| request["path"].as_str().unwrap().ends_with(path));
        requests
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        self.http.get(self.url(path)).send().await.unwrap().json().await.unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// The relay's settings for a sandbox, its store in a folder. `more` is appended to the tenant; `{folder}` in it is that
/// folder, and an identity in it is the tenant's.
pub(crate) fn settings(sandbox: SocketAddr, folder: &TempDir, more: &str) -> String {
    let store = match rows::is_postgres() {
        // The same tests again, on the other store: a database for each folder.
        true => postgres::own_store(folder),
        false => format!("[store]\npath = \"{}/relay.sqlite\"", folder.path().display()),
    };
    settings_of(sandbox, folder, more, &store)
}

/// The same, with this section for the store.
pub(crate) fn settings_of(sandbox: SocketAddr, folder: &TempDir, more: &str, store: &str) -> String {
    let folder = folder.path().display();
    let identity = if more.contains("identity =") { "" } else { "identity = \"origin\"" };
    let more = more.replace("{folder}", &folder.to_string());
    format!(
        r#"
[server]
listen = "127.0.0.1:0"
health_listen = "127.0.0.1:0"
{store}
[widget]
folder = "{folder}/widget"
[bzctrl]
environment = "custom"
name = "demo"
token_endpoint = "http://{sandbox}/bzctrl-core-api/oauth/token"
task_endpoint = "http://{sandbox}/bzctrl-core-api/api/v1/task/add-task"
app_url = "http://{sandbox}/app/"
username = "relay@example.com"
password_file = "{folder}/password"
[tenants.other]
origins = ["https://other.example"]
workspaces = ["EXA-CON-BUS-WOR"]
identity = "origin"
[tenants.demo]
origins = ["{ORIGIN}", "http://localhost:8080"]
workspaces = ["EXA-CON-BUS-WOR", "EXA-CON-BUS-UNKNOWN"]
{identity}
{more}
"#
    )
}

/// Settings by which nobody has asked too often.
pub(crate) fn without_limits(settings: &str) -> String {
    let limits = "[limits]\nrequests_per_minute_of_an_address = 1000000\n[widget]";
    settings.replace("[widget]", limits) + "requests_per_minute = 1000000\n"
}

/// A relay before its sandbox.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) relay: Running,
    pub(crate) folder: TempDir,
    pub(crate) http: Client,
    more: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with("").await
    }

    /// `more` is appended to the tenant's settings.
    pub(crate) async fn with(more: &str) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), more).await
    }

    /// In a folder that has files of the test's.
    pub(crate) async fn in_folder(folder: TempDir, more: &str) -> Self {
        let sandbox = Sandbox::start().await;
        std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
        let config = Config::read(&settings(sandbox.address, &folder, more), []).unwrap();
        let relay = bzctrl_relay::start(config).await.unwrap();
        Self { sandbox, relay, folder, http: client(), more: more.to_owned() }
    }

    /// Ends the relay and starts it again on the same store.
    pub(crate) async fn restart(self) -> Self {
        let Self { sandbox, relay, folder, http, more } = self;
        relay.end().await;
        let config = Config::read(&settings(sandbox.address, &folder, &more), []).unwrap();
        let relay = bzctrl_relay::start(config).await.unwrap();
        Self { sandbox, relay, folder, http, more }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.relay.address())
    }

    /// A request as the widget's fetch makes it from an admitted page.
    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.url(path)).header("origin", ORIGIN).header("x-bzctrl-widget", "1")
    }

    pub(crate) async fn ask_token(&self) -> Answer {
        Answer::to(self.post("/v1/token").form(&[("grant_type", "client_credentials")])).await
    }

    /// A page with a token.
    pub(crate) async fn page(&self) -> Page {
        Page::open(self.relay.address()).await
    }
}

/// A page of the demo's tenant, with its token.
pub(crate) struct Page {
    relay: SocketAddr,
    http: Client,
    origin: &'static str,
    pub(crate) token: String,
    pub(crate) epoch: String,
}

impl Page {
    pub(crate) async fn open(relay: SocketAddr) -> Self {
        Self::open_at(relay, ORIGIN).await
    }

    /// A page of another origin, whose users nobody verifies.
    pub(crate) async fn open_at(relay: SocketAddr, origin: &'static str) -> Self {
        let form = [("grant_type", "client_credentials")];
        let request =
            client().post(format!("http://{relay}/v1/token")).header("origin", origin).header("x-bzctrl-widget", "1");
        let answer = Answer::to(request.form(&form)).await;
        Self { origin, ..Self::of(relay, &answer) }
    }

    /// By the answer to its request for a token.
    pub(crate) fn of(relay: SocketAddr, answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{answer:?}");
        let text = |name: &str| answer.json[name].as_str().unwrap_or_default().to_owned();
        Self { relay, http: client(), origin: ORIGIN, token: text("access_token"), epoch: text("key_epoch") }
    }

    /// The same page, sent to another relay by a balancer.
    pub(crate) fn at(&self, relay: SocketAddr) -> Self {
        let (token, epoch) = (self.token.clone(), self.epoch.clone());
        Self { relay, http: client(), origin: self.origin, token, epoch }
    }

    /// A key of its own.
    pub(crate) fn new_key(&self) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        format!("{}.{:032x}", self.epoch, NEXT.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn request(&self, key: &str) -> RequestBuilder {
        self.http
            .post(format!("http://{}/v1/tasks", self.relay))
            .header("origin", self.origin)
            .header("x-bzctrl-widget", "1")
            .header("authorization", format!("Bearer {}", self.token))
            .header("idempotency-key", format!("\"{key}\""))
    }

    pub(crate) async fn submit(&self, key: &str, todo: &Value) -> Answer {
        Answer::to(self.request(key).json(todo)).await
    }

    pub(crate) async fn submit_again(&self, key: &str, replaces: &str, todo: &Value) -> Answer {
        Answer::to(self.request(key).header("x-bzctrl-replaces", replaces).json(todo)).await
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        Self::of(request.send().await.expect("the relay answers")).await.expect("the whole of it comes")
    }

    /// All of it, if it comes.
    pub(crate) async fn of(response: reqwest::Response) -> Option<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.ok()?;
        let json = serde_json::from_str(&text).unwrap_or_default();
        Some(Self { status, headers, text, json })
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and `code` of a problem, checked for its form.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, &str) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let code = self.json["code"].as_str().unwrap();
        assert_eq!(self.json["status"], self.status);
        assert!(self.json["type"].as_str().unwrap().ends_with(&format!("/problems/{code}")), "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("x-request-id").len(), 32);
        (self.status, code)
    }
}

/// A client that does one thing at a time, as told.
pub(crate) fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// An incident as the widget sends it.
pub(crate) fn incident(title: &str) -> Value {
    json!({
        "todoType": "INCIDENT", "domainWorkSpace": WORKSPACE, "title": title, "description": "At gate 4",
        "status": "IN PROGRESS", "assignee": "user@example.com", "reporter": "user@example.com", "orderID": "ORDER 777"
    })
}

//! A sandbox that runs, in the words of the tests.

use std::net::SocketAddr;

use bzctrl_sandbox::{Options, serve};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub(crate) const TOKEN: &str = "/bzctrl-core-api/oauth/token";
pub(crate) const ADD_TASK: &str = "/bzctrl-core-api/api/v1/task/add-task";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const RIGHT_FORM: &str = "grant_type=password&username=relay%40example.com&password=sandbox-secret";

/// The documented sample request.
pub(crate) const SAMPLE: &str = r#"{"todoType":"INCIDENT","domainWorkSpace":"EXA-CON-BUS-WOR","title":"Potential Customs claim","description":"Operation started without proper approvals","financialImpact":"123577","impact":"HIGH","likelihood":"MEDIUM","status":"IN PROGRESS","priority":"HIGH","assignee":"Example@example.com","reporter":"Example@example.com","category":["Customs"],"subCategory":["IT"],"lrn":"725462","orderID":"ORDER 777","reminderDate":"2024-09-27"}"#;

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    client: Client,
    server: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { serve(listener, options).await.unwrap() });
        Self { address, client: Client::builder().no_proxy().build().unwrap(), server }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.request(Method::GET, path).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn ask_for_token(&self, form: &str) -> Response {
        let request = self.request(Method::POST, TOKEN).header("content-type", FORM);
        request.body(form.to_owned()).send().await.unwrap()
    }

    pub(crate) async fn token(&self) -> String {
        let answer: Value = self.ask_for_token(RIGHT_FORM).await.json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn add_task(&self, token: &str, body: impl Into<String>) -> RequestBuilder {
        self.request(Method::POST, ADD_TASK)
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body(body.into())
    }

    pub(crate) async fn create(&self, token: &str, body: impl Into<String>) -> Response {
        self.add_task(token, body).send().await.unwrap()
    }

    /// Queues one fault.
    pub(crate) async fn next(&self, at: &str, fault: Value) {
        let queued = self.queue(json!([{ "at": at, "fault": fault }])).await;
        assert_eq!(queued.status(), 200, "{}", queued.text().await.unwrap());
    }

    pub(crate) async fn queue(&self, faults: Value) -> Response {
        self.request(Method::POST, "/sandbox/faults").json(&faults).send().await.unwrap()
    }

    pub(crate) async fn todos(&self) -> Vec<Value> {
        self.get("/sandbox/todos").await.as_array().unwrap().clone()
    }

    pub(crate) async fn requests(&self) -> Vec<Value> {
        self.get("/sandbox/requests").await.as_array().unwrap().clone()
    }

    /// The connection of a request that is written by hand.
    pub(crate) async fn connection(&self, path: &str, headers: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        stream
    }
}

/// Everything that a client sees until the server ends the connection, by FIN or by reset.
pub(crate) async fn until_closed(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        seen.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8(seen).unwrap()
}

/// The sample with other values; `null` takes a member away.
pub(crate) fn sample_with(changes: Value) -> String {
    let mut sample: Value = serde_json::from_str(SAMPLE).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(sample.as_object_mut().unwrap().remove(name)),
            value => sample[name] = value.clone(),
        }
    }
    sample.to_string()
}

/// The fields that an answer complains of, each with its sentence.
pub(crate) async fn complaints(answer: Response) -> Vec<(String, String)> {
    assert_eq!(answer.status(), 400);
    let body: Value = answer.json().await.unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    body["errors"].as_array().unwrap().iter().map(|it| (text(&it["field"]), text(&it["message"]))).collect()
}

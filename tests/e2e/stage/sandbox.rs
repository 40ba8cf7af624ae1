//! The stand-in for BzCtrl, and what came to it.

use std::{
    collections::BTreeMap,
    process::Command,
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::{Value, json};

use super::{
    PATIENCE,
    program::{Program, built},
};

pub(crate) struct Sandbox {
    address: String,
    http: Client,
    _program: Option<Program>,
}

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) status: Option<u64>,
}

impl Sandbox {
    /// One of a journey's own; `origin` names the page that may call it itself.
    pub(super) fn start(origin: Option<&str>) -> Self {
        let mut command = Command::new(built("bzctrl-sandbox"));
        command.args(["--listen", "127.0.0.1:0"]).env("RUST_LOG", "error");
        if let Some(origin) = origin {
            command.args(["--allow-origin", origin]);
        }
        let (program, address) = Program::start(command, "listening on ");
        Self { _program: Some(program), ..Self::at(address) }
    }

    /// One that somebody else runs.
    pub(super) fn at(address: String) -> Self {
        Self { address, http: Client::builder().no_proxy().build().unwrap(), _program: None }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What goes wrong at the next add-task.
    pub(crate) async fn next_todo_meets(&self, fault: Value) {
        let queue = json!([{ "at": "add-task", "fault": fault }]);
        let answer = self.http.post(format!("{}/sandbox/faults", self.address)).json(&queue).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    pub(crate) async fn todos(&self) -> Vec<Value> {
        self.list("todos").await
    }

    /// Everything that came to add-task, preflights too.
    pub(crate) async fn requests(&self) -> Vec<Request> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let all = self.list("requests").await;
        all.iter()
            .filter(|request| request["path"].as_str().unwrap().contains("/add-task"))
            .map(|request| Request {
                method: text(&request["method"]),
                headers: request["headers"]
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(|(name, value)| (name.clone(), text(value)))
                    .collect(),
                body: text(&request["body"]),
                status: request["status"].as_u64(),
            })
            .collect()
    }

    /// Returns once a todo has come, answered or not.
    pub(crate) async fn has_a_request(&self) {
        self.has_requests(1).await;
    }

    /// Returns once so many have come.
    pub(crate) async fn has_requests(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.requests().await.len() < count {
            assert!(Instant::now() < deadline, "nothing has come to the sandbox");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn list(&self, what: &str) -> Vec<Value> {
        self.http.get(format!("{}/sandbox/{what}", self.address)).send().await.unwrap().json().await.unwrap()
    }
}

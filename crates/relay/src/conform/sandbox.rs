//! bzctrl-sandbox in BzCtrl's place, by HTTP: what goes wrong there, and what came to it.

use reqwest::Client;
use serde_json::{Value, json};
use url::Url;

use crate::http_client;

const LARGEST: usize = 16 * 1024 * 1024;

pub(super) struct Sandbox {
    base: Url,
    http: Client,
}

impl Sandbox {
    /// # Errors
    /// Nothing there is a sandbox.
    pub(super) async fn at(base: &Url) -> Result<Self, String> {
        let http = http_client::Outbound::default().client(base.scheme() == "https").map_err(http_client::chain)?;
        let sandbox = Self { base: base.clone(), http };
        sandbox.sends().await.map_err(|why| format!("{base} is no sandbox: {why}"))?;
        Ok(sandbox)
    }

    /// What goes wrong at the next add-task requests.
    pub(super) async fn fault(&self, fault: Value, times: u32) -> Result<(), String> {
        let url = self.url("sandbox/faults")?;
        let queue = json!([{ "at": "add-task", "fault": fault, "times": times }]).to_string();
        let request = self.http.post(url).header("content-type", "application/json").body(queue);
        let answer = request.send().await.map_err(http_client::chain)?;
        if answer.status().is_success() { Ok(()) } else { Err(format!("the sandbox answers {}", answer.status())) }
    }

    /// How often add-task was asked.
    pub(super) async fn sends(&self) -> Result<usize, String> {
        let asked = self.list("sandbox/requests").await?;
        let is_send = |request: &&Value| {
            request["path"].as_str().is_some_and(|path| path.ends_with("/add-task")) && request["method"] == "POST"
        };
        Ok(asked.iter().filter(is_send).count())
    }

    /// The todos of this title.
    pub(super) async fn todos(&self, title: &str) -> Result<Vec<Value>, String> {
        let mut todos = self.list("sandbox/todos").await?;
        todos.retain(|todo| todo["title"] == title);
        Ok(todos)
    }

    async fn list(&self, path: &str) -> Result<Vec<Value>, String> {
        let mut answer = self.http.get(self.url(path)?).send().await.map_err(http_client::chain)?;
        let body = http_client::body(&mut answer, LARGEST).await.map_err(http_client::chain)?.unwrap_or_default();
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }

    fn url(&self, path: &str) -> Result<Url, String> {
        self.base.join(path).map_err(|error| error.to_string())
    }
}

//! bzctrl-sandbox in BzCtrl's place, by HTTP: what goes wrong there, and what came to it.

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use url::Url;

use crate::http_client;

const LARGEST: usize = 16 * 1024 * 1024;

pub(super) struct Sandbox {
    pub(super) base: Url,
    http: Client,
}

impl Sandbox {
    /// # Errors
    /// Nothing there is a sandbox.
    pub(super) async fn at(base: &Url) -> Result<Self, String> {
        let http = http_client::Outbound::default().client(base.scheme() == "https").map_err(http_client::chain)?;
        let sandbox = Self { base: base.clone(), http };
        sandbox.sends().await.map_err(|why| format!("--sandbox {base} is no sandbox: {why}"))?;
        // Of a run that was interrupted, or of whoever tried something by hand.
        sandbox.clear().await?;
        Ok(sandbox)
    }

    /// What goes wrong at the next add-task request, and nothing else: what was meant for one that never came is taken back.
    pub(super) async fn fault(&self, fault: Value) -> Result<(), String> {
        self.clear().await?;
        let queue = json!([{ "at": "add-task", "fault": fault }]).to_string();
        let url = self.url("sandbox/faults")?;
        done(self.http.post(url).header("content-type", "application/json").body(queue)).await
    }

    /// Nothing goes wrong any more.
    pub(super) async fn clear(&self) -> Result<(), String> {
        done(self.http.delete(self.url("sandbox/faults")?)).await
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

async fn done(request: RequestBuilder) -> Result<(), String> {
    let answer = request.send().await.map_err(http_client::chain)?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("the sandbox answers {}", answer.status())) }
}

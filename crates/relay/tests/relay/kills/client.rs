//! A page by the client's rules of docs/PROTOCOL.md, as `src/form` has them: one key a press, kept until there is a verdict; whatever
//! says nothing of the key, and every lost answer, is asked again with the same one.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::world::{Answer, ORIGIN, client, incident};

/// What a page knows of a key in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It exists: BzCtrl's answer.
    Created(String),
    /// BzCtrl said no.
    Rejected,
    /// It may exist.
    Unknown,
}

/// A press of the button.
#[derive(Clone, Debug)]
pub(super) struct Press {
    pub(super) key: String,
    pub(super) title: String,
    /// What the page was told of it.
    pub(super) told: Option<Outcome>,
}

impl Press {
    /// The incident, of an order of its own.
    fn todo(&self) -> Value {
        let mut todo = incident(&self.title);
        todo["orderID"] = json!(self.title);
        todo
    }
}

/// Nobody answers any more: the relay is gone.
#[derive(Debug)]
pub(super) struct Gone;

/// A page with its token.
#[derive(Clone)]
pub(super) struct Page {
    relay: SocketAddr,
    http: Client,
    token: String,
    epoch: String,
}

/// No answer is waited for longer; a relay that was killed closes its connections at once.
const LONGEST: Duration = Duration::from_secs(30);

impl Page {
    /// Opens it: its token comes from this relay.
    pub(super) async fn open(relay: SocketAddr) -> Result<Self, Gone> {
        let mut page = Self { relay, http: client(), token: String::new(), epoch: String::new() };
        let began = Instant::now();
        while page.token.is_empty() {
            page.renew().await?;
            assert!(began.elapsed() < LONGEST, "there is no token");
        }
        Ok(page)
    }

    async fn renew(&mut self) -> Result<(), Gone> {
        let form = [("grant_type", "client_credentials")];
        let answer = heard(self.post("/v1/token").form(&form)).await?;
        match answer.status {
            200 => {
                let text = |name: &str| answer.json[name].as_str().unwrap().to_owned();
                (self.token, self.epoch) = (text("access_token"), text("key_epoch"));
            }
            429 | 503 => pause().await,
            _ => panic!("{answer:?}"),
        }
        Ok(())
    }

    /// A press under a key of its own, which the page has written down before anything is sent.
    pub(super) fn press(&self, number: u64, title: String) -> Press {
        Press { key: format!("{}.{number:032x}", self.epoch), title, told: None }
    }

    /// Asks until there is an outcome. It goes by what the rules say of each answer.
    pub(super) async fn ask(&mut self, press: &Press) -> Result<Outcome, Gone> {
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < LONGEST, "{press:?} is asked for without end");
            let request = self.post("/v1/tasks").bearer_auth(&self.token);
            let request = request.header("idempotency-key", format!("\"{}\"", press.key)).json(&press.todo());
            let answer = heard(request).await?;
            if answer.status == 201 {
                return Ok(Outcome::Created(answer.text));
            }
            match answer.problem().1 {
                "upstream-rejected" => return Ok(Outcome::Rejected),
                "outcome-unknown" | "key-unknown" => return Ok(Outcome::Unknown),
                "in-progress" | "upstream-unavailable" | "store-unavailable" | "rate-limited" => pause().await,
                "token-expired" | "token-invalid" => self.renew().await?,
                _ => panic!("{answer:?}"),
            }
        }
    }

    /// Asks once, and waits so long.
    pub(super) async fn ask_for(&self, press: &Press, longest: Duration) -> Option<Answer> {
        let request = self.post("/v1/tasks").bearer_auth(&self.token);
        let request = request.header("idempotency-key", format!("\"{}\"", press.key)).json(&press.todo());
        let answer = request.timeout(longest).send().await.ok()?;
        Answer::of(answer).await
    }

    /// How the register shows a press: its state, if it does.
    pub(super) async fn registered(&self, press: &Press) -> Vec<(String, String)> {
        let list = self.http.get(format!("http://{}/v1/tasks?orderID={}", self.relay, press.title));
        let answer = Answer::to(list.bearer_auth(&self.token).header("origin", ORIGIN)).await;
        let text = |task: &Value, name: &str| task[name].as_str().unwrap().to_owned();
        let tasks = answer.json["tasks"].as_array().unwrap().clone();
        tasks.iter().map(|task| (text(task, "state"), text(task, "title"))).collect()
    }

    fn post(&self, path: &str) -> RequestBuilder {
        let request = self.http.post(format!("http://{}{path}", self.relay));
        request.header("origin", ORIGIN).header("x-bzctrl-widget", "1").timeout(LONGEST)
    }
}

async fn heard(request: RequestBuilder) -> Result<Answer, Gone> {
    let response = request.send().await.map_err(|_| Gone)?;
    Answer::of(response).await.ok_or(Gone)
}

/// The rules say a second, and more; what is tried here is their order.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(40)).await;
}

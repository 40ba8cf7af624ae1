//! A page by the client's rules of docs/PROTOCOL.md, as `src/form` has them: one key a press, kept until there is a verdict; whatever
//! says nothing of the key, and every lost answer, is asked again with the same one.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
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

impl Outcome {
    pub(super) fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
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

/// Whoever was asked does not answer any more: a relay is gone.
#[derive(Debug)]
pub(super) struct Gone;

/// Where relays are, asked by turns, as a balancer leads their pages: who is gone is not asked any more, and what was on its way to it is
/// asked anew by the page alone.
#[derive(Clone, Default)]
pub(super) struct Relays {
    addresses: Arc<Mutex<Vec<SocketAddr>>>,
    turn: Arc<AtomicUsize>,
    cut_off: Arc<AtomicU64>,
}

impl From<SocketAddr> for Relays {
    fn from(address: SocketAddr) -> Self {
        let relays = Self::default();
        relays.are([address]);
        relays
    }
}

impl Relays {
    /// From now on these.
    pub(super) fn are(&self, addresses: impl IntoIterator<Item = SocketAddr>) {
        *self.addresses.lock().unwrap() = addresses.into_iter().collect();
    }

    fn next(&self) -> Option<SocketAddr> {
        let addresses = self.addresses.lock().unwrap();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        turn.checked_rem(addresses.len()).map(|at| addresses[at])
    }

    /// How often a page was left without an answer.
    pub(super) fn cut_off(&self) -> u64 {
        self.cut_off.load(Ordering::Relaxed)
    }

    /// What a request is answered by whoever's turn it is.
    async fn ask(&self, request: impl FnOnce(SocketAddr) -> RequestBuilder) -> Result<Answer, Gone> {
        let Some(address) = self.next() else { return Err(Gone) };
        let response = request(address).send().await;
        let was_asked = !response.as_ref().is_err_and(reqwest::Error::is_connect);
        let answer = match response {
            Ok(response) => Answer::of(response).await,
            Err(_) => None,
        };
        self.cut_off.fetch_add(u64::from(was_asked && answer.is_none()), Ordering::Relaxed);
        answer.ok_or(Gone)
    }
}

/// A page with its token.
#[derive(Clone)]
pub(super) struct Page {
    relays: Relays,
    http: Client,
    token: String,
    epoch: String,
}

/// No answer is waited for longer; a relay that was killed closes its connections at once.
const LONGEST: Duration = Duration::from_secs(30);
/// Nobody is gone for longer than this.
const PATIENCE: Duration = Duration::from_secs(120);

impl Page {
    /// Opens it: its token comes from this relay, or one of these.
    pub(super) async fn open(relays: impl Into<Relays>) -> Result<Self, Gone> {
        let mut page = Self { relays: relays.into(), http: client(), token: String::new(), epoch: String::new() };
        let began = Instant::now();
        while page.token.is_empty() {
            page.renew().await?;
            assert!(began.elapsed() < PATIENCE, "there is no token");
        }
        Ok(page)
    }

    /// The same, whoever is gone meanwhile.
    pub(super) async fn opened(relays: &Relays) -> Self {
        let began = Instant::now();
        loop {
            if let Ok(page) = Self::open(relays.clone()).await {
                return page;
            }
            assert!(began.elapsed() < PATIENCE, "there is no relay");
            pause().await;
        }
    }

    async fn renew(&mut self) -> Result<(), Gone> {
        let form = [("grant_type", "client_credentials")];
        let answer = self.relays.ask(|relay| self.post(relay, "/v1/token").form(&form)).await?;
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
            assert!(began.elapsed() < PATIENCE, "{press:?} is asked for without end");
            let answer = self.relays.ask(|relay| self.request(relay, press)).await?;
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

    /// The same, whoever is gone meanwhile.
    pub(super) async fn ask_until_told(&mut self, press: &Press) -> Outcome {
        let began = Instant::now();
        loop {
            if let Ok(outcome) = self.ask(press).await {
                return outcome;
            }
            assert!(began.elapsed() < PATIENCE, "nobody says what became of {press:?}");
            pause().await;
        }
    }

    /// Asks once, and waits so long.
    pub(super) async fn ask_for(&self, press: &Press, longest: Duration) -> Option<Answer> {
        self.relays.ask(|relay| self.request(relay, press).timeout(longest)).await.ok()
    }

    /// The same page, led to this relay.
    pub(super) fn at(&self, relay: SocketAddr) -> Self {
        Self { relays: relay.into(), ..self.clone() }
    }

    /// How the register shows a press: its state, if it does.
    pub(super) async fn registered(&self, press: &Press) -> Vec<(String, String)> {
        let list = |relay| {
            let list = self.http.get(format!("http://{relay}/v1/tasks?orderID={}", press.title));
            list.bearer_auth(&self.token).header("origin", ORIGIN)
        };
        let answer = self.relays.ask(list).await.expect("it answers");
        let text = |task: &Value, name: &str| task[name].as_str().unwrap().to_owned();
        let tasks = answer.json["tasks"].as_array().unwrap().clone();
        tasks.iter().map(|task| (text(task, "state"), text(task, "title"))).collect()
    }

    fn request(&self, relay: SocketAddr, press: &Press) -> RequestBuilder {
        let request = self.post(relay, "/v1/tasks").bearer_auth(&self.token);
        request.header("idempotency-key", format!("\"{}\"", press.key)).json(&press.todo())
    }

    fn post(&self, relay: SocketAddr, path: &str) -> RequestBuilder {
        let request = self.http.post(format!("http://{relay}{path}"));
        request.header("origin", ORIGIN).header("x-bzctrl-widget", "1").timeout(LONGEST)
    }
}

/// The rules say a second, and more; what is tried here is their order.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(40)).await;
}

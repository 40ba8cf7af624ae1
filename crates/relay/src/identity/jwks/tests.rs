#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use jsonwebtoken::Algorithm;
use tokio::net::TcpListener;

use super::*;

const QUICK: Timing = Timing {
    fresh: Duration::from_millis(300),
    current: Duration::from_millis(600),
    usable: Duration::from_millis(1500),
    between: Duration::from_millis(200),
    pause: Duration::from_millis(100),
    longest_pause: Duration::from_millis(400),
    answer: Duration::from_millis(500),
};

/// What the host's address does.
#[derive(Clone, Copy, Debug)]
enum Answers {
    Key(&'static str),
    Status(u16),
    Text(&'static str),
    Late,
}

struct Host {
    answers: Arc<Mutex<Answers>>,
    asked: Arc<AtomicUsize>,
    jwks: Jwks,
}

impl Host {
    async fn with(answers: Answers) -> Self {
        let (answers, asked) = (Arc::new(Mutex::new(answers)), Arc::new(AtomicUsize::new(0)));
        let (now, count) = (Arc::clone(&answers), Arc::clone(&asked));
        let handler = move || {
            count.fetch_add(1, Ordering::Relaxed);
            let answers = *now.lock().unwrap();
            async move {
                match answers {
                    Answers::Key(id) => (StatusCode::OK, of(id)),
                    Answers::Status(status) => (StatusCode::from_u16(status).unwrap(), of("a")),
                    Answers::Text(text) => (StatusCode::OK, text.to_owned()),
                    Answers::Late => {
                        tokio::time::sleep(Duration::from_secs(20)).await;
                        (StatusCode::OK, of("a"))
                    }
                }
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/jwks.json", get(handler))).await });
        Self { answers, asked, jwks: Jwks::with(url, &Outbound::default(), QUICK).unwrap() }
    }

    fn now(&self, answers: Answers) {
        *self.answers.lock().unwrap() = answers;
    }

    /// Whether the key of this name is had.
    async fn has(&self, id: &str) -> bool {
        let wanted = |keys: &VerificationKeys| keys.candidates(Some(id), Algorithm::EdDSA).next().is_some();
        self.jwks.keys(wanted).await.is_some_and(|keys| wanted(&keys))
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn of(id: &str) -> String {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{id}","x":"{x}"}}]}}"#)
}

async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

#[tokio::test]
async fn a_new_key_is_fetched_when_it_is_first_met_and_the_old_one_goes() {
    let host = Host::with(Answers::Key("a")).await;
    assert!(host.has("a").await && host.has("a").await);
    assert_eq!(host.asked(), 1, "keys are kept");
    host.now(Answers::Key("b"));
    pause(250).await;
    assert!(host.has("b").await);
    pause(250).await;
    assert!(!host.has("a").await, "the host has withdrawn it");
}

#[tokio::test]
async fn a_thousand_unknown_keys_make_one_request() {
    let host = Arc::new(Host::with(Answers::Key("a")).await);
    assert!(host.has("a").await);
    pause(250).await;
    let asking: Vec<_> = (0..1000)
        .map(|at| {
            let host = Arc::clone(&host);
            tokio::spawn(async move { host.has(&format!("forged-{at}")).await })
        })
        .collect();
    for asked in asking {
        assert!(!asked.await.unwrap());
    }
    assert!(host.asked() <= 3, "{}", host.asked());
}

#[tokio::test]
async fn when_the_host_is_away_its_keys_serve_for_a_bounded_time() {
    let host = Host::with(Answers::Key("a")).await;
    assert!(host.has("a").await);
    for gone in [Answers::Status(500), Answers::Status(302), Answers::Text("<html>"), Answers::Text(r#"{"keys":[]}"#)] {
        host.now(gone);
        pause(320).await;
        assert!(host.has("a").await, "{gone:?}");
    }
    pause(1500).await;
    assert!(!host.has("a").await, "for ever would be a key that the host cannot withdraw");
    host.now(Answers::Key("a"));
    pause(450).await;
    assert!(host.has("a").await, "and it comes back");
}

#[tokio::test]
async fn a_slow_host_is_waited_for_by_nobody_who_has_its_keys() {
    let host = Host::with(Answers::Key("a")).await;
    assert!(host.has("a").await);
    host.now(Answers::Late);
    pause(350).await;
    let began = Instant::now();
    assert!(host.has("a").await);
    assert!(began.elapsed() < Duration::from_millis(200), "{:?}", began.elapsed());
    assert!(!host.has("b").await);
    assert!(began.elapsed() < Duration::from_secs(5), "nor for ever by others");
}

#[tokio::test]
async fn a_host_that_answers_is_heard_before_a_key_that_it_has_withdrawn_is_believed() {
    let host = Host::with(Answers::Key("a")).await;
    assert!(host.has("a").await);
    host.now(Answers::Key("b"));
    pause(650).await;
    assert!(!host.has("a").await, "the first who asks after a quiet time, too");
    assert!(host.has("b").await);
}

#[tokio::test]
async fn while_it_fails_it_is_asked_less_and_less() {
    let host = Host::with(Answers::Status(503)).await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(1300) {
        assert!(!host.has("a").await);
        pause(10).await;
    }
    assert!((2..=6).contains(&host.asked()), "{}", host.asked());
}

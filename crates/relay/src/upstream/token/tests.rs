#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::config::Environment;
use crate::http_client::Outbound;
use crate::metrics::Calls;

/// A token endpoint that gives `token-1`, `token-2` and so on, each after a while, or what else it is told to.
struct Endpoint {
    tokens: Arc<Tokens>,
    logins: Arc<AtomicUsize>,
}

impl Endpoint {
    async fn new(pause: Duration, answer: impl Fn(usize) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let logins = Arc::new(AtomicUsize::new(0));
        let count = logins.clone();
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let _ = connection.read(&mut [0; 4096]).await;
                let answer = answer(count.fetch_add(1, Ordering::Relaxed) + 1);
                tokio::time::sleep(pause).await;
                let _ = connection.write_all(answer.as_bytes()).await;
            }
        });
        let environment = Environment {
            name: "demo".to_owned(),
            token_endpoint: url.clone(),
            task_endpoint: url.clone(),
            app_url: url,
        };
        let http = Outbound::default().client(false).unwrap();
        let settings = Account {
            name: "default".to_owned(),
            environment,
            username: "relay".to_owned(),
            password: Secret::fixed("secret"),
            egress: None,
        };
        Self { tokens: Arc::new(Tokens::new(http, &settings, Calls::default().of("default"))), logins }
    }

    fn logins(&self) -> usize {
        self.logins.load(Ordering::Relaxed)
    }
}

fn token(number: usize) -> String {
    whole(&format!(r#"{{"access_token":"token-{number}","expires_in":3600}}"#))
}

fn busy() -> String {
    "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_owned()
}

fn whole(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn a_token_that_lands_after_the_account_was_refused_lifts_no_latch() {
    let at = Endpoint::new(Duration::from_millis(100), token).await;
    let first = at.tokens.current().await.unwrap();
    at.tokens.forget(&first);
    // Two requests wait for a second token, and a third one is told meanwhile that a fresh token does not serve.
    let refused = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        at.tokens.refuse(&first);
    };
    let (second, third, ()) = tokio::join!(at.tokens.current(), at.tokens.current(), refused);
    assert!(second.is_ok() && third.is_ok(), "they wait for it, and may try it");
    assert!(at.tokens.refused());
    assert_eq!(at.tokens.current().await.unwrap_err(), TokenFault::Credentials);
    assert_eq!(at.logins(), 2);
}

#[tokio::test]
async fn after_a_while_one_request_tries_an_account_anew_whose_tokens_were_refused() {
    let at = Endpoint::new(Duration::from_millis(20), token).await;
    let first = at.tokens.current().await.unwrap();
    at.tokens.refuse(&first);
    assert_eq!(at.tokens.current().await.unwrap_err(), TokenFault::Credentials);
    // The while is over.
    at.tokens.held().tokens_refused.as_mut().unwrap().1 = Instant::now();
    let second = at.tokens.current().await.unwrap();
    assert_eq!(at.tokens.current().await.unwrap_err(), TokenFault::Credentials, "one at a time");
    assert!(at.tokens.refused(), "nobody knows yet");
    at.tokens.accept(&second);
    assert!(!at.tokens.refused());
    assert_eq!(at.tokens.current().await.unwrap().expose(), second.expose());
    assert_eq!(at.logins(), 2);

    at.tokens.refuse(&second);
    at.tokens.try_anew();
    assert!(at.tokens.current().await.is_ok(), "and whoever runs the relay may say so");
}

#[tokio::test]
async fn a_refused_password_is_tried_again_by_itself_and_seldomer_each_time() {
    let refused = || "HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_owned();
    let at = Endpoint::new(Duration::ZERO, move |number| if number < 7 { refused() } else { token(number) }).await;
    for tries in 1..7 {
        for _ in 0..3 {
            assert_eq!(at.tokens.current().await.unwrap_err(), TokenFault::Credentials);
        }
        assert_eq!(at.logins(), tries, "one try serves all");
        let mut held = at.tokens.held();
        let latch = held.refused.as_mut().unwrap();
        let minutes = [5, 10, 20, 40, 60, 60][tries - 1];
        assert_eq!(latch.pause, Duration::from_secs(minutes * 60));
        assert!(latch.next_try > Instant::now() + latch.pause - Duration::from_secs(30));
        // The pause is over.
        latch.next_try = Instant::now();
    }
    assert_eq!(at.tokens.current().await.unwrap().expose(), "token-7");
    assert!(!at.tokens.refused());
}

#[tokio::test]
async fn a_page_gets_a_new_token_once_the_one_at_hand_is_no_longer_fresh() {
    const FRESH: Duration = Duration::from_millis(400);
    let at = Endpoint::new(Duration::from_millis(20), |number| if number < 3 { token(number) } else { busy() }).await;
    for _ in 0..3 {
        assert_eq!(at.tokens.current_within(FRESH).await.unwrap().expose(), "token-1");
    }
    tokio::time::sleep(FRESH).await;
    let (one, other) = tokio::join!(at.tokens.current_within(FRESH), at.tokens.current_within(FRESH));
    assert_eq!([one.unwrap().expose(), other.unwrap().expose()], ["token-2"; 2], "by one flight");
    assert_eq!(at.tokens.current().await.unwrap().expose(), "token-2", "the relay itself uses it as long as it serves");
    tokio::time::sleep(FRESH).await;
    for _ in 0..2 {
        assert_eq!(at.tokens.current_within(FRESH).await.unwrap().expose(), "token-2", "better than none");
    }
    assert_eq!(at.logins(), 3, "a flight that failed is not tried again at once");
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read_to_its_end() {
    let long = |_| whole(&(" ".repeat(100_000) + r#"{"access_token":"token-1"}"#));
    let at = Endpoint::new(Duration::ZERO, long).await;
    assert_eq!(at.tokens.current().await.unwrap_err(), TokenFault::Unavailable);
}

#[test]
fn no_body_repeats_the_token_however_it_is_written() {
    const TOKEN: &str = "a-token/of+BzCtrls==";
    let token = AccessToken {
        value: TOKEN.into(),
        password: Secret::fixed("secret"),
        asked_at: Instant::now(),
        life: Duration::from_secs(60),
    };
    let blotted = |body: &[u8]| String::from_utf8_lossy(&token.redacted(body.to_vec())).into_owned();
    let latin_1 = [b"Zugriff f\xfcr ", TOKEN.as_bytes(), b" verweigert"].concat();
    assert_eq!(blotted(&latin_1), "Zugriff f\u{fffd}r … verweigert");
    let escaped = TOKEN.replace('=', r"\u003d").replace('/', r"\/").replace('a', r"\u0061");
    for (body, without) in [
        (format!("<p>{TOKEN}</p>"), "<p>…</p>"),
        (format!(r#"{{"message": "No rights for {escaped}."}}"#), r#"{"message":"No rights for …."}"#),
        (format!(r#"{{"a": [{{"{escaped}": 1}}]}}"#), r#"{"a":[{"…":1}]}"#),
        (format!(r#""{escaped}""#), r#""…""#),
        (format!(r#"{{"half":"\ud800","token":"{escaped}"}}"#), "{\"half\":\"\u{fffd}\",\"token\":\"…\"}"),
        (format!(r#"{{"request":"{TOKEN}","request":null}}"#), r#"{"request":null}"#),
        (format!(r#"{{"request":{{"by":"{escaped}"}},"request":1}}"#), r#"{"request":1}"#),
        (
            format!(r#"{{"taskLink":"https://x/?t={}\n{}"}}"#, &TOKEN[..5], &TOKEN[5..]),
            r#"{"taskLink":"https://x/?t=…"}"#,
        ),
    ] {
        assert_eq!(blotted(body.as_bytes()), without);
    }
    let other = br#"{ "title": "\u0061", "taskLink": null }"#;
    assert_eq!(token.redacted(other.to_vec()), other, "to the byte");
}

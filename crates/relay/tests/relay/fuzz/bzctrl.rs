//! A BzCtrl that gives tokens gladly, and answers todos with whatever bytes it is told.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const TOKEN: &str = r#"{"access_token":"of-the-fuzzer","token_type":"Bearer","expires_in":3600}"#;

#[derive(Default)]
struct State {
    answer: Mutex<Vec<u8>>,
    sends: AtomicU64,
}

pub(super) struct BzCtrl {
    pub(super) address: SocketAddr,
    state: Arc<State>,
    serving: JoinHandle<()>,
}

impl Drop for BzCtrl {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl BzCtrl {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { address, state, serving }
    }

    /// From now on todos are answered with this. How many have come so far.
    pub(super) fn answer_with(&self, bytes: Vec<u8>) -> u64 {
        *self.state.answer.lock().unwrap() = bytes;
        self.sends()
    }

    pub(super) fn sends(&self) -> u64 {
        self.state.sends.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let Some(head) = read(&mut stream).await else { return };
    let answer = if head.contains("/oauth/token") {
        let length = TOKEN.len();
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{TOKEN}")
            .into_bytes()
    } else {
        state.sends.fetch_add(1, Ordering::SeqCst);
        state.answer.lock().unwrap().clone()
    };
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

/// A whole request: its head.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            if bytes.len() >= end + 4 + length.unwrap_or(0_usize) {
                return Some(head);
            }
        }
        match stream.read(&mut part).await {
            Ok(count @ 1..) => bytes.extend_from_slice(&part[..count]),
            _ => return None,
        }
    }
}

/// What it may answer, rightly.
pub(super) fn answers() -> Vec<Vec<u8>> {
    const CREATED: &str = r#"{"title":"Seal broken","taskType":"INCIDENT","description":"At gate 4","taskLink":"https://www.bzctrl.com/app/#/todo/EXA-CON-BUS-WOR-03","tags":["ORDER 777"]}"#;
    const NO_LINK: &str = r#"{"title":"Seal broken","taskType":"INCIDENT","tags":[]}"#;
    const WRONG: &str = r#"{"timestamp":"2026-11-26T12:00:00Z","status":400,"error":"Bad Request","message":"assignee must be an address"}"#;
    let answer = |status: &str, headers: &str, body: &str| {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}")
            .into_bytes()
    };
    let chunked = format!(
        "HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{:x}\r\n{CREATED}\r\n0\r\n\r\n",
        CREATED.len()
    );
    vec![
        answer("201 Created", "", CREATED),
        answer("200 OK", "", NO_LINK),
        answer("400 Bad Request", "", WRONG),
        answer("403 Forbidden", "", "<html><h1>Forbidden</h1></html>"),
        answer("429 Too Many Requests", "retry-after: 1\r\n", ""),
        answer("502 Bad Gateway", "", "<html><h1>Bad Gateway</h1></html>"),
        answer("307 Temporary Redirect", "location: http://127.0.0.1:9/\r\n", ""),
        chunked.into_bytes(),
    ]
}

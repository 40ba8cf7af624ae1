//! What hyper refuses by itself, since it cannot be read as a request: a problem, as every other refusal.
//!
//! hyper writes a bare status and closes. It has no hook for it, so the stream below it is watched: an answer without the name that
//! every answer of ours has is hyper's own, and is always the last on its connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bzctrl_contract::Code;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use uuid::Uuid;

use crate::metrics::Requests;
use crate::problem::Refusal;

const HEAD: &[u8] = b"HTTP/1.1 4";
/// What a connection of HTTP/2 begins with. hyper says nothing to it: it is shown a version that nobody speaks, and refuses that.
const HTTP_2: &[u8] = b"PRI * HTTP/2";
const NO_VERSION: u8 = b'9';
const END: &[u8] = b"\r\n\r\n";

/// What is done about requests that cannot be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unreadable {
    /// The address that problems lead to.
    pub(crate) public_url: Arc<str>,
    /// Where they are counted.
    pub(crate) requests: Requests,
}

/// A stream to a client, as hyper sees it.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    stream: S,
    unreadable: Unreadable,
    /// How much of [`HTTP_2`] the client has begun with; more than all of it, if it has begun with something else.
    begun: usize,
    /// What is written in place of hyper's words, and how much of it has been.
    instead: Option<(Vec<u8>, usize)>,
}

impl<S> Watched<S> {
    pub(crate) fn new(stream: S, unreadable: Unreadable) -> Self {
        Self { stream, unreadable, begun: 0, instead: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        for byte in into.filled_mut().iter_mut().skip(before) {
            let Some(expected) = HTTP_2.get(self.begun) else { break };
            self.begun = if byte == expected { self.begun + 1 } else { HTTP_2.len() + 1 };
            if self.begun == HTTP_2.len() {
                *byte = NO_VERSION;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.instead.is_none() {
            match refusal_at_the_end(bytes) {
                None => return Pin::new(&mut this.stream).poll_write(context, bytes),
                // Answers to earlier requests go first.
                Some(at) if at > 0 => return Pin::new(&mut this.stream).poll_write(context, &bytes[..at]),
                Some(_) => this.instead = Some((this.unreadable.problem(bytes), 0)),
            }
        }
        let Some((problem, written)) = &mut this.instead else { return Poll::Ready(Ok(0)) };
        while *written < problem.len() {
            match ready!(Pin::new(&mut this.stream).poll_write(context, &problem[*written..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => *written += count,
            }
        }
        this.instead = None;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Where hyper's own refusal begins, if these bytes end with one.
fn refusal_at_the_end(bytes: &[u8]) -> Option<usize> {
    // It is short.
    const LONGEST: usize = 300;
    let tail = bytes.len().saturating_sub(LONGEST);
    let at = tail + bytes[tail..].windows(HEAD.len()).rposition(|window| window == HEAD)?;
    let head = bytes[at..].strip_suffix(END)?;
    let is_whole = !head.windows(END.len()).any(|window| window == END);
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window.eq_ignore_ascii_case(name));
    (is_whole && has(b"\r\ncontent-length: 0") && !has(b"\r\nx-request-id: ")).then_some(at)
}

impl Unreadable {
    /// The answer in its place; it is counted, and a line for the log.
    fn problem(&self, head: &[u8]) -> Vec<u8> {
        let status = head.get(9..12).unwrap_or_default();
        let detail = match status {
            b"414" => "The address is too long.",
            b"431" => "The headers are too large, or too many.",
            _ => "It is no HTTP request.",
        };
        let mut refusal = Refusal::new(Code::InvalidRequest, detail);
        let (status, title) = (refusal.problem.status, "Bad Request");
        let body = refusal.body(&self.public_url);
        self.requests.was_unreadable(status, Code::InvalidRequest.as_str());
        let id = Uuid::new_v4().simple().to_string();
        tracing::error_span!("request", id).in_scope(|| {
            tracing::info!(status, code = Code::InvalidRequest.as_str(), detail, "answered what could not be read");
        });
        let head = String::from_utf8_lossy(head);
        let date = head.lines().find(|line| line.to_ascii_lowercase().starts_with("date: ")).unwrap_or("date: ");
        let mut answer = format!(
            "HTTP/1.1 {status} {title}\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n\
         x-request-id: {id}\r\nconnection: close\r\ncontent-length: {}\r\n{date}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        answer.extend_from_slice(&body);
        answer
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const HYPERS: &str = "HTTP/1.1 414 URI Too Long\r\nconnection: close\r\ncontent-length: 0\r\ndate: Thu, 26 Nov 2026 12:00:00 GMT\r\n\r\n";

    #[test]
    fn hypers_own_words_are_told_from_ours() {
        assert_eq!(refusal_at_the_end(HYPERS.as_bytes()), Some(0));
        let after_another = format!("HTTP/1.1 200 OK\r\nx-request-id: 1\r\ncontent-length: 2\r\n\r\nok{HYPERS}");
        assert_eq!(refusal_at_the_end(after_another.as_bytes()), Some(after_another.len() - HYPERS.len()));
        for ours in [
            HYPERS.replace("connection: close", "x-request-id: 1"),
            HYPERS.replace("content-length: 0", "content-length: 4") + "body",
            HYPERS.replace("HTTP/1.1 414 URI Too Long", "HTTP/1.1 304 Not Modified"),
            format!("{HYPERS}more"),
            String::new(),
        ] {
            assert_eq!(refusal_at_the_end(ours.as_bytes()), None, "{ours}");
        }
    }

    #[tokio::test]
    async fn what_begins_as_http_2_is_shown_as_a_version_that_is_refused_however_its_bytes_come() {
        for (sent, shown) in [
            ("PRI * HTTP/2.0\r\n\r\nPRI * HTTP/2.0", "PRI * HTTP/9.0\r\n\r\nPRI * HTTP/2.0"),
            ("PRI * HTTP/1.1\r\n\r\nPRI * HTTP/2.0", "PRI * HTTP/1.1\r\n\r\nPRI * HTTP/2.0"),
            ("GET /?PRI * HTTP/2.0", "GET /?PRI * HTTP/2.0"),
            ("PRI", "PRI"),
        ] {
            for size in [1, 5, 64] {
                let (mut client, server) = tokio::io::duplex(size);
                let mut watched = Watched::new(server, Unreadable::default());
                let sending = tokio::spawn(async move {
                    tokio::io::AsyncWriteExt::write_all(&mut client, sent.as_bytes()).await.unwrap();
                });
                let mut read = String::new();
                tokio::io::AsyncReadExt::read_to_string(&mut watched, &mut read).await.unwrap();
                sending.await.unwrap();
                assert_eq!(read, shown, "{size}");
            }
        }
    }

    #[tokio::test]
    async fn it_is_written_whole_to_who_takes_a_byte_at_a_time() {
        let (client, server) = tokio::io::duplex(1);
        let mut watched =
            Watched::new(server, Unreadable { public_url: "https://relay.example".into(), ..Unreadable::default() });
        let writing = tokio::spawn(async move {
            tokio::io::AsyncWriteExt::write_all(&mut watched, HYPERS.as_bytes()).await.unwrap();
        });
        let mut answer = String::new();
        let mut client = client;
        tokio::io::AsyncReadExt::read_to_string(&mut client, &mut answer).await.unwrap();
        writing.await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n") && head.contains("date: Thu, 26 Nov"), "{head}");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
        assert!(body.contains("https://relay.example/problems/invalid-request"), "{body}");
    }
}

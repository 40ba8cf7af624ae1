//! How the relay itself asks others by HTTP, and reads what they answer. It knows nothing of whom it asks, nor why.

use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(3);
const WHOLE_ANSWER: Duration = Duration::from_secs(15);
/// A connection that was idle for longer may be closed at the other end just as the next request goes out.
const IDLE: Duration = Duration::from_secs(2);

/// A client that does what it is told once: no retries, no redirects, no proxy, HTTP/1.1.
///
/// # Errors
/// The system has no certificates, where they are needed.
pub(crate) fn client(encrypted: bool) -> Result<reqwest::Client, reqwest::Error> {
    builder(encrypted).build()
}

/// Such a client, to be built.
pub(crate) fn builder(encrypted: bool) -> reqwest::ClientBuilder {
    // An error says that another part of the process has chosen one already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .http1_only()
        .retry(reqwest::retry::never())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT)
        .timeout(WHOLE_ANSWER)
        .pool_idle_timeout(IDLE);
    if !encrypted {
        // The system's certificates are not needed, and a small container may have none.
        builder = builder.tls_certs_only([]);
    }
    builder
}

/// The body of an answer; none if it is too large.
pub(crate) async fn body(response: &mut reqwest::Response, largest: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > largest {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// An error with its causes; its address is known and left out.
pub(crate) fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut says = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        says = format!("{says}: {error}");
        cause = error.source();
    }
    says
}

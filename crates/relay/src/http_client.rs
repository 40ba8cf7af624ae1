//! How the relay itself asks others by HTTP, and reads what they answer. It knows nothing of whom it asks, nor why.

use std::io::Read as _;
use std::time::Duration;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use reqwest::header::CONTENT_ENCODING;

use crate::config::{Account, Egress, Proxy};
use crate::metrics::Calls;

const CONNECT: Duration = Duration::from_secs(3);
const WHOLE_ANSWER: Duration = Duration::from_secs(15);
/// A connection that was idle for longer may be closed at the other end just as the next request goes out.
const IDLE: Duration = Duration::from_secs(2);

/// The way out, the same for all whom the relay asks, but for accounts that have one of their own. The default is straight, by the system's certificates, and counted nowhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbound {
    pub(crate) egress: Egress,
    /// Where it is counted what was asked.
    pub(crate) calls: Calls,
}

impl Outbound {
    /// The way to an account's environment, which may be one of its own.
    pub(crate) fn to(&self, account: &Account) -> Self {
        let egress = account.egress.as_ref().unwrap_or(&self.egress);
        Self { egress: egress.clone(), calls: self.calls.clone() }
    }

    /// A client that does what it is told once: no retries, no redirects, HTTP/1.1, and no proxy but the one that is set.
    ///
    /// # Errors
    /// The system has no certificates, where they are needed.
    pub(crate) fn client(&self, encrypted: bool) -> Result<reqwest::Client, reqwest::Error> {
        let Egress { proxy, no_proxy, .. } = &self.egress;
        let to_proxy = proxy.as_ref().is_some_and(|proxy| proxy.url.scheme() == "https");
        let mut builder = self.builder(encrypted || to_proxy)?;
        if let Some(Proxy { url, account }) = proxy {
            let mut proxy = reqwest::Proxy::all(url.clone())?;
            if let Some((name, password)) = account {
                proxy = proxy.basic_auth(name, password.expose());
            }
            builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_string(&no_proxy.join(","))));
        }
        builder.build()
    }

    /// Such a client, to be built, that goes straight and past the proxy.
    ///
    /// # Errors
    /// A certificate of the settings cannot be used.
    pub(crate) fn builder(&self, encrypted: bool) -> Result<reqwest::ClientBuilder, reqwest::Error> {
        // An error says that another part of the process has chosen one already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let Egress { ca, only_ca, .. } = &self.egress;
        let builder = reqwest::Client::builder()
            .http1_only()
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(WHOLE_ANSWER)
            .pool_idle_timeout(IDLE);
        let own = ca.iter().flat_map(|ca| &ca.certificates).map(|der| reqwest::Certificate::from_der(der));
        let own = own.collect::<Result<Vec<_>, _>>()?;
        Ok(if *only_ca || !encrypted {
            // The system's certificates are not needed, and a small container may have none.
            builder.tls_certs_only(own)
        } else {
            builder.tls_certs_merge(own)
        })
    }
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
    let encoding = response.headers().get(CONTENT_ENCODING).and_then(|encoding| encoding.to_str().ok());
    let is_deflated = encoding.is_some_and(|encoding| encoding.to_ascii_lowercase().contains("deflate"));
    Ok(unpacked(body, is_deflated, largest).map(utf8))
}

/// What every file of gzip begins with, and no JSON.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// A server that packs, and a proxy that packs again.
const MOST_LAYERS: usize = 2;

/// The body of who compresses though nobody has asked for it; none if it is too large. What cannot be unpacked stays as it is.
fn unpacked(mut body: Vec<u8>, is_deflated: bool, largest: usize) -> Option<Vec<u8>> {
    if is_deflated {
        // Some send it with zlib's head, as it is meant, and some without. It has no mark: what does not come to its end is none.
        let with_head = read(ZlibDecoder::new(&*body), largest);
        let content = if with_head.1 { with_head } else { read(DeflateDecoder::new(&*body), largest) };
        if let (content, true) = content {
            body = content;
        }
    }
    for _ in 0..MOST_LAYERS {
        if !body.starts_with(&GZIP) {
            break;
        }
        // Where something else stands behind its end, or no end, this is what was unpacked until then: whoever reads it sees
        // whether it is whole.
        let (content, _) = read(MultiGzDecoder::new(&*body), largest);
        if content.is_empty() {
            break;
        }
        body = content;
    }
    (body.len() <= largest).then_some(body)
}

/// What can be read, until there is one byte too many; and whether it came to its end.
fn read(packed: impl std::io::Read, largest: usize) -> (Vec<u8>, bool) {
    let most = u64::try_from(largest).unwrap_or(u64::MAX).saturating_add(1);
    let mut content = Vec::new();
    let is_whole = packed.take(most).read_to_end(&mut content).is_ok();
    (content, is_whole)
}

/// A text in UTF-16 as one in UTF-8. It is told by its mark, or by the zero that the first letter of JSON has in it.
fn utf8(body: Vec<u8>) -> Vec<u8> {
    let unit = match body.as_slice() {
        [0xff, 0xfe, ..] | [1..=0x7f, 0, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] | [0, 1..=0x7f, ..] => u16::from_be_bytes,
        _ => return body,
    };
    let (units, _) = body.as_chunks::<2>();
    String::from_utf16_lossy(&units.iter().map(|bytes| unit(*bytes)).collect::<Vec<_>>()).into_bytes()
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

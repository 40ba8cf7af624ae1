//! How the relay itself asks others by HTTP, and reads what they answer. It knows nothing of whom it asks, nor why.

use std::io::Read as _;
use std::time::Duration;

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
    Ok(unzipped(body, largest))
}

/// What every file of gzip begins with, and no JSON.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The body of who compresses though nobody has asked for it; none if it is too large. What cannot be unpacked stays as it is.
fn unzipped(body: Vec<u8>, largest: usize) -> Option<Vec<u8>> {
    if !body.starts_with(&GZIP) {
        return Some(body);
    }
    let mut unpacked = Vec::new();
    let most = u64::try_from(largest).unwrap_or(u64::MAX).saturating_add(1);
    match flate2::read::MultiGzDecoder::new(&*body).take(most).read_to_end(&mut unpacked) {
        Ok(_) if unpacked.len() > largest => None,
        Ok(_) => Some(unpacked),
        Err(_) => Some(body),
    }
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

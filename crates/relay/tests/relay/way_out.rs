//! What stands between a relay and the world in a company: a forward proxy that asks for a password, an authority of its own, and
//! servers with its certificates. Real sockets, real TLS.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// An authority that no system knows.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// When a certificate is good.
#[derive(Clone, Copy)]
pub(crate) enum Validity {
    Now,
    Over,
    ToCome,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server's certificate of this name, and its key.
    pub(crate) fn certificate(&self, name: &str, validity: Validity) -> (String, String) {
        let (certificate, key) = self.sign(name, validity);
        (certificate.pem(), key.serialize_pem())
    }

    fn sign(&self, name: &str, validity: Validity) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        match validity {
            Validity::Now => {}
            Validity::Over => params.not_after = date_time_ymd(2001, 1, 1),
            Validity::ToCome => params.not_before = date_time_ymd(4000, 1, 1),
        }
        (params.signed_by(&key, &self.0).unwrap(), key)
    }

    /// TLS with a certificate of this name before a server that has none.
    pub(crate) async fn before(&self, server: SocketAddr, name: &str) -> SocketAddr {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (certificate, key) = self.sign(name, Validity::Now);
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // Who does not trust the certificate breaks off.
                    let Ok(mut client) = acceptor.accept(stream).await else { return };
                    let mut server = TcpStream::connect(server).await.unwrap();
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        address
    }
}

/// A forward proxy. It alone knows some names, as in networks whose machines look up no names of the internet.
pub(crate) struct ForwardProxy {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    names: BTreeMap<String, SocketAddr>,
    authorization: Option<String>,
    asked: Mutex<Vec<String>>,
    refuses: Mutex<Option<&'static str>>,
}

impl ForwardProxy {
    /// With the names that it knows, and the name and password that it asks for.
    pub(crate) async fn start(names: &[(&str, SocketAddr)], account: Option<(&str, &str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            names: names.iter().map(|(name, address)| ((*name).to_owned(), *address)).collect(),
            authorization: account.map(|(name, word)| format!("Basic {}", STANDARD.encode(format!("{name}:{word}")))),
            asked: Mutex::default(),
            refuses: Mutex::default(),
        });
        let own = Arc::clone(&inner);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let inner = Arc::clone(&own);
                tokio::spawn(async move {
                    let _ = inner.lead(stream).await;
                });
            }
        });
        Self { address, inner }
    }

    /// The request lines that it was asked with, without the version.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.inner.asked.lock().unwrap().clone()
    }

    /// From now on it answers everything so.
    pub(crate) fn refuse(&self, status: &'static str) {
        *self.inner.refuses.lock().unwrap() = Some(status);
    }
}

impl Inner {
    async fn lead(&self, mut client: TcpStream) -> std::io::Result<()> {
        let mut read = Vec::new();
        while !read.windows(4).any(|window| window == b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).await?;
            read.push(byte[0]);
        }
        let head = String::from_utf8(read).unwrap();
        let (line, headers) = head.split_once("\r\n").unwrap();
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        self.asked.lock().unwrap().push(format!("{method} {target}"));
        let given = headers.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("proxy-authorization").then_some(value)
        });
        let refuses = *self.refuses.lock().unwrap();
        let status = match refuses {
            Some(status) => Some(status),
            None if self.authorization.as_deref() != given => Some("407 Proxy Authentication Required"),
            None => None,
        };
        if let Some(status) = status {
            let answer = format!(
                "HTTP/1.1 {status}\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            return client.write_all(answer.as_bytes()).await;
        }
        let connects = method == "CONNECT";
        let (host, path) = match target.strip_prefix("http://") {
            Some(rest) => rest.split_at(rest.find('/').unwrap()),
            None => (target, ""),
        };
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let mut server = match self.names.get(name) {
            Some(address) => TcpStream::connect(address).await?,
            None => match TcpStream::connect(host).await {
                Ok(server) => server,
                Err(_) => return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await,
            },
        };
        if connects {
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        } else {
            let passed = headers.lines().filter(|line| !line.to_ascii_lowercase().starts_with("proxy-"));
            let passed = passed.collect::<Vec<_>>().join("\r\n");
            server
                .write_all(format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n{passed}\r\n").as_bytes())
                .await?;
        }
        copy_bidirectional(&mut client, &mut server).await.map(|_| ())
    }
}

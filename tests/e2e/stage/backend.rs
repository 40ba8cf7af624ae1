//! The host's backend: it knows who is signed in, and signs that for the relay.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde_json::json;

/// Who is signed in.
pub(crate) const USER: &str = "verified@host.example";
pub(super) const ISSUER: &str = "https://host.example";

/// What the host says when it is asked who its user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    SignedIn,
    /// 401.
    Ended,
    /// The sign-in page, as if that were an answer.
    SignInPage,
    /// A redirect to the sign-in page.
    SentToSignIn,
    /// The backend itself is away.
    Down,
}

#[derive(Clone)]
pub(crate) struct Backend(Arc<Inner>);

struct Inner {
    key: Ed25519KeyPair,
    audience: Mutex<String>,
    session: Mutex<Session>,
    signed: AtomicU32,
}

impl Backend {
    pub(super) fn new() -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let key = Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap();
        let (audience, session) = (Mutex::default(), Mutex::new(Session::SignedIn));
        Self(Arc::new(Inner { key, audience, session, signed: AtomicU32::new(0) }))
    }

    /// For whom it signs.
    pub(super) fn signs_for(&self, relay: &str) {
        *self.0.audience.lock().unwrap() = format!("{relay}/v1/token");
    }

    /// From now on.
    pub(crate) fn session(&self, session: Session) {
        *self.0.session.lock().unwrap() = session;
    }

    /// How often it has signed.
    pub(crate) fn signed(&self) -> u32 {
        self.0.signed.load(Ordering::Relaxed)
    }

    pub(super) fn routes(&self) -> Router {
        let (keys, asked) = (self.clone(), self.clone());
        Router::new()
            .route("/jwks.json", get(move || async move { keys.jwks() }))
            .route("/me/assertion", get(move || async move { asked.answer() }))
            .route("/sign-in", get(|| async { Html("<!doctype html><title>Sign in</title>") }))
    }

    fn jwks(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.0.key.public_key());
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": x }] }).to_string()
    }

    fn answer(&self) -> Response {
        match *self.0.session.lock().unwrap() {
            Session::SignedIn => self.assertion().into_response(),
            Session::Ended => StatusCode::UNAUTHORIZED.into_response(),
            Session::SignInPage => Html("<!doctype html><title>Sign in</title>").into_response(),
            Session::SentToSignIn => Redirect::to("/sign-in").into_response(),
            Session::Down => StatusCode::BAD_GATEWAY.into_response(),
        }
    }

    fn assertion(&self) -> String {
        let number = self.0.signed.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let audience = self.0.audience.lock().unwrap().clone();
        let header = json!({ "alg": "EdDSA", "kid": "1" });
        let claims = json!({
            "iss": ISSUER, "sub": "user-7", "email": USER, "aud": audience, "iat": now, "exp": now + 60,
            "jti": format!("{number}-{audience}")
        });
        let message = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signature = URL_SAFE_NO_PAD.encode(self.0.key.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }
}

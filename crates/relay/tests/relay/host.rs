//! A host's backend that signs who its user is, rightly or not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair as RsaKeyPair, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding,
};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

pub(crate) const ISSUER: &str = "https://host.example";
pub(crate) const USER: &str = "verified@host.example";

/// The keys of one host.
pub(crate) struct Host {
    id: String,
    ed: Ed25519KeyPair,
    ec: EcdsaKeyPair,
    rsa: RsaKeyPair,
    random: SystemRandom,
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

impl Host {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let ec = EcdsaKeyPair::generate_pkcs8(curve, &random).unwrap();
        Self {
            id: Uuid::new_v4().simple().to_string(),
            ed: Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap(),
            ec: EcdsaKeyPair::from_pkcs8(curve, ec.as_ref(), &random).unwrap(),
            rsa: RsaKeyPair::from_pkcs8(include_bytes!("keys/rsa-of-the-tests.pk8")).unwrap(),
            random,
        }
    }

    pub(crate) fn id(&self, algorithm: &str) -> String {
        format!("{}-{algorithm}", self.id)
    }

    /// Its public keys.
    pub(crate) fn jwks(&self) -> Value {
        let point = self.ec.public_key().as_ref();
        let parts = PublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        let (n, e) = (encode(parts.n), encode(parts.e));
        json!({ "keys": [
            { "kty": "OKP", "crv": "Ed25519", "kid": self.id("EdDSA"), "use": "sig", "x": encode(self.ed.public_key()) },
            { "kty": "EC", "crv": "P-256", "kid": self.id("ES256"), "x": encode(&point[1..33]), "y": encode(&point[33..]) },
            { "kty": "RSA", "kid": self.id("RS256"), "alg": "RS256", "n": n, "e": e },
            { "kty": "RSA", "kid": self.id("PS256"), "alg": "PS256", "n": n, "e": e },
            { "kty": "oct-of-tomorrow", "kid": "other" },
        ] })
    }

    /// What a right assertion says of its user.
    pub(crate) fn claims(&self, audience: &str) -> Value {
        json!({
            "iss": ISSUER, "sub": "user-7", "email": USER, "aud": audience, "iat": now(), "exp": now() + 60,
            "jti": Uuid::new_v4().to_string()
        })
    }

    /// A header and claims, signed by the key of this algorithm.
    pub(crate) fn sign(&self, algorithm: &str, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = encode(self.signature(algorithm, message.as_bytes()));
        format!("{message}.{signature}")
    }

    pub(crate) fn signature(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let rsa = |padding: &'static dyn RsaEncoding| {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            self.rsa.sign(padding, &self.random, message, &mut signature).unwrap();
            signature
        };
        match algorithm {
            "EdDSA" => self.ed.sign(message).as_ref().to_vec(),
            "ES256" => self.ec.sign(&self.random, message).unwrap().as_ref().to_vec(),
            "RS256" => rsa(&RSA_PKCS1_SHA256),
            "PS256" => rsa(&RSA_PSS_SHA256),
            other => panic!("no key for {other}"),
        }
    }

    pub(crate) fn header(&self, algorithm: &str) -> Value {
        json!({ "alg": algorithm, "typ": "JWT", "kid": self.id(algorithm) })
    }

    /// A right assertion.
    pub(crate) fn assertion(&self, audience: &str) -> String {
        self.sign("EdDSA", &self.header("EdDSA"), &self.claims(audience))
    }
}

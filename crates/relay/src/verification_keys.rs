//! The public keys that a host signs its assertions with: read from PEM or a JWKS, and never a shared secret. It knows
//! neither where they come from nor what is signed.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use serde::Deserialize;
use serde_json::Value;

/// More keys than a host has while it changes them.
const MOST_KEYS: usize = 64;
/// What is shorter can be broken: RFC 7518, section 3.3.
const SHORTEST_RSA: usize = 2048 / 8;

/// One key, and the algorithms that it may verify.
#[derive(Clone, Debug)]
struct VerificationKey {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

/// A host's keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct VerificationKeys(Vec<VerificationKey>);

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Value>,
}

impl VerificationKeys {
    /// Reads a file of public keys: PEM blocks, or a JWKS.
    ///
    /// # Errors
    /// What is wrong, and what is expected.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('{') { Self::from_jwks(text) } else { Self::from_pem(text) }
    }

    /// Reads a JWKS (RFC 7517). Keys of a kind that no assertion is signed with are passed over.
    ///
    /// # Errors
    /// It is none, or has no key that can verify an assertion.
    pub(crate) fn from_jwks(text: &str) -> Result<Self, String> {
        let jwks: Jwks =
            serde_json::from_str(text).map_err(|_| "expected a JWKS: { \"keys\": [ … ] } (RFC 7517)".to_owned())?;
        if jwks.keys.len() > MOST_KEYS {
            return Err(format!("has more than {MOST_KEYS} keys"));
        }
        if jwks.keys.iter().any(|key| key.get("d").is_some() || key.get("k").is_some()) {
            return Err("holds a private or shared key: only the host may have that one".to_owned());
        }
        let keys: Vec<_> = jwks.keys.into_iter().filter_map(from_jwk).collect();
        if keys.is_empty() {
            return Err("has no key for signatures by RS256, PS256, ES256 or EdDSA".to_owned());
        }
        Ok(Self(keys))
    }

    fn from_pem(text: &str) -> Result<Self, String> {
        let expected =
            || "expected public keys as PEM (BEGIN PUBLIC KEY) of RSA, P-256 or Ed25519, or a JWKS".to_owned();
        if text.contains("PRIVATE KEY-----") {
            return Err("holds a private key: only the host may have that one".to_owned());
        }
        let blocks = text.split_inclusive("-----END PUBLIC KEY-----").filter(|block| !block.trim().is_empty());
        let keys = blocks.map(|block| pem_key(block).ok_or_else(expected)).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(expected()) } else { Ok(Self(keys)) }
    }

    /// The keys that a signature of this algorithm can be of. One that names its key is of no other one.
    pub(crate) fn candidates(&self, id: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &DecodingKey> {
        self.0
            .iter()
            .filter(move |key| key.algorithms.contains(&algorithm))
            .filter(move |key| match (id, &key.id) {
                (Some(id), Some(own)) => id == own,
                _ => true,
            })
            .map(|key| &key.key)
    }
}

fn pem_key(block: &str) -> Option<VerificationKey> {
    let block = block.trim().as_bytes();
    let of = |algorithms: &[Algorithm], key: DecodingKey| {
        usable(&key).then(|| VerificationKey { id: None, algorithms: algorithms.to_vec(), key })
    };
    if let Ok(key) = DecodingKey::from_rsa_pem(block) {
        return of(&[Algorithm::RS256, Algorithm::PS256], key);
    }
    if let Ok(key) = DecodingKey::from_ec_pem(block) {
        return of(&[Algorithm::ES256], key);
    }
    DecodingKey::from_ed_pem(block).ok().and_then(|key| of(&[Algorithm::EdDSA], key))
}

fn from_jwk(value: Value) -> Option<VerificationKey> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let of_kind: &[Algorithm] = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => &[Algorithm::RS256, Algorithm::PS256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => &[Algorithm::ES256],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
        _ => return None,
    };
    let common = &jwk.common;
    let signs = common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature)
        && common.key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let named = |algorithm: &&Algorithm| match common.key_algorithm {
        None => true,
        Some(KeyAlgorithm::RS256) => **algorithm == Algorithm::RS256,
        Some(KeyAlgorithm::PS256) => **algorithm == Algorithm::PS256,
        Some(KeyAlgorithm::ES256) => **algorithm == Algorithm::ES256,
        Some(KeyAlgorithm::EdDSA) => **algorithm == Algorithm::EdDSA,
        Some(_) => false,
    };
    let algorithms: Vec<_> = of_kind.iter().filter(named).copied().collect();
    let key = DecodingKey::from_jwk(&jwk).ok().filter(usable)?;
    (signs && !algorithms.is_empty()).then(|| VerificationKey { id: common.key_id.clone(), algorithms, key })
}

/// Whether it is of a length that counts: the library takes any.
fn usable(key: &DecodingKey) -> bool {
    use jsonwebtoken::AlgorithmFamily::{Ec, Ed, Hmac, Rsa};
    match (key.family(), key.kind()) {
        (Rsa, DecodingKeyKind::RsaModulusExponent { n, .. }) => n.len() >= SHORTEST_RSA,
        (Rsa, DecodingKeyKind::SecretOrDer(der)) => der.len() >= SHORTEST_RSA,
        (Ec, DecodingKeyKind::SecretOrDer(point)) => point.len() == 65,
        (Ed, DecodingKeyKind::SecretOrDer(point)) => point.len() == 32,
        (Ec | Ed, DecodingKeyKind::RsaModulusExponent { .. }) | (Hmac, _) => false,
    }
}

//! A key of a JWKS (RFC 7517, 7518 and 8037).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::Value;

use super::VerificationKey;
use super::public_key::{COORDINATE, ed25519, p256, rsa};

/// What a key is good for.
pub(super) enum Jwk {
    /// It verifies.
    Key(VerificationKey),
    /// It is of a kind that verifies, and verifies nothing.
    Damaged(String),
    /// No assertion is signed with its kind.
    Other(String),
}

pub(super) fn read(value: &Value) -> Jwk {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let (kind, curve) = (text("kty").unwrap_or_default(), text("crv").unwrap_or_default());
    if let Some(purpose) = text("use").filter(|purpose| *purpose != "sig") {
        return Jwk::Other(format!("is for use {}", shown(purpose)));
    }
    let operations = value.get("key_ops").and_then(Value::as_array);
    if operations.is_some_and(|operations| !operations.iter().any(|operation| operation == "verify")) {
        return Jwk::Other("is not to verify with".to_owned());
    }
    let read = match (kind, curve) {
        ("RSA", _) => part(value, "n").and_then(|n| rsa(&n, &part(value, "e")?)),
        ("EC", "P-256") => point(value).and_then(|point| p256(&point)),
        ("OKP", "Ed25519") => part(value, "x").and_then(|x| ed25519(&x)),
        ("EC" | "OKP", _) => return Jwk::Other(format!("is of the curve {}", shown(curve))),
        _ => return Jwk::Other(format!("is of the type {}", shown(kind))),
    };
    let mut key = match read {
        Ok(key) => key,
        Err(says) => return Jwk::Damaged(says),
    };
    if let Some(algorithm) = text("alg") {
        key.algorithms.retain(|own| name(*own) == algorithm);
        if key.algorithms.is_empty() {
            return Jwk::Other(format!("is for the algorithm {}", shown(algorithm)));
        }
    }
    key.id = text("kid").map(str::to_owned);
    Jwk::Key(key)
}

fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RS256 => "RS256",
        Algorithm::PS256 => "PS256",
        Algorithm::ES256 => "ES256",
        Algorithm::EdDSA => "EdDSA",
        _ => "",
    }
}

/// A number of it.
fn part(value: &Value, name: &str) -> Result<Vec<u8>, String> {
    let text = value.get(name).and_then(Value::as_str);
    text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or_else(|| format!("has no {name} in base64url"))
}

fn point(value: &Value) -> Result<Vec<u8>, String> {
    let mut point = vec![4];
    for name in ["x", "y"] {
        let coordinate = part(value, name)?;
        if coordinate.len() != COORDINATE {
            return Err(format!("has an {name} of {} bytes, and {COORDINATE} are expected", coordinate.len()));
        }
        point.extend(coordinate);
    }
    Ok(point)
}

/// The beginning of a host's word, in quotes.
fn shown(word: &str) -> String {
    format!("{:?}", word.chars().take(20).collect::<String>())
}

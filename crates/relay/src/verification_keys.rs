//! The public keys that a host signs its assertions with: read from PEM or a JWKS, and never a shared secret. It knows
//! neither where they come from nor what is signed.

mod jwk;
mod pem;
mod public_key;

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use jwk::Jwk;

/// More keys than a host has while it changes them.
const MOST_KEYS: usize = 64;
/// As many faults are told at once.
const MOST_TOLD: usize = 3;

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

/// What a JWKS has: keys that verify, damaged ones, and those of kinds that no assertion is signed with.
struct Found {
    keys: Vec<VerificationKey>,
    damaged: Vec<String>,
    others: Vec<String>,
}

impl VerificationKeys {
    /// Reads a file of public keys: PEM blocks, or a JWKS.
    ///
    /// # Errors
    /// What is wrong, and what is expected.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        // Some editors begin a file with a mark.
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with(['{', '[']) { Self::from_sound_jwks(text) } else { pem::read(text).map(Self) }
    }

    /// Reads a JWKS (RFC 7517) as it is fetched. Keys of a kind that no assertion is signed with are passed over, damaged ones too: the
    /// others are good.
    ///
    /// # Errors
    /// It is none, or has no key that can verify an assertion.
    pub(crate) fn from_jwks(text: &str) -> Result<Self, String> {
        Self::found(text).map(|found| Self(found.keys))
    }

    /// Reads a JWKS as somebody who looks at it: a damaged key verifies nothing, and whoever signs with it finds out too late.
    ///
    /// # Errors
    /// It is none, has no key that can verify an assertion, or a damaged one.
    pub(crate) fn from_sound_jwks(text: &str) -> Result<Self, String> {
        let Found { keys, damaged, .. } = Self::found(text)?;
        if damaged.is_empty() {
            Ok(Self(keys))
        } else {
            Err(format!("has a key that verifies nothing: {}", some(&damaged)))
        }
    }

    fn found(text: &str) -> Result<Found, String> {
        let jwks: Jwks =
            serde_json::from_str(text).map_err(|_| "expected a JWKS: { \"keys\": [ … ] } (RFC 7517)".to_owned())?;
        if jwks.keys.len() > MOST_KEYS {
            return Err(format!("has more than {MOST_KEYS} keys"));
        }
        if jwks.keys.iter().any(|key| key.get("d").is_some() || key.get("k").is_some()) {
            return Err("holds a private or shared key: only the host may have that one".to_owned());
        }
        let mut found = Found { keys: Vec::new(), damaged: Vec::new(), others: Vec::new() };
        for (at, value) in jwks.keys.iter().enumerate() {
            let named = |says: String| format!("key {} {says}", at + 1);
            match jwk::read(value) {
                Jwk::Key(key) => found.keys.push(key),
                Jwk::Damaged(says) => found.damaged.push(named(says)),
                Jwk::Other(says) => found.others.push(named(says)),
            }
        }
        if found.keys.is_empty() {
            let told: Vec<_> = found.damaged.iter().chain(&found.others).cloned().collect();
            let why = if told.is_empty() { String::new() } else { format!(": {}", some(&told)) };
            return Err(format!("has no key for signatures by RS256, PS256, ES256 or EdDSA{why}"));
        }
        Ok(found)
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

/// The first of several faults.
fn some(faults: &[String]) -> String {
    let more = if faults.len() > MOST_TOLD { "; …" } else { "" };
    faults.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join("; ") + more
}

#[cfg(test)]
mod tests;

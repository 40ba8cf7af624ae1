//! One public key by its numbers, or why no signature is ever verified by it: `ring` says that of each signature anew, and never why.

use jsonwebtoken::{Algorithm, DecodingKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::rand::SystemRandom;

use super::VerificationKey;

/// In bytes. What is shorter can be broken (RFC 7518, section 3.3), and `ring` takes none that is longer.
const RSA: std::ops::RangeInclusive<usize> = 2048 / 8..=8192 / 8;
/// A coordinate of P-256, and a key of Ed25519.
pub(super) const COORDINATE: usize = 32;

/// A key of RSA, by its modulus and exponent.
pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<VerificationKey, String> {
    let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
    if !RSA.contains(&modulus.len()) {
        let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
        return Err(format!("is RSA of {bits} bits, and 2048 to 8192 are expected"));
    }
    let number = exponent.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    if exponent.len() > 5 || !(3..1 << 33).contains(&number) || !is_odd(exponent) || !is_odd(modulus) {
        return Err("is RSA with numbers that no key has".to_owned());
    }
    Ok(key(&[Algorithm::RS256, Algorithm::PS256], DecodingKey::from_rsa_raw_components(modulus, exponent)))
}

/// A key of ECDSA with P-256, by its point.
pub(super) fn p256(point: &[u8]) -> Result<VerificationKey, String> {
    if point.len() == 1 + COORDINATE {
        return Err("has its point compressed: write it by `openssl ec -pubin -conv_form uncompressed`".to_owned());
    }
    // Whoever agrees on something with a point looks first whether it is one.
    let random = SystemRandom::new();
    let is_point = EphemeralPrivateKey::generate(&ECDH_P256, &random)
        .and_then(|own| agree_ephemeral(own, &UnparsedPublicKey::new(&ECDH_P256, point), |_| ()));
    is_point.map_err(|_| "is no point of the curve P-256".to_owned())?;
    Ok(key(&[Algorithm::ES256], DecodingKey::from_ec_der(point)))
}

/// A key of Ed25519.
pub(super) fn ed25519(point: &[u8]) -> Result<VerificationKey, String> {
    let is_key = ed25519_compact::PublicKey::from_slice(point).and_then(|point| point.validate());
    is_key.map_err(|_| "is no point of Ed25519".to_owned())?;
    Ok(key(&[Algorithm::EdDSA], DecodingKey::from_ed_der(point)))
}

fn key(algorithms: &[Algorithm], key: DecodingKey) -> VerificationKey {
    VerificationKey { id: None, algorithms: algorithms.to_vec(), key }
}

/// A number as it is verified with: some programs write a zero before it.
fn without_zeros(number: &[u8]) -> &[u8] {
    let begins = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    &number[begins..]
}

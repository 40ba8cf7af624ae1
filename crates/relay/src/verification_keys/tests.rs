#![allow(clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;

/// Keys that `openssl` makes, and that no signature is verified by, each under what is said of it.
const REFUSED: &str = include_str!("tests/refused.txt");
/// One of each kind that is taken.
const TAKEN: &str = include_str!("tests/taken.pem");

const X: &str = "KOSXNf_EMxB7oAMcMkp9RUdSQqv09YjpYbv1AW9VRlc";
const Y: &str = "QjXtdHvI8wOSIoKN49NDELcMHcZvq4Uy_75OlZV9eCk";
const ED25519: &str = "LaBg_jCV0kQYWbMMAovLeDENqNblm3l1P42PehSMAp8";

fn algorithms(keys: &VerificationKeys) -> Vec<&[Algorithm]> {
    keys.0.iter().map(|key| &key.algorithms[..]).collect()
}

#[test]
fn one_of_each_kind_is_taken_from_pem() {
    use Algorithm::{ES256, EdDSA, PS256, RS256};
    let all = [&[ES256][..], &[RS256, PS256], &[EdDSA], &[RS256, PS256]];
    assert_eq!(algorithms(&VerificationKeys::read(TAKEN).unwrap()), all);
    // Words around the blocks, another system's line ends, an editor's mark.
    let among = format!("\u{feff}Keys of the host\n\n{TAKEN}the end\n").replace('\n', "\r\n");
    assert_eq!(algorithms(&VerificationKeys::read(&among).unwrap()), all);
}

#[test]
fn each_key_that_verifies_nothing_is_named_wherever_it_stands() {
    let refused: Vec<_> = REFUSED.split("> ").skip(1).map(|part| part.split_once('\n').unwrap()).collect();
    assert!(refused.len() > 15);
    for (says, block) in refused {
        let told = VerificationKeys::read(block).unwrap_err();
        assert!(told.contains(&format!("key 1 {says}")), "{says}: {told}");
        let told = VerificationKeys::read(&format!("{TAKEN}{block}")).unwrap_err();
        assert!(told.contains(&format!("key 5 {says}")), "{says}: {told}");
    }
    let half = TAKEN.rsplit_once("-----END").unwrap().0;
    for text in ["", "ssh-ed25519 AAAA host", half] {
        assert!(VerificationKeys::read(text).unwrap_err().contains("expected public keys as PEM"), "{text}");
    }
}

#[test]
fn what_is_json_and_no_jwks_is_told_what_a_jwks_is() {
    for text in ["{}", "[]", r#"{ "kty": "RSA" }"#, r#"[{ "kty": "RSA" }]"#, r#"{ "keys": {} }"#] {
        assert!(
            VerificationKeys::read(text).unwrap_err().starts_with("expected a JWKS: { \"keys\": [ … ] }"),
            "{text}"
        );
    }
}

fn jwks(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

#[test]
fn a_key_of_a_jwks_that_verifies_nothing_is_named_and_one_of_another_kind_passed_over() {
    let modulus = |bytes: usize| URL_SAFE_NO_PAD.encode(vec![0xff; bytes]);
    let good = json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y, "kid": "good" });
    for (key, says) in [
        (json!({ "kty": "RSA", "n": modulus(128), "e": "AQAB" }), "is RSA of 1024 bits"),
        (json!({ "kty": "RSA", "n": modulus(1025), "e": "AQAB" }), "is RSA of 8200 bits"),
        (json!({ "kty": "RSA", "n": modulus(256), "e": "AQ" }), "is RSA with numbers that no key has"),
        (json!({ "kty": "RSA", "n": modulus(256), "e": "AAAA" }), "is RSA with numbers that no key has"),
        (json!({ "kty": "RSA", "n": modulus(256) }), "has no e in base64url"),
        (json!({ "kty": "RSA", "n": "a+b/", "e": "AQAB" }), "has no n in base64url"),
        (json!({ "kty": "EC", "crv": "P-256", "x": X, "y": X }), "is no point of the curve P-256"),
        (json!({ "kty": "EC", "crv": "P-256", "x": X, "y": "AAAA" }), "has an y of 3 bytes"),
        (json!({ "kty": "EC", "crv": "P-256", "x": X }), "has no y in base64url"),
        (
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }),
            "is no point of Ed25519",
        ),
        (json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA" }), "is no point of Ed25519"),
    ] {
        let told = VerificationKeys::read(&jwks(std::slice::from_ref(&key))).unwrap_err();
        assert!(
            told.contains(&format!("has no key for signatures by RS256, PS256, ES256 or EdDSA: key 1 {says}")),
            "{told}"
        );
        let both = jwks(&[good.clone(), key]);
        let told = VerificationKeys::read(&both).unwrap_err();
        assert!(told.contains(&format!("has a key that verifies nothing: key 2 {says}")), "{told}");
        // One that is fetched is no reason to refuse the others.
        assert_eq!(VerificationKeys::from_jwks(&both).unwrap().0.len(), 1);
    }
    for (key, says) in [
        (json!({ "kty": "EC", "crv": "secp256k1", "x": X, "y": Y }), "is of the curve \"secp256k1\""),
        (json!({ "kty": "EC", "crv": "P-384", "x": X, "y": Y }), "is of the curve \"P-384\""),
        (json!({ "kty": "OKP", "crv": "X25519", "x": ED25519 }), "is of the curve \"X25519\""),
        (json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y, "alg": "ES384" }), "is for the algorithm \"ES384\""),
        (json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y, "use": "enc" }), "is for use \"enc\""),
        (json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y, "key_ops": ["sign"] }), "is not to verify with"),
        (json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": X }), "is of the type \"AKP\""),
        (json!({ "kty": "\u{1b}[2J".repeat(50) }), "is of the type \"\\u{1b}[2J"),
        (json!({}), "is of the type \"\""),
        (json!(7), "is of the type \"\""),
    ] {
        let told = VerificationKeys::read(&jwks(std::slice::from_ref(&key))).unwrap_err();
        assert!(told.contains(&format!("EdDSA: key 1 {says}")) && told.len() < 200, "{told}");
        assert_eq!(VerificationKeys::read(&jwks(&[key, good.clone()])).unwrap().0.len(), 1);
    }
    let many = vec![json!({ "kty": "RSA" }); 20];
    assert!(VerificationKeys::read(&jwks(&many)).unwrap_err().ends_with("key 3 has no n in base64url; …"));
}

#[test]
fn a_key_of_a_jwks_is_taken_with_its_name_its_algorithm_and_a_zero_before_its_numbers() {
    let modulus = URL_SAFE_NO_PAD.encode([vec![0], vec![0xff; 256]].concat());
    let keys = VerificationKeys::read(&jwks(&[
        json!({ "kty": "RSA", "n": modulus, "e": "AAEAAQ", "kid": "a", "alg": "PS256", "use": "sig", "key_ops": ["verify"] }),
        json!({ "kty": "OKP", "crv": "Ed25519", "x": ED25519, "alg": "EdDSA" }),
        json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y, "x5c": ["AAAA"] }),
    ]))
    .unwrap();
    assert_eq!(algorithms(&keys), [&[Algorithm::PS256][..], &[Algorithm::EdDSA], &[Algorithm::ES256]]);
    assert_eq!(keys.candidates(Some("b"), Algorithm::PS256).count(), 0);
    assert_eq!(keys.candidates(Some("a"), Algorithm::PS256).count(), 1);
    assert_eq!(keys.candidates(Some("b"), Algorithm::EdDSA).count(), 1, "one without a name may be any");
}

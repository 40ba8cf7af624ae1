//! Public keys in PEM (RFC 7468): what stands in each of its blocks.

use pem::Pem;
use simple_asn1::ASN1Block::{self, BitString, Integer, ObjectIdentifier, Sequence};

use super::VerificationKey;
use super::public_key::{ed25519, p256, rsa};

const EXPECTED: &str = "expected public keys as PEM (BEGIN PUBLIC KEY) of RSA, P-256 or Ed25519, or a JWKS";
const DAMAGED: &str = "is damaged";

pub(super) fn read(text: &str) -> Result<Vec<VerificationKey>, String> {
    if text.contains("PRIVATE KEY-----") {
        return Err("holds a private key: only the host may have that one".to_owned());
    }
    let blocks = pem::parse_many(text).map_err(|_| EXPECTED.to_owned())?;
    // What begins and does not end is no block.
    if blocks.is_empty() || text.matches("-----BEGIN ").count() != blocks.len() {
        return Err(EXPECTED.to_owned());
    }
    let read = |(at, block): (usize, &Pem)| {
        key(block).map_err(|says| format!("has a key that verifies nothing: key {} {says}", at + 1))
    };
    blocks.iter().enumerate().map(read).collect()
}

fn key(block: &Pem) -> Result<VerificationKey, String> {
    let content = simple_asn1::from_der(block.contents()).map_err(|_| DAMAGED.to_owned())?;
    match (block.tag(), &content[..]) {
        ("PUBLIC KEY", [Sequence(_, parts)]) => match &parts[..] {
            [Sequence(_, algorithm), BitString(_, _, bits)] => of(algorithm, bits),
            _ => Err(DAMAGED.to_owned()),
        },
        ("RSA PUBLIC KEY", content) => rsa_of(content),
        ("CERTIFICATE", _) => Err("is a certificate: `openssl x509 -pubkey -noout` writes its public key".to_owned()),
        (tag, _) => {
            Err(format!("is a block of {:?}, and PUBLIC KEY is expected", tag.chars().take(30).collect::<String>()))
        }
    }
}

/// The kinds of keys by their numbers (RFC 3279, 5480 and 8410), and curves by theirs.
const RSA: &[u64] = &[1, 2, 840, 113_549, 1, 1, 1];
const EC: &[u64] = &[1, 2, 840, 10_045, 2, 1];
const ED25519: &[u64] = &[1, 3, 101, 112];
const P256: &[u64] = &[1, 2, 840, 10_045, 3, 1, 7];
const OTHERS: [(&[u64], &str); 9] = [
    (&[1, 2, 840, 113_549, 1, 1, 10], "RSASSA-PSS"),
    (&[1, 2, 840, 10_040, 4, 1], "DSA"),
    (&[1, 3, 101, 110], "X25519"),
    (&[1, 3, 101, 111], "X448"),
    (&[1, 3, 101, 113], "Ed448"),
    (&[1, 3, 132, 0, 10], "secp256k1"),
    (&[1, 3, 132, 0, 34], "P-384"),
    (&[1, 3, 132, 0, 35], "P-521"),
    (&[1, 3, 36, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1"),
];

fn of(algorithm: &[ASN1Block], bits: &[u8]) -> Result<VerificationKey, String> {
    match (&number(algorithm.first())[..], &number(algorithm.get(1))[..]) {
        (RSA, _) => rsa_of(&simple_asn1::from_der(bits).unwrap_or_default()),
        (EC, P256) => p256(bits),
        (EC, curve) => Err(format!("is of {}, and P-256 is expected", name(curve, "a curve that it does not name"))),
        (ED25519, _) => ed25519(bits),
        (kind, _) => Err(format!("is of {}, and RSA, P-256 or Ed25519 is expected", name(kind, "another kind"))),
    }
}

fn rsa_of(content: &[ASN1Block]) -> Result<VerificationKey, String> {
    match content {
        [Sequence(_, numbers)] => match &numbers[..] {
            [Integer(_, modulus), Integer(_, exponent)] => match (modulus.to_biguint(), exponent.to_biguint()) {
                (Some(modulus), Some(exponent)) => rsa(&modulus.to_bytes_be(), &exponent.to_bytes_be()),
                _ => Err(DAMAGED.to_owned()),
            },
            _ => Err(DAMAGED.to_owned()),
        },
        _ => Err(DAMAGED.to_owned()),
    }
}

fn number(block: Option<&ASN1Block>) -> Vec<u64> {
    match block {
        Some(ObjectIdentifier(_, number)) => number.as_vec().unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn name(number: &[u64], otherwise: &str) -> String {
    let known = OTHERS.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| otherwise.to_owned(), |(_, name)| format!("the kind {name}"))
}

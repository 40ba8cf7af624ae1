//! A host's assertion that one of its users is there: a JWT by RFC 7523, signed by the host's backend. Whatever is not
//! exactly as agreed is refused; why is for the log alone, since a forger reads answers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::jwks::Jwks;
use super::signature::{ALGORITHMS, install};
use super::{Refused, email};
use crate::config::{Assertion, KeySource};
use crate::http_client::Outbound;
use crate::store::Store;
use crate::verification_keys::VerificationKeys;

/// The longest that an assertion may be good for.
const LONGEST_LIFE: u64 = 300;
/// How far two clocks may differ.
const LEEWAY: u64 = 30;
/// So much longer a used one is remembered, in seconds: the store forgets by its own clock, and a clock may be set back.
const REMEMBERED: u64 = 3600;
/// What is longer is none: the claims are few.
const LONGEST: usize = 8 * 1024;
const LONGEST_ID: usize = 256;

/// What an assertion says. A member of another type makes it none.
#[derive(Clone, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: u64,
    iat: u64,
    #[serde(default)]
    nbf: Option<u64>,
    jti: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<bool>,
}

/// Verifies the assertions of one host.
#[derive(Debug)]
pub(crate) struct Assertions {
    issuer: String,
    audience: String,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Fixed(VerificationKeys),
    Fetched(Jwks),
}

impl Assertions {
    /// By these settings, for the token endpoint at `audience`; `before` is what served the tenant until now.
    ///
    /// # Errors
    /// No connection can be set up.
    pub(super) fn new(
        settings: &Assertion,
        audience: String,
        outbound: &Outbound,
        before: Option<&Self>,
    ) -> Result<Self, reqwest::Error> {
        install();
        // The keys of the same address are still good: it may not answer just now.
        let fetched = before.and_then(|before| match &before.keys {
            Keys::Fetched(jwks) => Some(jwks),
            Keys::Fixed(_) => None,
        });
        let keys = match &settings.keys {
            KeySource::File(keys) => Keys::Fixed(keys.0.clone()),
            KeySource::Url(url) => match fetched.filter(|jwks| jwks.is_at(url)) {
                Some(jwks) => Keys::Fetched(jwks.clone()),
                None => Keys::Fetched(Jwks::new(url.clone(), outbound)?),
            },
        };
        Ok(Self { issuer: settings.issuer.clone(), audience, keys })
    }

    /// Who makes them.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The user that an assertion vouches for. It is taken once.
    pub(super) async fn verify(&self, assertion: &str, store: &dyn Store) -> Result<String, Refused> {
        let claims = self.claims(assertion).await?;
        let email = claims.checked(SystemTime::now())?;
        // Its signature is good, so nobody but the host can fill the store with these. It is the issuer's, whichever tenant it is
        // brought to: a host may have several.
        let id = Sha256::digest(format!("{}\n{}", self.issuer, claims.jti));
        let first =
            store.use_once(id.into(), claims.exp.saturating_add(LEEWAY + REMEMBERED)).await.map_err(Refused::Store)?;
        if first { Ok(email) } else { Err(Refused::Denied("it was used before")) }
    }

    async fn claims(&self, assertion: &str) -> Result<Claims, Refused> {
        if assertion.len() > LONGEST {
            return Err(Refused::Denied("it is too long"));
        }
        let header = decode_header(assertion).map_err(|_| Refused::Denied("it is no signed JWT"))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Refused::Denied("it is signed by another algorithm"));
        }
        // Each of them would let the assertion say itself how it is verified.
        if header.jku.is_some()
            || header.jwk.is_some()
            || header.x5u.is_some()
            || header.x5c.is_some()
            || header.crit.is_some()
            || header.enc.is_some()
            || header.zip.is_some()
        {
            return Err(Refused::Denied("its header brings a key or conditions of its own"));
        }
        let id = header.kid.as_deref();
        let keys = match &self.keys {
            Keys::Fixed(keys) => keys.clone(),
            Keys::Fetched(jwks) => {
                jwks.keys(|keys| keys.candidates(id, header.alg).next().is_some()).await.ok_or(Refused::NoKeys)?
            }
        };
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let mut why = "none of the host's keys is meant";
        for key in keys.candidates(id, header.alg) {
            match decode::<Claims>(assertion, key, &validation) {
                Ok(decoded) => return Ok(decoded.claims),
                Err(error) => why = reason(error.kind()),
            }
        }
        Err(Refused::Denied(why))
    }
}

impl Claims {
    /// What the library does not look at, and then the user's address.
    fn checked(&self, now: SystemTime) -> Result<String, Refused> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        let from = self.nbf.unwrap_or(self.iat).min(self.iat);
        let why = if self.iat > now + LEEWAY {
            "it was issued in the future"
        } else if self.exp <= self.iat || self.exp.saturating_sub(from) > LONGEST_LIFE {
            "it is good for longer than five minutes, or for no time"
        } else if self.jti.is_empty() || self.jti.len() > LONGEST_ID {
            "it has no jti, or a very long one"
        } else if self.iss.is_empty() || self.sub.is_empty() {
            "it names nobody"
        } else if self.email_verified == Some(false) {
            "the host has not verified its user's e-mail address"
        } else {
            let address = self.email.as_deref().unwrap_or(&self.sub);
            return email(address).ok_or(Refused::Denied("neither email nor sub is an e-mail address"));
        };
        Err(Refused::Denied(why))
    }
}

/// For the log: no part of the assertion.
fn reason(error: &ErrorKind) -> &'static str {
    match error {
        ErrorKind::InvalidSignature => "its signature is not by the host's key",
        ErrorKind::ExpiredSignature => "it has expired (do the clocks agree?)",
        ErrorKind::ImmatureSignature => "it is not yet good (do the clocks agree?)",
        ErrorKind::InvalidIssuer => "it is by another issuer",
        ErrorKind::InvalidAudience => "it is for another audience than this relay's token endpoint",
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::Json(_) => "a claim is missing or of another type",
        _ => "it cannot be read",
    }
}

/// Whom an assertion claims to be by: which tenant's keys are tried, and nothing else.
pub(super) fn claimed_issuer(assertion: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    if assertion.len() > LONGEST {
        return None;
    }
    jsonwebtoken::dangerous::insecure_decode::<Issuer>(assertion).ok().map(|decoded| decoded.claims.iss)
}

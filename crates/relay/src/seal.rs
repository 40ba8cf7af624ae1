//! The relay's own access token: a PASETO v4.local that says which tenant, user and page it was given to, and until when.
//! Nobody but a relay with the same key can read or make one. It carries nothing of BzCtrl.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pasetors::Local;
use pasetors::keys::SymmetricKey;
use pasetors::token::UntrustedToken;
use pasetors::version4::{LocalToken, V4};
use serde::{Deserialize, Serialize};

use crate::owner::Owner;

/// What a token is good for; a token of another purpose does not open.
const PURPOSE: &[u8] = b"bzctrl-relay task:create";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// Whose todos it creates.
    #[serde(flatten)]
    pub(crate) owner: Owner,
    /// The page that asked for it.
    pub(crate) origin: String,
    /// Where its todos go: what the page has told its user. Tokens of a relay before this member have none.
    #[serde(default)]
    pub(crate) environment: String,
    /// When it was made, in seconds since 1970. Tokens of a relay before this member have none.
    #[serde(default)]
    sealed_at: u64,
    /// Until when, in seconds since 1970.
    expires_at: u64,
}

impl Grant {
    /// Whether it was given before this instant.
    pub(crate) fn is_older_than(&self, instant: SystemTime) -> bool {
        self.sealed_at < seconds(instant)
    }
}

/// Why a token does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// It was one, and its time is over.
    #[error("the token has expired")]
    Expired,
    /// It is none of this relay's.
    #[error("this is no token of this relay")]
    Invalid,
}

/// A token could not be made: the system gives no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("no token can be sealed")]
pub(crate) struct SealError;

/// Seals tokens and opens them.
#[derive(Debug)]
pub(crate) struct Sealer {
    key: SymmetricKey<V4>,
    previous_key: Option<SymmetricKey<V4>>,
    lifetime: Duration,
}

impl Sealer {
    /// Seals with `key`, opens with either.
    pub(crate) fn new(key: SymmetricKey<V4>, previous_key: Option<SymmetricKey<V4>>, lifetime: Duration) -> Self {
        Self { key, previous_key, lifetime }
    }

    /// How long its tokens are good for.
    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// A token for an owner on a page, whose todos go to this environment.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub(crate) fn seal(
        &self,
        owner: Owner,
        origin: &str,
        environment: &str,
        now: SystemTime,
    ) -> Result<String, SealError> {
        let sealed_at = seconds(now);
        let expires_at = sealed_at + self.lifetime.as_secs();
        let (origin, environment) = (origin.to_owned(), environment.to_owned());
        let grant = Grant { owner, origin, environment, sealed_at, expires_at };
        let message = serde_json::to_vec(&grant).map_err(|_| SealError)?;
        LocalToken::encrypt(&self.key, &message, None, Some(PURPOSE)).map_err(|_| SealError)
    }

    /// What a token says, if it is one of this relay's and its time is not over.
    ///
    /// # Errors
    /// Why it does not open.
    pub(crate) fn open(&self, token: &str, now: SystemTime) -> Result<Grant, Refused> {
        let token = UntrustedToken::<Local, V4>::try_from(token).map_err(|_| Refused::Invalid)?;
        let opened = [Some(&self.key), self.previous_key.as_ref()]
            .into_iter()
            .flatten()
            .find_map(|key| LocalToken::decrypt(key, &token, None, Some(PURPOSE)).ok())
            .ok_or(Refused::Invalid)?;
        let grant: Grant = serde_json::from_str(opened.payload()).map_err(|_| Refused::Invalid)?;
        if seconds(now) < grant.expires_at { Ok(grant) } else { Err(Refused::Expired) }
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use pasetors::keys::Generate;

    use super::*;

    fn owner() -> Owner {
        Owner { tenant: "demo".to_owned(), identity: None }
    }

    fn sealer(key: &SymmetricKey<V4>, previous: Option<&SymmetricKey<V4>>) -> Sealer {
        Sealer::new(key.clone(), previous.cloned(), Duration::from_secs(300))
    }

    #[test]
    fn a_token_says_who_it_was_given_to_until_its_time_is_over() {
        let sealer = sealer(&SymmetricKey::generate().unwrap(), None);
        let now = SystemTime::now();
        let token = sealer.seal(owner(), "https://host.example", "acc", now).unwrap();
        let grant = sealer.open(&token, now + Duration::from_secs(299)).unwrap();
        assert_eq!((grant.owner, &*grant.origin), (owner(), "https://host.example"));
        assert_eq!(sealer.open(&token, now + Duration::from_secs(301)), Err(Refused::Expired));
    }

    #[test]
    fn a_token_shows_nothing_and_cannot_be_altered() {
        let sealer = sealer(&SymmetricKey::generate().unwrap(), None);
        let now = SystemTime::now();
        let token = sealer.seal(owner(), "https://host.example", "acc", now).unwrap();
        assert!(token.starts_with("v4.local.") && !token.contains("demo"));
        for at in [10, 60, token.len() - 5] {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert_eq!(sealer.open(&altered, now), Err(Refused::Invalid), "{at}");
        }
        for bad in ["", "v4.local.", "v4.local.AAAA", "v4.public.AAAA", "Bearer x"] {
            assert_eq!(sealer.open(bad, now), Err(Refused::Invalid), "{bad}");
        }
    }

    #[test]
    fn while_keys_are_changed_the_previous_one_still_opens() {
        let (old, new) = (SymmetricKey::generate().unwrap(), SymmetricKey::generate().unwrap());
        let now = SystemTime::now();
        let token = sealer(&old, None).seal(owner(), "https://host.example", "acc", now).unwrap();
        assert!(sealer(&new, Some(&old)).open(&token, now).is_ok());
        assert_eq!(sealer(&new, None).open(&token, now), Err(Refused::Invalid));
    }
}

//! BzCtrl's token for one account: fetched by one flight however many wait for it, kept, renewed before it
//! ends. A password that BzCtrl has refused is tried again when its file is written or touched, when whoever runs the relay says so,
//! and else seldom, since accounts get locked that way (docs/decisions/0019).

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::Shared;
use secrecy::{ExposeSecret, SecretString};
use tracing::Instrument;
use url::Url;

use super::login::{Login, log_in};
use super::redaction::redacted;
use crate::config::{Account, Secret};
use crate::http_client::chain;
use crate::metrics::{AccountCalls, Endpoint};

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenFault {
    /// BzCtrl gives none at the moment.
    Unavailable,
    /// BzCtrl refuses the account.
    Credentials,
}

/// A token of BzCtrl. It is shown to BzCtrl, and in token mode to the page, and to nobody else.
pub(crate) struct AccessToken {
    value: SecretString,
    password: Secret,
    asked_at: Instant,
    life: Duration,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("life", &self.life).finish_non_exhaustive()
    }
}

impl AccessToken {
    /// The token itself.
    pub(crate) fn expose(&self) -> &str {
        self.value.expose_secret()
    }

    /// How long it is good for.
    pub(crate) fn remaining(&self) -> Duration {
        self.life.saturating_sub(self.asked_at.elapsed())
    }

    /// Whether it is time for a new one: after four fifths of its life.
    fn is_old(&self) -> bool {
        self.asked_at.elapsed() >= self.life.mul_f32(0.8)
    }

    /// A body without the token.
    pub(super) fn redacted(&self, body: Vec<u8>) -> Vec<u8> {
        redacted(body, self.expose())
    }
}

type Flight = Shared<Pin<Box<dyn Future<Output = Result<Arc<AccessToken>, TokenFault>> + Send>>>;

#[derive(Default)]
struct Held {
    token: Option<Arc<AccessToken>>,
    flight: Option<Flight>,
    /// The password that BzCtrl has refused.
    refused: Option<Latch>,
    /// A password whose tokens add-task has refused, and when one is tried again: the token endpoint takes the password, so
    /// that no account is locked by it.
    tokens_refused: Option<(Secret, Instant)>,
    /// After a failed flight: no other one before.
    rest_until: Option<Instant>,
}

/// A password that is not tried for a while.
struct Latch {
    password: Secret,
    next_try: Instant,
    pause: Duration,
}

/// The tokens of one account.
pub(crate) struct Tokens {
    http: reqwest::Client,
    /// What the account is called in the log.
    account: String,
    endpoint: Url,
    username: String,
    password: Secret,
    calls: AccountCalls,
    held: Mutex<Held>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A thousand requests while BzCtrl is away make one attempt a second.
const REST: Duration = Duration::from_secs(1);
/// When a refused password is tried again: first after so long, then after twice as long each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(5 * 60);
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// When add-task is tried again that has refused a fresh token.
const NEXT_TRY: Duration = Duration::from_secs(3 * 60);

impl Tokens {
    pub(super) fn new(http: reqwest::Client, settings: &Account, calls: AccountCalls) -> Self {
        Self {
            http,
            account: settings.name.clone(),
            endpoint: settings.environment.token_endpoint.clone(),
            username: settings.username.clone(),
            password: settings.password.clone(),
            calls,
            held: Mutex::default(),
        }
    }

    /// A token that is good now: the one at hand, or a new one. One that grows old is renewed while it still serves.
    pub(super) async fn current(self: &Arc<Self>) -> Result<Arc<AccessToken>, TokenFault> {
        let flight = {
            let mut held = self.held();
            let usable = held.token.clone().filter(|token| !token.remaining().is_zero());
            if let Some(token) = usable.clone().filter(|token| !token.is_old()) {
                return Ok(token);
            }
            match (self.flight_or_new(&mut held), usable) {
                (Ok(_), Some(token)) | (Err(_), Some(token)) => return Ok(token),
                (Err(fault), None) => return Err(fault),
                (Ok(flight), None) => flight,
            }
        };
        flight.await
    }

    /// A token for a page that may ask because BzCtrl has refused the one it has: not older than `max_age`, if BzCtrl gives
    /// one; else the one at hand.
    pub(super) async fn current_within(self: &Arc<Self>, max_age: Duration) -> Result<Arc<AccessToken>, TokenFault> {
        let (flight_or_new, at_hand) = {
            let mut held = self.held();
            let at_hand = held.token.clone();
            if let Some(token) = at_hand.clone().filter(|token| !token.is_old() && token.asked_at.elapsed() < max_age) {
                return Ok(token);
            }
            (self.flight_or_new(&mut held), at_hand)
        };
        let fresh = match flight_or_new {
            Ok(flight) => flight.await,
            Err(fault) => Err(fault),
        };
        fresh.or_else(|fault| at_hand.filter(|token| !token.remaining().is_zero()).ok_or(fault))
    }

    /// Whether BzCtrl has refused the account and its password is still the same.
    pub(super) fn refused(&self) -> bool {
        let mut held = self.held();
        let password = self.password.now();
        held.refused.take_if(|refused| !password.is_untouched_since(&refused.password));
        held.tokens_refused.take_if(|(refused, _)| !password.is_untouched_since(refused));
        held.refused.is_some() || held.tokens_refused.is_some()
    }

    /// How old the token at hand is, and how long it is still good for.
    pub(super) fn age(&self) -> Option<(Duration, Duration)> {
        self.held().token.as_ref().map(|token| (token.asked_at.elapsed(), token.remaining()))
    }

    /// BzCtrl takes this token no more.
    pub(super) fn forget(&self, token: &Arc<AccessToken>) {
        self.held().token.take_if(|held| Arc::ptr_eq(held, token));
    }

    /// BzCtrl takes not even a token that it has just given: the account is not what it should be.
    pub(super) fn refuse(&self, token: &Arc<AccessToken>) {
        self.forget(token);
        tracing::error!(
            account = self.account,
            "BzCtrl refuses a token that it has just given; check the account. It is tried again every few minutes, and at SIGHUP"
        );
        self.held().tokens_refused = Some((token.password.clone(), Instant::now() + NEXT_TRY));
    }

    /// BzCtrl takes this token: whatever was refused before is over.
    pub(super) fn accept(&self, token: &Arc<AccessToken>) {
        let mut held = self.held();
        if held.tokens_refused.take().is_some() {
            held.token = Some(Arc::clone(token));
        }
    }

    /// Tries what was refused anew.
    pub(super) fn try_anew(&self) {
        let mut held = self.held();
        (held.refused, held.tokens_refused) = (None, None);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The flight that is under way, or a new one if one may start.
    fn flight_or_new(self: &Arc<Self>, held: &mut Held) -> Result<Flight, TokenFault> {
        if let Some(flight) = &held.flight {
            return Ok(flight.clone());
        }
        let password = self.password.now();
        if let Some(latch) = held.refused.as_ref().filter(|latch| password.is_untouched_since(&latch.password))
            && Instant::now() < latch.next_try
        {
            return Err(TokenFault::Credentials);
        }
        if let Some((_, next)) =
            held.tokens_refused.as_mut().filter(|(refused, _)| password.is_untouched_since(refused))
        {
            if Instant::now() < *next {
                return Err(TokenFault::Credentials);
            }
            // One request tries it, however many wait.
            *next = Instant::now() + NEXT_TRY;
        }
        if held.rest_until.is_some_and(|until| Instant::now() < until) {
            return Err(TokenFault::Unavailable);
        }
        let tokens = Arc::clone(self);
        // A task of its own: it lands although everybody who waits for it goes away.
        let landing = async move {
            let began = Instant::now();
            let fetched = AssertUnwindSafe(tokens.fetch(password.clone())).catch_unwind().await;
            let result = fetched.unwrap_or(Err(TokenFault::Unavailable)).map(Arc::new);
            let outcome = match &result {
                Ok(_) => "given",
                Err(TokenFault::Unavailable) => "unavailable",
                Err(TokenFault::Credentials) => "refused",
            };
            tokens.calls.answered(Endpoint::Token, outcome, began.elapsed());
            tokens.land(&result, password);
            result
        };
        // Its lines are of the request that it began for.
        let landing = tokio::spawn(landing.in_current_span());
        let flight = landing.map(|landed| landed.unwrap_or(Err(TokenFault::Unavailable))).boxed().shared();
        held.flight = Some(flight.clone());
        Ok(flight)
    }

    fn land(&self, result: &Result<Arc<AccessToken>, TokenFault>, password: Secret) {
        let mut held = self.held();
        held.flight = None;
        held.rest_until = None;
        let latched = held.tokens_refused.as_ref().is_some_and(|(refused, _)| password.is_untouched_since(refused));
        match result {
            Ok(token) if !latched => {
                (held.refused, held.tokens_refused) = (None, None);
                held.token = Some(Arc::clone(token));
            }
            // Add-task has refused the account while this token was on its way.
            Ok(_) => {}
            Err(TokenFault::Credentials) => {
                let before = held.refused.as_ref().filter(|latch| password.is_untouched_since(&latch.password));
                let pause = before.map_or(FIRST_PAUSE, |latch| (latch.pause * 2).min(LONGEST_PAUSE));
                held.refused = Some(Latch { password, next_try: Instant::now() + pause, pause });
            }
            Err(TokenFault::Unavailable) => held.rest_until = Some(Instant::now() + REST),
        }
    }

    async fn fetch(&self, password: Secret) -> Result<AccessToken, TokenFault> {
        let asked_at = Instant::now();
        match log_in(&self.http, &self.endpoint, &self.username, password.expose()).await {
            Login::Given(value, seconds) => {
                tracing::info!(account = self.account, seconds, "BzCtrl has given a token");
                Ok(AccessToken { value, password, asked_at, life: Duration::from_secs(seconds) })
            }
            Login::Refused(status) => {
                tracing::error!(
                    account = self.account,
                    status = status.as_u16(),
                    "BzCtrl refuses the relay's account; it is tried again when its password's file is written or touched, at SIGHUP, and else seldom"
                );
                Err(TokenFault::Credentials)
            }
            Login::NoToken(status) if status.is_success() => {
                tracing::warn!(
                    account = self.account,
                    status = status.as_u16(),
                    "BzCtrl's answer to the request for a token holds none"
                );
                Err(TokenFault::Unavailable)
            }
            Login::NoToken(status) => {
                tracing::warn!(account = self.account, status = status.as_u16(), "BzCtrl gives no token");
                Err(TokenFault::Unavailable)
            }
            Login::NoAnswer(error) => {
                tracing::warn!(account = self.account, error = chain(error), "BzCtrl gives no token");
                Err(TokenFault::Unavailable)
            }
        }
    }
}

#[cfg(test)]
mod tests;

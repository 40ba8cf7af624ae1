//! BzCtrl, as the relay sees it by one account: a token for it, and the one request that creates a todo. It knows nothing of
//! keys and rows; what it says of a send is a [`Sent`], and whoever sends sees to it that it is called once.

mod breaker;
mod lenient;
mod login;
mod redaction;
mod send;
mod token;
mod verdict;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bzctrl_contract::{Todo, UpstreamAnswer};

use crate::config::{Account, Environment};
use crate::http_client::Outbound;
use crate::metrics::{AccountCalls, Endpoint};
use crate::telemetry::Seldom;
use breaker::{Breaker, Pass};
pub(crate) use login::{Login, log_in};
pub(crate) use token::{AccessToken, TokenFault, Tokens};
use verdict::Verdict;

/// What BzCtrl made of a todo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It exists.
    Created(Created),
    /// It does not, and BzCtrl said why.
    Rejected(UpstreamAnswer),
    /// Nobody can know.
    Unknown,
    /// BzCtrl has not had it.
    Not(NotSent),
}

/// A todo that BzCtrl has created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Created {
    /// BzCtrl's answer, a JSON object, as it came.
    pub(crate) answer: String,
    /// Its link, where it has one that may be opened.
    pub(crate) task_link: Option<String>,
}

/// Why nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotSent {
    /// BzCtrl cannot be reached or asks to wait.
    Unavailable {
        /// When to try again, in seconds.
        retry_after: u64,
    },
    /// BzCtrl refuses the relay's account.
    Credentials,
}

/// A page that BzCtrl has refused is not given the same token again; and however many ask, one login serves them so long.
const FRESH: Duration = Duration::from_secs(30);
/// A send may take so long until it is made once more: who stood still meanwhile makes none.
const ONCE_MORE: Duration = Duration::from_secs(60);
/// When a page tries again if BzCtrl has not said.
const PAUSE: u64 = 2;

impl From<TokenFault> for NotSent {
    fn from(fault: TokenFault) -> Self {
        match fault {
            TokenFault::Unavailable => Self::Unavailable { retry_after: PAUSE },
            TokenFault::Credentials => Self::Credentials,
        }
    }
}

/// BzCtrl, by one account. Nothing that it has or learns serves another one: connections, tokens, and what was refused.
#[derive(Debug)]
pub(crate) struct Upstream {
    http: reqwest::Client,
    account: Account,
    tokens: Arc<Tokens>,
    breaker: Arc<Breaker>,
    calls: AccountCalls,
    warned: Seldom,
}

/// What a send begins with.
#[derive(Debug)]
pub(crate) struct Ready {
    token: Arc<AccessToken>,
    pass: Pass,
}

impl Upstream {
    /// BzCtrl by this account. No connection is made yet.
    pub(crate) fn new(account: &Account, outbound: &Outbound) -> Result<Self, reqwest::Error> {
        let environment = &account.environment;
        let addresses = [&environment.token_endpoint, &environment.task_endpoint];
        let http = outbound.to(account).client(addresses.iter().any(|url| url.scheme() == "https"))?;
        let calls = outbound.calls.of(&account.name);
        let tokens = Arc::new(Tokens::new(http.clone(), account, calls.clone()));
        let (breaker, warned) = Default::default();
        Ok(Self { http, account: account.clone(), tokens, breaker, calls, warned })
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        &self.account.name
    }

    /// Whether it is by these settings, its password's text among them.
    pub(crate) fn is_by(&self, account: &Account) -> bool {
        self.account == *account
    }

    /// Where it is.
    pub(crate) fn environment(&self) -> &Environment {
        &self.account.environment
    }

    /// A token of the account that a page will show to BzCtrl itself.
    pub(crate) async fn token_for_page(&self) -> Result<Arc<AccessToken>, TokenFault> {
        self.tokens.current_within(FRESH).await
    }

    /// Why todos cannot be sent at the moment, as far as that is known without asking.
    pub(crate) fn credentials_refused(&self) -> bool {
        self.tokens.refused()
    }

    /// How old the token at hand is, and how long it is still good for.
    pub(crate) fn token_age(&self) -> Option<(Duration, Duration)> {
        self.tokens.age()
    }

    /// Whether todos are held back, since BzCtrl has not answered.
    pub(crate) fn holds_back(&self) -> bool {
        self.breaker.holds_back(Instant::now())
    }

    /// Tries an account anew that BzCtrl has refused, or not answered: whoever runs the relay says so.
    pub(crate) fn try_anew(&self) {
        self.tokens.try_anew();
        self.breaker.close();
    }

    /// What a send begins with: a token that is good now, and the right to send. Nothing is sent by it.
    ///
    /// # Errors
    /// Nothing can be sent.
    pub(crate) async fn ready(&self) -> Result<Ready, NotSent> {
        let pass = self.breaker.pass(Instant::now()).map_err(|retry_after| NotSent::Unavailable { retry_after })?;
        Ok(Ready { token: self.tokens.current().await?, pass })
    }

    /// Sends a todo: once, or once more with a new token if BzCtrl refuses this one.
    pub(crate) async fn create(&self, todo: &Todo, ready: Ready) -> Sent {
        match self.try_create(todo, ready).await {
            Ok(sent) => sent,
            Err(fault) => Sent::Not(fault.into()),
        }
    }

    async fn try_create(&self, todo: &Todo, Ready { mut token, pass }: Ready) -> Result<Sent, TokenFault> {
        let began = Instant::now();
        let mut verdict = self.send(todo, &token, &pass).await;
        if verdict == Verdict::TokenRefused {
            self.tokens.forget(&token);
            token = self.tokens.current().await?;
            if began.elapsed() > ONCE_MORE {
                return Err(TokenFault::Unavailable);
            }
            verdict = self.send(todo, &token, &pass).await;
        }
        if verdict != Verdict::TokenRefused && !matches!(verdict, Verdict::NotSent { .. }) {
            self.tokens.accept(&token);
        }
        Ok(match verdict {
            Verdict::Created(created) => Sent::Created(created),
            Verdict::Rejected(said) => Sent::Rejected(said),
            Verdict::Unknown => Sent::Unknown,
            Verdict::NotSent { retry_after } => {
                Sent::Not(NotSent::Unavailable { retry_after: retry_after.unwrap_or(PAUSE) })
            }
            Verdict::TokenRefused => {
                self.tokens.refuse(&token);
                Sent::Not(NotSent::Credentials)
            }
        })
    }

    async fn send(&self, todo: &Todo, token: &AccessToken, pass: &Pass) -> Verdict {
        let began = Instant::now();
        let answer = send::send(&self.http, &self.account.environment.task_endpoint, todo, token).await;
        let verdict = verdict::verdict(todo, &answer, self.environment());
        self.calls.answered(Endpoint::AddTask, verdict.name(), began.elapsed());
        let account = self.name();
        match verdict {
            // A thousand within a second are one warning, and each has its line.
            Verdict::Unknown | Verdict::NotSent { .. } if self.warned.may_warn() => {
                tracing::warn!(account, %answer, %verdict, "add-task");
            }
            _ => tracing::info!(account, %answer, %verdict, "add-task"),
        }
        if answer.is_of_an_outage() {
            if pass.failed(Instant::now()) {
                tracing::warn!(
                    account,
                    "BzCtrl does not answer; until it does todos are held back, but for one at a time"
                );
            }
        } else if pass.answered() {
            tracing::info!(account, "BzCtrl answers again");
        }
        verdict
    }
}

//! BzCtrl, as the relay sees it by one account: a token for it, and the one request that creates a todo. It knows nothing of
//! keys and rows; what it says of a send is a [`Sent`], and whoever sends sees to it that it is called once.

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
    calls: AccountCalls,
}

impl Upstream {
    /// BzCtrl by this account. No connection is made yet.
    pub(crate) fn new(account: &Account, outbound: &Outbound) -> Result<Self, reqwest::Error> {
        let environment = &account.environment;
        let addresses = [&environment.token_endpoint, &environment.task_endpoint];
        let http = outbound.to(account).client(addresses.iter().any(|url| url.scheme() == "https"))?;
        let calls = outbound.calls.of(&account.name);
        let tokens = Arc::new(Tokens::new(http.clone(), account, calls.clone()));
        Ok(Self { http, account: account.clone(), tokens, calls })
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

    /// Tries an account anew that BzCtrl has refused: whoever runs the relay says so.
    pub(crate) fn try_anew(&self) {
        self.tokens.try_anew();
    }

    /// What a send begins with: a token that is good now. Nothing is sent by it.
    ///
    /// # Errors
    /// There is none, so nothing can be sent.
    pub(crate) async fn token(&self) -> Result<Arc<AccessToken>, NotSent> {
        Ok(self.tokens.current().await?)
    }

    /// Sends a todo: once, or once more with a new token if BzCtrl refuses this one.
    pub(crate) async fn create(&self, todo: &Todo, token: Arc<AccessToken>) -> Sent {
        match self.try_create(todo, token).await {
            Ok(sent) => sent,
            Err(fault) => Sent::Not(fault.into()),
        }
    }

    async fn try_create(&self, todo: &Todo, mut token: Arc<AccessToken>) -> Result<Sent, TokenFault> {
        let began = Instant::now();
        let mut verdict = self.send(todo, &token).await;
        if verdict == Verdict::TokenRefused {
            self.tokens.forget(&token);
            token = self.tokens.current().await?;
            if began.elapsed() > ONCE_MORE {
                return Err(TokenFault::Unavailable);
            }
            verdict = self.send(todo, &token).await;
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

    async fn send(&self, todo: &Todo, token: &AccessToken) -> Verdict {
        let began = Instant::now();
        let answer = send::send(&self.http, &self.account.environment.task_endpoint, todo, token).await;
        let verdict = verdict::verdict(todo, &answer);
        self.calls.answered(Endpoint::AddTask, verdict.name(), began.elapsed());
        tracing::info!(account = self.name(), %answer, %verdict, "add-task");
        verdict
    }
}

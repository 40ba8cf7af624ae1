//! The token endpoint's answer, and who gets one.

use bzctrl_contract::{Code, Field, Key, Member, Mode, TokenAnswer, Value};
use serde_json::Value as Json;
use url::Url;
use uuid::Uuid;

use super::backend::Backend;
use super::exchange::Exchange;
use super::judge::Judge;
use super::options::User;
use super::rule::{Need, Rule};

/// A page that has a token in sealed mode.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) token: String,
    pub(super) epoch: String,
    pub(super) tasks: Url,
    pub(super) workspace: Option<String>,
    pub(super) reporter: Option<String>,
}

impl Page {
    /// By a token's answer, if todos go to the backend.
    pub(super) fn sealed(backend: &Backend<'_>, answer: &TokenAnswer) -> Option<Self> {
        let tasks = backend.options.url.join(answer.task_endpoint.as_deref()?).ok()?;
        let epoch = answer.key_epoch.clone().filter(|_| answer.mode == Mode::Sealed)?;
        Some(Self {
            token: answer.access_token.clone(),
            epoch,
            tasks,
            workspace: backend.options.workspace.clone().or_else(|| default(answer, Field::DomainWorkSpace)),
            reporter: default(answer, Field::Reporter),
        })
    }

    pub(super) fn new_key(&self) -> String {
        format!("{}.{}", self.epoch, Uuid::new_v4().simple())
    }
}

fn default(answer: &TokenAnswer, field: Field) -> Option<String> {
    answer.defaults.0.iter().find_map(|(name, member)| match member {
        Member::Value(Value::Text(text)) if name == field.wire() => Some(text.clone()),
        _ => None,
    })
}

/// Why nothing can be tried that takes a token.
pub(super) enum NoToken {
    /// The backend does not list the page's origin: whatever is asked next is refused for this reason alone.
    OriginDenied,
    Otherwise,
}

pub(super) async fn answer(backend: &Backend<'_>, judge: &mut Judge) -> Result<TokenAnswer, NoToken> {
    let ask = match backend.token_request().await {
        Ok(ask) => ask,
        Err(why) => {
            judge.skip_rest(&why);
            return Err(NoToken::Otherwise);
        }
    };
    let exchange = backend.probe(ask).await;
    if exchange.is(Code::OriginDenied) {
        let should = format!("200 with a token: does the backend list {}?", backend.options.origin);
        judge.expect(Rule::TokenAnswer, &exchange, false, should);
        return Err(NoToken::OriginDenied);
    }
    backend.look(&exchange, judge);
    if let Some(lacks) = lacks_a_user(backend, &exchange) {
        // Nothing is wrong with that: it is nobody's request.
        judge.skip_rest(&lacks);
        return Err(NoToken::Otherwise);
    }
    if backend.user.is_known() {
        unvouched(backend, judge).await;
    }
    let answer = serde_json::from_value::<TokenAnswer>(exchange.json.clone());
    let should = match (&answer, exchange.status) {
        (Ok(_), 200) => wrong(backend, &exchange).map(|should| format!("200 with {should}")),
        (Err(error), 200) => Some(format!("200 with the members of the table: {error}")),
        _ if backend.user.asserts() => {
            Some("200 with a token for this user: is the assertion good, and does the backend take any?".to_owned())
        }
        _ if backend.user.is_known() => Some("200 with a token for this user: is the session still good?".to_owned()),
        _ => Some("200 with a token".to_owned()),
    };
    let holds = should.is_none();
    judge.expect(Rule::TokenAnswer, &exchange, holds, should.unwrap_or_default());
    answer.ok().filter(|_| holds).ok_or(NoToken::Otherwise)
}

const SIGNED: &str = "conformA";

/// Asks as somebody for whom nobody vouches, and by an assertion that was changed.
async fn unvouched(backend: &Backend<'_>, judge: &mut Judge) {
    let nobody = backend.seen_by(User::default());
    let exchange = nobody.probe(nobody.token_form(None)).await;
    let holds = asks_who(&exchange) && !exchange.has_token();
    judge.expect(Rule::Identity, &exchange, holds, "403 identity-denied, or a sign-in's redirect: nobody is signed in");
    if backend.user.asserts() {
        let mut changed = backend.assertion().await.ok().flatten().unwrap_or_default();
        // Letters of its signature, as base64url has them.
        changed.truncate(changed.len().saturating_sub(SIGNED.len()));
        changed.push_str(SIGNED);
        let exchange = backend.probe(backend.token_form(Some(&changed))).await;
        let holds = exchange.is(Code::IdentityDenied) && exchange.member("error") == "invalid_grant";
        let should = "403 identity-denied, error invalid_grant: the assertion was changed";
        judge.expect_with(Rule::Identity, &exchange, &["error"], holds, should);
    }
}

fn takes_other_grant(exchange: &Exchange) -> bool {
    exchange.member("error") == "unsupported_grant_type"
}

/// Whether it is a no to whom nobody vouches for: by its code, by RFC 6749's word, or as a sign-in does it.
fn asks_who(exchange: &Exchange) -> bool {
    let is_sign_in = matches!(exchange.status, 302 | 303 | 307 | 401);
    let is_grant = exchange.is(Code::InvalidRequest) && takes_other_grant(exchange);
    is_sign_in || is_grant || exchange.is(Code::IdentityDenied)
}

/// What has to be given for a token, if that is all that is wrong.
fn lacks_a_user(backend: &Backend<'_>, exchange: &Exchange) -> Option<String> {
    let no = !exchange.has_token() && (asks_who(exchange) || takes_other_grant(exchange));
    match (backend.user.is_known(), backend.user.asserts()) {
        _ if !no => None,
        (_, false) if takes_other_grant(exchange) => {
            Some("give --assertion-endpoint or --assertion: the backend gives a token by assertions alone".to_owned())
        }
        (_, true) if takes_other_grant(exchange) => {
            Some("give --cookie or --header and no assertion: the backend gives no token by assertions".to_owned())
        }
        (false, _) if backend.options.without_users => {
            Some("leave out --without-users: the backend asks who the user is".to_owned())
        }
        (false, _) => Some(format!("give {}", Need::User.flags())),
        (true, _) => None,
    }
}

/// What is wrong with a token's members, as what should be.
fn wrong(backend: &Backend<'_>, exchange: &Exchange) -> Option<String> {
    let Json::Object(members) = &exchange.json else { return Some("a JSON object".to_owned()) };
    let text = |name: &str| members.get(name).and_then(Json::as_str);
    let sealed = text("mode") == Some(Mode::Sealed.name());
    let key = text("key_epoch").map(|epoch| Key::new(epoch, [0; 16]).is_ok());
    let url = &backend.options.url;
    let tasks = text("task_endpoint").map(|endpoint| url.join(endpoint));
    let is_own = matches!(&tasks, Some(Ok(tasks)) if tasks.origin() == url.origin());
    let wrong = [
        (text("access_token").is_none_or(str::is_empty), "an access_token"),
        (text("token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")), "token_type Bearer"),
        (
            members.get("expires_in").is_some_and(|time| time.as_u64().is_none_or(|time| time == 0)),
            "expires_in in seconds",
        ),
        (members.contains_key("refresh_token"), "no refresh_token"),
        (
            !members.contains_key("mode") && (is_own || key.is_some()),
            "mode sealed: without it the page takes the answer for token mode, though it names a key_epoch or a task_endpoint of the \
             backend itself",
        ),
        (sealed && key != Some(true), "a key_epoch of 1 to 64 letters, digits, - and _, since it is sealed"),
        (sealed && tasks.is_none(), "a task_endpoint, since it is sealed"),
        (matches!(tasks, Some(Err(_))), "a task_endpoint that is an address"),
    ];
    wrong.into_iter().find_map(|(is_wrong, should)| is_wrong.then(|| should.to_owned()))
}

/// The page, if todos go to the backend. In token mode they go to BzCtrl, and all that is left is whether it lets them in.
pub(super) async fn sealed_page(backend: &Backend<'_>, answer: &TokenAnswer, judge: &mut Judge) -> Option<Page> {
    if let Some(page) = Page::sealed(backend, answer) {
        backend.has_given(&page.token).await;
        judge.no_matter(Rule::BzctrlAdmits, "the backend is in sealed mode");
        return Some(page);
    }
    let Some(tasks) = answer.task_endpoint.as_deref().and_then(|endpoint| backend.options.url.join(endpoint).ok())
    else {
        judge.skip(Rule::BzctrlAdmits, "let the token's answer name the task_endpoint, which is the page's own here");
        judge.todos_no_matter("the answer's mode is token, or left out: todos go to BzCtrl itself");
        return None;
    };
    judge.todos_no_matter(&format!("the answer's mode is token, or left out: todos go to {tasks} itself"));
    let exchange = backend.probe(backend.preflight(&tasks, "POST", "authorization,content-type")).await;
    let admitted = exchange.header("access-control-allow-origin");
    let holds = admitted == "*" || admitted == backend.options.origin;
    let should = format!("access-control-allow-origin: {}; ask BzCtrl to admit it", backend.options.origin);
    let came = exchange.headers_in_short(&["access-control-allow-origin"]);
    judge.expect_that(Rule::BzctrlAdmits, &exchange, came, holds, should);
    None
}

//! The token endpoint's answer, and who gets one.

use bzctrl_contract::{Code, Field, Key, Member, Mode, TokenAnswer, Value};
use serde_json::Value as Json;
use url::Url;
use uuid::Uuid;

use super::backend::Backend;
use super::exchange::Exchange;
use super::judge::Judge;
use super::rule::{ALL, Rule};

/// A page that has a token in sealed mode.
pub(super) struct Page {
    pub(super) token: String,
    pub(super) epoch: String,
    pub(super) tasks: Url,
    pub(super) workspace: Option<String>,
    pub(super) reporter: Option<String>,
}

impl Page {
    pub(super) fn new_key(&self) -> String {
        format!("{}.{}", self.epoch, Uuid::new_v4().simple())
    }
}

/// What says who the user is.
pub(super) const GIVE_A_USER: &str = "give --cookie, --assertion-endpoint, --assertion or --header of a signed-in user";

pub(super) async fn answer(backend: &Backend<'_>, judge: &mut Judge) -> Option<TokenAnswer> {
    let identified = backend.options.has_identity();
    if identified {
        let exchange = backend.probe(backend.unsigned_token_request()).await;
        let holds = (300..500).contains(&exchange.status) && !exchange.has_token();
        judge.expect(Rule::Identity, &exchange, holds, "403 identity-denied, and no token");
    } else {
        judge.skip(Rule::Identity, GIVE_A_USER);
    }
    let ask = match backend.token_request().await {
        Ok(ask) => ask,
        Err(why) => {
            judge.skip(Rule::TokenAnswer, why);
            return None;
        }
    };
    let exchange = backend.page(ask, judge).await;
    if !identified && asks_who(&exchange) {
        // Nothing is wrong with that: it is nobody's request.
        judge.skip_rest(GIVE_A_USER, &ALL);
        return None;
    }
    let answer = serde_json::from_value::<TokenAnswer>(exchange.json.clone());
    let should = match (&answer, exchange.status) {
        (Ok(_), 200) => wrong(&exchange),
        (Err(error), 200) => Some(format!("JSON with the members of the table: {error}")),
        _ if exchange.is(Code::OriginDenied) => {
            Some(format!("200 with a token: does the backend list {}?", backend.options.origin))
        }
        _ if identified => Some("200 with a token for this user: is the session still good?".to_owned()),
        _ => Some("200 with a token".to_owned()),
    };
    let holds = should.is_none();
    judge.expect(Rule::TokenAnswer, &exchange, holds, should.unwrap_or_default());
    answer.ok().filter(|_| holds)
}

/// Whether it is a no to whom nobody vouches for: by its code, by RFC 6749's word, or as a sign-in does it.
fn asks_who(exchange: &Exchange) -> bool {
    let is_sign_in = matches!(exchange.status, 302 | 303 | 307 | 401);
    let other_grant = matches!(exchange.member("error"), "unsupported_grant_type" | "unauthorized_client");
    let is_origin = exchange.is(Code::OriginDenied);
    !exchange.has_token() && !is_origin && (is_sign_in || other_grant || exchange.is(Code::IdentityDenied))
}

/// What is wrong with a token's members, as what should be.
fn wrong(exchange: &Exchange) -> Option<String> {
    let Json::Object(members) = &exchange.json else { return Some("a JSON object".to_owned()) };
    let text = |name: &str| members.get(name).and_then(Json::as_str);
    let sealed = text("mode") == Some(Mode::Sealed.name());
    let key = text("key_epoch").map(|epoch| Key::new(epoch, [0; 16]).is_ok());
    let wrong = [
        (text("access_token").is_none_or(str::is_empty), "an access_token"),
        (text("token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")), "token_type Bearer"),
        (
            members.get("expires_in").is_some_and(|time| time.as_u64().is_none_or(|time| time == 0)),
            "expires_in in seconds",
        ),
        (members.contains_key("refresh_token"), "no refresh_token"),
        (sealed && key != Some(true), "sealed, a key_epoch of 1 to 64 letters, digits, - and _"),
        (sealed && text("task_endpoint").is_none(), "sealed, a task_endpoint"),
    ];
    wrong.into_iter().find_map(|(is_wrong, should)| is_wrong.then(|| should.to_owned()))
}

/// The page, if todos go to the backend. In token mode they go to BzCtrl, and all that is left is whether it lets them in.
pub(super) async fn sealed_page(backend: &Backend<'_>, answer: &TokenAnswer, judge: &mut Judge) -> Option<Page> {
    let tasks = answer.task_endpoint.as_deref().map(|endpoint| backend.options.url.join(endpoint));
    let page = match (answer.mode, tasks, &answer.key_epoch) {
        (Mode::Sealed, Some(Ok(tasks)), Some(epoch)) => Page {
            token: answer.access_token.clone(),
            epoch: epoch.clone(),
            tasks,
            workspace: backend.options.workspace.clone().or_else(|| default(answer, Field::DomainWorkSpace)),
            reporter: default(answer, Field::Reporter),
        },
        (Mode::Token, Some(Ok(tasks)), _) => {
            let headers = "authorization,content-type";
            let exchange = backend.probe(backend.preflight(&tasks, "POST", headers)).await;
            let admitted = exchange.header("access-control-allow-origin");
            let holds = admitted == "*" || admitted == backend.options.origin;
            judge.expect(Rule::BzctrlAdmits, &exchange, holds, "BzCtrl admits this origin; ask them for it");
            judge.rest_no_matter("in token mode todos go to BzCtrl itself");
            return None;
        }
        _ => {
            judge.skip(Rule::BzctrlAdmits, "the answer names no task_endpoint");
            judge.rest_no_matter("in token mode todos go to BzCtrl itself");
            return None;
        }
    };
    judge.no_matter(Rule::BzctrlAdmits, "the backend is in sealed mode");
    Some(page)
}

fn default(answer: &TokenAnswer, field: Field) -> Option<String> {
    answer.defaults.0.iter().find_map(|(name, member)| match member {
        Member::Value(Value::Text(text)) if name == field.wire() => Some(text.clone()),
        _ => None,
    })
}

//! What a second user hears of the first one's key: nothing.

use bzctrl_contract::{Code, TokenAnswer};

use super::judge::Judge;
use super::rule::Rule;
use super::token::Page;
use super::trial::{First, Trial, link};

/// So many todos a backend creates here that has a key for each user.
pub(super) const MOST_TODOS: usize = 1;

pub(super) async fn all(trial: &Trial<'_>, first: &First, judge: &mut Judge) {
    let user = trial.backend.options.another_user();
    if !user.is_known() || !trial.backend.user.is_known() {
        return;
    }
    let backend = trial.backend.seen_by(user);
    let ask = match backend.token_request().await {
        Ok(ask) => ask,
        Err(why) => return judge.skip(Rule::OtherUser, why),
    };
    let exchange = backend.page(ask, judge).await;
    let answer = serde_json::from_value::<TokenAnswer>(exchange.json.clone());
    let Some(page) = answer.ok().and_then(|answer| Page::sealed(&backend, &answer)) else {
        let why = format!("the second user got no token but {}: is that session still good?", exchange.in_short());
        return judge.skip(Rule::OtherUser, why);
    };
    backend.has_given(&page.token).await;
    if page.reporter.is_some() && page.reporter == trial.page.reporter {
        return judge.skip(Rule::OtherUser, "both users are the same one");
    }
    let exchange = backend.page(trial.by(&backend, page).send(&first.key, &first.todo), judge).await;
    let silent = link(&exchange.json).is_empty() && exchange.json.get("outcome").is_none();
    let should = "410 key-unknown, and nothing else: the key is another user's";
    let holds = exchange.is(Code::KeyUnknown) && silent;
    judge.expect_with(Rule::OtherUser, &exchange, &["outcome", "taskLink"], holds, should);
    trial.count(&first.title, &exchange, 1, Rule::OtherUser, judge).await;
}

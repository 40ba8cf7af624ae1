//! What pages say, and what token answers say.

use bzctrl_contract::{Field, Members, Mode, TokenAnswer};

use super::{Defaults, Lacks};
use crate::config::{Config, Environment, OpenLink};

/// The pages that [`page`] knows, each by what it is about: two that say the same here find each other's drafts.
pub(in crate::form::tests) const PAGES: [&str; 8] =
    ["A", "A", "task for A", "B", "nobody's A", "next user's A", "A", "A"];

/// What pages say. Of the last none can ever send: it means another environment than the relay.
pub(in crate::form::tests) fn page(number: usize) -> Config {
    let mut page = Config { token_endpoint: "https://relay.example/v1/token".to_owned(), ..Config::default() };
    let stated =
        [(Field::DomainWorkSpace, "EXA-CON-BUS-WOR"), (Field::Reporter, "user@example.com"), (Field::OrderId, "A")];
    for (field, text) in stated {
        page.given.set(field, text);
    }
    match number {
        1 => {
            page.given.set(Field::Lrn, "LRN 1");
            page.given.set(Field::Priority, "LOW");
            page.locked.insert(Field::Priority);
            page.omitted.insert(Field::Result);
            page.omitted.insert(Field::FinancialImpact);
        }
        2 => page.given.set(Field::TodoType, "TASK"),
        3 => page.given.set(Field::OrderId, "B"),
        4 => {
            page.open_link = OpenLink::Reserve;
            page.given.clear(Field::DomainWorkSpace);
            page.given.clear(Field::Reporter);
        }
        5 => {
            page.open_link = OpenLink::Never;
            page.given.set(Field::Reporter, "next@example.com");
        }
        6 => {
            page.given.set(Field::Description, "As the page says");
            page.given.set(Field::Category, "Seals");
            page.locked.insert(Field::TodoType);
        }
        7 => page.environment = Some(Environment::Acc),
        _ => {}
    }
    page
}

pub(super) fn token_answer(
    token: String,
    sealed: bool,
    epoch: String,
    defaults: Defaults,
    lacks: Lacks,
) -> TokenAnswer {
    let mut texts = vec![(Field::Reporter, "default@example.com"), (Field::DomainWorkSpace, "EXA-CON-BUS-WOR")];
    match defaults {
        Defaults::Usual => {}
        Defaults::Nothing => texts.clear(),
        Defaults::Tasks => texts.extend([(Field::TodoType, "TASK"), (Field::Priority, "HIGH"), (Field::Lrn, "L 2")]),
        Defaults::Incidents => {
            texts.extend([(Field::TodoType, "Incident"), (Field::Impact, "LOW"), (Field::Result, "None yet")])
        }
    }
    TokenAnswer {
        access_token: token,
        token_type: "Bearer".to_owned(),
        expires_in: 300,
        scope: None,
        mode: if sealed { Mode::Sealed } else { Mode::Token },
        task_endpoint: (lacks != Lacks::Endpoint)
            .then(|| if sealed { "/v1/tasks" } else { "https://bzctrl.example/add-task" }.to_owned()),
        app_url: None,
        environment: Some("demo".to_owned()),
        key_epoch: (sealed && lacks != Lacks::Epoch).then_some(epoch),
        defaults: Members::from_iter(texts.into_iter().map(|(field, text)| (field.wire(), text))),
    }
}

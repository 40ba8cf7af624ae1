//! What pages state of an order, and what the tenant's token answer says.

use bzctrl_contract::{Field, Members, Mode, TokenAnswer};

use crate::config::Config;

/// What a page states of an order, in one of its ways.
pub(super) fn config(order: usize, variant: usize) -> Config {
    let mut config = Config { token_endpoint: "https://relay.example/v1/token".to_owned(), ..Config::default() };
    config.task_endpoint = Some("https://bzctrl.example/add-task".to_owned());
    config.given.set(Field::OrderId, format!("ORDER {order}"));
    config.given.set(Field::Reporter, "user@example.com");
    config.given.set(Field::Assignee, "chief@example.com");
    if order == 0 {
        config.given.set(Field::DomainWorkSpace, "EXA-CON-BUS-WOR");
    }
    match variant {
        1 => config.given.set(Field::Lrn, "LRN 1"),
        2 => {
            config.given.set(Field::Priority, "LOW");
            config.locked.insert(Field::Priority);
        }
        3 => {
            config.given.set(Field::Lrn, "LRN 3");
            config.omitted.insert(Field::Impact);
            config.given.set_list(Field::Category, vec!["Customs".to_owned(), "T1".to_owned()]);
        }
        _ => {}
    }
    config
}

/// A token answer, with one of several defaults.
pub(super) fn token(mode: Mode, epoch: String, defaults: usize) -> Box<TokenAnswer> {
    let defaults = match defaults {
        0 => vec![("domainWorkSpace", "EXA")],
        1 => vec![("domainWorkSpace", "OTHER"), ("todoType", "Task"), ("priority", "high")],
        2 => vec![("domainWorkSpace", "EXA"), ("impact", "LOW"), ("reporter", "tenant@example.com")],
        _ => vec![("domainWorkSpace", "EXA"), ("lrn", "LRN of the tenant"), ("todoType", "INCIDENT")],
    };
    Box::new(TokenAnswer {
        access_token: "secret-token".to_owned(),
        token_type: "Bearer".to_owned(),
        expires_in: 300,
        scope: None,
        mode,
        task_endpoint: None,
        app_url: None,
        environment: None,
        key_epoch: Some(epoch),
        defaults: Members::from_iter(defaults),
    })
}

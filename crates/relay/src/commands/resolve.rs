//! `resolve`: an operator's word on a todo that is unknown. Who said it and why is kept.

use std::collections::BTreeSet;

use bzctrl_contract::TaskLink;
use clap::Args;
use url::Url;

use super::{Failed, key, text};
use crate::config::{Config, Environment};
use crate::output::print;
use crate::store::operator::{Finding, KeyRecord, Operator, Refused, Selection};

/// What was found.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The key, as `show` has it
    #[arg(value_parser = key)]
    key: String,
    #[command(flatten)]
    finding: FindingArguments,
    /// How you know, for who asks later
    #[arg(long, value_parser = words)]
    why: String,
    /// Who you are; else the user of sudo, else this one
    #[arg(long, value_parser = text)]
    by: Option<String>,
}

impl Arguments {
    /// Who says so.
    pub(super) fn by(&self) -> Option<String> {
        let user = |name| std::env::var(name).ok().and_then(|user| text(&user).ok());
        self.by.clone().or_else(|| ["SUDO_USER", "USER"].into_iter().find_map(user))
    }
}

/// One of two.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct FindingArguments {
    /// The todo is in BzCtrl, under this link
    #[arg(long, value_name = "LINK", value_parser = link)]
    created: Option<String>,
    /// The todo is not in BzCtrl
    #[arg(long)]
    not_created: bool,
}

fn words(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() { Err("expected a word on how you know") } else { Ok(text.to_owned()) }
}

fn link(text: &str) -> Result<String, &'static str> {
    TaskLink::parse(text).map(|link| link.as_str().to_owned()).ok_or(
        "expected an http or https link that a browser may open, without user info, space and what cannot be seen",
    )
}

/// Whether a link is the page of one of the environment's todos, as far as can be told.
fn is_todo_of(environment: &Environment, link: &str) -> bool {
    Url::parse(link).is_ok_and(|link| environment.has_page(&link) && !environment.is_first_page(&link))
}

/// The environments that a todo may be in: the one that is written down, or its tenant's, or any.
fn environments_of<'c>(record: &KeyRecord, config: &'c Config) -> Vec<&'c Environment> {
    let all = || config.tenants.iter().map(|tenant| (tenant, &tenant.account.environment));
    let written = all().filter(|(_, environment)| record.environment.as_deref() == Some(environment.id()));
    let tenants = all().filter(|(tenant, _)| record.environment.is_none() && tenant.name == record.tenant);
    let known: Vec<_> = written.chain(tenants).map(|(_, environment)| environment).collect();
    if known.is_empty() { all().map(|(_, environment)| environment).collect() } else { known }
}

/// A link is opened in the browsers of users and hosts: what is pasted from elsewhere is a slip.
fn check_link(link: &str, record: &KeyRecord, config: &Config) -> Result<(), Refused> {
    let environments = environments_of(record, config);
    if environments.iter().any(|environment| is_todo_of(environment, link)) {
        return Ok(());
    }
    let pages: BTreeSet<_> = environments.iter().map(|environment| environment.app_url.as_str()).collect();
    Err(Refused::NotALink(pages.into_iter().collect::<Vec<_>>().join(" or ")))
}

pub(super) fn run(arguments: &Arguments, operator: &mut dyn Operator, config: &Config) -> Result<bool, Failed> {
    let Some(by) = arguments.by() else { return Ok(false) };
    if let Some(link) = &arguments.finding.created {
        let records = operator.show(&Selection::Key(arguments.key.clone()), None)?;
        records.iter().try_for_each(|record| check_link(link, record, config))?;
    }
    let finding = match &arguments.finding.created {
        Some(link) => Finding::Created(link.clone()),
        None => Finding::NotCreated,
    };
    let notified = |name: &str| config.tenants.iter().any(|tenant| tenant.name == name && tenant.webhook.is_some());
    operator.resolve(&arguments.key, &finding, &by, &arguments.why, &notified)?;
    let says = match finding {
        Finding::Created(_) => "the todo is known to be created from now on; its user is told at the next question\n",
        Finding::NotCreated => "the todo is known not to be created from now on; its user may submit it again\n",
    };
    print(says)?;
    Ok(true)
}

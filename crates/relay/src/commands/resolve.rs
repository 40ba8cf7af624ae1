//! `resolve`: an operator's word on a todo that is unknown. Who said it and why is kept.

use bzctrl_contract::TaskLink;
use clap::Args;

use super::output::print;
use crate::config::Config;
use crate::store::Operator;
use crate::store::operator::{Finding, Refused};

/// What was found.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The key, as `show` has it
    key: String,
    #[command(flatten)]
    finding: FindingArguments,
    /// How you know, for who asks later
    #[arg(long, value_parser = words)]
    why: String,
    /// Who you are
    #[arg(long, env = "SUDO_USER")]
    by: Option<String>,
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
    TaskLink::parse(text)
        .map(|link| link.as_str().to_owned())
        .ok_or("expected an http or https link that a browser may open")
}

pub(super) fn run(arguments: &Arguments, mut operator: Operator, config: &Config) -> Result<bool, Refused> {
    let by = match arguments.by.clone().or_else(|| std::env::var("USER").ok()).filter(|by| !by.trim().is_empty()) {
        Some(by) => by,
        None => {
            eprintln!("bzctrl-relay: who says so? Set --by NAME");
            return Ok(false);
        }
    };
    let finding = match &arguments.finding.created {
        Some(link) => Finding::Created(link.clone()),
        None => Finding::NotCreated,
    };
    let notified = |name: &str| config.tenants.iter().any(|tenant| tenant.name == name && tenant.webhook.is_some());
    operator.resolve(&arguments.key, &finding, &by, &arguments.why, notified)?;
    print(match finding {
        Finding::Created(_) => "the todo is known to be created from now on; its user is told at the next question\n",
        Finding::NotCreated => "the todo is known not to be created from now on; its user may submit it again\n",
    });
    Ok(true)
}

//! `erase`: what the store holds of a person, an order or a key is blanked. Keys and states stay, so that nothing is ever sent
//! twice for it.

use clap::Args;

use super::{Failed, explain, key, text};
use crate::output::print;
use crate::store::operator::{Erased, Operator, Refused, Selection};

/// What is erased.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    what: What,
    /// Of this tenant alone
    #[arg(long)]
    tenant: Option<String>,
    /// Do it. Without it, this only says what would be erased
    #[arg(long)]
    yes: bool,
}

/// One of three.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct What {
    /// Every todo that this person reported, or that names the person's e-mail address
    #[arg(long, value_name = "EMAIL", value_parser = address)]
    person: Option<String>,
    /// Every todo of this order
    #[arg(long, value_parser = text)]
    order: Option<String>,
    /// The todo of this key
    #[arg(long, value_parser = key)]
    key: Option<String>,
}

/// A part of an address would erase what names somebody else.
fn address(argument: &str) -> Result<String, &'static str> {
    let address = text(argument)?;
    match address.split_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() => Ok(address),
        _ => Err("expected the person's whole e-mail address"),
    }
}

impl Arguments {
    pub(super) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }
}

pub(super) fn run(arguments: &Arguments, operator: &mut dyn Operator) -> Result<bool, Failed> {
    let What { person, order, key } = &arguments.what;
    let person = person.clone().map(Selection::Person);
    let order = order.clone().map(Selection::Order);
    let Some(selection) = person.or(order).or_else(|| key.clone().map(Selection::Key)) else { return Ok(false) };
    let erased = operator.erase(&selection, arguments.tenant.as_deref(), arguments.yes)?;
    let found = erased.keys + erased.words > 0;
    if found {
        print(&told(&erased, arguments.yes))?;
    }
    if erased.old_pages {
        return Err(Refused::OldPages.into());
    }
    if erased.left_before && arguments.yes {
        print("what was erased before, and was still in the write-ahead log, is gone from there\n")?;
    }
    if !found && erased.left_before && arguments.yes {
        explain("there is nothing else to erase");
    } else if !found && erased.left_before {
        explain("there is nothing to erase but what an earlier one has left in the write-ahead log: --yes does it");
    } else if !found {
        explain("there is nothing to erase");
    } else if !arguments.yes {
        explain("nothing was erased: --yes does it");
    }
    if erased.sending > 0 {
        explain(format!("{} being sent right now: left as it is, do the same again in a minute", erased.sending));
    }
    Ok(arguments.yes && (found || erased.left_before))
}

fn told(erased: &Erased, really: bool) -> String {
    let Erased { keys, words, unknown, messages, .. } = erased;
    let what = match (keys, words) {
        (keys, 0) => format!("{keys} todo(s)"),
        (0, words) => format!("what an operator has written of {words} todo(s)"),
        (keys, words) => format!("{keys} todo(s), and what an operator has written of {words} other(s)"),
    };
    let mut text = match really {
        true => format!("erased: {what}\n"),
        false => format!("would be erased, with --yes: {what}\n"),
    };
    if *unknown > 0 {
        text += &format!("of these, nobody knows whether {unknown} exist(s), and nobody can look it up afterwards\n");
    }
    if *messages > 0 {
        text += &format!("{messages} webhook(s) that the hosts' systems have not had are dropped\n");
    }
    text
}

//! `erase`: what the store holds of a person, an order or a key is blanked. Keys and states stay, so that nothing is ever sent
//! twice for it.

use clap::Args;

use super::output::print;
use crate::store::Operator;
use crate::store::operator::{Erased, Refused, Selection};

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
    #[arg(long, value_name = "EMAIL")]
    person: Option<String>,
    /// Every todo of this order
    #[arg(long)]
    order: Option<String>,
    /// The todo of this key
    #[arg(long)]
    key: Option<String>,
}

impl Arguments {
    pub(super) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }
}

pub(super) fn run(arguments: &Arguments, mut operator: Operator) -> Result<bool, Refused> {
    let What { person, order, key } = &arguments.what;
    let person = person.as_deref().map(|email| Selection::Person(email.trim().to_owned()));
    let order = order.clone().map(Selection::Order);
    let Some(selection) = person.or(order).or_else(|| key.clone().map(Selection::Key)) else { return Ok(false) };
    let empty = matches!(&selection, Selection::Person(text) | Selection::Order(text) if text.is_empty());
    let erased = match empty {
        true => Erased::default(),
        false => operator.erase(&selection, arguments.tenant.as_deref(), arguments.yes)?,
    };
    print(&told(&erased, arguments.yes));
    if erased.old_pages {
        return Err(Refused::OldPages);
    }
    Ok(arguments.yes && erased.keys + erased.words > 0)
}

fn told(erased: &Erased, really: bool) -> String {
    let Erased { keys, words, unknown, messages, sending, .. } = erased;
    let what = match (keys, words) {
        (0, 0) => String::new(),
        (keys, 0) => format!("{keys} todo(s)"),
        (0, words) => format!("what an operator has written of {words} todo(s)"),
        (keys, words) => format!("{keys} todo(s), and what an operator has written of {words} other(s)"),
    };
    let mut text = match really {
        _ if what.is_empty() => "there is nothing to erase\n".to_owned(),
        true => format!("erased: {what}\n"),
        false => format!("would be erased, with --yes: {what}\n"),
    };
    if *unknown > 0 {
        text += &format!("of these, nobody knows whether {unknown} exist(s), and nobody can look it up afterwards\n");
    }
    if *messages > 0 {
        text += &format!("{messages} webhook(s) that the hosts' systems have not had are dropped\n");
    }
    if *sending > 0 {
        text += &format!("{sending} being sent right now are left as they are: do the same again in a minute\n");
    }
    text
}

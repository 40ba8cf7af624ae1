//! `webhooks`: what the hosts' systems are told, and what they did not take.

use bzctrl_contract::Field;
use clap::{Args, Subcommand};
use serde_json::Value;

use super::records::{Members, instant, print_json, print_records};
use super::{Failed, explain, text};
use crate::output::print;
use crate::store::operator::{MessageRecord, Operator, Refused};

/// What is done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show those that wait and those that are dead
    List(List),
    /// Send them again, under the same ids; the running relay does so within a second
    Resend(Resend),
}

/// Which are shown.
#[derive(Args, Debug)]
pub struct List {
    /// Those alone that are not tried again by themselves
    #[arg(long)]
    dead: bool,
    /// Those too that were taken
    #[arg(long, conflicts_with = "dead")]
    all: bool,
    /// Of this tenant alone
    #[arg(long)]
    tenant: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Which are sent again.
#[derive(Args, Debug)]
pub struct Resend {
    /// Their ids
    #[arg(required_unless_present = "dead", conflicts_with = "dead", value_parser = text)]
    ids: Vec<String>,
    /// All that are dead
    #[arg(long)]
    dead: bool,
    /// Of this tenant alone
    #[arg(long, requires = "dead", conflicts_with = "ids")]
    tenant: Option<String>,
}

const DEAD: [&str; 3] = ["dead", "dead", "dead"];
const OPEN: [&str; 3] = ["dead", "dead", "waiting"];
const ALL: [&str; 3] = ["dead", "told", "waiting"];

impl Command {
    pub(super) fn tenant(&self) -> Option<&str> {
        let tenant = match self {
            Self::List(list) => &list.tenant,
            Self::Resend(resend) => &resend.tenant,
        };
        tenant.as_deref()
    }
}

pub(super) fn run(command: &Command, operator: &mut dyn Operator) -> Result<bool, Failed> {
    match command {
        Command::List(list) => show(list, operator),
        Command::Resend(resend) => again(resend, operator),
    }
}

fn show(list: &List, operator: &mut dyn Operator) -> Result<bool, Failed> {
    let states = match (list.dead, list.all) {
        (true, _) => DEAD,
        (false, true) => ALL,
        (false, false) => OPEN,
    };
    let messages = operator.messages(states, list.tenant.as_deref())?;
    let shown = messages.iter().map(shown);
    if list.json {
        print_json(shown)?;
    } else {
        print_records(shown)?;
        if messages.is_empty() {
            print(if list.dead { "no webhook is dead\n" } else { "no webhook waits or is dead\n" })?;
        }
    }
    Ok(true)
}

fn again(resend: &Resend, operator: &mut dyn Operator) -> Result<bool, Failed> {
    let ids = match resend.dead {
        true => operator.messages(DEAD, resend.tenant.as_deref())?.into_iter().map(|message| message.id).collect(),
        false => resend.ids.clone(),
    };
    let (mut sent, mut all) = (0, true);
    for id in &ids {
        let refused = match operator.resend(id) {
            Ok(true) => {
                sent += 1;
                continue;
            }
            Ok(false) => format!("there is no webhook {id}"),
            Err(erased @ Refused::Erased(_)) => erased.to_string(),
            Err(other) => return Err(other.into()),
        };
        all = false;
        explain(refused);
    }
    if sent > 0 {
        print(&format!("{sent} webhook(s) will be sent again\n"))?;
    } else if all {
        explain("nothing was sent again: no webhook is dead");
    }
    Ok(all && sent > 0)
}

fn shown(message: &MessageRecord) -> Members {
    let text = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Value::from);
    Members::default()
        .with("webhookId", Value::from(message.id.as_str()))
        .with("state", Value::from(message.state.as_str()))
        .with("tenant", Value::from(message.tenant.as_str()))
        .with(Field::OrderId.wire(), text(&message.entry.order_id))
        .with(Field::Title.wire(), text(&message.entry.title))
        .with("key", Value::from(message.key.as_str()))
        .with("attempts", Value::from(message.attempts))
        .with("failure", message.failure.as_deref().and_then(text))
        .with("writtenAt", instant(message.written_at))
        .with("nextAt", (message.state == "waiting").then(|| instant(message.due_at)))
        .with("decidedAt", message.decided_at.map(instant))
}

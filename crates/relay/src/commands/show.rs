//! `show`: what the store knows of a key, of an order, or all that is unknown.

use bzctrl_contract::{Field, Key};
use clap::Args;
use serde_json::Value;

use super::records::{Members, instant, print_json, print_records};
use super::{Failed, explain, text};
use crate::config::Config;
use crate::output::print;
use crate::store::operator::{KeyRecord, Operator, Selection};

/// What is shown.
#[derive(Args, Debug)]
pub struct Arguments {
    /// A key (as the log has it), or an order's number
    #[arg(value_name = "KEY|ORDER", required_unless_present = "unknown", value_parser = text)]
    what: Option<String>,
    /// All of which nobody knows what became
    #[arg(long, conflicts_with = "what")]
    unknown: bool,
    /// Of this tenant alone
    #[arg(long)]
    tenant: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(super) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }
}

pub(super) fn run(arguments: &Arguments, operator: &mut dyn Operator, config: &Config) -> Result<bool, Failed> {
    let selection = match &arguments.what {
        None => Selection::Unknown,
        Some(what) if Key::parse(what).is_ok() => Selection::Key(what.clone()),
        Some(order) => Selection::Order(order.clone()),
    };
    let records = operator.show(&selection, arguments.tenant.as_deref())?;
    let shown = records.iter().map(|record| shown(record, config));
    if arguments.json {
        print_json(shown)?;
    } else {
        print_records(shown)?;
    }
    if !records.is_empty() {
        return Ok(true);
    }
    match selection {
        // To know that nothing is unknown is what was asked for.
        Selection::Unknown if arguments.json => return Ok(true),
        Selection::Unknown => {
            print("nothing is unknown\n")?;
            return Ok(true);
        }
        Selection::Key(_) => explain(
            "the store does not know this key: nothing was sent under it by this relay, or it is older than the store",
        ),
        Selection::Order(order) if let Some(key) = key_in(&order) => {
            explain(format!(
                "the store knows of nothing that was sent for this order; if the key {key} is meant, write it so"
            ));
        }
        Selection::Order(order) if is_cut_key(&order) => explain(
            "the store knows of nothing that was sent for this order; a key, if it is one, has 32 letters after its point",
        ),
        Selection::Order(_) | Selection::Person(_) => {
            explain("the store knows of nothing that was sent for this order");
        }
    }
    Ok(false)
}

/// The key that a text is but for quotes around it, as a header has it, or capitals in it.
fn key_in(text: &str) -> Option<String> {
    let text = text
        .trim_matches(|letter: char| letter.is_whitespace() || "\"'`\u{201c}\u{201d}\u{2018}\u{2019}".contains(letter));
    let (epoch, digits) = text.split_once('.')?;
    let key = format!("{epoch}.{}", digits.to_ascii_lowercase());
    Key::parse(&key).is_ok().then_some(key)
}

/// Whether a text is like a key of which some letters are missing, or too many are there.
fn is_cut_key(text: &str) -> bool {
    let is_hex = |digits: &str| digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    text.split_once('.').is_some_and(|(epoch, digits)| Key::new(epoch, [0; 16]).is_ok() && is_hex(digits))
}

/// Where to look for it: no row has a todo's workspace, and each is one of its tenant's.
fn workspaces(record: &KeyRecord, config: &Config) -> Option<String> {
    let tenant = config.tenants.iter().find(|tenant| tenant.name == record.tenant)?;
    Some(tenant.workspaces.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn shown(record: &KeyRecord, config: &Config) -> Members {
    let text = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Value::from);
    let erased = record.reporter.as_deref() == Some("");
    Members::default()
        .with("key", Value::from(record.key.as_str()))
        .with("state", Value::from(record.state.as_str()))
        .with("tenant", Value::from(record.tenant.as_str()))
        .with("environment", record.environment.as_deref().map(Value::from))
        .with("workspaces", workspaces(record, config).map(Value::from))
        .with(Field::OrderId.wire(), text(&record.entry.order_id))
        .with(Field::TodoType.wire(), text(&record.entry.todo_type))
        .with(Field::Title.wire(), text(&record.entry.title))
        .with(Field::Reporter.wire(), record.reporter.as_deref().and_then(text))
        .with("erased", erased.then_some(Value::Bool(true)))
        .with("taskLink", record.task_link.as_deref().and_then(text))
        .with(
            "status",
            record.upstream.as_ref().filter(|(status, _)| *status > 0).map(|(status, _)| Value::from(*status)),
        )
        .with("reason", record.upstream.as_ref().and_then(|(_, reason)| text(reason)))
        .with("claimedAt", instant(record.claimed_at))
        .with("decidedAt", record.decided_at.map(instant))
        .with("replacedBy", record.replaced_by.as_deref().and_then(text))
        .with("resolvedBy", record.resolution.as_ref().and_then(|resolution| text(&resolution.by)))
        .with("resolvedAt", record.resolution.as_ref().map(|resolution| instant(resolution.at)))
        .with("why", record.resolution.as_ref().and_then(|resolution| text(&resolution.why)))
        .with("webhook", record.webhook.as_ref().map(|(id, state)| Value::from(format!("{id} {state}"))))
}

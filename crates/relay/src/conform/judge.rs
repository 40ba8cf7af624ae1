//! What was found, rule by rule, and how it is told.

use std::collections::BTreeMap;
use std::io::Write;

use super::Conforms;
use super::exchange::Exchange;
use super::rule::{ALL, Rule};

/// More of the same kind helps nobody.
const SHOWN: usize = 3;

#[derive(Default)]
struct Found {
    tried: usize,
    faults: Vec<Fault>,
    untried: Option<String>,
}

struct Fault {
    sent: String,
    seen: String,
    should: String,
}

#[derive(Default)]
pub(super) struct Judge(BTreeMap<Rule, Found>);

impl Judge {
    /// A rule was tried: it holds here, or this should have been.
    pub(super) fn expect(&mut self, rule: Rule, exchange: &Exchange, holds: bool, should: impl Into<String>) -> bool {
        let found = self.0.entry(rule).or_default();
        found.tried += 1;
        if !holds {
            found.faults.push(Fault { sent: exchange.sent(), seen: exchange.seen(), should: should.into() });
        }
        holds
    }

    /// A rule that is not about one answer.
    pub(super) fn expect_that(&mut self, rule: Rule, sent: &str, seen: String, holds: bool, should: impl Into<String>) {
        let found = self.0.entry(rule).or_default();
        found.tried += 1;
        if !holds {
            found.faults.push(Fault { sent: sent.to_owned(), seen, should: should.into() });
        }
    }

    /// A rule that cannot be tried.
    pub(super) fn skip(&mut self, rule: Rule, why: impl Into<String>) {
        self.0.entry(rule).or_default().untried.get_or_insert(why.into());
    }

    /// Those that have not been tried so far.
    pub(super) fn skip_rest(&mut self, why: &str, rules: &[Rule]) {
        for rule in rules {
            if self.0.get(rule).is_none_or(|found| found.tried == 0) {
                self.skip(*rule, why);
            }
        }
    }

    /// A line for each rule, and under a broken one what was sent, seen and should be.
    pub(super) fn tell(mut self, out: &mut dyn Write) -> std::io::Result<Conforms> {
        self.skip_rest("what comes before it does not work", &ALL);
        let (mut hold, mut fail, mut untried) = (0, 0, 0);
        for rule in ALL {
            let found = self.0.remove(&rule).unwrap_or_default();
            let (word, why) = match &found {
                Found { faults, .. } if !faults.is_empty() => ("FAILS", String::new()),
                Found { tried: 0, untried, .. } => {
                    ("not tried", untried.as_ref().map(|why| format!(" ({why})")).unwrap_or_default())
                }
                _ => ("holds", String::new()),
            };
            *match word {
                "FAILS" => &mut fail,
                "holds" => &mut hold,
                _ => &mut untried,
            } += 1;
            writeln!(out, "{word:<10} {:<15} {}{why}", rule.name(), rule.says())?;
            for Fault { sent, seen, should } in found.faults.iter().take(SHOWN) {
                writeln!(out, "             sent       {sent}")?;
                writeln!(out, "             seen       {seen}")?;
                writeln!(out, "             should be  {should}")?;
            }
            if let Some(more @ 1..) = found.faults.len().checked_sub(SHOWN) {
                writeln!(out, "             and {more} more like these")?;
            }
        }
        writeln!(out, "{hold} hold, {fail} fail, {untried} not tried; docs/PROTOCOL.md has the rules")?;
        Ok(if fail == 0 { Conforms::Yes } else { Conforms::No })
    }
}

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
    untried: Option<Untried>,
}

/// Why a rule was not tried.
enum Untried {
    /// Something would have to be given first: nothing is known of the rule.
    Lacks(String),
    /// It says nothing of such a backend.
    NoMatter(String),
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
        self.0.entry(rule).or_default().untried.get_or_insert(Untried::Lacks(why.into()));
    }

    /// A rule that says nothing of such a backend.
    pub(super) fn no_matter(&mut self, rule: Rule, why: impl Into<String>) {
        self.0.entry(rule).or_default().untried.get_or_insert(Untried::NoMatter(why.into()));
    }

    /// Those that have not been tried so far.
    pub(super) fn skip_rest(&mut self, why: &str, rules: &[Rule]) {
        for rule in self.untried(rules) {
            self.skip(rule, why);
        }
    }

    /// Those that have not been tried so far say nothing of such a backend.
    pub(super) fn rest_no_matter(&mut self, why: &str) {
        for rule in self.untried(&ALL) {
            self.no_matter(rule, why);
        }
    }

    fn untried(&self, rules: &[Rule]) -> Vec<Rule> {
        rules.iter().copied().filter(|rule| self.0.get(rule).is_none_or(|found| found.tried == 0)).collect()
    }

    /// A line for each rule, and under a broken one what was sent, seen and should be; then what is missing to try the others.
    pub(super) fn tell(mut self, out: &mut dyn Write) -> std::io::Result<Conforms> {
        self.skip_rest("what comes before it does not work", &ALL);
        let (mut hold, mut fail) = (0_usize, 0_usize);
        let mut missing: Vec<(String, Vec<Rule>)> = Vec::new();
        for rule in ALL {
            let found = self.0.remove(&rule).unwrap_or_default();
            let word = match &found {
                Found { faults, .. } if !faults.is_empty() => {
                    fail += 1;
                    "FAILS"
                }
                Found { tried: 0, untried: Some(Untried::NoMatter(_)), .. } => "no matter",
                Found { tried: 0, .. } => "not tried",
                _ => {
                    hold += 1;
                    "holds"
                }
            };
            write!(out, "{word:<10} {:<15} {}", rule.name(), rule.says())?;
            match found.untried.filter(|_| found.tried == 0) {
                Some(Untried::NoMatter(why)) => writeln!(out, " ({why})")?,
                Some(Untried::Lacks(why)) => {
                    writeln!(out)?;
                    match missing.iter_mut().find(|(other, _)| *other == why) {
                        Some((_, rules)) => rules.push(rule),
                        None => missing.push((why, vec![rule])),
                    }
                }
                None => writeln!(out)?,
            }
            for Fault { sent, seen, should } in found.faults.iter().take(SHOWN) {
                writeln!(out, "             sent       {sent}")?;
                writeln!(out, "             seen       {seen}")?;
                writeln!(out, "             should be  {should}")?;
            }
            if let Some(more @ 1..) = found.faults.len().checked_sub(SHOWN) {
                writeln!(out, "             and {more} more like these")?;
            }
        }
        let untried: usize = missing.iter().map(|(_, rules)| rules.len()).sum();
        writeln!(out, "{hold} hold, {fail} fail, {untried} not tried; docs/PROTOCOL.md has the rules")?;
        for (why, rules) in &missing {
            let names: Vec<_> = rules.iter().map(|rule| rule.name()).collect();
            writeln!(out, "  not tried: {}: {why}", names.join(", "))?;
        }
        Ok(match (fail, hold, untried) {
            (1.., ..) => Conforms::No,
            (0, 0, _) => Conforms::Untried,
            (0, _, 1..) => Conforms::AsFarAsTried,
            (0, _, 0) => Conforms::Yes,
        })
    }
}

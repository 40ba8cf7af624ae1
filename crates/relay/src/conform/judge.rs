//! What was found, rule by rule, and how it is told.

use std::collections::BTreeMap;
use std::io::Write;

use super::Conforms;
use super::exchange::Exchange;
use super::rule::{ALL, Need, Rule, UNSEEN};

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
    wrong: String,
    sent: String,
    came: String,
}

#[derive(Default)]
pub(super) struct Judge(BTreeMap<Rule, Found>);

impl Judge {
    /// A rule was tried: it holds here, or this should have come.
    pub(super) fn expect(&mut self, rule: Rule, exchange: &Exchange, holds: bool, should: impl Into<String>) -> bool {
        self.expect_that(rule, exchange, exchange.in_short(), holds, should)
    }

    /// The same, where these members of the answer may be what is wrong.
    pub(super) fn expect_with(
        &mut self,
        rule: Rule,
        exchange: &Exchange,
        members: &[&str],
        holds: bool,
        should: impl Into<String>,
    ) -> bool {
        self.expect_that(rule, exchange, exchange.in_short_with(members), holds, should)
    }

    /// A rule that is not about this one answer, but about what was seen after it.
    pub(super) fn expect_that(
        &mut self,
        rule: Rule,
        exchange: &Exchange,
        seen: String,
        holds: bool,
        should: impl Into<String>,
    ) -> bool {
        let found = self.0.entry(rule).or_default();
        found.tried += 1;
        if !holds {
            let wrong = format!("{seen}, instead of {}", should.into());
            found.faults.push(Fault { wrong, sent: exchange.sent(), came: exchange.came() });
        }
        holds
    }

    /// A rule that cannot be tried. What was said of it first stays.
    pub(super) fn skip(&mut self, rule: Rule, why: impl Into<String>) {
        self.0.entry(rule).or_default().untried.get_or_insert(Untried::Lacks(why.into()));
    }

    /// A rule that says nothing of such a backend, whatever could be given.
    pub(super) fn no_matter(&mut self, rule: Rule, why: impl Into<String>) {
        let untried = &mut self.0.entry(rule).or_default().untried;
        if !matches!(untried, Some(Untried::NoMatter(_))) {
            *untried = Some(Untried::NoMatter(why.into()));
        }
    }

    /// Those that have not been tried so far.
    pub(super) fn skip_rest(&mut self, why: &str) {
        for rule in self.untried() {
            self.skip(rule, why);
        }
    }

    /// Those that take a todo, and have not been tried so far.
    pub(super) fn skip_rest_of_todos(&mut self, why: &str) {
        for rule in self.untried().into_iter().filter(|rule| rule.needs().contains(&Need::CreatesTodos)) {
            self.skip(rule, why);
        }
    }

    /// Those of todos say nothing of a backend that gets none.
    pub(super) fn todos_no_matter(&mut self, why: &str) {
        for rule in self.untried().into_iter().filter(|rule| *rule > Rule::BzctrlAdmits) {
            self.no_matter(rule, why);
        }
    }

    fn untried(&self) -> Vec<Rule> {
        ALL.into_iter().filter(|rule| self.0.get(rule).is_none_or(|found| found.tried == 0)).collect()
    }

    /// A line for each rule, and under a broken one what is wrong, was sent and came; then what is missing to try the others.
    pub(super) fn tell(mut self, out: &mut dyn Write) -> std::io::Result<Conforms> {
        self.skip_rest("what comes before it does not work");
        let (mut hold, mut fail) = (0_usize, 0_usize);
        let mut missing: Vec<(String, Vec<Rule>)> = Vec::new();
        let mut gets_todos = true;
        for rule in ALL {
            let Found { tried, faults, untried } = self.0.remove(&rule).unwrap_or_default();
            let line = format!("{:<15} {}", rule.name(), rule.says());
            match untried {
                _ if !faults.is_empty() => {
                    fail += 1;
                    writeln!(out, "FAILS      {line} (docs/PROTOCOL.md, \"{}\")", rule.section())?;
                    tell_faults(&faults, out)?;
                }
                _ if tried > 0 => {
                    hold += 1;
                    writeln!(out, "holds      {line}")?;
                }
                Some(Untried::NoMatter(why)) => {
                    gets_todos &= rule != Rule::Created;
                    writeln!(out, "no matter  {line} ({why})")?;
                }
                Some(Untried::Lacks(why)) => {
                    writeln!(out, "not tried  {line}")?;
                    match missing.iter_mut().find(|(other, _)| *other == why) {
                        Some((_, rules)) => rules.push(rule),
                        None => missing.push((why, vec![rule])),
                    }
                }
                None => {}
            }
        }
        let untried: usize = missing.iter().map(|(_, rules)| rules.len()).sum();
        writeln!(out, "{hold} hold, {fail} fail, {untried} not tried; docs/PROTOCOL.md has the rules")?;
        for (why, rules) in &missing {
            let names: Vec<_> = rules.iter().map(|rule| rule.name()).collect();
            writeln!(out, "  not tried: {}: {why}", names.join(", "))?;
        }
        if gets_todos {
            writeln!(out, "What nobody can see from outside, so look after it yourself:")?;
            for unseen in UNSEEN {
                writeln!(out, "  - {unseen}")?;
            }
        }
        Ok(match (fail, hold, untried) {
            (1.., ..) => Conforms::No,
            (0, 0, _) => Conforms::Untried,
            (0, _, 1..) => Conforms::AsFarAsTried,
            (0, _, 0) => Conforms::Yes,
        })
    }
}

fn tell_faults(faults: &[Fault], out: &mut dyn Write) -> std::io::Result<()> {
    for Fault { wrong, sent, came } in faults.iter().take(SHOWN) {
        writeln!(out, "           - {wrong}")?;
        writeln!(out, "             sent  {sent}")?;
        writeln!(out, "             came  {came}")?;
    }
    if let Some(more @ 1..) = faults.len().checked_sub(SHOWN) {
        writeln!(out, "           - and {more} more like these")?;
    }
    Ok(())
}

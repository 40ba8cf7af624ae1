//! What is measured: which forms, under which conditions.

use std::path::Path;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::Arguments;
use crate::machine;

/// A form, by its folder, and what people call it.
pub(super) const FORMS: [(&str, &str); 8] = [
    ("none", "the page alone"),
    ("bzctrl", "BzCtrl widget"),
    ("preact", "Preact, by hand"),
    ("react", "React, by hand"),
    ("rjsf", "RJSF"),
    ("surveyjs", "SurveyJS"),
    ("formio", "form.io"),
    ("sentry", "Sentry feedback"),
];

/// How many elements more the host's page has, of these forms alone.
pub(super) const LARGER: [u32; 3] = [5_000, 20_000, 50_000];
pub(super) const ON_LARGER: [&str; 2] = ["bzctrl", "preact"];

/// Whatever a line of 1.6 Mbit/s and 150 ms does.
const SLOW_BITS: u32 = 1_600_000;
const SLOW_LATENCY: u32 = 150;

/// One way to open a form.
struct Condition {
    name: String,
    forms: Vec<&'static str>,
    how: Value,
}

/// All of it.
pub(super) struct Plan {
    rounds: u32,
    minutes: u32,
    conditions: Vec<Condition>,
}

impl Plan {
    /// What was asked for, of what there is.
    ///
    /// # Errors
    ///
    /// When something is asked for that is not known.
    pub(super) fn of(arguments: &Arguments) -> Result<Self> {
        let mut conditions = all();
        let names: Vec<&str> = conditions.iter().map(|condition| condition.name.as_str()).collect();
        if let Some(unknown) = arguments.conditions.iter().find(|name| !names.contains(&name.as_str())) {
            bail!("there is no condition {unknown}; there are {}", names.join(", "));
        }
        if let Some(unknown) = arguments.forms.iter().find(|name| FORMS.iter().all(|(known, _)| known != name)) {
            bail!("there is no form {unknown}; there are {}", FORMS.map(|(name, _)| name).join(", "));
        }
        let is_asked = |asked: &[String], name: &str| asked.is_empty() || asked.iter().any(|one| one == name);
        conditions.retain(|condition| is_asked(&arguments.conditions, &condition.name));
        for condition in &mut conditions {
            condition.forms.retain(|form| is_asked(&arguments.forms, form));
        }
        Ok(Self { rounds: arguments.rounds, minutes: arguments.minutes, conditions })
    }

    /// The least that has every form opened, closed, and opened again.
    pub(super) fn to_try() -> Self {
        let forms = FORMS.iter().map(|(name, _)| *name).filter(|name| *name != "none").collect();
        let how = json!({ "intent": true, "again": 1, "requests": true });
        Self { rounds: 1, minutes: 1, conditions: vec![Condition { name: "intent".to_owned(), forms, how }] }
    }

    /// How often a page is opened.
    pub(super) fn openings(&self) -> usize {
        self.rounds as usize * self.conditions.iter().map(|condition| condition.forms.len()).sum::<usize>()
    }

    /// As `measure.mjs` reads it.
    pub(super) fn for_node(&self, address: &str, modules: &Path) -> Value {
        let conditions = self.conditions.iter().map(|Condition { name, forms, how }| {
            let mut condition = how.clone();
            condition["name"] = json!(name);
            condition["forms"] = json!(forms);
            condition
        });
        json!({
            "address": address,
            "modules": modules,
            "root": machine::is_root(),
            "rounds": self.rounds,
            "minutes": self.minutes,
            "conditions": conditions.collect::<Vec<_>>(),
        })
    }
}

fn all() -> Vec<Condition> {
    let forms: Vec<&str> = FORMS.iter().map(|(name, _)| *name).collect();
    let opened: Vec<&str> = forms.iter().copied().filter(|name| *name != "none").collect();
    // Sentry's takes no focus when it opens: a key gets into it after another press alone.
    let focused: Vec<&str> = opened.iter().copied().filter(|name| *name != "sentry").collect();
    let slow = json!({ "bits": SLOW_BITS, "latency": SLOW_LATENCY });
    let keys = json!({ "presses": 5, "description": 19_800 });
    let condition =
        |name: &str, forms: &[&'static str], how| Condition { name: name.to_owned(), forms: forms.to_vec(), how };
    let mut conditions = vec![
        condition("cold", &forms, json!({ "requests": true })),
        condition("cold-4x", &forms, json!({ "cpu": 4 })),
        condition("cold-slow", &forms, json!({ "network": slow })),
        condition("intent", &opened, json!({ "intent": true, "heap": true, "again": 2, "keys": keys })),
        condition("intent-4x", &opened, json!({ "intent": true, "cpu": 4, "again": 2, "keys": keys })),
        condition("typing", &focused, json!({ "typing": true })),
        condition("typing-intent", &focused, json!({ "typing": true, "intent": true })),
    ];
    for elements in LARGER {
        for (name, cpu) in [("", 1), ("-4x", 4)] {
            let how = json!({ "intent": true, "again": 2, "cpu": cpu, "elements": elements });
            // The other one shows what a dialog costs on such a page at all: that needs no throttle.
            let forms = if cpu == 1 { &ON_LARGER[..] } else { &ON_LARGER[..1] };
            conditions.push(condition(&format!("page-{elements}{name}"), forms, how));
        }
    }
    conditions
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn asked(forms: &[&str], conditions: &[&str]) -> Result<Plan> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (forms, conditions) = (owned(forms), owned(conditions));
        Plan::of(&Arguments { rounds: 2, minutes: 1, forms, conditions, as_laid: true, dry: true, document: false })
    }

    #[test]
    fn each_round_opens_what_was_asked_for() {
        assert_eq!(asked(&["bzctrl"], &["cold", "page-20000"]).unwrap().openings(), 4);
        assert_eq!(asked(&["react"], &["page-20000"]).unwrap().openings(), 0);
        let plan =
            asked(&["none", "bzctrl"], &["cold-slow"]).unwrap().for_node("http://127.0.0.1:1", Path::new("modules"));
        assert_eq!(plan["conditions"][0]["forms"], json!(["none", "bzctrl"]));
        assert_eq!(plan["conditions"][0]["network"]["bits"], 1_600_000);
    }

    #[test]
    fn what_is_not_known_is_refused_with_what_there_is() {
        let words = asked(&["bzcrtl"], &[]).err().unwrap().to_string();
        assert!(words.starts_with("there is no form bzcrtl; there are none, bzctrl, preact"), "{words}");
        let words = asked(&[], &["warm"]).err().unwrap().to_string();
        assert!(words.starts_with("there is no condition warm; there are cold, cold-4x"), "{words}");
    }
}

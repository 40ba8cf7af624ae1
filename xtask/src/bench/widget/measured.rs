//! What came out: `docs/measurements/widget.json`, from which the document and its pictures are made.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::{machine, package};

/// Where it is kept.
pub(super) fn file() -> PathBuf {
    machine::root().join("docs/measurements/widget.json")
}

/// One thing that was measured: under which condition, of which form, what.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Subject {
    pub(super) condition: String,
    pub(super) form: String,
    pub(super) figure: String,
}

/// All that was measured in one run.
pub(super) struct Measured {
    /// When, where, and of what.
    pub(super) about: Value,
    pub(super) rounds: u64,
    /// Every value, the smallest first.
    values: BTreeMap<Subject, Vec<f64>>,
}

impl Measured {
    /// Reads what `measure.mjs` has left.
    ///
    /// # Errors
    ///
    /// When it is not what that writes, or git does not know the commit.
    pub(super) fn take(left: &Value) -> Result<Self> {
        let mut values = BTreeMap::<Subject, Vec<f64>>::new();
        for run in left["results"].as_array().context("nothing was measured")? {
            let word =
                |name: &str| run[name].as_str().map(str::to_owned).with_context(|| format!("a result has no {name}"));
            let (condition, form) = (word("condition")?, word("form")?);
            for (figure, value) in figures(run) {
                let subject = Subject { condition: condition.clone(), form: form.clone(), figure };
                values.entry(subject).or_default().push((value * 10.0).round() / 10.0);
            }
        }
        for (subject, values) in &mut values {
            values.sort_by(f64::total_cmp);
            // What goes over the wire is the same each time.
            if subject.figure.starts_with("bytes") || subject.figure.starts_with("requests") {
                values.dedup();
            }
        }
        let rounds = left["rounds"].as_u64().context("nobody says how many rounds there were")?;
        Ok(Self { about: about(left)?, rounds, values })
    }

    /// Reads the file.
    ///
    /// # Errors
    ///
    /// When it is not what [`Measured::text`] makes.
    pub(super) fn read(text: &str) -> Result<Self> {
        let all: Value = serde_json::from_str(text)?;
        let mut values = BTreeMap::new();
        for line in all["values"].as_array().context("it has no values")? {
            let [Value::String(condition), Value::String(form), Value::String(figure), rest @ ..] =
                line.as_array().context("a line is no list")?.as_slice()
            else {
                bail!("a line does not say of what it is: {line}");
            };
            let subject = Subject { condition: condition.clone(), form: form.clone(), figure: figure.clone() };
            values.insert(subject, rest.iter().filter_map(Value::as_f64).collect());
        }
        let rounds = all["rounds"].as_u64().context("it does not say how many rounds")?;
        Ok(Self { about: all["measured"].clone(), rounds, values })
    }

    /// The file: each thing on one line, so that two runs can be compared.
    pub(super) fn text(&self) -> String {
        let line = |(subject, values): (&Subject, &Vec<f64>)| {
            let Subject { condition, form, figure } = subject;
            let mut line = format!("    [\"{condition}\", \"{form}\", \"{figure}\"");
            for value in values {
                // Writing to a text cannot fail.
                let _ = write!(line, ", {value}");
            }
            line + "]"
        };
        let lines: Vec<String> = self.values.iter().map(line).collect();
        let about = format!("{:#}", self.about).replace('\n', "\n  ");
        format!(
            "{{\n  \"measured\": {about},\n  \"rounds\": {},\n  \"values\": [\n{}\n  ]\n}}\n",
            self.rounds,
            lines.join(",\n")
        )
    }

    /// The median, where it was measured.
    pub(super) fn median(&self, condition: &str, form: &str, figure: &str) -> Option<f64> {
        let [condition, form, figure] = [condition, form, figure].map(str::to_owned);
        let values = self.values.get(&Subject { condition, form, figure })?;
        values.get(values.len() / 2).copied()
    }

    /// Every median, with the smallest and the largest value: for who watches.
    pub(super) fn in_words(&self) -> String {
        let mut text = format!("{:<18}{:<10}{:<24}{:>10}{:>10}{:>10}\n", "", "", "", "median", "least", "most");
        for (Subject { condition, form, figure }, values) in &self.values {
            if let (Some(least), Some(most), Some(median)) =
                (values.first(), values.last(), values.get(values.len() / 2))
            {
                let _ = writeln!(text, "{condition:<18}{form:<10}{figure:<24}{median:>10.1}{least:>10.1}{most:>10.1}");
            }
        }
        text
    }
}

/// The figures of one run.
fn figures(run: &Value) -> Vec<(String, f64)> {
    let mut figures = Vec::new();
    let mut put = |name: &str, value: &Value| figures.extend(value.as_f64().map(|value| (name.to_owned(), value)));
    for (name, figure) in [("load", "page load"), ("paint", "page paint"), ("work", "page work")] {
        put(figure, &run["load"][name]);
    }
    for name in ["dialog", "painted", "accepted"] {
        put(name, &run["opening"][name]);
    }
    put("heap", &run["heap"]);
    for opening in run["again"].as_array().into_iter().flatten() {
        put("again", &opening["painted"]);
    }
    for field in ["title", "description"] {
        let keys = &run["keys"][field];
        let mut painted: Vec<f64> =
            keys["painted"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        painted.sort_by(f64::total_cmp);
        if let Some(median) = painted.get(painted.len() / 2) {
            put(&format!("key {field}"), &json!(median));
        }
        put(&format!("key work {field}"), &keys["work"]);
    }
    if let Some(requests) = run["requests"].as_array() {
        for when in ["load", "form", "after"] {
            let of_it = requests.iter().filter(|request| request["when"] == when);
            put(&format!("requests {when}"), &json!(of_it.clone().count()));
            put(&format!("bytes {when}"), &json!(of_it.filter_map(|request| request["bytes"].as_u64()).sum::<u64>()));
        }
    }
    figures
}

/// The version of the widget that lies there: its content names it.
fn laid() -> Result<Value> {
    let manifest = package::folder().join("v1/manifest.json");
    // Without one nothing was measured; a test of this reader has none.
    let Ok(text) = fs::read(&manifest) else { return Ok(Value::Null) };
    Ok(serde_json::from_slice::<Value>(&text)?["version"].take())
}

/// When, where, and of what.
fn about(left: &Value) -> Result<Value> {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        machine::answer(command.current_dir(machine::root()).args(arguments)).context("git does not know the commit")
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let pinned = fs::read_to_string(machine::root().join("xtask/bench/widget/package.json"))?;
    let pinned: Map<String, Value> = serde_json::from_str(&pinned)?;
    Ok(json!({
        "date": machine::answer(Command::new("date").args(["--utc", "+%Y-%m-%d"])),
        "commit": git(&["rev-parse", "--short=12", "HEAD"])? + if changed.is_empty() { "" } else { ", changed" },
        "processor": processor.map_or("unknown", |(_, name)| name.trim()),
        "processors": std::thread::available_parallelism()?.get(),
        // More than this itself makes says that others were at work.
        "load": load.split(' ').next().and_then(|load| load.parse::<f64>().ok()),
        "system": machine::answer(Command::new("uname").arg("-sr")),
        "widget": laid()?,
        "browser": left["browser"],
        "node": left["node"],
        "packages": pinned.get("dependencies"),
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn left() -> Value {
        let run = |painted: f64| {
            json!({
                "form": "bzctrl", "condition": "cold", "load": { "load": 80.04, "work": 9 },
                "opening": { "dialog": 20, "painted": painted }, "again": [{ "painted": 16 }, { "painted": 17 }],
                "keys": { "title": { "painted": [9, 3, 5], "work": 2 } },
                "requests": [
                    { "when": "load", "bytes": 1_283 }, { "when": "form", "bytes": 70_000 }, { "when": "form", "bytes": 4_837 },
                ],
            })
        };
        json!({ "browser": "Chrome/1", "node": "v20", "rounds": 3, "results": [run(61.0), run(40.0), run(52.0)] })
    }

    #[test]
    fn what_is_kept_is_what_was_measured() {
        let measured = Measured::take(&left()).unwrap();
        let again = Measured::read(&measured.text()).unwrap();
        assert_eq!((again.rounds, &again.values), (3, &measured.values));
        let of = |figure| again.median("cold", "bzctrl", figure);
        assert_eq!(of("painted"), Some(52.0));
        assert_eq!(of("page load"), Some(80.0));
        assert_eq!((of("again"), of("key title")), (Some(17.0), Some(5.0)));
        assert_eq!((of("bytes form"), of("requests form")), (Some(74_837.0), Some(2.0)));
        assert_eq!((of("bytes after"), of("heap")), (Some(0.0), None));
        assert!(
            measured.text().contains("\n    [\"cold\", \"bzctrl\", \"painted\", 40, 52, 61],\n"),
            "{}",
            measured.text()
        );
    }
}

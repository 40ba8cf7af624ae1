//! What is told of the measurements: tables and pictures, made of the file alone.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bench::chart::{self, Bar};
use crate::bench::document;
use crate::machine;

/// A run of wrk, for who watches.
pub(super) fn in_words(seen: &Value) -> String {
    let of = |name: &str| seen[name].as_f64().unwrap_or_default();
    let rate = of("requests") / of("seconds").max(f64::MIN_POSITIVE);
    format!("{rate:>8.0}/s   p50 {:>7.2}   p99 {:>7.2}   p99.9 {:>7.2} ms", of("p50"), of("p99"), of("p999"))
}

/// The middle of the rounds.
#[derive(Clone, Copy)]
struct Middle {
    rate: f64,
    p50: f64,
    p99: f64,
    p999: f64,
}

fn middle(rounds: &Value) -> Result<Middle> {
    let rounds = rounds.as_array().context("there are no rounds")?;
    let of = |value: &dyn Fn(&Value) -> Option<f64>| {
        let values: Option<Vec<f64>> = rounds.iter().map(value).collect();
        median(values.context("a figure is missing")?)
    };
    let named = |name: &'static str| of(&move |seen: &Value| seen[name].as_f64());
    Ok(Middle {
        rate: of(&|seen: &Value| Some(seen["requests"].as_f64()? / seen["seconds"].as_f64()?))?,
        p50: named("p50")?,
        p99: named("p99")?,
        p999: named("p999")?,
    })
}

fn median(mut values: Vec<f64>) -> Result<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().context("nothing was measured")
}

/// The tables, as Markdown.
///
/// # Errors
///
/// When a figure is missing.
pub(super) fn tables(measured: &Value) -> Result<String> {
    let of = &measured["measured"];
    let word = |name: &str| of[name].as_str().unwrap_or("unknown").to_owned();
    let mut text = format!(
        "Measured on {}: {} × {}, {}, {}; commit {}, {}, {}, {}. {} rounds of {} s each, medians; load, relay, nginx and sandbox share \
         the processors.\n\n",
        word("date"),
        of["processors"],
        word("processor"),
        word("system"),
        word("file system"),
        word("commit"),
        word("rustc"),
        word("nginx"),
        word("wrk"),
        measured["rounds"],
        measured["seconds"]
    );
    let (busy, processors) = (measured["busy"].as_f64().unwrap_or_default(), of["processors"].as_f64().unwrap_or(1.0));
    if busy > processors / 2.0 {
        let _ = writeln!(
            text,
            "**The machine was busy**: {busy:.1} programs beside these wanted its {processors} processors, and its disk. These figures \
             compare the ways in, and say little of how fast each can be.\n"
        );
    }
    text += "| load | way in | todos/s | p50 | p99 | p99.9 | added p50 | added p99 | added p99.9 |\n\
             | --- | --- | --: | --: | --: | --: | --: | --: | --: |\n";
    for ways in measured["loads"].as_array().context("there are no loads")? {
        let load = ways["load"].as_str().context("a load has no name")?;
        let alone = middle(&ways["sandbox"])?;
        for name in ["sandbox", "nginx", "relay"] {
            let it = middle(&ways[name])?;
            let added = match name {
                "sandbox" => " | | ".to_owned(),
                _ => format!("{:.2} | {:.2} | {:.2}", it.p50 - alone.p50, it.p99 - alone.p99, it.p999 - alone.p999),
            };
            // Writing to a text cannot fail.
            let _ = writeln!(
                text,
                "| {load} | {name} | {:.0} | {:.2} | {:.2} | {:.2} | {added} |",
                it.rate, it.p50, it.p99, it.p999
            );
        }
    }
    text += "\nMilliseconds. \"Added\" is what the way in adds to the sandbox alone under the same load.\n\n";
    let megabytes = |kilobytes: &Value| kilobytes.as_f64().unwrap_or_default() / 1024.0;
    let costs = &measured["costs"];
    let _ = write!(
        text,
        "The relay's memory (resident): {:.1} MB idle, {:.1} MB after all that, {:.1} MB at the most.",
        megabytes(&costs["idle"]),
        megabytes(&costs["after"]),
        megabytes(&costs["most"])
    );
    if let Some(microseconds) = costs["microseconds"].as_f64() {
        let _ = write!(text, " Its processor time for a todo: {microseconds:.0} µs.");
    }
    text += "\n\n";
    text += "| keys in the store | file | start | p50 at 200/s | p99 at 200/s | memory at the most |\n\
             | --: | --: | --: | --: | --: | --: |\n";
    for (keys, store) in measured["growth"].as_object().context("there is no growth")? {
        let it = middle(&store["seen"])?;
        let starts = store["starts"].as_array().context("there are no starts")?;
        let start = median(starts.iter().filter_map(Value::as_f64).collect())?;
        let file = store["bytes"].as_f64().unwrap_or_default() / 1_000_000.0;
        let _ = writeln!(
            text,
            "| {keys} | {file:.1} MB | {start:.0} ms | {:.2} ms | {:.2} ms | {:.1} MB |",
            it.p50,
            it.p99,
            megabytes(&store["memory"])
        );
    }
    Ok(text)
}

/// The picture of what each load costs.
fn picture(measured: &Value) -> Result<String> {
    let mut bars = Vec::new();
    for ways in measured["loads"].as_array().context("there are no loads")? {
        let load = ways["load"].as_str().context("a load has no name")?;
        for name in ["sandbox", "nginx", "relay"] {
            let it = middle(&ways[name])?;
            let label = format!("{load}: {name}");
            bars.push(Bar { label, value: it.p50, says: format!("{:.2} ms", it.p50), is_ours: name == "relay" });
        }
    }
    Ok(chart::bars("A todo's way, p50: the sandbox alone, behind nginx, behind the relay", &bars))
}

/// What the document has of it.
fn part(measured: &Value) -> Result<String> {
    Ok(format!("![A todo's way, p50](images/relay-latency.svg)\n\n{}", tables(measured)?))
}

/// Writes the relay's part of the document, and its picture.
///
/// # Errors
///
/// When a figure is missing, or the document has no such part.
pub(super) fn write(measured: &Value) -> Result<()> {
    fs::write(machine::root().join("docs/images/relay-latency.svg"), picture(measured)?)?;
    document::write("relay", &part(measured)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn document_and_picture_are_made_of_the_measurements() {
        let measured = fs::read_to_string(super::super::measurements()).unwrap();
        let measured = serde_json::from_str(&measured).unwrap();
        let document = fs::read_to_string(document::path()).unwrap();
        let made = document::with_part(&document, "relay", &part(&measured).unwrap()).unwrap();
        assert!(made == document, "`cargo xtask bench relay --document` makes it anew");
        let kept = fs::read_to_string(machine::root().join("docs/images/relay-latency.svg")).unwrap();
        assert!(kept == picture(&measured).unwrap(), "`cargo xtask bench relay --document` makes it anew");
    }
}

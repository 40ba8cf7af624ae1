//! What is told of the measurements: tables and pictures, made of the file alone.

use std::{fmt::Write as _, fs};

use anyhow::{Context, Result};

use super::{
    measured::{self, Measured},
    plan::{FORMS, LARGER, ON_LARGER},
};
use crate::{
    bench::{
        chart::{self, Bar},
        document,
    },
    machine,
};

const OURS: &str = "bzctrl";

/// The browser and what drives it want three processors at most.
const BUSY: f64 = 4.0;

/// A column of a table: its heading, and what stands in it.
struct Column {
    heading: &'static str,
    condition: &'static str,
    /// Added up: what is needed until the form stands was partly fetched at page load.
    figures: &'static [&'static str],
    digits: usize,
    /// Of what it is so many: a kilobyte of 1,000.
    unit: f64,
}

const fn column(heading: &'static str, condition: &'static str, figures: &'static [&'static str]) -> Column {
    Column { heading, condition, figures, digits: 0, unit: 1.0 }
}

impl Column {
    const fn digits(self, digits: usize) -> Self {
        Self { digits, ..self }
    }

    const fn thousands(self) -> Self {
        Self { unit: 1_000.0, ..self }
    }

    fn of(&self, measured: &Measured, form: &str) -> Option<f64> {
        let figures = self.figures.iter().map(|figure| measured.median(self.condition, form, figure));
        Some(figures.sum::<Option<f64>>()? / self.unit)
    }

    /// What goes over the wire is the same each time.
    fn is_exact(&self) -> bool {
        self.figures.iter().all(|figure| figure.starts_with("bytes") || figure.starts_with("requests"))
    }

    fn shown(&self, value: f64) -> String {
        if self.digits == 0 { thousands(value) } else { format!("{value:.*}", self.digits) }
    }
}

const BYTES: [Column; 5] = [
    column("requests at page load", "cold", &["requests load"]),
    column("bytes at page load", "cold", &["bytes load"]),
    column("requests until the form stands", "cold", &["requests load", "requests form"]),
    column("**bytes until the form stands**", "cold", &["bytes load", "bytes form"]),
    column("bytes while it stands", "cold", &["bytes after"]),
];
const OPENING: [Column; 7] = [
    column("cold", "cold", &["painted"]),
    column("**after intent**", "intent", &["painted"]),
    column("later ones", "intent", &["again"]),
    column("cold, 4×", "cold-4x", &["painted"]),
    column("after intent, 4×", "intent-4x", &["painted"]),
    column("later ones, 4×", "intent-4x", &["again"]),
    column("cold, slow line", "cold-slow", &["painted"]),
];
const FIRST: [Column; 5] = [
    column("first key, cold", "typing", &["accepted"]),
    column("first key, after intent", "typing-intent", &["accepted"]),
    column("dialog, cold", "cold", &["dialog"]),
    column("dialog, cold, 4×", "cold-4x", &["dialog"]),
    column("dialog, cold, slow line", "cold-slow", &["dialog"]),
];
const KEYS: [Column; 6] = [
    column("title", "intent", &["key title"]).digits(1),
    column("title: work", "intent", &["key work title"]).digits(1),
    column("title, 4×", "intent-4x", &["key title"]).digits(1),
    column("description", "intent", &["key description"]).digits(1),
    column("description: work", "intent", &["key work description"]).digits(1),
    column("description, 4×", "intent-4x", &["key description"]).digits(1),
];
const PAGE: [Column; 7] = [
    column("loaded", "cold", &["page load"]),
    column("first paint", "cold", &["page paint"]),
    column("work", "cold", &["page work"]),
    column("loaded, 4×", "cold-4x", &["page load"]),
    column("work, 4×", "cold-4x", &["page work"]),
    column("loaded, slow line", "cold-slow", &["page load"]),
    column("memory of the form, kB", "intent", &["heap"]).thousands(),
];

/// Less than this of the widget's time is a lead; more is what two runs differ by.
const CLEARLY: f64 = 0.95;

/// Where somebody else is ahead, this is said: in these tables, and why.
const COMPARED: [(&str, &[Column]); 4] =
    [("", &BYTES), ("painted ", &OPENING), ("", &FIRST), ("key → painted ", &KEYS)];
const BECAUSE: [(&str, &str); 6] = [
    (
        "preact",
        "the least that a form can be: some controls, drawn and checked. It keeps no draft over a reload, gets no token, sends nothing, \
         and knows nothing of what becomes of a todo",
    ),
    (
        "react",
        "as little as that of Preact. Browsers compile JavaScript while it comes, and call nothing between two languages",
    ),
    ("rjsf", "draws what a schema says, checks it, and nothing else"),
    ("surveyjs", "draws what a model says, checks it, and nothing else"),
    ("formio", "draws what a definition says, checks it, and nothing else"),
    (
        "sentry",
        "a name, an address and a message, beside the page and not over it: nothing becomes inert, and nothing has the focus. Its core \
         is on the page from its load on, whether anybody opens it or not",
    ),
];

/// What the document has of it.
fn part(measured: &Measured) -> String {
    let about = &measured.about;
    let word = |name: &str| about[name].as_str().unwrap_or("unknown");
    let mut text = format!(
        "Measured on {}: {} × {}, {}; widget {} at commit {}; {}, node {}. {} {}, medians.\n",
        word("date"),
        about["processors"],
        word("processor"),
        word("system"),
        word("widget"),
        word("commit"),
        word("browser"),
        word("node"),
        measured.rounds,
        if measured.rounds == 1 { "round" } else { "rounds" }
    );
    if let Some(load) = about["load"].as_f64().filter(|load| *load > BUSY) {
        let _ = writeln!(
            text,
            "\n**The machine was busy**: {load} programs wanted its processors at the end. These figures compare the forms, and say little of \
             how fast each can be.\n"
        );
    }
    let packages = about["packages"].as_object().into_iter().flatten();
    let packages: Vec<String> =
        packages.map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default())).collect();
    let _ = writeln!(text, "Packages: {}.", packages.join(", "));
    for (heading, picture, columns) in [
        ("Bytes over the wire, brotli 11", Some("bytes"), &BYTES[..]),
        ("Click → painted, ms", Some("opening"), &OPENING),
        ("Click → first key accepted, and → anything of the dialog painted, ms", None, &FIRST),
        ("Key → painted, and the main thread's work for one key, ms", None, &KEYS),
        ("The host's own page, ms, and memory", None, &PAGE),
    ] {
        let _ = writeln!(text, "\n### {heading}\n");
        if let Some(picture) = picture {
            let _ = writeln!(text, "![{heading}](images/widget-{picture}.svg)\n");
        }
        text += &table(measured, columns);
    }
    text += "\n### Click → painted on larger pages, ms, after intent\n\n";
    text += "![Click → painted on larger pages](images/widget-pages.svg)\n\n";
    text += &larger(measured);
    text += "\n### Who is ahead of the widget, in what, and why\n\nTheirs : the widget's.\n\n";
    text += &ahead(measured);
    text
}

fn table(measured: &Measured, columns: &[Column]) -> String {
    let headings: Vec<&str> = columns.iter().map(|column| column.heading).collect();
    let mut text = format!("| | {} |\n| ---{} |\n", headings.join(" | "), " | --:".repeat(columns.len()));
    for (form, name) in FORMS {
        let cells: Vec<Option<f64>> = columns.iter().map(|column| column.of(measured, form)).collect();
        if cells.iter().all(Option::is_none) || (form == "none" && cells.iter().flatten().all(|value| *value == 0.0)) {
            continue;
        }
        let cells =
            columns.iter().zip(cells).map(|(column, value)| value.map_or(String::new(), |value| column.shown(value)));
        let name = if form == OURS { format!("**{name}**") } else { name.to_owned() };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    text
}

/// The pages that have more elements than the others; the smallest is that of the other tables.
fn on_larger(measured: &Measured, form: &str, speed: &str, elements: u32, figure: &str) -> Option<f64> {
    let condition = if elements == 0 { format!("intent{speed}") } else { format!("page-{elements}{speed}") };
    measured.median(&condition, form, figure)
}

fn larger(measured: &Measured) -> String {
    let mut text = "| elements more | form | first | later ones | first, 4× | later ones, 4× |\n| --: | --- | --: | --: | --: | --: |\n".to_owned();
    for elements in [0].into_iter().chain(LARGER) {
        for form in ON_LARGER {
            let cells =
                [("", "painted"), ("", "again"), ("-4x", "painted"), ("-4x", "again")].map(|(speed, figure)| {
                    on_larger(measured, form, speed, elements, figure)
                        .map_or(String::new(), |value| format!("{value:.0}"))
                });
            let _ = writeln!(text, "| {} | {} | {} |", thousands(f64::from(elements)), name(form), cells.join(" | "));
        }
    }
    text
}

/// Form by form, in which columns it has less than the widget.
fn ahead(measured: &Measured) -> String {
    let mut text = String::new();
    for (form, why) in BECAUSE {
        let mut less = Vec::new();
        for (table, column) in
            COMPARED.into_iter().flat_map(|(table, columns)| columns.iter().map(move |column| (table, column)))
        {
            let (ours, theirs) = (column.of(measured, OURS), column.of(measured, form));
            // What comes once the form stands keeps nobody waiting.
            let is_waited_for = column.figures != ["bytes after"];
            if let (Some(ours), Some(theirs), true) = (ours, theirs, is_waited_for)
                && theirs < ours * if column.is_exact() { 1.0 } else { CLEARLY }
            {
                let heading = column.heading.trim_matches('*');
                less.push(format!("{table}{heading} {} : {}", column.shown(theirs), column.shown(ours)));
            }
        }
        if !less.is_empty() {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "- **{}**: {}. Why: {why}.", name(form), less.join("; "));
        }
    }
    text
}

fn name(form: &str) -> &str {
    FORMS.iter().find(|(known, _)| *known == form).map_or(form, |(_, name)| name)
}

/// As people write a large number.
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// The pictures, by their file's name.
fn pictures(measured: &Measured) -> [(&'static str, String); 3] {
    let bars = |column: &Column, unit: &str| -> Vec<Bar> {
        let mut bars: Vec<Bar> = FORMS
            .iter()
            .filter(|(form, _)| *form != "none")
            .filter_map(|(form, name)| {
                let value = column.of(measured, form)?;
                let says = format!("{} {unit}", column.shown(value));
                Some(Bar { label: (*name).to_owned(), value, says, is_ours: *form == OURS })
            })
            .collect();
        bars.sort_by(|one, other| one.value.total_cmp(&other.value));
        bars
    };
    let [_, _, _, until_the_form, _] = BYTES;
    let [.., slow] = OPENING;
    let mut pages = Vec::new();
    for elements in [0].into_iter().chain(LARGER) {
        for form in ON_LARGER {
            if let Some(value) = on_larger(measured, form, "", elements, "painted") {
                let label = format!("{}: {}", thousands(f64::from(elements)), name(form));
                pages.push(Bar { label, value, says: format!("{value:.0} ms"), is_ours: form == OURS });
            }
        }
    }
    [
        ("bytes", chart::bars("Bytes over the wire until the form stands", &bars(&until_the_form, "bytes"))),
        (
            "opening",
            chart::bars("Click → painted, nothing fetched before, at 1.6 Mbit/s and 150 ms", &bars(&slow, "ms")),
        ),
        ("pages", chart::bars("Click → painted after intent, by elements more on the host's page", &pages)),
    ]
}

/// Writes the widget's part of the document, and its pictures.
///
/// # Errors
///
/// When the document has no such part, or one cannot be written.
pub(super) fn write(measured: &Measured) -> Result<()> {
    for (name, picture) in pictures(measured) {
        fs::write(machine::root().join(format!("docs/images/widget-{name}.svg")), picture)?;
    }
    document::write("widget", &part(measured))
}

/// The measurements that are there.
///
/// # Errors
///
/// When there are none.
pub(super) fn kept() -> Result<Measured> {
    let file = measured::file();
    let text = fs::read_to_string(&file).with_context(|| format!("{} is missing", file.display()))?;
    Measured::read(&text).with_context(|| format!("{} cannot be read", file.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn document_and_pictures_are_made_of_the_measurements() {
        let measured = kept().unwrap();
        let anew = "`cargo xtask bench widget --document` makes it anew";
        let document = fs::read_to_string(document::path()).unwrap();
        assert!(document::with_part(&document, "widget", &part(&measured)).unwrap() == document, "{anew}");
        for (name, picture) in pictures(&measured) {
            let file = machine::root().join(format!("docs/images/widget-{name}.svg"));
            assert!(fs::read_to_string(file).unwrap() == picture, "{name}: {anew}");
        }
        assert_eq!(measured.text(), fs::read_to_string(measured::file()).unwrap());
    }

    #[test]
    fn who_is_ahead_of_the_widget_is_named_and_nobody_else() {
        let lines = [("bzctrl", 60), ("preact", 30), ("react", 90)];
        let lines = lines.map(|(form, painted)| format!("[\"cold\", \"{form}\", \"painted\", {painted}]"));
        let text = format!("{{ \"measured\": {{}}, \"rounds\": 1, \"values\": [{}] }}", lines.join(","));
        let measured = Measured::read(&text).unwrap();
        let told = ahead(&measured);
        assert!(told.starts_with("- **Preact, by hand**: painted cold 30 : 60. Why: the least"), "{told}");
        assert_eq!(told.lines().count(), 1);
        assert!(table(&measured, &OPENING).contains("| **BzCtrl widget** | 60 |  |  |  |  |  |  |\n"));
    }

    #[test]
    fn large_numbers_are_written_as_people_do() {
        assert_eq!([0.0, 999.0, 1_283.0, 1_234_567.0].map(thousands), ["0", "999", "1,283", "1,234,567"]);
    }
}

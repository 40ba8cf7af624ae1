//! The widget beside the forms that a host would have instead: one Chromium, one server on this machine, the pages alternating.
//!
//! What is measured is told in `plan.rs`; how, in `xtask/bench/widget`, by node. `docs/decisions/0027` says why so. What came out is kept in
//! `docs/measurements/widget.json`, and `docs/PERFORMANCE.md` is made of that alone.

mod measured;
mod plan;
mod report;
mod site;

use std::{
    fs,
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use self::{measured::Measured, plan::Plan};
use crate::{children::Started, machine, npm, package, setup};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often each is measured.
    #[arg(long, value_name = "N", default_value_t = 15)]
    rounds: u32,
    /// When to stop, whatever is missing of the rounds.
    #[arg(long, value_name = "N", default_value_t = 18)]
    minutes: u32,
    /// These forms alone; only prints what came out.
    #[arg(long, value_name = "FORM", value_delimiter = ',')]
    forms: Vec<String>,
    /// These conditions alone; only prints what came out.
    #[arg(long, value_name = "CONDITION", value_delimiter = ',')]
    conditions: Vec<String>,
    /// Takes the widget as it lies in target/widget, and builds none.
    #[arg(long)]
    as_laid: bool,
    /// Only prints what came out: neither measurements nor document are written.
    #[arg(long)]
    dry: bool,
    /// Measures nothing: makes the document of the measurements that are there.
    #[arg(long)]
    document: bool,
}

/// Measures, and writes it down.
///
/// # Errors
///
/// When node, npm's packages, Chromium or the widget as it ships is missing, or a form does not open.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.document {
        return report::write(&report::kept()?);
    }
    let plan = Plan::of(arguments)?;
    if !arguments.as_laid {
        let release = package::Parts::build(&setup::for_widget()?)?.shipped()?.release()?;
        if let Some(lack) = release.lack {
            bail!("this would not measure what ships: {lack}");
        }
        release.lay(&package::folder())?;
    }
    let measured = measure(&plan)?;
    print!("{}", measured.in_words());
    if arguments.dry || !arguments.forms.is_empty() || !arguments.conditions.is_empty() {
        return Ok(());
    }
    fs::write(measured::file(), measured.text())?;
    report::write(&measured)
}

/// Opens each form once, on the widget that lies there: what measures them works.
///
/// # Errors
///
/// When one does not open, or something is missing.
pub(crate) fn try_once() -> Result<()> {
    measure(&Plan::to_try()).map(drop)
}

fn measure(plan: &Plan) -> Result<Measured> {
    let modules = npm::install("bench/widget", "the forms that the widget is measured against")?.context(
        "the forms that the widget is measured against come by npm: install node and npm, then run this again",
    )?;
    let chromium = setup::chromium()?;
    let loader = package::folder().join("v1/bzctrl.js.br");
    if !loader.exists() {
        bail!("{} is missing: `cargo xtask package` lays the widget as it ships", loader.display());
    }
    let address = site::serve(&site::lay(&modules)?)?;

    let scratch = machine::target().join("bench");
    let (planned, left) = (scratch.join("plan.json"), scratch.join("measured.json"));
    fs::write(&planned, plan.for_node(&address, &modules).to_string())?;
    let mut command = Command::new("node");
    command.arg(machine::root().join("xtask/bench/widget/measure.mjs")).args([&planned, &left]);
    chromium.tell(&mut command);
    println!("Measuring: {} openings.", plan.openings());
    let mut node = Started::spawn(&command, Stdio::inherit(), Stdio::inherit()).context("cannot start node")?;
    let status = loop {
        match node.ended()? {
            Some(status) => break status,
            None => sleep(Duration::from_millis(100)),
        }
    };
    if !status.success() {
        bail!("nothing was measured: what went wrong stands above");
    }
    Measured::take(&serde_json::from_slice(&fs::read(&left)?)?)
}

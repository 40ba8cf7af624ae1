//! Pages that have the names of built-ins for something of their own: `class Event {}` at the top of a script, `var URL = '/app/'`.
//! An incident is reported on each all the same, or page, user and developer are told.

use std::time::Duration;

use serde_json::{Value, json};

use crate::stage::{Browser, Engine, Stage};

/// What the widget has used at any time, besides what stands in its scripts now.
const NAMES: [&str; 34] = [
    "AbortController",
    "AbortSignal",
    "Array",
    "CSS",
    "CSSStyleSheet",
    "CustomEvent",
    "DataView",
    "Date",
    "Element",
    "Error",
    "Event",
    "FinalizationRegistry",
    "HTMLDialogElement",
    "HTMLElement",
    "HTMLInputElement",
    "HTMLTextAreaElement",
    "Headers",
    "JSON",
    "KeyboardEvent",
    "Map",
    "MutationObserver",
    "Node",
    "Number",
    "Object",
    "Promise",
    "Request",
    "Response",
    "Set",
    "ShadowRoot",
    "String",
    "Symbol",
    "TouchEvent",
    "URL",
    "Window",
];

#[tokio::test]
async fn whatever_a_page_calls_by_a_built_ins_name_the_form_works_or_it_is_told() {
    // It is the same in all engines, and long.
    if Engine::of_this_run() != Engine::Chromium {
        return;
    }
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    browser.tab.go(&stage.host.page("hosts/own-names-walk.html?policy=none")).await;
    let walk = format!(
        "(walk({}, ['class', 'property', 'object']).then((all) => (window.walked = all)), 0)",
        json!(&NAMES[..])
    );
    browser.tab.read(&walk).await;
    let mut walked = Value::Null;
    while !walked.is_array() {
        tokio::time::sleep(Duration::from_millis(500)).await;
        walked = browser.tab.read("window.walked").await;
    }
    let walked: Vec<[String; 4]> = serde_json::from_value(walked).unwrap();
    let names = |how: &str, came: &str| -> Vec<String> {
        let rows = walked.iter().filter(|[its_how, _, _, its]| its_how == how && its == came);
        rows.map(|[_, name, ..]| name.clone()).collect()
    };
    // Without the class of all elements there is none of ours: the browser says so itself.
    let has_no_elements = |row: &&[String; 4]| row[0] != "class" && row[1] == "HTMLElement";
    let wrong: Vec<_> = walked.iter().filter(|row| !row[2].is_empty() && !has_no_elements(row)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(names("class", "works").len() >= NAMES.len());

    assert_eq!(names("class", "told"), [""; 0]);
    // Nothing else is had from elsewhere, and none of these is a name that pages have for something of theirs, but for `Symbol`.
    let needed =
        ["CSSStyleSheet", "DataView", "Date", "Math", "Reflect", "Symbol", "TextDecoder", "TextEncoder", "WebAssembly"];
    for how in ["property", "object"] {
        let mut told = names(how, "told");
        told.sort();
        assert_eq!(told, needed, "{how}");
    }
}

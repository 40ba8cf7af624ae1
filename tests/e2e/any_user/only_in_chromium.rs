//! What only Chromium's driver can show: any size of a window, any theme, and what assistive technology is told.

use std::{env, fs, path::Path};

use serde_json::{Value, json};

use super::language::MARKS;
use super::speech::{self, Heard};
use super::{Language, axe, keyboard, states, tree};
use crate::stage::{Browser, Tab};

const LOOKS: &str = include_str!("looks.js");

/// A phone; the same where its user has zoomed in to 400 %; a tablet; a desk. At length another phone, and a large desk.
const SIZES: [(u32, u32); 6] = [(320, 640), (320, 256), (640, 900), (1280, 800), (390, 844), (1920, 1080)];
const THEMES: [&str; 3] = ["light", "dark", "forced"];

/// In which each state is heard, and pressed on its way to the next.
const USUAL: (u32, u32) = (1280, 900);

/// The spacing of WCAG 1.4.12, or what the form has by itself.
const SPACING: &str = "(({ shadowRoot: root }, spaced) => {
    window.spacing ??= new CSSStyleSheet();
    window.spacing.replaceSync(spaced ? `
        * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
        p { margin-bottom: 2em !important; }` : '');
    if (!root.adoptedStyleSheets.includes(window.spacing)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, window.spacing];
})(document.querySelector('bzctrl-dialog'), SPACED)";

async fn is_spaced(tab: &Tab, spaced: bool) {
    tab.read(&format!("void {}", SPACING.replace("SPACED", &spaced.to_string()))).await;
}

/// Whether all there is to see is looked at.
fn at_all() -> bool {
    env::var_os("EVERY_LOOK").is_some()
}

/// `SCREENSHOTS` names a folder for them.
async fn keep_picture(tab: &Tab, of: &[&str], (width, height): (u32, u32)) {
    if let Some(folder) = env::var_os("SCREENSHOTS") {
        let name = format!("{}-{width}x{height}.png", of.join("-"));
        fs::write(Path::new(&folder).join(name), tab.picture().await).unwrap();
    }
}

/// Looks at each state of the form in a language: what assistive technology was told in each, and what cannot be seen or read.
async fn looks_at(language: &Language) -> (Vec<(&'static str, String)>, Vec<String>, Vec<Heard>) {
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let (mut heard, mut faults, mut speech) = (Vec::new(), Vec::new(), Vec::new());
    let mut turn = ["en", "nl", "de", "fr", "ar"].iter().position(|tag| *tag == language.tag).unwrap_or_default();
    states::go_through(&browser, language, async |state| {
        let told = tree::told(&browser).await;
        if language.tag == "en" {
            speech.push(speech::listens(tab, state, &told).await);
        }
        heard.push((state, told));
        let sizes = if at_all() { &SIZES[..] } else { &SIZES[..4] };
        for &size in sizes {
            browser.stands_in(size).await;
            for spaced in [false, true] {
                is_spaced(tab, spaced).await;
                let Value::Array(seen) = tab.read(LOOKS).await else { unreachable!("a list") };
                faults.extend(seen.iter().map(|fault| format!("{state}, {size:?}, spaced: {spaced}: {fault}")));
                keep_picture(tab, &[language.tag, state, if spaced { "spaced" } else { "light" }], size).await;
            }
            is_spaced(tab, false).await;
        }
        // Of a gate each state has one theme and one size: with those of the other languages it is all of them.
        let all = sizes.iter().flat_map(|size| THEMES.map(|theme| (*size, theme)));
        turn += 5;
        let some: Vec<_> = if at_all() { all.collect() } else { all.cycle().skip(turn).take(1).collect() };
        for (size, theme) in some {
            browser.stands_in(size).await;
            browser.is_themed(theme).await;
            keep_picture(tab, &[language.tag, state, theme], size).await;
            faults
                .extend(axe::finds(tab).await.into_iter().map(|fault| format!("{state}, {size:?}, {theme}: {fault}")));
        }
        browser.is_themed("light").await;
        browser.stands_in(USUAL).await;
    })
    .await;
    (heard, faults, speech)
}

fn are_none(tag: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{tag}:\n{}", faults.join("\n"));
}

#[tokio::test]
async fn in_english_each_state_can_be_seen_whole_and_is_told_as_it_was_agreed() {
    let english = Language::english();
    let (heard, faults, speech) = looks_at(&english).await;
    tree::is_as_agreed(&heard);
    speech::is_as_written(&speech);
    are_none("en", &faults);
}

/// The same elements in the same states, by other words.
async fn as_in_english(tag: &'static str) {
    let (heard, faults, _) = looks_at(&Language::of(tag)).await;
    tree::is_built_as_agreed(tag, &heard);
    are_none(tag, &faults);
}

#[tokio::test]
async fn in_dutch_each_state_can_be_seen_whole_and_is_told_as_in_english() {
    as_in_english("nl").await;
}

#[tokio::test]
async fn in_german_each_state_can_be_seen_whole_and_is_told_as_in_english() {
    as_in_english("de").await;
}

#[tokio::test]
async fn in_french_each_state_can_be_seen_whole_and_is_told_as_in_english() {
    as_in_english("fr").await;
}

#[tokio::test]
async fn in_arabic_each_state_can_be_seen_whole_and_is_told_as_in_english() {
    as_in_english("ar").await;
}

/// What the page and its user have said, and what the browser writes.
const NO_SENTENCES: [&str; 12] = [
    states::TITLE,
    states::DESCRIPTION,
    "ORDER 777",
    "725462",
    "EXA-CON-BUS-WOR",
    "verified@host.example",
    "user@example.com",
    "DEMO",
    "EUR",
    "This answer was asked for by a fault in the sandbox.",
    "…",
    "*",
];

/// Every sentence is one of the language's: none stands in the code.
#[tokio::test]
async fn whatever_is_said_is_a_sentence_of_the_language() {
    let language = Language::marked();
    let browser = Browser::start().await;
    let mut strays = Vec::new();
    states::go_through(&browser, &language, async |state| {
        for line in tree::told(&browser).await.lines() {
            let mut quoted = line.split('"').skip(1).step_by(2).collect::<Vec<_>>().join(" ");
            // From within: a noun stands in a sentence.
            while let Some((before, after)) = quoted.split_once(MARKS[1]) {
                let (before, _) = before.rsplit_once(MARKS[0]).unwrap_or_default();
                quoted = [before, after].concat();
            }
            let left = NO_SENTENCES.iter().fold(quoted, |left, known| left.replace(known, ""));
            if left.chars().any(char::is_alphabetic) {
                strays.push(format!("{state}: {left:?} in {line}"));
            }
        }
    })
    .await;
    are_none("marked", &strays);
}

/// A language that there is not, by a page that brings all its words.
#[tokio::test]
async fn a_page_brings_a_language_of_its_own() {
    let stage = crate::stage::Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let texts = json!({
        "lang": "pl", "heading.incident": "Zgłoś incydent", "label.title": "Tytuł", "tomorrow": "Jutro",
        "read-as": "Odczytano jako", "submit": "Wyślij",
    });
    states::page(tab, &stage, &Language::english()).await;
    tab.read(&format!(
        "void (() => {{
            const todo = document.querySelector('bzctrl-todo');
            todo.removeAttribute('assertion-endpoint');
            todo.removeAttribute('lang');
            document.documentElement.lang = 'pl';
            todo.config = {{ texts: {texts} }};
        }})()"
    ))
    .await;
    tab.press(&tab.element("document.querySelector('bzctrl-todo button')").await).await;
    let form = crate::form::Form::shown(tab).await;
    form.token_has_come().await;
    form.correct("financialImpact", "1250,5").await;
    assert_eq!(form.description("financialImpact").await, "Odczytano jako EUR 1\u{a0}250,50");
    form.press("Jutro").await;
    let day = "new Date(document.querySelector('bzctrl-dialog').shadowRoot.querySelector('[name=reminderDate]').value)
        .toLocaleDateString('pl', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })";
    assert_eq!(tab.read(day).await, form.description("reminderDate").await);
    let speaks =
        "(({ shadowRoot: { firstElementChild: it } }) => [it.lang, it.dir, it.querySelector('.heading').textContent])
        (document.querySelector('bzctrl-dialog'))";
    assert_eq!(tab.read(speaks).await, json!(["pl", "ltr", "Zgłoś incydent"]));
    assert_eq!(tab.read("[...witness.errors, ...witness.said]").await, json!([]));
}

/// A phone; a phone whose user has zoomed in; one on its side; each of the two with a keyboard on its screen.
const KEYBOARDS: [(u32, u32); 5] = [(320, 640), (320, 256), (844, 390), (390, 420), (844, 210)];

/// One size of each language in a gate, in turn: five of them.
async fn by_keyboard(tag: &'static str, number: usize) {
    let browser = Browser::start().await;
    let sizes = KEYBOARDS.iter().enumerate().filter(|(at, _)| at_all() || *at == number);
    for (_, size) in sizes {
        keyboard::goes_all_the_way(&browser, &Language::of(tag), Some(*size)).await;
    }
}

#[tokio::test]
async fn by_keyboard_alone_in_english() {
    by_keyboard("en", 0).await;
}

#[tokio::test]
async fn by_keyboard_alone_in_dutch_after_zooming_in() {
    by_keyboard("nl", 1).await;
}

#[tokio::test]
async fn by_keyboard_alone_in_german_on_a_phone_on_its_side() {
    by_keyboard("de", 2).await;
}

#[tokio::test]
async fn by_keyboard_alone_in_french_with_a_keyboard_on_the_screen() {
    by_keyboard("fr", 3).await;
}

#[tokio::test]
async fn by_keyboard_alone_in_arabic_on_a_phone_on_its_side_with_a_keyboard_on_the_screen() {
    by_keyboard("ar", 4).await;
}

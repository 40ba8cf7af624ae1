//! The form speaks the user's language: what the page says nearest to it, then what the browser says, then English.

use serde_json::json;

use crate::{
    form::Form,
    stage::{Browser, Proxy, Stage, Tab, Trouble},
};

/// The languages besides English, and how their files are written.
const LANGUAGES: [(&str, &str); 4] = [
    ("nl", include_str!("../../src/text/nl.txt")),
    ("de", include_str!("../../src/text/de.txt")),
    ("fr", include_str!("../../src/text/fr.txt")),
    ("ar", include_str!("../../src/text/ar.txt")),
];

const ENGLISH: &str = "Report incident";
const DUTCH: &str = "Incident melden";
const PAGE: &str = "hosts/plain.html?policy=none";

fn said(file: &'static str, key: &str) -> &'static str {
    file.lines().filter_map(|line| line.split_once(" = ")).find(|(its, _)| *its == key).unwrap().1
}

/// The same with a number, which keeps its own direction among letters that are written from the right.
fn filled(file: &'static str, key: &str, number: &str) -> String {
    let isolates = if file.contains("dir = rtl") { ["\u{2068}", "\u{2069}"] } else { [""; 2] };
    said(file, key).replace("{count}", &isolates.join(number))
}

/// The page is there, in the language that a script makes it have, and its button is pressed.
async fn press<'a>(tab: &'a Tab, stage: &Stage, script: &str) -> Form<'a> {
    tab.go(&stage.host.page(PAGE)).await;
    tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
    tab.read(&format!("void ({script})")).await;
    press_again(tab).await
}

async fn press_again(tab: &Tab) -> Form<'_> {
    tab.press(&tab.element("document.querySelector('bzctrl-todo button')").await).await;
    Form::shown(tab).await
}

/// The form's heading, language and direction.
async fn speaks(tab: &Tab) -> [String; 3] {
    let spoken = "(({ shadowRoot: { firstElementChild: it } }) =>
        [it.querySelector('.heading').textContent, it.lang, it.dir])(document.querySelector('bzctrl-dialog'))";
    serde_json::from_value(tab.read(spoken).await).unwrap()
}

#[tokio::test]
async fn an_incident_is_reported_in_each_language() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    for (tag, file) in LANGUAGES {
        let form = press(&browser.tab, &stage, &format!("document.querySelector('bzctrl-todo').lang = '{tag}'")).await;
        let dir = if tag == "ar" { "rtl" } else { "ltr" };
        assert_eq!(speaks(&browser.tab).await, [said(file, "heading.incident"), tag, dir]);
        form.submit().await;
        form.alert(&filled(file, "problems.other", "2")).await;
        form.fill("title", tag).await;
        form.fill("description", "At gate 4").await;
        // As the example has it, and short of its decimals.
        form.correct("financialImpact", if tag == "ar" { "1,250.5,0" } else { "1.250,5,0" }).await;
        let example = form.description("financialImpact").await;
        let amount = example.rsplit(' ').next().unwrap().trim_matches(['\u{2068}', '\u{2069}']);
        form.correct(
            "financialImpact",
            amount.rsplit(['.', ',']).nth(1).map_or(amount, |_| &amount[..amount.len() - 3]),
        )
        .await;
        let read = form.description("financialImpact").await;
        assert_eq!(read, format!("{} EUR {amount}", said(file, "read-as")), "{tag}");
        form.submit().await;
        form.says(said(file, "created.incident")).await;
        form.link().await;
        form.press(said(file, "close")).await;
    }
    assert_eq!(browser.tab.read("[...witness.errors, ...witness.said]").await, json!([]));
    assert_eq!(stage.sandbox.todos().await.len(), 4);
}

#[tokio::test]
async fn what_the_page_says_nearest_to_the_form_wins_over_the_browsers_language() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    // The browser's user reads Dutch.
    for (script, tag, heading) in [
        ("0", "en", ENGLISH),
        ("document.documentElement.lang = 'nl-BE'", "nl-BE", DUTCH),
        ("document.documentElement.lang = ''", "nl-NL", DUTCH),
        ("document.documentElement.lang = 'pl'", "nl-NL", DUTCH),
        ("document.querySelector('main').lang = 'DE_at'", "DE_at", "Vorfall melden"),
        ("document.querySelector('bzctrl-todo').config = { lang: 'fr' }", "fr", "Signaler un incident"),
        (
            "document.querySelector('bzctrl-todo').config = { lang: 'fr', texts: { 'heading.incident': 'Signalez', dir: 'rtl' } }",
            "fr",
            "Signalez",
        ),
    ] {
        press(tab, &stage, script).await;
        let [said, lang, _] = speaks(tab).await;
        assert_eq!((said.as_str(), lang.as_str()), (heading, tag), "{script}");
    }
    assert_eq!(tab.read("[...witness.errors, ...witness.said]").await, json!([]));
}

#[tokio::test]
async fn a_page_that_changes_its_language_has_the_next_form_in_it() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let form = press(tab, &stage, "0").await;
    assert_eq!(speaks(tab).await, [ENGLISH, "en", "ltr"]);
    form.close().await;
    tab.read("document.documentElement.lang = 'ar'").await;
    let form = press_again(tab).await;
    assert_eq!(speaks(tab).await, ["الإبلاغ عن حادث", "ar", "rtl"]);
    form.close().await;
    tab.read("document.documentElement.lang = 'en'").await;
    press_again(tab).await;
    assert_eq!(speaks(tab).await, [ENGLISH, "en", "ltr"]);
    assert_eq!(tab.read("[...witness.errors, ...witness.said]").await, json!([]));
}

#[tokio::test]
async fn a_language_that_there_is_not_is_told_and_the_browsers_is_spoken() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    press(&browser.tab, &stage, "document.querySelector('bzctrl-todo').lang = 'xx'").await;
    assert_eq!(speaks(&browser.tab).await, [DUTCH, "nl-NL", "ltr"]);
    browser.tab.wait_for("witness.said[0]").await;
    let told = "bzctrl-todo: lang is none of en, nl, de, fr, ar; the browser's language is used";
    assert_eq!(browser.tab.read("witness.said").await, json!([told]));
}

/// Its words meet trouble: the form is in English, and works; the next one is in Dutch.
async fn words_that_do_not_come(trouble: Trouble) {
    let stage = Stage::behind_a_proxy().await;
    let proxy: &Proxy = stage.proxy.as_ref().unwrap();
    let browser = Browser::start().await;
    let tab = &browser.tab;
    proxy.troubles("nl.txt", trouble);
    let form = press(tab, &stage, "document.querySelector('bzctrl-todo').lang = 'nl'").await;
    assert_eq!(speaks(tab).await, [ENGLISH, "en", "ltr"]);
    let said = tab.read("witness.said.filter((line) => line.includes('in English')).length").await;
    assert_eq!(said, 1);
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    proxy.is_well();
    form.submit().await;
    form.link().await;
    form.finish().await;
    if !matches!(trouble, Trouble::Hangs) {
        press_again(tab).await;
        assert_eq!(speaks(tab).await, [DUTCH, "nl", "ltr"]);
    }
    assert_eq!(tab.read("witness.errors").await, json!([]));
}

#[tokio::test]
async fn words_that_fail_leave_the_form_in_english() {
    words_that_do_not_come(Trouble::Fails).await;
}

#[tokio::test]
async fn words_that_have_another_hash_leave_the_form_in_english() {
    words_that_do_not_come(Trouble::IsHalf).await;
}

#[tokio::test]
async fn words_that_never_come_leave_the_form_in_english_after_some_seconds() {
    words_that_do_not_come(Trouble::Hangs).await;
}

/// An opening that waits for its words is one: it can be closed, and goes with its element.
#[tokio::test]
async fn an_opening_that_waits_for_its_words_can_be_ended() {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    press(tab, &stage, "0").await.close().await;
    stage.proxy.as_ref().unwrap().troubles("de.txt", Trouble::Hangs);
    for end in ["todo.close()", "todo.remove()", "todo.forget()"] {
        let run = "(async () => {
            const todo = document.querySelector('bzctrl-todo') ?? document.body.appendChild(document.createElement('bzctrl-todo'));
            todo.lang = 'de';
            const promise = todo.open();
            END;
            return String(await promise);
        })()";
        assert_eq!(tab.wait_for(&run.replace("END", end)).await, "null", "{end}");
    }
    assert_eq!(tab.heard("bzctrl-open").await.len(), 1);
}

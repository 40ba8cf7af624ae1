//! Pages that nobody cleaned up for the widget: each does one nasty thing that real systems do. An incident is reported
//! on each by mouse and keyboard; its link arrives, nothing is heard of it, and the page is unharmed.
//!
//! A page more is a file in `tests/hosts` and a row here.

use serde_json::{Value, json};

use crate::{
    form::Form,
    stage::{Browser, Engine, Stage},
};

/// A page of `tests/hosts`, and what is to be known of it.
struct Page {
    file: &'static str,
    /// The server's name of its policy.
    policy: &'static str,
    in_frame: bool,
    /// The page's own server has another name than what is in its frame.
    of_another_site: bool,
    /// Where the mouse presses.
    opener: &'static str,
    /// What the browser says of the page itself.
    said_of_itself: Option<&'static str>,
    /// What is not mended yet, and where.
    fault: Option<(&'static [Engine], &'static str)>,
}

const PAGE: Page = Page {
    file: "",
    policy: "none",
    in_frame: false,
    of_another_site: false,
    opener: "document.querySelector('bzctrl-todo').firstElementChild",
    said_of_itself: None,
    fault: None,
};

macro_rules! pages {
    ($($name:ident: $file:literal $(, $member:ident: $value:expr)*;)*) => {$(
        #[tokio::test]
        async fn $name() {
            report_on(Page { file: $file, $($member: $value,)* ..PAGE }).await;
        }
    )*};
}

/// Those that run in every engine at each change.
mod worst {
    use super::*;

    pages! {
        a_body_that_takes_no_pointer: "dead-body.html";
        every_inherited_way_to_set_text: "inherited-text.html";
        a_page_that_shows_nothing_but_its_main: "hidden-children.html";
        a_grid_whose_rows_are_all_taken: "grid-body.html";
        everything_reset_by_force: "resets.html";
        prototypes_that_the_page_has_extended: "prototypes.html";
        shortcuts_in_both_phases: "key-hooks.html";
        guards_against_unsaved_changes_and_presses_outside: "guards.html";
        a_modal_dialog_of_the_page: "own-dialog.html";
        a_policy_as_strict_as_any: "plain.html", policy: "strict";
    }
}

pages! {
    a_zoomed_page_from_right_to_left: "zoomed.html";
    a_page_that_is_scrolled: "scrolled.html";
    monitoring_that_wraps_built_ins: "wrapped-built-ins.html";
    a_clock_that_stands_still: "mocked-clock.html";
    a_browser_that_says_no_languages: "no-languages.html";
    a_modal_that_calls_the_focus_back: "focus-guard.html";
    a_form_of_the_page: "in-a-form.html";
    a_link_as_the_opener: "slotted-link.html";
    a_menu_that_closes_when_something_was_chosen: "closing-menu.html";
    ten_elements: "ten-elements.html";
    the_loader_twice: "two-loaders.html";
    a_shadow_root_of_the_page: "other-root.html",
        opener: "document.querySelector('order-card').shadowRoot.querySelector('button')";
    a_policy_by_nonces_alone: "nonce.html", policy: "nonce";
    a_frame: "frame.html", in_frame: true;
    a_frame_that_may_send_no_form_and_open_no_tab: "narrow-frame.html", in_frame: true,
        said_of_itself: Some("its sandboxing");
    a_frame_without_an_address: "srcdoc.html", in_frame: true;
    a_frame_of_another_site: "foreign-frame.html", in_frame: true, of_another_site: true,
        said_of_itself: Some("third-party context");
    a_page_in_xhtml: "xhtml.xhtml";
    frames_and_forms_that_have_names_of_the_documents_own: "named-frames.html";
}

/// Where everything of the page lies that is not the widget's, and how far it is scrolled.
const LAYOUT: &str = "
    [[scrollX, scrollY], ...[...document.querySelectorAll('body, body *:not(bzctrl-dialog)')].map((it) => {
        const { x, y, width, height } = it.getBoundingClientRect();
        return [it.localName, x, y, width, height].join(' ');
    })]
";

/// What has come in from the page, as the words of the form show it.
const INHERITED: &str = "
    (() => {
        const words = getComputedStyle(document.querySelector('bzctrl-dialog').shadowRoot.querySelector('[part~=label]'));
        const own = {
            pointerEvents: 'auto', textTransform: 'none', textIndent: '0px', wordSpacing: '0px', letterSpacing: 'normal',
            textShadow: 'none', wordBreak: 'normal', fontStyle: 'normal', fontVariantCaps: 'normal', visibility: 'visible',
            webkitTextFillColor: words.color,
        };
        return Object.entries(own).filter(([name, value]) => words[name] !== value).map(([name]) => `${name}: ${words[name]}`);
    })()
";

async fn report_on(page: Page) {
    let Some((_, reason)) = page.fault.filter(|(engines, _)| engines.contains(&Engine::of_this_run())) else {
        return tour(&page).await;
    };
    let local = tokio::task::LocalSet::new();
    let outcome = local.run_until(async { tokio::task::spawn_local(async move { tour(&page).await }).await }).await;
    assert!(outcome.is_err_and(|error| error.is_panic()), "this is mended, take the fault from its row: {reason}");
    println!("expected to fail: {reason}");
}

/// An incident, from the press on the page's button until the form has closed.
async fn tour(page: &Page) {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    let path = format!("hosts/{}?policy={}", page.file, page.policy);
    let address = if page.of_another_site { stage.host.page_of_another_site(&path) } else { stage.host.page(&path) };
    tab.go(&address).await;
    if page.in_frame {
        tab.enter_frame().await;
    }
    let opener = tab.element(page.opener).await;
    tab.wait_for("document.querySelector('bzctrl-todo:defined, order-card')?.localName").await;
    tab.focus(&opener).await;
    tab.in_sight(&opener).await;
    let before = tab.read(LAYOUT).await;

    tab.press(&opener).await;
    let form = Form::shown(tab).await;
    form.has_focus("title").await;
    assert_eq!(tab.read(INHERITED).await, json!([]), "inherited");
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4,\ntwice").await;
    form.choose("impact", "HIGH").await;
    form.submit().await;
    let link = form.link().await;
    form.finish().await;

    let created = tab.heard("bzctrl-created").await;
    assert_eq!(created.len(), 1);
    assert_eq!((&created[0]["taskLink"], &created[0]["orderId"]), (&json!(link), &json!("ORDER 777")));
    let todos = stage.sandbox.todos().await;
    assert_eq!((&todos[0]["title"], &todos[0]["impact"]), (&json!("Seal torn"), &json!("HIGH")));
    assert_eq!(todos[0]["description"], "At gate 4,\ntwice");
    assert_eq!(todos.len(), 1);
    unharmed(page, &browser, &before).await;
}

async fn unharmed(page: &Page, browser: &Browser, before: &Value) {
    let tab = &browser.tab;
    assert_eq!(tab.read("window.harm?.() ?? []").await, json!([]), "harm");
    assert_eq!(tab.read("[...witness.errors, ...witness.violations, ...witness.said]").await, json!([]), "heard");
    assert_eq!(tab.read(LAYOUT).await, *before, "layout");
    assert_ne!(tab.read("document.activeElement.localName").await, "body", "the focus is lost");
    let mut console = browser.console().await;
    console.retain(|line| page.said_of_itself.is_none_or(|own| !line.contains(own)));
    assert_eq!(console, [""; 0]);
}

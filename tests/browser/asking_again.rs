//! The client's rules: what is asked again, when, and under which key.

use bzctrl_contract::Code;
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Answer, Form, Page, Word, created, html, problem, word};

async fn submitted(page: &Page) -> Form {
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    form
}

#[wasm_bindgen_test]
async fn an_html_502_of_a_proxy_is_a_lost_answer_and_asked_again_under_the_same_key() {
    let page = Page::new().await;
    page.relay.answers([html(502)]);
    let form = submitted(&page).await;
    assert!(form.alert().starts_with("The answer was lost on the way"), "{}", form.alert());
    assert!(form.alert().contains("Trying again by itself."), "{}", form.alert());
    assert!(!form.is_editable());
    page.passes(999.0).await;
    assert_eq!(page.relay.todos().len(), 1);
    page.passes(1.0).await;
    let todos = page.relay.todos();
    assert_eq!(todos.len(), 2);
    assert_eq!(todos[0].key(), todos[1].key());
    assert_eq!(todos[0].body, todos[1].body);
    assert!(form.text().contains("Incident created"), "{}", form.text());
    assert_eq!(page.hears.events(), ["open", "submit", "error", "created"], "the host is asked once a press");
}

#[wasm_bindgen_test]
async fn whatever_is_no_known_problem_is_a_lost_answer() {
    for lost in [
        html(200),
        Answer::json(200, r#"{"taskLink":"https://www.bzctrl.com/app/#/todo/X-1"}"#),
        Answer::json(201, "[]"),
        Answer::json(201, r#"{"title":"cut of"#),
        Answer::json(204, ""),
        html(504),
        Answer::json(502, r#"{"code":"upstream-rejected"}"#),
        problem(Code::UpstreamRejected, "").renamed("nobody-knows"),
    ] {
        let page = Page::new().await;
        page.relay.answers([lost]);
        let form = submitted(&page).await;
        assert!(form.alert().starts_with("The answer was lost on the way"), "{}", form.alert());
        page.passes(1_000.0).await;
        let keys = page.relay.keys();
        assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
        assert!(form.text().contains("Incident created"), "{}", form.text());
    }
}

#[wasm_bindgen_test]
async fn a_hosts_fetch_may_reject_with_anything_and_the_form_lives_on() {
    let dom_exception = Reflect::get(&js_sys::global(), &"DOMException".into()).unwrap();
    let abort =
        Reflect::construct(dom_exception.unchecked_ref::<Function>(), &Array::of2(&"cut".into(), &"AbortError".into()));
    let type_error: JsValue = js_sys::TypeError::new("Failed to fetch").into();
    for with in ["a string".into(), JsValue::UNDEFINED, JsValue::NULL, 7.into(), abort.unwrap(), type_error] {
        let page = Page::new().await;
        page.relay.answers([Answer::Rejects(with)]);
        let form = submitted(&page).await;
        assert!(form.alert().starts_with("The answer was lost on the way"), "{}", form.alert());
        page.passes(1_000.0).await;
        assert!(form.text().contains("Incident created"), "{}", form.text());
    }
}

#[wasm_bindgen_test]
async fn a_hosts_fetch_may_throw_at_once_or_answer_with_no_promise() {
    for broken in ["throw 'a string'", "throw undefined", "return 7", "return null"] {
        let page = Page::new().await;
        let form = page.open().await;
        form.fill().await;
        page.breaks_fetch(broken);
        form.submit().await;
        assert!(form.alert().starts_with("The answer was lost on the way"), "{broken}: {}", form.alert());
        form.press("Stop").await;
        assert_eq!(form.buttons(), ["It is there, close", "Ask again"], "{broken}: the form lives");
    }
}

#[wasm_bindgen_test]
async fn an_answer_that_never_comes_is_given_up_and_asked_for_again() {
    let page = Page::new().await;
    page.relay.answers([Answer::Waits]);
    let form = submitted(&page).await;
    page.passes(30_000.0).await;
    assert_eq!(form.buttons(), ["Cancel", "Sending…"], "a relay waits for BzCtrl longer than a moment");
    page.passes(15_000.0).await;
    let keys = page.relay.keys();
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
    assert!(form.text().contains("Incident created"), "{}", form.text());
}

#[wasm_bindgen_test]
async fn waits_grow_and_the_relays_retry_after_is_heard() {
    let page = Page::new().await;
    let busy = |after: &str| problem(Code::RateLimited, "").with("Retry-After", after);
    page.relay.answers([html(502), html(502), busy("7"), busy("0"), busy("soon")]);
    let form = submitted(&page).await;
    for (wait, words) in [
        (1_000.0, "The answer was lost"),
        (2_000.0, "The answer was lost"),
        (7_000.0, "Too many requests"),
        (1_000.0, "Too many requests"),
        (16_000.0, "Too many requests"),
    ] {
        assert!(form.alert().starts_with(words), "{}", form.alert());
        let before = page.relay.todos().len();
        page.passes(wait - 1.0).await;
        assert_eq!(page.relay.todos().len(), before, "not before {wait} ms");
        page.passes(1.0).await;
        assert_eq!(page.relay.todos().len(), before + 1, "after {wait} ms");
    }
    assert!(form.text().contains("Incident created"));
    assert_eq!(page.relay.keys().iter().collect::<std::collections::HashSet<_>>().len(), 1);
}

#[wasm_bindgen_test]
async fn try_now_asks_at_once_and_the_wait_that_it_ends_asks_no_more() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::UpstreamUnavailable, "").with("Retry-After", "30"), Answer::Waits]);
    let form = submitted(&page).await;
    form.press("Try now").await;
    assert_eq!(page.relay.todos().len(), 2);
    page.passes(31_000.0).await;
    assert_eq!(page.relay.todos().len(), 2);
    page.relay.answers_at_last(created()).await;
    assert!(form.text().contains("Incident created"));
}

#[wasm_bindgen_test]
async fn asking_by_itself_ends_two_minutes_after_the_press_and_then_a_press_asks_under_the_same_key() {
    let page = Page::new().await;
    page.relay.always_answers(html(502));
    let form = submitted(&page).await;
    page.passes(121_000.0).await;
    let asked = page.relay.todos().len();
    assert!(asked > 5, "{asked}");
    assert_eq!(form.buttons(), ["It is there, close", "Ask again"]);
    page.passes(3_600_000.0).await;
    assert_eq!(page.relay.todos().len(), asked);
    page.relay.always_answers(created());
    form.press("Ask again").await;
    assert!(form.text().contains("Incident created"), "{}", form.text());
    assert_eq!(page.relay.keys().iter().collect::<std::collections::HashSet<_>>().len(), 1);
}

#[wasm_bindgen_test]
async fn what_was_not_sent_can_be_edited_after_two_minutes_and_keeps_its_key() {
    let page = Page::new().await;
    page.relay.always_answers(problem(Code::UpstreamUnavailable, ""));
    let form = submitted(&page).await;
    page.passes(121_000.0).await;
    assert!(form.is_editable());
    assert!(form.alert().contains("Nothing was sent so far"), "{}", form.alert());
    page.relay.always_answers(created());
    form.type_into("title", "Seal broken at the gate").await;
    form.submit().await;
    let todos = page.relay.todos();
    let (first, last) = (&todos[0], &todos[todos.len() - 1]);
    assert_eq!(first.key(), last.key());
    assert!(last.body.contains("Seal broken at the gate"));
}

#[wasm_bindgen_test]
async fn a_refused_token_is_fetched_anew_once_a_press() {
    for code in [Code::TokenExpired, Code::TokenInvalid] {
        let page = Page::new().await;
        page.relay.answers([problem(code, "")]);
        let form = submitted(&page).await;
        assert!(form.text().contains("Incident created"), "{}", form.text());
        assert_eq!(page.relay.token_requests().len(), 2);
        let todos = page.relay.todos();
        assert_eq!(todos[0].key(), todos[1].key());
        assert_eq!(todos[1].header("authorization"), "Bearer token-2");
        assert_eq!(page.hears.events(), ["open", "submit", "created"], "the user saw no failure");
    }
}

#[wasm_bindgen_test]
async fn a_token_that_is_refused_twice_is_told_and_the_next_press_may_fetch_one_again() {
    let page = Page::new().await;
    page.relay.answers([
        problem(Code::TokenInvalid, ""),
        problem(Code::TokenInvalid, ""),
        problem(Code::TokenInvalid, ""),
    ]);
    let form = submitted(&page).await;
    assert!(form.alert().starts_with("This page's token is refused"), "{}", form.alert());
    assert_eq!((page.relay.token_requests().len(), page.relay.todos().len()), (2, 2));
    assert!(form.is_editable());
    form.submit().await;
    assert_eq!((page.relay.token_requests().len(), page.relay.todos().len()), (3, 4));
    assert!(form.text().contains("Incident created"), "{}", form.text());
}

#[wasm_bindgen_test]
async fn after_bzctrls_no_the_next_submit_makes_a_new_key() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::UpstreamRejected, r#""upstream":{"status":400,"reason":"no"}"#)]);
    let form = submitted(&page).await;
    form.type_into("title", "Another title").await;
    form.submit().await;
    let todos = page.relay.todos();
    assert_ne!(todos[0].key(), todos[1].key());
    assert_eq!(todos[1].header("x-bzctrl-replaces"), "");
}

#[wasm_bindgen_test]
async fn what_was_not_accepted_keeps_its_key_whatever_is_edited() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::TooLarge, "")]);
    let form = submitted(&page).await;
    form.type_into("description", "Shorter.").await;
    form.submit().await;
    let todos = page.relay.todos();
    assert_eq!(todos[0].key(), todos[1].key());
    assert!(todos[1].body.contains("Shorter."));
}

#[wasm_bindgen_test]
async fn an_unknown_outcome_is_never_sent_again_by_itself() {
    let page = Page::new().await;
    page.relay.always_answers(problem(Code::OutcomeUnknown, "").with("Retry-After", "1"));
    let form = submitted(&page).await;
    page.passes(600_000.0).await;
    assert_eq!(page.relay.todos().len(), 1);
    form.key("title", "Enter", true).await;
    let todos = page.relay.todos();
    assert_eq!((todos.len(), todos[0].key()), (2, todos[1].key()), "Submit's own keys look again, and send no other");
    assert_eq!(todos[1].header("x-bzctrl-replaces"), "");
    assert_eq!(form.buttons(), ["It is there, close", "Send again"]);
    assert!(form.find("button[type=submit]").is_none());
}

#[wasm_bindgen_test]
async fn sending_an_unknown_one_again_makes_a_new_key_that_names_the_old_one() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::OutcomeUnknown, ""), html(502)]);
    let form = submitted(&page).await;
    form.press("Send again").await;
    page.passes(1_000.0).await;
    let todos = page.relay.todos();
    assert_eq!(todos.len(), 3);
    assert_ne!(todos[0].key(), todos[1].key());
    assert_eq!(todos[0].header("x-bzctrl-replaces"), "");
    let old = format!("\"{}\"", todos[0].key());
    assert_eq!(todos[1].header("x-bzctrl-replaces"), old);
    assert_eq!((todos[2].key(), todos[2].header("x-bzctrl-replaces")), (todos[1].key(), old.as_str()));
    assert_eq!(todos[0].body, todos[1].body);
    assert!(form.text().contains("Incident created"), "{}", form.text());
}

#[wasm_bindgen_test]
async fn an_unknown_one_that_is_left_closes_and_leaves_nothing_behind() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::OutcomeUnknown, "")]);
    let (form, promise) = page.todo.open_with(&JsValue::UNDEFINED).await;
    form.fill().await;
    form.submit().await;
    form.press("It is there, close").await;
    assert!(!form.is_open());
    assert_eq!(page.stored(), "");
    assert_eq!(page.hears.events(), ["open", "submit", "error", "close"]);
    assert_eq!(word(&promise).await, Word::Broken("outcome-unknown".to_owned()));
    let form = page.open().await;
    assert!(form.is_editable() && form.value("title").is_empty());
}

const LISTED: &str = r#"{"tasks":[
    {"state":"created","todoType":"INCIDENT","title":"Seal torn","taskLink":"https://www.bzctrl.com/app/#/todo/X-2","at":"2026-11-26T12:03:04Z"},
    {"state":"created","title":"A script","taskLink":"javascript:alert(1)","at":"yesterday"},
    {"state":"unknown","title":"Seal broken","at":"2026-11-26T11:03:04Z"}]}"#;

#[wasm_bindgen_test]
async fn under_what_nobody_knows_stands_what_the_relay_knows_of_the_order() {
    for code in [Code::OutcomeUnknown, Code::KeyUnknown] {
        let page = Page::new().await;
        page.relay.answers([problem(code, "")]);
        page.relay.knows(Answer::json(200, LISTED));
        let form = submitted(&page).await;
        let [_of_the_opening, list] = &page.relay.list_requests()[..] else {
            panic!("{:?}", page.relay.list_requests())
        };
        assert_eq!(
            (list.method.as_str(), list.header("authorization"), list.body.as_str()),
            ("GET", "Bearer token-1", "")
        );
        assert!(list.url.ends_with("/v1/tasks?orderID=ORDER%20777") && list.is_plain, "{}", list.url);
        assert_eq!(list.header("x-bzctrl-widget"), "1");
        let shown = form.find(".known").unwrap();
        let said = shown.inner_text();
        for part in
            ["Seal torn", "Created", "A script", "yesterday", "Seal broken", "Nobody knows whether it was created"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("12:03:04Z"), "a time is as the user writes it: {said}");
        let links = shown.query_selector_all("a").unwrap();
        assert_eq!(links.length(), 1, "what is no address is no link");
        let link = form.find(".known a").unwrap();
        assert_eq!(link.get_attribute("rel").as_deref(), Some("noopener noreferrer"));
        assert_eq!(link.get_attribute("target").as_deref(), Some("_blank"));
        assert_eq!(form.buttons(), ["It is there, close", "Send again"], "it ends no doubt");
        assert!(!page.stored().contains("Seal torn"), "nothing of it is kept");
        assert_eq!(page.hears.events(), ["open", "submit", "error"], "the page hears nothing of it");
    }
}

#[wasm_bindgen_test]
async fn a_list_that_does_not_come_is_no_error_and_nobody_waits_for_it() {
    for answer in
        [Answer::Waits, Answer::Rejects("gone".into()), html(502), html(200), Answer::json(200, r#"{"tasks":7}"#)]
    {
        let page = Page::new().await;
        page.relay.answers([problem(Code::OutcomeUnknown, "")]);
        page.relay.knows(answer);
        let form = submitted(&page).await;
        assert!(form.alert().starts_with("BzCtrl did not say what became of it"), "{}", form.alert());
        assert!(form.find(".known").is_none());
        form.press("Send again").await;
        assert!(form.text().contains("Incident created"), "{}", form.text());
    }
}

#[wasm_bindgen_test]
async fn look_again_asks_under_the_same_key_and_shows_what_was_created_meanwhile() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::OutcomeUnknown, ""), problem(Code::OutcomeUnknown, "")]);
    let form = submitted(&page).await;
    form.press("Look again").await;
    assert_eq!(page.relay.list_requests().len(), 3, "what the relay knows is asked for anew");
    assert_eq!(form.buttons(), ["It is there, close", "Send again"]);
    form.press("Look again").await;
    assert!(form.text().contains("Incident created"), "{}", form.text());
    let todos = page.relay.todos();
    assert!(todos.len() == 3 && todos.iter().all(|todo| todo.key() == todos[0].key()), "{todos:?}");
    assert!(todos.iter().all(|todo| todo.header("x-bzctrl-replaces").is_empty()));
}

//! Pages that nobody cleaned up: what other scripts have done to what all scripts share. What is sent and what is read
//! depends on none of it.

use js_sys::{Array, BigInt, Function, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::RequestCredentials;

use crate::page::{Answer, Changed, Form, Page, html, json};

/// What Prototype 1.6 does, and what goes further. The driver of the browser shares the page's objects: where it would
/// be hit, only what WebAssembly asks for is.
const PAGES: [(&str, &str); 6] = [
    (
        "for (const it of [Array, String, Number]) it.prototype.toJSON = function () { 'use strict'; return /wasm/.test(Error().stack) ? `\"${this}\"` : this }",
        "for (const it of [Array, String, Number]) delete it.prototype.toJSON",
    ),
    (
        "globalThis.ownJSON = JSON; JSON = { stringify: () => 'mine', parse: () => ({ access_token: 'mine', taskLink: 'https://mine.example.com' }) }",
        "JSON = ownJSON; delete globalThis.ownJSON",
    ),
    (
        "for (const name of ['code', 'mode', 'errors', 'lrn', 'upstream', 'task_endpoint', 'title', 'tags', 'orderId', 'each']) Object.prototype[name] = 'of all objects'",
        "for (const name of ['code', 'mode', 'errors', 'lrn', 'upstream', 'task_endpoint', 'title', 'tags', 'orderId', 'each']) delete Object.prototype[name]",
    ),
    (
        "globalThis.own = {}; for (const name of ['map', 'forEach', 'entries', Symbol.iterator]) { const its = own[name] = Array.prototype[name]; Array.prototype[name] = function (...all) { if (/wasm-function/.test(Error().stack.split('\\n')[2])) throw new Error('mine'); return its.apply(this, all) } }",
        "for (const name of Reflect.ownKeys(own)) Array.prototype[name] = own[name]; delete globalThis.own",
    ),
    (
        "globalThis.own = [Object.entries, Object.keys]; Object.entries = Object.keys = (of) => { throw new Error('mine') }",
        "Object.entries = own[0]; Object.keys = own[1]; delete globalThis.own",
    ),
    (
        "globalThis.own = {}; for (const name of ['trim', 'split', 'toString']) { own[name] = String.prototype[name]; String.prototype[name] = () => 'mine' }",
        "for (const name of ['trim', 'split', 'toString']) String.prototype[name] = own[name]; delete globalThis.own",
    ),
];

async fn submitted(page: &Page) -> Form {
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    form
}

/// As the host's `config` has it.
fn config(page: &Page, members: &[(&str, JsValue)]) {
    let config = Object::new();
    for (name, value) in members {
        Reflect::set(&config, &(*name).into(), value).unwrap();
    }
    Reflect::set(page.todo.element(), &"config".into(), &config).unwrap();
}

#[wasm_bindgen_test]
async fn what_is_sent_and_what_is_heard_depends_on_nothing_that_the_page_has_changed() {
    for (script, back) in PAGES {
        let page = Page::new().await;
        config(&page, &[("category", Array::of2(&"Customs".into(), &"IT".into()).into())]);
        let changed = page.runs(script, back);
        let form = submitted(&page).await;
        drop(changed);
        let sent = page.relay.todo();
        assert_eq!(
            sent.body,
            concat!(
                r#"{"todoType":"INCIDENT","domainWorkSpace":"EXA-CON-BUS-WOR","title":"Seal broken","#,
                r#""description":"The seal of MSKU 907032-3 is broken.","status":"IN PROGRESS","#,
                r#""assignee":"user@example.com","reporter":"user@example.com","category":["Customs","IT"],"#,
                r#""lrn":"725462","orderID":"ORDER 777"}"#
            ),
            "{script}"
        );
        assert_eq!(sent.url, "https://relay.example.com/v1/tasks", "{script}");
        assert!(form.text().contains("Incident created"), "{script}: {}", form.text());
        let heard = json(&page.hears.detail("created"));
        assert!(
            heard.contains(r#""title":"Potential Customs claim""#) && heard.contains(r#""tags":["ORDER 777"]"#),
            "{heard}"
        );
        assert_eq!(json(&Reflect::get(&page.hears.detail("submit"), &"todo".into()).unwrap()), sent.body, "{script}");
    }
}

#[wasm_bindgen_test]
async fn what_was_typed_comes_back_whatever_the_page_has_changed() {
    for (script, back) in PAGES {
        let page = Page::new().await;
        let changed = page.runs(script, back);
        let form = page.open().await;
        form.type_into("title", "Seal \"T1\" broken").await;
        form.press("Cancel").await;
        form.closes_all_the_same().await;
        let form = page.open().await;
        drop(changed);
        assert_eq!(form.value("title"), "Seal \"T1\" broken", "{script}: {}", page.stored());
    }
}

#[wasm_bindgen_test]
async fn the_pages_own_fetch_may_know_addresses_alone_and_add_what_it_likes() {
    for wrapper in [
        // Looks at the address as a text.
        "const own = fetch; fetch = (url, options) => url.startsWith('/api') ? own(url) : own(url, options)",
        // Gives every request a header.
        "const own = fetch; fetch = (url, { headers, ...rest } = {}) => own(url, { ...rest, headers: { ...headers, 'x-csrf': '7' } })",
        "const own = fetch; fetch = async (url, init) => { init.headers['x-csrf'] = '7'; return own(url, init) }",
        // Forgets the signal.
        "const own = fetch; fetch = (url, { signal, ...rest }) => own(url, rest)",
        // Answers with an answer of its own.
        "const own = fetch; fetch = async (...all) => { const answer = await own(...all); return { status: answer.status, headers: answer.headers, type: 'basic', text: () => answer.clone().text() } }",
    ] {
        let page = Page::new().await;
        page.wraps_fetch(wrapper);
        let form = submitted(&page).await;
        let sent = page.relay.todo();
        assert_eq!(sent.header("authorization"), "Bearer token-1", "{wrapper}");
        assert_eq!(sent.header("content-type"), "application/json", "{wrapper}");
        // A copy of an answer is read in the browser's own time.
        page.until(|_| form.text().contains("Incident created")).await;
        assert!(form.text().contains("Incident created"), "{wrapper}: {}", form.text());
    }
}

#[wasm_bindgen_test]
async fn a_fetch_that_forgets_the_signal_and_never_answers_is_given_up_all_the_same() {
    let page = Page::new().await;
    let form = page.open().await;
    form.fill().await;
    page.breaks_fetch("return new Promise(() => {})");
    form.submit().await;
    page.passes(40_000.0).await;
    assert!(form.alert().starts_with("The answer was lost on the way"), "{}", form.alert());
}

#[wasm_bindgen_test]
async fn a_number_is_taken_where_text_is_meant_with_all_its_digits() {
    let boxed = |script: &str| Function::new_no_args(script).call0(&JsValue::UNDEFINED).unwrap();
    for (given, sent) in [
        (777.into(), "777"),
        (0.into(), "0"),
        ((-7).into(), "-7"),
        (9_007_199_254_740_991.0_f64.into(), "9007199254740991"),
        (12.5.into(), "12.5"),
        (BigInt::from(12_345_678_901_234_567_890_u64).into(), "12345678901234567890"),
        (boxed("return new Number(777)"), "777"),
        (boxed("return new String('ORDER 777')"), "ORDER 777"),
    ] {
        let page = Page::new().await;
        config(
            &page,
            &[("orderId", given), ("lrn", JsValue::NULL), ("category", Array::of2(&7.into(), &"IT".into()).into())],
        );
        submitted(&page).await;
        let body = page.relay.todo().body;
        assert!(body.contains(&format!(r#""orderID":"{sent}""#)), "{body}");
        assert!(body.contains(r#""category":["7","IT"]"#) && body.contains(r#""lrn":"725462""#), "{body}");
        assert_eq!(page.hears.lines(), [""; 0]);
    }
}

#[wasm_bindgen_test]
async fn what_is_neither_text_nor_a_number_is_told_and_left_out() {
    for given in [
        true.into(),
        f64::NAN.into(),
        f64::INFINITY.into(),
        9_007_199_254_740_992.0_f64.into(),
        Object::new().into(),
        js_sys::Date::new_0().into(),
        JsValue::symbol(Some("777")),
        Function::new_no_args("").into(),
        Array::of2(&"a".into(), &JsValue::NULL).into(),
    ] {
        let page = Page::new().await;
        config(&page, &[("lrn", given)]);
        submitted(&page).await;
        let body = page.relay.todo().body;
        assert!(body.contains(r#""lrn":"725462""#), "the attribute holds: {body}");
        let lines = page.hears.lines();
        assert!(lines.len() == 1 && lines[0].starts_with("bzctrl-todo: lrn is "), "{lines:?}");
    }
}

#[wasm_bindgen_test]
async fn cookies_go_to_the_pages_own_origin_and_to_another_on_the_pages_word_alone() {
    let sent = async |credentials: Option<&str>| {
        let page = Page::new().await;
        if let Some(word) = credentials {
            page.todo.says("credentials", word);
        }
        submitted(&page).await;
        (page.relay.token_requests()[0].credentials, page.relay.todo().credentials)
    };
    use RequestCredentials::{Include, SameOrigin};
    assert_eq!(sent(None).await, (SameOrigin, SameOrigin));
    assert_eq!(sent(Some("include")).await, (Include, Include));
    assert_eq!(sent(Some("everywhere")).await, (SameOrigin, SameOrigin));
}

#[wasm_bindgen_test]
async fn where_a_relay_sends_the_widget_to_another_origin_no_cookies_go_not_even_the_pages_own() {
    let page = Page::new().await;
    let own = web_sys::window().unwrap().origin();
    page.todo.says("credentials", "include");
    page.todo.says("order-id", "O1");
    page.todo.says("token-endpoint", "https://relay.example.com/v1/token");
    let told = r#""mode":"sealed","key_epoch":"epoch-1""#;
    page.relay.answers_for_token([Answer::json(
        200,
        format!(r#"{{"access_token":"x",{told},"task_endpoint":"{own}/admin/delete/v1/tasks"}}"#),
    )]);
    submitted(&page).await;
    let (asked, todo) = (page.relay.list_requests(), page.relay.todo());
    assert_eq!((asked[0].credentials, todo.credentials), (RequestCredentials::Omit, RequestCredentials::Omit));
    assert!(todo.url.starts_with(&own), "{}", todo.url);
}

#[wasm_bindgen_test]
async fn bzctrl_itself_and_the_relays_open_files_get_no_cookies() {
    let page = Page::new().await;
    page.todo.says("credentials", "include");
    page.relay.answers_for_token([Answer::json(
        200,
        r#"{"access_token":"x","mode":"token","task_endpoint":"https://www.bzctrl.com/add-task"}"#,
    )]);
    submitted(&page).await;
    assert_eq!(page.relay.token_requests()[0].credentials, RequestCredentials::Include);
    assert_eq!(page.relay.todo().credentials, RequestCredentials::Omit);

    let page = Page::new().await;
    page.todo.says("credentials", "include");
    page.relay.answers_for_token([Answer::Rejects("blocked".into())]);
    page.open().await;
    assert_eq!(page.relay.file_requests()[0].credentials, RequestCredentials::Omit);
}

#[wasm_bindgen_test]
async fn a_token_answer_that_was_lost_on_the_way_is_asked_for_again_by_itself() {
    for lost in [
        html(200),
        html(502),
        html(404),
        Answer::json(204, ""),
        Answer::json(200, r#"{"access_token":"cut o"#),
        Answer::json(502, r#"{"message":"Bad gateway"}"#),
        Answer::Rejects("cut".into()),
    ] {
        let page = Page::new().await;
        page.relay.answers_for_token([lost.clone(), lost.clone(), lost]);
        let form = submitted(&page).await;
        assert!(
            form.alert().starts_with("No connection to the relay\nNothing was sent so far. What you typed is kept."),
            "{}",
            form.alert()
        );
        assert!(form.alert().ends_with("Trying again by itself."), "{}", form.alert());
        assert_eq!(form.buttons(), ["Stop", "Try now"]);
        page.passes(999.0).await;
        assert_eq!(page.relay.token_requests().len(), 2);
        page.passes(1.0).await;
        assert_eq!(page.relay.token_requests().len(), 3);
        form.press("Try now").await;
        assert!(form.text().contains("Incident created"), "{}", form.text());
        assert_eq!(page.hears.events(), ["open", "error", "submit", "created"]);
    }
}

#[wasm_bindgen_test]
async fn a_token_that_never_comes_is_asked_for_by_itself_for_two_minutes_and_then_by_a_press() {
    let page = Page::new().await;
    page.relay.answers_for_token(std::array::from_fn::<_, 12, _>(|_| html(502)));
    let form = submitted(&page).await;
    page.passes(121_000.0).await;
    let asked = page.relay.token_requests().len();
    assert!(asked > 5, "{asked}");
    assert!(form.is_editable(), "nothing was sent");
    assert!(form.alert().starts_with("No connection to the relay"), "{}", form.alert());
    page.passes(3_600_000.0).await;
    assert_eq!(page.relay.token_requests().len(), asked);
    form.submit().await;
    assert_eq!(page.relay.token_requests().len(), asked + 1);
}

#[wasm_bindgen_test]
async fn a_todo_that_waits_for_its_token_can_be_left_and_nothing_is_sent() {
    let page = Page::new().await;
    page.relay.answers_for_token([html(502), html(502)]);
    let form = submitted(&page).await;
    form.press("Stop").await;
    assert!(form.is_editable(), "nothing was sent");
    page.passes(10_000.0).await;
    assert_eq!(page.relay.token_requests().len(), 2, "nothing is asked for any more");
    form.press("Cancel").await;
    assert!(form.text().contains("What you typed is kept in this tab"), "{}", form.text());
    form.closes_all_the_same().await;
    page.passes(600_000.0).await;
    assert!(page.relay.todos().is_empty());
    assert!(json(&page.hears.detail("close")).contains(r#""reason":"cancelled""#));
}

#[wasm_bindgen_test]
async fn a_name_that_a_framework_has_made_small_is_taken_and_told_and_its_own_marks_are_left_alone() {
    let page = Page::new().await;
    page.todo.does_not_say("order-id");
    for (attribute, value) in
        [("orderid", "ORDER 778"), ("prefil-title", "x"), ("title", "Report"), ("data-v-1", ""), ("_ngcontent-c1", "")]
    {
        page.todo.says(attribute, value);
    }
    config(&page, &[("reportr", "x".into()), ("omit", Array::of2(&"impact".into(), &"likelyhood".into()).into())]);
    let form = page.open().await;
    assert!(form.text().contains("ORDER 778"), "{}", form.text());
    assert!(form.find("[name=impact]").is_none());
    assert_eq!(
        page.hears.lines(),
        [
            "bzctrl-todo: orderid is taken as order-id; write it so",
            "bzctrl-todo: reportr is not known; did you mean reporter?",
            "bzctrl-todo: omit names \"likelyhood\", which is no field; did you mean likelihood?",
            "bzctrl-todo: prefil-title is not known; did you mean prefill-title?",
        ]
    );
}

#[wasm_bindgen_test]
async fn a_reporter_that_nobody_gives_is_told_in_the_console_before_anything_is_submitted() {
    let page = Page::new().await;
    page.todo.does_not_say("reporter");
    page.open().await;
    let told = "bzctrl-todo: reporter is missing, and the token answer has no default for it; no todo can be sent";
    assert_eq!(page.hears.lines(), [told]);

    let page = Page::new().await;
    page.todo.does_not_say("reporter");
    let known = r#"{"access_token":"x","mode":"sealed","key_epoch":"e","defaults":{"reporter":"known@example.com"}}"#;
    page.relay.answers_for_token([Answer::json(200, known)]);
    submitted(&page).await;
    assert!(page.relay.todo().body.contains(r#""reporter":"known@example.com""#));
    assert_eq!(page.hears.lines(), [""; 0]);
}

#[wasm_bindgen_test]
async fn a_hosts_own_sentences_stand_in_the_place_of_ours_and_what_is_none_of_them_is_told() {
    let page = Page::new().await;
    let texts = Object::new();
    for (key, text) in [
        ("heading.incident", "Meld een afwijking"),
        ("label.title", "Wat is er aan de hand?"),
        ("submit", "Verstuur"),
        ("fault.missing.title", "Vul <b>dit</b> in"),
        ("sumbit", "?"),
    ] {
        Reflect::set(&texts, &key.into(), &text.into()).unwrap();
    }
    Reflect::set(&texts, &"cancel".into(), &7.into()).unwrap();
    config(&page, &[("texts", texts.into())]);
    let form = page.open().await;
    assert!(form.text().contains("Meld een afwijking"), "{}", form.text());
    assert!(form.text().contains("Wat is er aan de hand? *"), "{}", form.text());
    assert_eq!(form.buttons().split_off(form.buttons().len() - 2), ["Cancel", "Verstuur"]);
    form.submit().await;
    assert_eq!(form.error("title"), "Vul <b>dit</b> in");
    let told = "bzctrl-todo: texts has \"sumbit\", which is the key of no sentence; it is left out";
    assert_eq!(page.hears.lines(), [told]);

    // Where an attribute says it there is no object.
    let page = Page::new().await;
    page.todo.says("texts", "submit: Verstuur");
    page.open().await;
    assert!(
        page.hears.lines()[0].starts_with("bzctrl-todo: texts is an object of sentences"),
        "{:?}",
        page.hears.lines()
    );
}

#[wasm_bindgen_test]
async fn the_first_focus_is_in_the_first_field_that_can_be_typed_into() {
    for (locked, first) in [("", "title"), ("title", "description"), ("title description", "financialImpact")] {
        let page = Page::new().await;
        page.todo.says("prefill-title", "Seal broken");
        page.todo.says("prefill-description", "At gate 4.");
        page.todo.says("locked", locked);
        assert_eq!(page.open().await.focus(), first, "{locked}");
    }
    let page = Page::new().await;
    page.todo.says("prefill-title", "Seal broken");
    page.todo.says("prefill-description", "At gate 4.");
    page.todo.says("locked", "title description");
    page.todo.says("omit", "financialImpact reminderDate");
    assert_eq!(page.open().await.focus(), "Submit", "nothing can be typed");
}

#[wasm_bindgen_test]
async fn a_path_is_one_of_the_pages_own_host_whatever_its_base_says() {
    for (attribute, path, token) in
        [("relay", "/bzctrl", "/bzctrl/v1/token"), ("token-endpoint", "/own/v1/token", "/own/v1/token")]
    {
        let page = Page::new().await;
        let _base = has_another_base(&page);
        page.todo.says(attribute, path);
        page.open().await;
        assert_eq!(page.relay.token_requests()[0].url, own(token));
    }
}

#[wasm_bindgen_test]
async fn a_path_for_todos_is_one_of_the_pages_own_host_too() {
    let page = Page::new().await;
    let _base = has_another_base(&page);
    page.todo.says("task-endpoint", "/todos");
    let plain = r#"{"access_token":"x","token_type":"Bearer","expires_in":3600,"scope":"*"}"#;
    page.relay.answers_for_token([Answer::json(200, plain)]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert_eq!(page.relay.todo().url, own("/todos"));
}

/// The page's relative addresses lead to another host.
fn has_another_base(page: &Page) -> Changed {
    page.runs(
        "const base = document.createElement('base'); base.href = 'https://other.example/x/'; document.head.append(base)",
        "document.querySelector('base').remove()",
    )
}

fn own(path: &str) -> String {
    [&web_sys::window().unwrap().location().origin().unwrap(), path].concat()
}

//! The two tables of the protocol, line by line: what the user reads, and what can be done then.

use bzctrl_contract::Code;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Answer, Form, Page, html, json, problem};

/// What can be done after a problem.
#[derive(Debug, PartialEq)]
enum Then {
    /// Change it, and submit again.
    Edit,
    /// It asks again by itself.
    Waits,
    /// It may exist: leave it, or send it again.
    Decide,
}

const EDIT: [&str; 2] = ["Cancel", "Submit"];
const WAITS: [&str; 2] = ["Stop", "Try now"];
const DECIDE: [&str; 2] = ["It is there, close", "Send again"];
const ASK_AGAIN: [&str; 2] = ["It is there, close", "Ask again"];

/// Of both tables, each line: its code, more members, what the user reads first, what can be done.
#[rustfmt::skip]
const LINES: [(Code, &str, &str, Then); 18] = [
    (Code::InProgress, "", "It is being sent right now", Then::Waits),
    (Code::KeyUnknown, "", "The relay cannot say what became of it", Then::Decide),
    (Code::KeyReplaced, r#""outcome":"unknown","replacedBy":{"outcome":"unknown"}"#, "It was sent again from somewhere else", Then::Decide),
    (Code::KeyReused, r#""outcome":"unknown""#, "It was sent before, with another text", Then::Decide),
    (Code::UpstreamRejected, r#""upstream":{"status":400,"reason":"Title is taken"}"#, "BzCtrl refused it", Then::Edit),
    (Code::UpstreamUnavailable, "", "BzCtrl cannot be reached", Then::Waits),
    (Code::UpstreamCredentials, "", "BzCtrl refuses the relay's account", Then::Edit),
    (Code::OutcomeUnknown, "", "BzCtrl did not say what became of it", Then::Decide),
    (Code::InvalidTask, r#""errors":[{"field":"title","code":"too-long"}]"#, "The relay asks for corrections", Then::Edit),
    (Code::KeyInvalid, "", "A fault of this form", Then::Edit),
    (Code::TokenInvalid, "", "This page's token is refused", Then::Edit),
    (Code::OriginDenied, "", "This page may not use the relay", Then::Edit),
    (Code::IdentityDenied, "", "The relay does not accept who you are", Then::Edit),
    (Code::WorkspaceDenied, "", "This page may not write into that workspace", Then::Edit),
    (Code::TooLarge, "", "It is too large", Then::Edit),
    (Code::WrongMediaType, "", "A fault of this form", Then::Edit),
    (Code::RateLimited, "", "Too many requests at once", Then::Waits),
    (Code::StoreUnavailable, "", "The relay is out of order for a moment", Then::Waits),
];

async fn submitted(page: &Page, answer: Answer) -> Form {
    page.relay.always_answers(answer);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    form
}

#[wasm_bindgen_test]
async fn each_problem_has_its_own_words_keeps_what_was_typed_and_says_what_can_be_done() {
    let mut all = Vec::new();
    for (code, members, words, then) in LINES {
        let page = Page::new().await;
        let form = submitted(&page, problem(code, members)).await;
        let told = form.alert();
        assert!(told.contains(words), "{code:?}: {told}");
        assert!(!told.contains(code.as_str()), "no codes: {told}");
        assert_eq!(form.value("title"), "Seal broken", "{code:?}");
        assert_eq!(form.is_editable(), then == Then::Edit, "{code:?}");
        let buttons = match then {
            Then::Edit => EDIT,
            Then::Waits => WAITS,
            Then::Decide => DECIDE,
        };
        assert_eq!(form.buttons(), buttons, "{code:?}");
        let tone = form.find("[role=alert]").unwrap().get_attribute("data-tone");
        assert_eq!(tone.as_deref(), Some(if then == Then::Edit { "no" } else { "unsure" }), "{code:?}");
        if then != Then::Waits {
            // Where fields are named, their summary comes first.
            let first = if code == Code::InvalidTask { "There is 1 problem" } else { words };
            assert!(form.focus().starts_with(first), "{code:?}: {}", form.focus());
        }
        all.push(told);
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "two problems have the same words: {all:?}");
}

#[wasm_bindgen_test]
async fn the_host_hears_of_each_problem_once() {
    for (code, members, words, then) in LINES {
        let page = Page::new().await;
        let form = submitted(&page, problem(code, members)).await;
        assert_eq!(page.hears.events(), ["open", "submit", "error"], "{code:?}");
        let status = if code == Code::UpstreamRejected { 400 } else { code.status() };
        let expected = format!(
            r#"{{"code":"{}","title":"{words}","status":{status},"retryable":{},"orderId":"ORDER 777","key":"{}"}}"#,
            code.as_str(),
            then == Then::Waits,
            page.relay.keys()[0],
        );
        assert_eq!(json(&page.hears.detail("error")), expected);
        drop(form);
    }
}

#[wasm_bindgen_test]
async fn where_a_todo_may_exist_the_words_say_so_and_where_not_they_do_not() {
    for (code, members, _, _) in LINES {
        let page = Page::new().await;
        let told = submitted(&page, problem(code, members)).await.alert();
        let may_exist = told.contains("may or may not have been created") || told.contains("may exist");
        let known = ["It was not accepted", "No incident was created", "Nothing was sent"];
        let known = known.iter().any(|words| told.contains(words));
        assert!(may_exist != known || code == Code::InProgress, "{code:?}: {told}");
    }
}

#[wasm_bindgen_test]
async fn bzctrls_reason_is_shown_as_text() {
    let page = Page::new().await;
    let reason = r#""upstream":{"status":422,"reason":"<img src=x onerror=alert(1)> No <b>way</b>"}"#;
    let form = submitted(&page, problem(Code::UpstreamRejected, reason)).await;
    assert!(form.alert().contains("BzCtrl says: <img src=x onerror=alert(1)> No <b>way</b>"), "{}", form.alert());
    assert!(form.find("[role=alert] img, [role=alert] b").is_none());
}

#[wasm_bindgen_test]
async fn the_relays_corrections_stand_at_their_fields() {
    let page = Page::new().await;
    let errors = r#""errors":[{"field":"title","code":"too-long"},{"field":"nonsense","code":"missing"}]"#;
    let form = submitted(&page, problem(Code::InvalidTask, errors)).await;
    assert!(form.error("title").starts_with("Too long: at most 255 characters"), "{}", form.error("title"));
    assert_eq!(form.control("title").get_attribute("aria-invalid").as_deref(), Some("true"));
    assert_eq!(form.error("description"), "");
}

#[wasm_bindgen_test]
async fn the_relays_corrections_stand_though_the_focus_was_in_the_field() {
    let page = Page::new().await;
    page.relay.answers([problem(Code::InvalidTask, r#""errors":[{"field":"title","code":"too-long"}]"#)]);
    let form = page.open().await;
    form.fill().await;
    form.control("title").focus().unwrap();
    form.key("title", "Enter", true).await;
    assert!(form.error("title").starts_with("Too long"), "{}", form.error("title"));
}

#[wasm_bindgen_test]
async fn the_outcomes_of_a_replaced_key_are_both_shown() {
    let page = Page::new().await;
    let outcomes =
        r#""outcome":"unknown","replacedBy":{"outcome":"created","taskLink":"https://www.bzctrl.com/app/#/todo/X-04"}"#;
    let form = submitted(&page, problem(Code::KeyReplaced, outcomes)).await;
    assert!(form.alert().contains("The first one may exist. The second one exists."), "{}", form.alert());
    assert_eq!(form.links("[role=alert]"), ["https://www.bzctrl.com/app/#/todo/X-04"]);
}

#[wasm_bindgen_test]
async fn a_reused_key_shows_what_it_made_and_a_new_one_is_made_at_the_users_word() {
    let page = Page::new().await;
    let outcome = r#""outcome":"created","taskLink":"https://www.bzctrl.com/app/#/todo/X-05""#;
    page.relay.answers([problem(Code::KeyReused, outcome)]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.alert().contains("That incident exists."), "{}", form.alert());
    assert_eq!(form.links("[role=alert]"), ["https://www.bzctrl.com/app/#/todo/X-05"]);
    form.press("Send again").await;
    let keys = page.relay.keys();
    assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
}

#[wasm_bindgen_test]
async fn a_link_in_a_problem_that_may_not_be_opened_is_none() {
    let page = Page::new().await;
    let outcome = r#""outcome":"created","taskLink":"javascript:alert(1)""#;
    let form = submitted(&page, problem(Code::KeyReused, outcome)).await;
    assert!(!form.links("[role=alert]").iter().any(|link| link.contains("javascript")), "{}", form.alert());
    assert!(form.alert().contains("That incident may exist."), "{}", form.alert());
}

#[wasm_bindgen_test]
async fn where_a_todo_may_exist_the_way_to_bzctrl_is_shown() {
    let page = Page::new().await;
    let form = submitted(&page, problem(Code::OutcomeUnknown, "")).await;
    assert_eq!(form.links("[part=actions]"), ["Look in BzCtrl"]);
    let link = form.find("[part=actions] > a[part=look]").unwrap();
    assert_eq!(link.get_attribute("href").as_deref(), Some("https://www.bzctrl.com/app/"));
    assert!(link.get_attribute("rel").unwrap_or_default().contains("noopener"));
}

#[wasm_bindgen_test]
async fn a_redirect_means_that_the_hosts_sign_in_has_ended() {
    let page = Page::new().await;
    page.relay.answers([Answer::Redirect]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.alert().starts_with("You have been signed out\nIt was not accepted."), "{}", form.alert());
    assert!(form.is_editable());
    form.submit().await;
    let keys = page.relay.keys();
    assert!(keys.len() == 2 && keys[0] == keys[1], "trying again cannot double: {keys:?}");
}

#[wasm_bindgen_test]
async fn a_redirect_of_the_token_is_told_too() {
    let page = Page::new().await;
    page.relay.answers_for_token([Answer::Redirect, Answer::Redirect]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.alert().starts_with("You have been signed out"), "{}", form.alert());
    assert!(page.relay.todos().is_empty());
    form.submit().await;
    assert!(form.text().contains("Incident created"));
}

#[wasm_bindgen_test]
async fn a_relay_that_is_not_reached_is_told_at_submit_and_nothing_was_sent_before_it_is() {
    let page = Page::new().await;
    page.relay.answers_for_token([Answer::Rejects("off".into()), Answer::Rejects("off".into())]);
    let form = page.open().await;
    assert_eq!(form.alert(), "", "nobody has asked for anything yet");
    form.fill().await;
    form.submit().await;
    assert!(form.alert().starts_with("No connection to the relay\nNothing was sent so far."), "{}", form.alert());
    assert!(page.relay.todos().is_empty());
    let told = json(&page.hears.detail("error"));
    assert!(told.starts_with(r#"{"code":"relay-unreachable","#) && told.contains(r#""retryable":true"#), "{told}");
    page.passes(1_000.0).await;
    assert!(form.text().contains("Incident created"));
}

#[wasm_bindgen_test]
async fn a_page_that_reaches_the_relay_and_may_not_read_it_is_probably_not_admitted() {
    let page = Page::new().await;
    let [refused, unreadable] = [Answer::Rejects("blocked by CORS".into()), Answer::json(403, "{}")];
    page.relay.answers_for_token([refused.clone(), unreadable.clone(), refused, unreadable]);
    page.relay.answers_for_files(Answer::json(200, "{}"));
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.alert().starts_with("This page may not use the relay"), "{}", form.alert());
    assert!(json(&page.hears.detail("error")).starts_with(r#"{"code":"origin-denied","#));
}

#[wasm_bindgen_test]
async fn a_network_that_loses_all_answers_of_the_token_endpoint_says_nothing_of_the_page() {
    let page = Page::new().await;
    page.relay.answers_for_token(["reset"; 4].map(|how| Answer::Rejects(how.into())));
    page.relay.answers_for_files(Answer::json(200, "{}"));
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.alert().starts_with("No connection to the relay\nNothing was sent so far."), "{}", form.alert());
    assert!(json(&page.hears.detail("error")).starts_with(r#"{"code":"relay-unreachable","#));
}

#[wasm_bindgen_test]
async fn a_refused_token_says_why() {
    for (answer, words) in [
        (problem(Code::OriginDenied, r#""error":"invalid_client""#), "This page may not use the relay"),
        (problem(Code::IdentityDenied, ""), "The relay does not accept who you are"),
        (Answer::json(200, r#"{"token_type":"Bearer"}"#), "The relay's answer cannot be used"),
    ] {
        let page = Page::new().await;
        page.relay.answers_for_token([answer.clone(), answer]);
        let form = page.open().await;
        form.fill().await;
        form.submit().await;
        assert!(form.alert().starts_with(words), "{}", form.alert());
        assert!(form.is_editable() && page.relay.todos().is_empty());
    }
}

#[wasm_bindgen_test]
async fn what_the_page_must_say_and_does_not_is_said_in_the_form() {
    for (attribute, words) in [
        ("reporter", "This page gives no usable reporter"),
        ("order-id", "This page gives no usable order"),
        ("domain-work-space", "This page gives no usable workspace"),
    ] {
        let page = Page::new().await;
        page.todo.does_not_say(attribute);
        let form = page.open().await;
        form.fill().await;
        form.submit().await;
        assert!(form.alert().starts_with(words), "{}", form.alert());
        assert!(form.is_editable() && page.relay.todos().is_empty());
    }
}

#[wasm_bindgen_test]
async fn a_page_that_means_another_environment_sends_nothing() {
    let page = Page::new().await;
    page.todo.says("environment", "acc");
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.alert().starts_with("This page and the relay mean different environments"), "{}", form.alert());
    assert!(page.relay.todos().is_empty());
}

#[wasm_bindgen_test]
async fn what_was_undecided_before_stays_so_whatever_is_said_of_a_later_request() {
    let page = Page::new().await;
    page.relay.answers([html(502), problem(Code::WorkspaceDenied, "")]);
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    page.passes(1_000.0).await;
    let told = form.alert();
    assert!(told.starts_with("This page may not write into that workspace"), "{told}");
    assert!(told.contains("The incident may exist from before."), "{told}");
    assert!(!form.is_editable());
    assert_eq!(form.buttons(), ASK_AGAIN);
}

/// The lines of the console that tell of failures.
fn told_of(page: &Page, code: &str) -> Vec<String> {
    let begins = format!("bzctrl-todo: {code}: ");
    page.hears.lines().into_iter().filter(|line| line.starts_with(&begins)).collect()
}

#[wasm_bindgen_test]
async fn each_failure_is_told_to_the_developer_once_with_its_code_and_nothing_that_was_typed_or_given() {
    for (code, members, _, then) in LINES {
        let page = Page::new().await;
        let form = submitted(&page, problem(code, members)).await;
        if then != Then::Decide {
            form.submit().await;
        }
        assert_eq!(told_of(&page, code.as_str()).len(), 1, "{code:?}: {:?}", page.hears.lines());
        let lines = page.hears.lines().concat();
        for secret in ["Seal broken", "@", "ORDER", "Title is taken", "token-1"] {
            assert!(!lines.contains(secret), "{secret}: {lines}");
        }
    }
}

#[wasm_bindgen_test]
async fn what_has_no_answer_of_the_relay_is_told_with_what_to_do() {
    let page = Page::new().await;
    let off = || Answer::Rejects("off".into());
    let unreadable = || Answer::json(403, "{}");
    page.relay.answers_for_token([off(), unreadable(), off(), unreadable()]);
    page.relay.answers_for_files(Answer::json(200, "{}"));
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    let [told] = &told_of(&page, "origin-denied")[..] else { panic!("{:?}", page.hears.lines()) };
    assert!(told.contains("origins in the relay's settings: http://127.0.0.1:"), "{told}");

    let page = Page::new().await;
    page.todo.says("environment", "acc");
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    form.submit().await;
    assert_eq!(told_of(&page, "environment-mismatch").len(), 1);

    let page = Page::new().await;
    page.todo.does_not_say("order-id");
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    let told = told_of(&page, "setting-missing");
    assert_eq!(told, ["bzctrl-todo: setting-missing: give a valid order-id, by the page or by the relay"]);
}

#[wasm_bindgen_test]
async fn a_page_that_refuses_itself_needs_no_line_for_it() {
    let page = Page::new().await;
    page.hears.at("submit", |event| event.prevent_default());
    let form = page.open().await;
    form.fill().await;
    form.submit().await;
    assert!(form.alert().starts_with("This page does not let it be sent"), "{}", form.alert());
    assert_eq!(page.hears.lines(), [""; 0]);
}

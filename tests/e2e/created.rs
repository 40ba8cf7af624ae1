//! A todo's whole way: typed, sent, opened, kept by the host.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::{
    desk::Desk,
    stage::{Browser, Demo, Request, Stage, Tab, USER},
};

const TITLE: &str = r#"Zegel "kapot" <b>&amp; weg</b> – пломба № 4, 封条, ختم 🚢"#;
const DESCRIPTION: &str =
    "Vrachtwagen stond al klaar.\n<script>alert('x')</script>\n\n\"Wer?\" – Łódź, Αθήνα, ខ្មែរ \\ 100 % 'so'";
const PASSWORD: &str = "sandbox-secret";
/// How the relay's own tokens begin.
const SEALED_TOKEN: &str = "v4.local.";

#[tokio::test]
async fn an_incident_arrives_as_it_was_typed() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    incident(&browser, &stage).await;

    let [request] = &stage.sandbox.requests().await[..] else { panic!("more than one request") };
    assert_eq!((request.method.as_str(), request.status), ("POST", Some(200)));
    let known = ["accept", "authorization", "content-length", "content-type", "host"];
    assert_eq!(request.headers.keys().map(String::as_str).collect::<Vec<_>>(), known);
    assert_eq!(request.headers["content-type"], "application/json");
}

#[tokio::test]
async fn in_token_mode_an_incident_arrives_with_the_headers_that_bzctrl_allows() {
    let stage = Stage::in_token_mode().await;
    let browser = Browser::start().await;
    incident(&browser, &stage).await;

    let [preflight, request] = &stage.sandbox.requests().await[..] else { panic!("not one preflight and one request") };
    assert_eq!((preflight.method.as_str(), request.method.as_str()), ("OPTIONS", "POST"));
    assert_eq!(preflight.headers["access-control-request-headers"], "authorization,content-type");
    let of_the_browser = |name: &&str| {
        let own = ["accept", "accept-encoding", "accept-language", "connection", "content-length", "host", "origin"];
        own.contains(name)
            || ["referer", "user-agent", "cache-control", "pragma", "priority"].contains(name)
            || name.starts_with("sec-")
    };
    let ours: Vec<_> = request.headers.keys().map(String::as_str).filter(|name| !of_the_browser(name)).collect();
    assert_eq!(ours, ["authorization", "content-type"]);
    assert_eq!(request.headers["content-type"], "application/json");
}

/// An incident with everything that a user can give, from the press on the host's button to the link on its order.
async fn incident(browser: &Browser, stage: &Stage) {
    let desk = Desk::open(browser, &stage.host.page("")).await;
    let form = desk.report_incident().await;
    form.has_focus("title").await;
    form.fill("title", TITLE).await;
    form.fill("description", DESCRIPTION).await;
    form.fill("financialImpact", "1.234.567,80").await;
    assert_eq!(form.description("financialImpact").await, "Read as EUR 1.234.567,80");
    form.choose("impact", "HIGH").await;
    form.choose("likelihood", "LOW").await;
    form.choose("priority", "MEDIUM").await;
    form.choose("status", "DONE").await;
    form.fill_date("reminderDate", &format!("{}-12-31", next_year())).await;
    let while_typing = browser.tab.holdings().await;
    form.submit().await;

    let link = form.link().await;
    assert!(link.starts_with(stage.sandbox.address()) && link.ends_with("/app/#/todo/EXA-CON-BUS-WOR-01"), "{link}");
    let host = browser.follow_to_new_tab().await;
    assert_eq!(browser.tab.address().await, link);
    assert_eq!(browser.tab.read("opener").await, Value::Null);
    let shown = shown_by_sandbox(&browser.tab).await;
    assert_eq!(
        shown,
        json!({
            "todoType": "INCIDENT", "domainWorkSpace": "EXA-CON-BUS-WOR", "title": TITLE, "description": DESCRIPTION,
            "financialImpact": "1234567.80", "impact": "HIGH", "likelihood": "LOW", "status": "DONE",
            "priority": "MEDIUM", "assignee": "user@example.com", "reporter": "user@example.com",
            "category": "Terminal operations", "subCategory": "Order desk", "lrn": "725462", "orderID": "ORDER 777",
            "reminderDate": format!("{}-12-31", next_year())
        })
    );
    let bzctrl = browser.tab.holdings().await;
    browser.back_to(host).await;

    let register = [["INCIDENT".to_owned(), TITLE.to_owned(), link]];
    assert_eq!(desk.follow_up().await, register);
    let on_return = browser.tab.holdings().await;
    assert_eq!(browser.tab.violations().await, json!([]));
    assert_eq!(browser.tab.heard("bzctrl-created").await.len(), 1);
    browser.tab.reload().await;
    assert_eq!(desk.follow_up().await, register);
    assert_eq!(browser.console().await, [""; 0]);

    let posts = stage.sandbox.requests().await;
    let post = posts.iter().rfind(|request| request.method == "POST").unwrap();
    assert_eq!(post.body, body_of_incident());
    let bearer = post.headers["authorization"].strip_prefix("Bearer ").unwrap();
    for holdings in [while_typing, bzctrl, on_return, browser.tab.holdings().await] {
        for secret in [PASSWORD, SEALED_TOKEN, bearer] {
            assert!(!holdings.contains(secret), "{secret} is in {holdings}");
        }
    }
}

/// Each field as the sandbox's page shows it, by its documented name.
async fn shown_by_sandbox(tab: &Tab) -> Value {
    tab.wait_for("document.querySelector('dd[data-field]')?.dataset.field").await;
    let fields = "Object.fromEntries([...document.querySelectorAll('dd[data-field]')]
        .map((dd) => [dd.dataset.field, [...dd.querySelectorAll('.value')].map((value) => value.textContent).join('|')]))";
    tab.read(fields).await
}

/// The last day of the next year is no past reminder, and none that is too far to be meant.
fn next_year() -> u64 {
    const SECONDS_OF_A_YEAR: u64 = 31_556_952;
    1971 + SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / SECONDS_OF_A_YEAR
}

/// In the order of BzCtrl's documented sample, compact.
fn body_of_incident() -> String {
    let (title, description) = (json!(TITLE), json!(DESCRIPTION));
    [
        r#"{"todoType":"INCIDENT","domainWorkSpace":"EXA-CON-BUS-WOR","#,
        &format!(r#""title":{title},"description":{description},"#),
        r#""financialImpact":"1234567.80","impact":"HIGH","likelihood":"LOW","status":"DONE","priority":"MEDIUM","#,
        r#""assignee":"user@example.com","reporter":"user@example.com","category":["Terminal operations"],"#,
        r#""subCategory":["Order desk"],"lrn":"725462","orderID":"ORDER 777","#,
        &format!(r#""reminderDate":"{}-12-31"}}"#, next_year()),
    ]
    .concat()
}

#[tokio::test]
async fn a_task_arrives_with_its_result_and_without_what_belongs_to_incidents() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;

    let form = desk.create_task().await;
    form.choose("todoType", "INCIDENT").await;
    form.fill("financialImpact", "500").await;
    form.choose("todoType", "TASK").await;
    form.fill("title", "Weigh EXAU 151080 9 again").await;
    form.fill("description", "VGM is missing").await;
    form.fill("result", "Weighed: 28,940 kg").await;
    form.submit().await;

    let link = form.link().await;
    let host = browser.follow_to_new_tab().await;
    assert_eq!(browser.tab.address().await, link);
    assert_eq!(browser.tab.read("opener").await, Value::Null);
    assert_eq!(shown_by_sandbox(&browser.tab).await["result"], "Weighed: 28,940 kg");
    browser.back_to(host).await;
    assert_eq!(desk.follow_up().await, [["TASK".to_owned(), "Weigh EXAU 151080 9 again".to_owned(), link]]);
    let [Request { body, .. }] = &stage.sandbox.requests().await[..] else { panic!("more than one request") };
    assert_eq!(
        body,
        concat!(
            r#"{"todoType":"TASK","domainWorkSpace":"EXA-CON-BUS-WOR","title":"Weigh EXAU 151080 9 again","#,
            r#""description":"VGM is missing","result":"Weighed: 28,940 kg","status":"IN PROGRESS","#,
            r#""assignee":"user@example.com","reporter":"user@example.com","category":["Terminal operations"],"#,
            r#""subCategory":["Order desk"],"lrn":"725462","orderID":"ORDER 777"}"#
        )
    );
    assert_eq!(browser.console().await, [""; 0]);
}

#[tokio::test]
async fn the_demo_shows_it_all_and_leaves_nothing_running() {
    let demo = Demo::start();
    let browser = Browser::start().await;
    let mut links = BTreeSet::new();
    for host in ["127.0.0.1", "localhost"] {
        let desk = Desk::open(&browser, &demo.order_screen(host)).await;
        let form = desk.incident(&format!("Seen at {host}")).await;
        form.submit().await;
        let link = form.link().await;
        assert_eq!(desk.follow_up().await, [["INCIDENT".to_owned(), format!("Seen at {host}"), link.clone()]]);
        links.insert(link);
    }
    assert_eq!((links.len(), browser.count_tabs().await, demo.sandbox.todos().await.len()), (2, 3, 2));
    assert_eq!(browser.console().await, [""; 0]);
    assert_eq!(demo.end(), [0; 0]);
}

#[tokio::test]
async fn who_opens_the_form_again_sees_what_is_registered_for_the_order_and_who_reported_it() {
    let stage = Stage::whose_host_signs().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.host_vouches_at("/me/assertion").await;
    desk.links_open_by("never").await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    let link = form.link().await;
    form.finish().await;

    let form = desk.report_incident().await;
    form.says("Reported: 1").await;
    form.fill("title", "seal TORN!").await;
    form.fill("description", "The one at the door").await;
    assert!(form.description("title").await.starts_with("Much like “Seal torn”"), "it is told once the title is left");
    form.unfold("Reported: 1").await;
    form.says(USER).await;
    form.follow("Seal torn").await;
    let desk_tab = browser.follow_to_new_tab().await;
    assert_eq!(browser.tab.address().await, link);
    browser.back_to(desk_tab).await;
    form.submit().await;
    form.says("Incident created").await;
    assert_eq!(stage.sandbox.todos().await.len(), 2, "it hinders nothing");
}

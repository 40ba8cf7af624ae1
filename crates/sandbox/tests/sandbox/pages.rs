use reqwest::Method;
use serde_json::{Value, json};

use crate::running::{Running, SAMPLE, sample_with};

#[tokio::test]
async fn the_page_says_what_it_is_not_and_runs_under_a_strict_policy() {
    let sandbox = Running::start().await;
    let page = sandbox.request(Method::GET, "/app/").send().await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'self';"));
    let text = page.text().await.unwrap();
    assert!(text.contains("Sandbox, not BzCtrl"));
    for file in ["app.css", "app.js", "icon.svg"] {
        assert!(text.contains(file), "{file}");
        let answer = sandbox.request(Method::GET, &format!("/app/{file}")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{file}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    }
    assert_eq!(
        sandbox.request(Method::GET, "/favicon.ico").send().await.unwrap().headers()["content-type"],
        "image/svg+xml"
    );
}

#[tokio::test]
async fn the_root_leads_to_the_list() {
    let sandbox = Running::start().await;
    for path in ["/", "/app"] {
        let answer = sandbox.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.url().path(), "/app/");
    }
}

#[tokio::test]
async fn a_page_has_every_field_by_its_documented_name_in_the_documented_order() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    sandbox.create(&token, SAMPLE).await;
    let page = sandbox.get("/app/todos.json").await.as_array().unwrap()[0].clone();
    let shown: Vec<(String, Value)> = page["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["field"].as_str().unwrap().to_owned(), row["value"].clone()))
        .collect();
    let in_order = [
        "todoType",
        "domainWorkSpace",
        "title",
        "description",
        "financialImpact",
        "impact",
        "likelihood",
        "status",
        "priority",
        "assignee",
        "reporter",
        "category",
        "subCategory",
        "lrn",
        "orderID",
        "reminderDate",
    ];
    assert_eq!(shown.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), in_order);
    let sent: Value = serde_json::from_str(SAMPLE).unwrap();
    for (name, value) in shown {
        assert_eq!(value, sent[&name], "{name}");
    }
    assert_eq!(page["fields"][4]["unit"], "EUR");
    assert_eq!(
        page["tags"],
        json!([{ "field": "orderID", "text": "ORDER 777" }, { "field": "lrn", "text": "725462" }])
    );
    assert_eq!((&page["notSent"], &page["dueDate"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn a_page_names_the_fields_of_its_type_that_were_not_sent() {
    let sandbox = Running::start().await;
    let changes = json!({ "todoType": "TASK", "status": "DONE", "financialImpact": null, "impact": null, "likelihood": null,
        "reminderDate": null });
    sandbox.create(&sandbox.token().await, sample_with(changes)).await;
    let page = sandbox.get("/app/todos.json").await.as_array().unwrap()[0].clone();
    assert_eq!(page["notSent"], json!(["result", "reminderDate"]));
    assert!(page["dueDate"].is_string());
}

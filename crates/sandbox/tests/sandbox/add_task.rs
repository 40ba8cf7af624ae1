use bzctrl_sandbox::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::running::{ADD_TASK, Running, SAMPLE, complaints, sample_with};

#[tokio::test]
async fn the_documented_request_is_answered_in_the_documented_shape() {
    let sandbox = Running::start().await;
    let answer = sandbox.create(&sandbox.token().await, SAMPLE).await;
    assert_eq!(answer.status(), 200);
    let link = format!("http://{}/app/#/todo/EXA-CON-BUS-WOR-01", sandbox.address);
    let expected = format!(
        "{{\"title\":\"Potential Customs claim\",\"taskType\":\"INCIDENT\",\"description\":\"Operation started without \
         proper approvals\",\"taskLink\":\"{link}\",\"tags\":[\"ORDER 777\",\"725462\"]}}"
    );
    assert_eq!(answer.text().await.unwrap(), expected);
}

#[tokio::test]
async fn todos_are_numbered_in_each_workspace_with_two_digits_at_least() {
    let workspaces = vec!["EXA-CON-BUS-WOR".to_owned(), "EXA-CON-BUS-TWO".to_owned()];
    let sandbox = Running::with(Options { workspaces, ..Options::default() }).await;
    let token = sandbox.token().await;
    for _ in 0..100 {
        assert_eq!(sandbox.create(&token, SAMPLE).await.status(), 200);
    }
    sandbox.create(&token, sample_with(json!({ "domainWorkSpace": "EXA-CON-BUS-TWO" }))).await;
    let todos = sandbox.todos().await;
    let ids: Vec<_> = todos.iter().map(|todo| todo["id"].as_str().unwrap()).collect();
    assert_eq!(ids[0], "EXA-CON-BUS-WOR-01");
    assert_eq!(ids[9], "EXA-CON-BUS-WOR-10");
    assert_eq!(ids[99], "EXA-CON-BUS-WOR-100");
    assert_eq!(ids[100], "EXA-CON-BUS-TWO-01");
}

#[tokio::test]
async fn a_link_begins_with_the_public_address_where_one_is_given() {
    let options = Options { public_url: Some("http://sandbox.test:9".to_owned()), ..Options::default() };
    let sandbox = Running::with(options).await;
    let answer: Value = sandbox.create(&sandbox.token().await, SAMPLE).await.json().await.unwrap();
    assert_eq!(answer["taskLink"], "http://sandbox.test:9/app/#/todo/EXA-CON-BUS-WOR-01");
}

#[tokio::test]
async fn only_a_bearer_that_was_given_out_here_creates_a_todo() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    let wrong = [
        None,
        Some("Bearer never-given-out".to_owned()),
        Some(format!("Basic {token}")),
        Some(token.clone()),
        Some("Bearer ".to_owned()),
        Some(format!("Bearer  {token}")),
    ];
    for authorization in wrong {
        let mut request =
            sandbox.request(Method::POST, ADD_TASK).header("content-type", "application/json").body(SAMPLE);
        if let Some(value) = &authorization {
            request = request.header("authorization", value);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{authorization:?}");
        assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            (&body["status"], &body["error"], &body["path"]),
            (&401.into(), &"Unauthorized".into(), &ADD_TASK.into())
        );
    }
    let twice = sandbox.add_task(&token, SAMPLE).header("authorization", "Bearer other").send().await.unwrap();
    assert_eq!(twice.status(), 401);
    assert!(sandbox.todos().await.is_empty());
    assert_eq!(sandbox.create(&token, SAMPLE).await.status(), 200);
}

#[tokio::test]
async fn a_token_ends_when_it_says_so() {
    let sandbox = Running::start().await;
    sandbox.next("token", json!({ "expires-in": { "seconds": 1 } })).await;
    let token = sandbox.token().await;
    assert_eq!(sandbox.create(&token, SAMPLE).await.status(), 200);
    tokio::time::sleep(std::time::Duration::from_millis(1050)).await;
    let late = sandbox.create(&token, SAMPLE).await;
    assert_eq!(late.status(), 401);
    assert!(late.text().await.unwrap().contains("expired"));
}

#[tokio::test]
async fn the_body_is_json_and_says_so() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    for (content_type, status) in [
        ("application/json", 200),
        ("application/json;charset=utf-8", 200),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ] {
        let request = sandbox.request(Method::POST, ADD_TASK).bearer_auth(&token).header("content-type", content_type);
        assert_eq!(request.body(SAMPLE).send().await.unwrap().status(), status, "{content_type}");
    }
    for body in ["", "null", "[]", "\"x\"", "{", "{\"title\":}", &format!("{SAMPLE}x"), &format!("[{SAMPLE}]")] {
        let answer = sandbox.create(&token, body).await;
        assert_eq!(answer.status(), 400, "{body}");
        assert!(answer.text().await.unwrap().contains("is not a JSON object"), "{body}");
    }
    let broken = sandbox.add_task(&token, "").body(vec![b'{', 0xff, b'}']).send().await.unwrap();
    assert!(broken.text().await.unwrap().contains("not UTF-8"));
}

#[tokio::test]
async fn every_field_is_checked_for_its_type_and_value() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    for (field, wrong, told) in [
        ("todoType", json!("incident"), "one of the words INCIDENT, TASK"),
        ("domainWorkSpace", json!("EXA-CON-BUS-NOT"), "no workspace \"EXA-CON-BUS-NOT\" here, only EXA-CON-BUS-WOR"),
        ("title", json!(7), "JSON string of one line"),
        ("title", json!("two\nlines"), "line end"),
        ("title", json!(" space"), "space around"),
        ("title", json!("Seal\u{200b} broken"), "cannot be seen"),
        ("title", json!("\u{200b}"), "cannot be seen"),
        ("title", json!(""), "is left out"),
        ("title", json!("x".repeat(256)), "longer than 255 characters"),
        ("description", json!(["x"]), "JSON string"),
        ("description", json!("x".repeat(20_001)), "longer than 20000 characters"),
        ("financialImpact", json!(123_577), "JSON string of digits"),
        ("financialImpact", json!("1,250.00"), "JSON string of digits"),
        ("financialImpact", json!("12.5"), ""),
        ("financialImpact", json!("-1"), ""),
        ("financialImpact", json!("1000000000000000"), "10^15"),
        ("impact", json!("High"), "HIGH, MEDIUM, LOW"),
        ("likelihood", json!({}), "HIGH, MEDIUM, LOW"),
        ("priority", json!("URGENT"), "HIGH, MEDIUM, LOW"),
        ("status", json!("OPEN"), "IN PROGRESS"),
        ("assignee", json!("nobody"), "e-mail address"),
        ("reporter", json!(true), "e-mail address"),
        ("reporter", json!("a@example.com\u{200b}"), "cannot be seen"),
        ("category", json!("Customs"), "JSON array"),
        ("category", json!(vec!["x"; 21]), "at most 20"),
        ("subCategory", json!(["x".repeat(101)]), "longer than 100"),
        ("subCategory", json!([1]), "JSON array"),
        ("lrn", json!(725_462), "JSON string"),
        ("lrn", json!("725\u{1d}462"), "cannot be seen"),
        ("orderID", json!("x".repeat(101)), "longer than 100"),
        ("reminderDate", json!("27-09-2024"), "YYYY-MM-DD"),
        ("reminderDate", json!("2023-02-29"), "YYYY-MM-DD"),
        ("result", json!("done"), "belongs to tasks only"),
    ] {
        let told_of = complaints(sandbox.create(&token, sample_with(json!({ field: wrong }))).await).await;
        assert_eq!(told_of.len(), 1, "{field} {wrong}: {told_of:?}");
        assert_eq!(told_of[0].0, field);
        assert!(told_of[0].1.contains(told), "{:?} says nothing of {told:?}", told_of[0].1);
    }
    assert!(sandbox.todos().await.is_empty());
}

#[tokio::test]
async fn a_task_has_no_fields_of_an_incident() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    let told = complaints(sandbox.create(&token, sample_with(json!({ "todoType": "TASK" }))).await).await;
    let names: Vec<_> = told.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(names, ["financialImpact", "impact", "likelihood"]);
    assert!(told.iter().all(|(_, message)| message.contains("belongs to incidents only")));
    let task =
        json!({ "todoType": "TASK", "result": "weighed", "financialImpact": null, "impact": null, "likelihood": null });
    assert_eq!(sandbox.create(&token, sample_with(task)).await.status(), 200);
}

#[tokio::test]
async fn members_that_are_unknown_repeated_or_null_are_told() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    let body = SAMPLE.replace("\"lrn\":\"725462\"", "\"title\":\"again\",\"due\":\"x\",\"orderId\":\"x\",\"lrn\":null");
    let told = complaints(sandbox.create(&token, body).await).await;
    let told: Vec<_> = told.iter().map(|(field, message)| format!("{field} {message}")).collect();
    assert_eq!(
        told,
        [
            "title came more than once",
            "due is not a member of this request",
            "orderId is not a member: write it orderID",
            "lrn must be a JSON string of one line",
        ]
    );
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let sandbox = Running::start().await;
    let told = complaints(
        sandbox.create(&sandbox.token().await, r#"{"todoType":"TASK","domainWorkSpace":"X","impact":"HIGH"}"#).await,
    )
    .await;
    let names: Vec<_> = told.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(
        names,
        ["domainWorkSpace", "title", "description", "impact", "status", "assignee", "reporter", "orderID"]
    );
}

#[tokio::test]
async fn a_todo_that_comes_in_as_done_is_due_on_the_day_it_came() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    let before = jiff::Zoned::now().date();
    sandbox.create(&token, sample_with(json!({ "status": "DONE" }))).await;
    sandbox.create(&token, SAMPLE).await;
    let days = [before, jiff::Zoned::now().date()].map(|date| date.to_string());
    let todos = sandbox.todos().await;
    assert!(days.iter().any(|day| todos[0]["dueDate"] == **day), "{}", todos[0]);
    assert_eq!(todos[1].get("dueDate"), None);
}

use bzctrl_sandbox::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::running::{ADD_TASK, RIGHT_FORM, Running, SAMPLE, TOKEN, sample_with};

#[tokio::test]
async fn every_request_to_the_two_paths_is_on_record_as_it_came() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    sandbox.create(&token, SAMPLE).await;
    sandbox.create(&token, "{broken").await;
    sandbox.create("unknown", SAMPLE).await;
    sandbox.request(Method::OPTIONS, ADD_TASK).header("origin", "http://a.example").send().await.unwrap();
    sandbox.request(Method::GET, &format!("{ADD_TASK}?a=b")).send().await.unwrap();
    sandbox.get("/sandbox/todos").await;

    let requests = sandbox.requests().await;
    let told: Vec<_> = requests
        .iter()
        .map(|it| {
            (it["method"].as_str().unwrap(), it["path"].as_str().unwrap(), it["body"].as_str().unwrap(), &it["status"])
        })
        .collect();
    let with_query = format!("{ADD_TASK}?a=b");
    assert_eq!(
        told,
        [
            ("POST", TOKEN, RIGHT_FORM, &json!(200)),
            ("POST", ADD_TASK, SAMPLE, &json!(200)),
            ("POST", ADD_TASK, "{broken", &json!(400)),
            ("POST", ADD_TASK, SAMPLE, &json!(401)),
            ("OPTIONS", ADD_TASK, "", &json!(403)),
            ("GET", &with_query, "", &json!(405)),
        ]
    );
    assert_eq!(requests[1]["headers"]["authorization"], format!("Bearer {token}"));
    assert_eq!(requests[1]["headers"]["content-type"], "application/json");
    let mut names: Vec<_> = requests[0].as_object().unwrap().keys().map(String::as_str).collect();
    names.sort();
    assert_eq!(names, ["body", "headers", "method", "path", "status"]);
}

#[tokio::test]
async fn a_header_that_came_twice_is_on_record_with_both_values() {
    let sandbox = Running::start().await;
    sandbox.request(Method::GET, TOKEN).header("x-twice", "one").header("x-twice", "two").send().await.unwrap();
    assert_eq!(sandbox.requests().await[0]["headers"]["x-twice"], "one, two");
}

#[tokio::test]
async fn todos_are_shown_as_sent_with_what_the_sandbox_made_of_them() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    let body = sample_with(json!({ "title": "<b>Λάθος</b> \"誤り\"", "description": "one\n\ttwo", "lrn": null }));
    sandbox.create(&token, body.clone()).await;
    let todo = sandbox.todos().await.remove(0);
    let sent: Value = serde_json::from_str(&body).unwrap();
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&todo[name], value, "{name}");
    }
    assert_eq!(todo["id"], "EXA-CON-BUS-WOR-01");
    assert_eq!(todo["taskLink"], format!("http://{}/app/#/todo/EXA-CON-BUS-WOR-01", sandbox.address));
    assert_eq!(todo["tags"], json!(["ORDER 777"]));
    assert_eq!(todo["request"], body);
    assert!(todo["receivedAt"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn forgetting_takes_todos_numbers_requests_and_faults_and_leaves_tokens() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    sandbox.create(&token, SAMPLE).await;
    sandbox.next("add-task", json!("silence")).await;
    assert_eq!(sandbox.request(Method::DELETE, "/sandbox").send().await.unwrap().status(), 204);
    for what in ["todos", "requests", "faults"] {
        assert_eq!(sandbox.get(&format!("/sandbox/{what}")).await, json!([]), "{what}");
    }
    assert_eq!(sandbox.create(&token, SAMPLE).await.status(), 200);
    assert_eq!(sandbox.todos().await[0]["id"], "EXA-CON-BUS-WOR-01");
}

#[tokio::test]
async fn what_was_to_go_wrong_can_be_taken_back_alone() {
    let sandbox = Running::start().await;
    let token = sandbox.token().await;
    sandbox.create(&token, SAMPLE).await;
    sandbox.next("add-task", json!("silence")).await;
    assert_eq!(sandbox.request(Method::DELETE, "/sandbox/faults").send().await.unwrap().status(), 204);
    assert_eq!(sandbox.get("/sandbox/faults").await, json!([]));
    assert_eq!(sandbox.create(&token, SAMPLE).await.status(), 200);
    assert_eq!(sandbox.todos().await.len(), 2);
}

#[tokio::test]
async fn a_form_of_a_foreign_page_cannot_queue_faults() {
    let sandbox = Running::start().await;
    let request = sandbox.request(Method::POST, "/sandbox/faults").header("content-type", "text/plain");
    let answer = request.body(r#"[{"at":"token","fault":"silence"}]"#).send().await.unwrap();
    assert_eq!(answer.status(), 415);
    assert_eq!(sandbox.get("/sandbox/faults").await, json!([]));
}

#[tokio::test]
async fn an_address_that_is_none_says_which_there_are() {
    let sandbox = Running::start().await;
    let answer = sandbox.request(Method::GET, "/bzctrl-core-api/api/v1/task/add-tasks").send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.unwrap().contains(&format!("POST {ADD_TASK}")));
}

#[tokio::test]
async fn a_page_of_a_name_that_leads_to_this_machine_reads_nothing() {
    let named = |public_url: Option<&str>, expose| Options {
        public_url: public_url.map(str::to_owned),
        expose,
        ..Options::default()
    };
    let read = async |sandbox: &Running, host: &str| {
        let request = sandbox.request(Method::GET, "/sandbox/requests").header("host", host);
        request.send().await.unwrap().status().as_u16()
    };
    let sandbox = Running::with(named(Some("https://sandbox.example:8443"), false)).await;
    for host in
        ["127.0.0.1", "127.0.0.1:8082", "[::1]:8082", "localhost:8082", "LocalHost", "b.localhost", "sandbox.example"]
    {
        assert_eq!(read(&sandbox, host).await, 200, "{host}");
    }
    for host in ["rebind.test:8082", "localhost.evil.test", "127.0.0.1.evil.test", "evil@127.0.0.1.test", "-"] {
        assert_eq!(read(&sandbox, host).await, 421, "{host}");
    }
    let exposed = Running::with(named(None, true)).await;
    assert_eq!(read(&exposed, "sandbox.internal").await, 200);
}

//! From the package to a verified reporter: what an operator installs serves a host page that signs its users.

use serde_json::json;

use crate::{
    desk::Desk,
    stage::{Browser, Installed, USER},
};

const ORDER: &str = "ORDER 777";

// Operators' commands are waited for, and one of them asks the host, which stands here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "cargo xtask soak installed lays the package on a clean root first"]
async fn the_package_is_installed_upgraded_and_given_a_database_and_writes_the_signed_in_user_all_along() {
    let stage = Installed::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.host_vouches_at("/me/assertion").await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.link().await;
    assert_eq!(stage.backend.signed(), 1);
    writes_the_user(&stage, 1).await;
    // The widget came from the program itself, precompressed.
    let loader = reqwest::Client::builder().no_proxy().build().unwrap();
    let loader = loader.get(format!("{}/widget/v1/bzctrl.js", stage.relay())).header("accept-encoding", "br");
    let loader = loader.send().await.unwrap();
    assert_eq!((loader.status().as_u16(), loader.headers()["content-encoding"].to_str().unwrap()), (200, "br"));

    stage.upgrade().await;
    assert!(stage.operator(&["show", ORDER]).contains("Seal torn"), "what was created before is known");

    stage.store_in_postgresql().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.host_vouches_at("/me/assertion").await;
    let form = desk.incident("Door open").await;
    form.submit().await;
    form.link().await;
    writes_the_user(&stage, 2).await;
    let known = stage.operator(&["show", ORDER]);
    assert!(known.contains("Door open") && !known.contains("Seal torn"), "another store: {known}");
}

/// The page says user@example.com.
async fn writes_the_user(stage: &Installed, todos: usize) {
    let made = stage.sandbox.todos().await;
    assert_eq!(made.len(), todos);
    for todo in made {
        assert_eq!((&todo["reporter"], &todo["assignee"]), (&json!(USER), &json!(USER)));
    }
}

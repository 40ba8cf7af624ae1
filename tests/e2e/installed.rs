//! From the package to a verified reporter: what an operator installs serves a host page that signs its users.

use serde_json::json;

use crate::{
    desk::Desk,
    stage::{Browser, Installed, USER},
};

#[tokio::test]
#[ignore = "cargo xtask soak installed lays the package on a clean root first"]
async fn the_relay_of_the_package_writes_the_signed_in_user_although_the_page_claims_another() {
    let stage = Installed::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.host_vouches_at("/me/assertion").await;
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.link().await;
    assert_eq!(stage.backend.signed(), 1);
    let todos = stage.sandbox.todos().await;
    assert_eq!(todos.len(), 1);
    assert_eq!(
        (&todos[0]["reporter"], &todos[0]["assignee"]),
        (&json!(USER), &json!(USER)),
        "the page says user@example.com"
    );
    // The widget came from the program itself, precompressed.
    let loader = reqwest::Client::builder().no_proxy().build().unwrap();
    let loader = loader.get(format!("{}/widget/v1/bzctrl.js", stage.relay())).header("accept-encoding", "br");
    let loader = loader.send().await.unwrap();
    assert_eq!((loader.status().as_u16(), loader.headers()["content-encoding"].to_str().unwrap()), (200, "br"));
}

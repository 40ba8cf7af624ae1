//! The form's code comes late, broken, under another name or not at all: the press says so, and the next one works.

use serde_json::json;

use crate::{
    cold::{FRAME, told_in_the_frame, try_now},
    desk::Desk,
    form::Form,
    stage::{Browser, Proxy, Releases, Stage, Tab, Trouble},
};

const GLUE: &str = "bzctrl_widget.js";
const WASM: &str = "bzctrl_widget_bg.wasm";
const LATER: &str = "bzctrl_widget_later.wasm";
const LATER_GLUE: &str = "bzctrl_widget_later.js";

/// What a press says that finds no code.
const TOLD: &str = "The form did not load. Press again.";

/// In the page, a wait of half a minute is one of a second and a half.
pub(crate) const SHORT_WAITS: &str = "
    (() => {
        const [wait, timeout] = [window.setTimeout, AbortSignal.timeout];
        window.setTimeout = (then, ms, ...given) => wait(then, ms / 20, ...given);
        AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 20);
    })()
";

fn proxy(stage: &Stage) -> &Proxy {
    stage.proxy.as_ref().unwrap()
}

/// The page and its user are told that the form did not load, once, and nothing else is heard. The developer is told the cause; what a
/// policy may lack, where the glue was there to say it.
async fn is_told(tab: &Tab, needs: &str) {
    let heard = tab.read("witness.heard").await;
    let [error] = &heard.as_array().unwrap()[..] else { panic!("not one event: {heard}") };
    assert_eq!((&error["type"], &error["code"]), (&json!("bzctrl-error"), &json!("load-failed")));
    assert_eq!((&error["title"], &error["retryable"]), (&json!(TOLD), &json!(true)));
    let said = tab.read("witness.said").await;
    let [line] = &said.as_array().unwrap()[..] else { panic!("not one line in the console: {said}") };
    let line = line.as_str().unwrap();
    assert!(line.starts_with("bzctrl-todo") && line.contains(needs), "{line}");
    assert_eq!(tab.read("witness.errors").await, json!([]));
}

/// The first press meets trouble and tells it; the second opens the form, and a todo goes on its way. Who is told at the button has
/// no code at all; the form's frame tells the rest.
async fn one_press_fails_and_the_next_works(file: &'static str, trouble: Trouble) {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let (desk, tab) = (Desk::open(&browser, &stage.host.page("")).await, &browser.tab);
    desk.loads_nothing_early().await;
    tab.read(SHORT_WAITS).await;
    proxy(&stage).troubles(file, trouble);

    desk.press_report_incident().await;
    let has_frame = file != GLUE;
    if has_frame {
        told_in_the_frame(tab).await;
    } else {
        assert_eq!(desk.told_beside_the_button().await, TOLD);
    }
    is_told(tab, "").await;

    proxy(&stage).is_well();
    if has_frame {
        try_now(tab).await;
        Form::shown(tab).await.close().await;
    }
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
    assert_eq!(tab.heard("bzctrl-error").await.len(), 1);
    assert_eq!(tab.read("witness.errors").await, json!([]));
    assert_eq!(tab.read("document.querySelectorAll('bzctrl-dialog').length").await, 1);
}

#[tokio::test]
async fn glue_that_fails_is_told_and_the_next_press_works() {
    one_press_fails_and_the_next_works(GLUE, Trouble::Fails).await;
}

#[tokio::test]
async fn glue_that_never_comes_is_told_and_the_next_press_works() {
    one_press_fails_and_the_next_works(GLUE, Trouble::Hangs).await;
}

#[tokio::test]
async fn webassembly_that_fails_is_told_and_the_next_press_works() {
    one_press_fails_and_the_next_works(WASM, Trouble::Fails).await;
}

#[tokio::test]
async fn webassembly_that_breaks_off_is_told_and_the_next_press_works() {
    one_press_fails_and_the_next_works(WASM, Trouble::BreaksOff).await;
}

#[tokio::test]
async fn webassembly_that_has_another_hash_is_told_and_the_next_press_works() {
    one_press_fails_and_the_next_works(WASM, Trouble::IsHalf).await;
}

#[tokio::test]
async fn webassembly_that_never_comes_is_told_and_the_next_press_works() {
    one_press_fails_and_the_next_works(WASM, Trouble::Hangs).await;
}

#[tokio::test]
async fn without_a_network_the_press_tells_and_with_it_again_the_next_one_works() {
    let mut stage = Stage::set().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    desk.loads_nothing_early().await;
    stage.relay.kill();
    desk.press_report_incident().await;
    assert_eq!(desk.told_beside_the_button().await, TOLD);
    is_told(&browser.tab, "").await;

    stage.relay.come_back();
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
    assert_eq!(browser.tab.read("witness.errors").await, json!([]));
}

/// The form stands, and what it needs from then on meets trouble: the press on Submit says so, and is followed.
async fn a_press_waits_for_the_second_part(file: &'static str, trouble: Trouble) {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    browser.tab.read(SHORT_WAITS).await;
    proxy(&stage).troubles(file, trouble);

    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.alert("has not loaded yet").await;
    assert_eq!(stage.sandbox.todos().await.len(), 0);
    proxy(&stage).is_well();
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
    assert_eq!(browser.tab.read("witness.errors").await, json!([]));
}

#[tokio::test]
async fn a_second_part_that_breaks_off_is_tried_again() {
    a_press_waits_for_the_second_part(LATER, Trouble::BreaksOff).await;
}

#[tokio::test]
async fn a_second_part_that_never_comes_is_tried_again() {
    a_press_waits_for_the_second_part(LATER, Trouble::Hangs).await;
}

#[tokio::test]
async fn a_second_part_whose_glue_fails_is_tried_again() {
    a_press_waits_for_the_second_part(LATER_GLUE, Trouble::Fails).await;
}

#[tokio::test]
async fn a_second_part_whose_glue_never_comes_is_tried_again() {
    a_press_waits_for_the_second_part(LATER_GLUE, Trouble::Hangs).await;
}

/// What a page does while the code is on its way, and what its promises come to: `null`, or a form that is open.
async fn while_the_code_comes(script: &str, come_to: serde_json::Value) {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    tab.go(&stage.host.page("hosts/plain.html?policy=none")).await;
    tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
    proxy(&stage).troubles(WASM, Trouble::Hangs);
    let run = "(() => {
        const [todo, { open, close, forget }] = [document.querySelector('bzctrl-todo'), customElements.get('bzctrl-todo')];
        const order = (orderId) => ({ orderId, domainWorkSpace: 'EXA-CON-BUS-WOR', reporter: 'user@example.com' });
        const promises = SCRIPT;
        window.words = promises.map(() => 'open');
        promises.forEach((promise, at) => promise.then((word) => (words[at] = word ?? null), ({ code }) => (words[at] = code)));
    })()";
    tab.read(&run.replace("SCRIPT", script)).await;
    proxy(&stage).is_well();
    tab.wait_for(
        "customElements.get('bzctrl-todo').preload().then(() => new Promise((done) => setTimeout(done, 500, 'here')))",
    )
    .await;
    assert_eq!(tab.read("window.words").await, come_to, "{script}");
    let forms = come_to.as_array().unwrap().iter().filter(|word| *word == "open").count();
    assert_eq!(tab.heard("bzctrl-open").await.len(), forms, "{script}");
    assert_eq!(tab.read("[...witness.errors, ...witness.said]").await, json!([]));
}

#[tokio::test]
async fn the_modules_close_ends_an_opening_of_an_element() {
    while_the_code_comes("[todo.open(), close()].slice(0, 1)", json!([null])).await;
}

#[tokio::test]
async fn the_modules_close_ends_all_of_its_openings() {
    while_the_code_comes("[open(order('A')), open(order('B')), close()].slice(0, 2)", json!([null, null])).await;
}

#[tokio::test]
async fn what_is_forgotten_does_not_open_afterwards() {
    while_the_code_comes("[todo.open(), open(order('A')), forget()]", json!([null, null, null])).await;
}

#[tokio::test]
async fn what_is_opened_after_a_close_opens() {
    while_the_code_comes("[todo.open(), close(), todo.open()].filter(Boolean)", json!([null, "open"])).await;
}

#[tokio::test]
async fn the_close_of_another_element_ends_nothing() {
    while_the_code_comes("[todo.open(), todo.cloneNode().close()].slice(0, 1)", json!(["open"])).await;
}

/// A server that does not know WebAssembly calls it something else.
async fn webassembly_is_called(media_type: &'static str) {
    let stage = Stage::behind_a_proxy().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    proxy(&stage).calls_wasm(media_type);
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.link().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
    assert_eq!(browser.tab.said().await, [""; 0]);
}

#[tokio::test]
async fn webassembly_may_be_called_any_bytes() {
    webassembly_is_called("application/octet-stream").await;
}

#[tokio::test]
async fn webassembly_may_be_called_text_in_some_encoding() {
    webassembly_is_called("application/wasm; charset=utf-8").await;
}

/// The page's policy lacks something: whoever builds the page reads what to add, the user that the form did not load.
async fn the_page_lacks(policy: &str, needs: &str, forbidden: &str) {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let tab = &browser.tab;
    tab.go(&stage.host.page(&format!("hosts/plain.html?policy={policy}"))).await;
    tab.read("document.querySelector('bzctrl-todo').setAttribute('preload', 'none')").await;
    tab.press(&tab.element("document.querySelector('bzctrl-todo > button')").await).await;
    told_in_the_frame(tab).await;
    is_told(tab, needs).await;
    let violations = tab.violations().await;
    assert!(
        violations.as_array().unwrap().iter().all(|it| it.as_str().unwrap().starts_with(forbidden)),
        "{violations}"
    );
    tab.press(&tab.element(&format!("{FRAME}.querySelector('[part=cancel]')")).await).await;
    assert_eq!(tab.read("document.querySelector('bzctrl-dialog')").await, json!(null));
}

#[tokio::test]
async fn a_policy_without_webassembly_is_told_with_what_it_lacks() {
    the_page_lacks("no-wasm", "needs CSP script-src http://127.0.0.1:", "script-src").await;
}

#[tokio::test]
async fn a_policy_that_forbids_the_relay_is_told_with_what_it_lacks() {
    the_page_lacks("no-connect", "; connect-src http://127.0.0.1:", "connect-src").await;
}

#[tokio::test]
async fn a_page_from_before_an_upgrade_opens_its_first_form_after_it() {
    let stage = Stage::before_an_upgrade().await;
    let browser = Browser::start().await;
    let desk = Desk::open(&browser, &stage.host.page("")).await;
    let version = "customElements.get('bzctrl-todo').version";
    assert_eq!(browser.tab.wait_for(version).await, Releases::OLDER);

    let newer = stage.releases.as_ref().unwrap().upgrade();
    let form = desk.incident("Seal torn").await;
    form.submit().await;
    form.link().await;
    form.finish().await;
    assert_eq!((proxy(&stage).count_of(Releases::OLDER), proxy(&stage).count_of(newer)), (4, 0));

    browser.tab.reload().await;
    assert_eq!(browser.tab.wait_for(version).await, newer);
    desk.report_incident().await;
    assert_eq!(stage.sandbox.todos().await.len(), 1);
    assert_eq!(browser.tab.said().await, [""; 0]);
}

#[tokio::test]
async fn of_two_versions_on_one_page_the_first_serves_both() {
    let stage = Stage::before_an_upgrade().await;
    let newer = stage.releases.as_ref().unwrap().upgrade();
    let browser = Browser::start().await;
    let tab = &browser.tab;
    tab.go(&stage.host.page("hosts/two-versions.html?policy=none")).await;
    tab.wait_for("document.querySelector('bzctrl-todo:defined')?.localName").await;
    assert_eq!(tab.wait_for("window.exported").await, Releases::OLDER);

    // What the later copy exports opens the first one's form.
    tab.press(&tab.element("document.querySelector('#by-script')").await).await;
    let form = Form::shown(tab).await;
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    form.submit().await;
    let link = form.link().await;
    form.finish().await;
    assert_eq!(tab.read("window.made.then(({ taskLink }) => taskLink)").await, json!(link));

    tab.press(&tab.element("document.querySelector('bzctrl-todo > button')").await).await;
    Form::shown(tab).await.close().await;
    assert_eq!(tab.read("document.querySelectorAll('bzctrl-dialog').length").await, 1);
    // The two loaders are all that is asked of the newer one.
    assert_eq!((proxy(&stage).count_of(Releases::OLDER), proxy(&stage).count_of(newer)), (5, 0));
    assert_eq!(browser.tab.said().await, [""; 0]);
}

/// Its driver has no way to give this machine a name.
mod not_in_webkit {
    use super::*;

    #[tokio::test]
    async fn a_plants_network_without_https_or_a_name_that_is_secure() {
        let stage = Stage::for_the_name("terminal.example").await;
        let browser = Browser::that_knows("terminal.example").await;
        browser.tab.go(&stage.host.page("hosts/plain.html?policy=strict")).await;
        assert_eq!(browser.tab.read("isSecureContext").await, false);
        browser.tab.press(&browser.tab.element("document.querySelector('bzctrl-todo > button')").await).await;
        let form = Form::shown(&browser.tab).await;
        form.fill("title", "Seal torn").await;
        form.fill("description", "At gate 4").await;
        form.submit().await;
        form.link().await;
        assert_eq!(stage.sandbox.todos().await.len(), 1);
        assert_eq!(browser.tab.said().await, [""; 0]);
    }
}

/// The others take brotli over https alone.
mod only_in_chromium {
    use super::*;

    /// `cargo xtask size` counts what stands in the manifest, and holds it against what integrators may rely on.
    #[tokio::test]
    async fn what_arrives_until_the_form_stands_is_what_the_gate_counts() {
        let stage = Stage::behind_a_proxy().await;
        let browser = Browser::start().await;
        let desk = Desk::open(&browser, &stage.host.page("")).await;
        desk.loads_nothing_early().await;
        let built = Releases::files_that_were_built();
        let counted = |name: &str| {
            let (_, bytes) = built.iter().find(|(file, _)| file == name).expect("the manifest has it");
            (name.to_owned(), usize::try_from(*bytes).unwrap())
        };
        assert_eq!(proxy(&stage).widget_files(), [counted("bzctrl.js")], "at page load");

        desk.report_incident().await;
        let mut arrived = proxy(&stage).widget_files();
        arrived.sort();
        // While the form stands, the rest comes.
        arrived.retain(|(name, _)| ![LATER, LATER_GLUE].contains(&name.as_str()));
        assert_eq!(arrived, ["bzctrl.js", GLUE, WASM].map(counted));
    }
}

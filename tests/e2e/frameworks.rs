//! The widget in the frameworks that hosts are built with: the examples, as real pages. Each mounts the element, hands it
//! the order, hears the link, takes it away, and shows it again with another order.

use serde_json::{Value, json};

use crate::{
    form::Form,
    stage::{Browser, Host, Stage, Tab},
};

/// An application of `examples/` that shows orders, one at a time, and keeps the links that come back.
struct Orders<'a> {
    tab: &'a Tab,
}

impl<'a> Orders<'a> {
    async fn open(browser: &'a Browser, stage: &Stage, example: &str) -> Self {
        browser.tab.go(&stage.host.example(&format!("{example}/index.html"))).await;
        Self { tab: &browser.tab }
    }

    /// As the page is before the widget's own script has come: a framework hands over to an element that is not defined.
    async fn open_without_widget(browser: &'a Browser, stage: &Stage, example: &str) -> Self {
        browser.tab.go(&stage.host.example(&format!("{example}/index.html?without-widget"))).await;
        let orders = Self { tab: &browser.tab };
        assert_eq!(orders.tab.read("customElements.get('bzctrl-todo')").await, Value::Null);
        orders
    }

    /// The script comes at last.
    async fn widget_comes(&self, host: &Host) {
        let script = "document.head.appendChild(Object.assign(document.createElement('script'), { type: 'module', src: # })) && null";
        self.tab.read(&script.replace('#', &format!("{:?}", host.widget()))).await;
        self.tab.wait_for("customElements.get('bzctrl-todo')?.version").await;
    }

    /// Presses what has these words, once it is there.
    async fn press(&self, words: &str) {
        let pressable = "[...document.querySelectorAll('button, a, [role=menuitem]')].find((it) => it.checkVisibility() && it.textContent.trim() === #)";
        self.tab.press(&self.tab.element(&pressable.replace('#', &format!("{words:?}"))).await).await;
    }

    /// Goes to an order, or to the list of all.
    async fn go_to(&self, order: &str) {
        self.press(order).await;
        self.shows(order).await;
    }

    /// The page goes there by itself, whatever the user does: a session that ends, a screen that is refreshed.
    async fn goes_by_itself_to(&self, order: &str) {
        let link = "[...document.querySelectorAll('nav a')].find((it) => it.textContent === #).click()";
        self.tab.read(&link.replace('#', &format!("{order:?}"))).await;
        self.shows(order).await;
    }

    /// It shows the order, and is done with going there: Turbo shows what it has kept first, and puts the page it has
    /// fetched in that one's place.
    async fn shows(&self, order: &str) {
        let shown = format!("document.querySelector('h1').textContent === {order:?}");
        self.tab.wait_for(&format!("{shown} && !document.querySelector('html[aria-busy]') ? 'yes' : ''")).await;
    }

    /// Opens an order, and the form of its incident.
    async fn report(&self, order: &str) -> Form<'a> {
        self.go_to(order).await;
        self.press("Report incident").await;
        self.form_for(order).await
    }

    /// The form that is open, for this order.
    async fn form_for(&self, order: &str) -> Form<'a> {
        let form = Form::shown(self.tab).await;
        self.tab.wait_for(&format!("{CONTEXT}.includes({order:?}) ? 'yes' : ''")).await;
        form
    }

    /// The links that it has kept, by their words, once there are so many.
    async fn links(&self, count: usize) -> Vec<[String; 2]> {
        let links = "[...document.querySelectorAll('#links a')].map((link) => [link.textContent, link.href])";
        self.tab.wait_for(&format!("{links}.length === {count} ? 'yes' : ''")).await;
        serde_json::from_value(self.tab.read(links).await).unwrap()
    }
}

/// What the form says of the order.
const CONTEXT: &str =
    "document.querySelector('bzctrl-dialog')?.shadowRoot.querySelector('[part~=context]').textContent";

/// Mount, events, navigate, mount again: one journey for all.
async fn journey(example: &str) {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let orders = Orders::open(&browser, &stage, example).await;
    let mut links = Vec::new();
    for (order, title) in [("ORDER 777", "Seal torn"), ("ORDER 778", "Seal gone")] {
        let form = orders.report(order).await;
        form.fill("title", title).await;
        form.fill("description", "At gate 4").await;
        form.submit().await;
        links.push([title.to_owned(), form.link().await]);
        form.press("Close").await;
        assert_eq!(orders.links(links.len()).await, links);
        orders.go_to("All orders").await;
        orders.tab.wait_for("document.querySelector('bzctrl-todo') ? '' : 'gone'").await;
    }
    let sent: Vec<_> = stage.sandbox.todos().await.iter().map(|todo| todo["orderID"].clone()).collect();
    assert_eq!(sent, ["ORDER 777", "ORDER 778"]);
    assert_eq!(orders.tab.violations().await, json!([]));
}

/// The order reaches an element that the framework has drawn before the widget's script came.
async fn journey_of_a_late_script(example: &str) {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let orders = Orders::open_without_widget(&browser, &stage, example).await;
    orders.go_to("ORDER 778").await;
    orders.go_to("ORDER 777").await;
    orders.widget_comes(&stage.host).await;
    orders.press("Report incident").await;
    let form = orders.form_for("ORDER 777").await;
    form.close().await;
    orders.report("ORDER 778").await;
}

macro_rules! journeys {
    ($($example:literal $journey:ident $late:ident)*) => {
        $(
            #[tokio::test]
            async fn $journey() {
                journey($example).await;
            }

            #[tokio::test]
            async fn $late() {
                journey_of_a_late_script($example).await;
            }
        )*
    };
}

journeys! {
    "react" a_react_application_reports_incidents a_react_application_may_draw_before_the_widget_is_there
    "vue" a_vue_application_reports_incidents a_vue_application_may_draw_before_the_widget_is_there
    "svelte" a_svelte_application_reports_incidents a_svelte_application_may_draw_before_the_widget_is_there
    "angular" an_angular_application_reports_incidents an_angular_application_may_draw_before_the_widget_is_there
    "turbo" pages_under_turbo_report_incidents pages_under_turbo_may_be_visited_before_the_widget_is_there
    "htmx" pages_under_htmx_report_incidents pages_under_htmx_may_be_swapped_before_the_widget_is_there
    "yew-element" a_yew_application_reports_incidents a_yew_application_may_draw_before_the_widget_is_there
}

#[tokio::test]
async fn a_todo_that_is_made_while_turbo_visits_another_page_keeps_its_link() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let orders = Orders::open(&browser, &stage, "turbo").await;
    stage.sandbox.next_todo_meets(json!({ "delay": { "ms": 3000 } })).await;
    let form = orders.report("ORDER 777").await;
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    form.submit().await;
    stage.sandbox.has_a_request().await;
    orders.goes_by_itself_to("ORDER 778").await;
    let [[title, link]] = &orders.links(1).await[..] else { panic!("not one link") };
    assert_eq!((title.as_str(), link.starts_with(stage.sandbox.address())), ("Seal torn", true));
}

#[tokio::test]
async fn a_form_that_a_turbo_visit_has_taken_away_opens_again_with_what_was_typed_and_is_heard() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let orders = Orders::open(&browser, &stage, "turbo").await;
    let form = orders.report("ORDER 777").await;
    form.fill("title", "Seal torn").await;
    for order in ["ORDER 778", "ORDER 777"] {
        orders.goes_by_itself_to(order).await;
    }
    orders.press("Report incident").await;
    let form = orders.form_for("ORDER 777").await;
    assert_eq!(form.value("title").await, "Seal torn");
    form.fill("description", "At gate 4").await;
    form.submit().await;
    let link = form.link().await;
    form.press("Close").await;
    assert_eq!(orders.links(1).await, [["Seal torn".to_owned(), link]]);
    orders.go_to("All orders").await;
    orders.tab.read("history.back()").await;
    orders.shows("ORDER 777").await;
    assert!(orders.tab.read("document.querySelectorAll('bzctrl-dialog').length <= 1").await == true);
}

/// A dialog of the host's own around the element: it is still there, and its own, when the form has closed.
async fn journey_in_a_dialog(example: &str) {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let orders = Orders::open(&browser, &stage, example).await;
    orders.press("Order…").await;
    orders.press("Report incident").await;
    let form = orders.form_for("ORDER 777").await;
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    form.choose("impact", "HIGH").await;
    form.submit().await;
    let link = form.link().await;
    form.press("Close").await;
    assert_eq!(orders.links(1).await, [["Seal torn".to_owned(), link]]);
    has_focus(orders.tab, "Report incident").await;
    orders.press("Done").await;
    orders
        .tab
        .wait_for(
            "[...document.querySelectorAll('[role=dialog], .modal')].some((it) => it.checkVisibility()) ? '' : 'gone'",
        )
        .await;
    has_focus(orders.tab, "Order…").await;
}

/// An item of a menu opens the form: the menu is gone by the time that it closes, and the focus is where one can go on.
async fn journey_from_a_menu(example: &str) {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let orders = Orders::open(&browser, &stage, example).await;
    orders.press("Actions").await;
    orders.press("Report incident…").await;
    let form = orders.form_for("ORDER 777").await;
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    form.submit().await;
    let link = form.link().await;
    form.press("Close").await;
    assert_eq!(orders.links(1).await, [["Seal torn".to_owned(), link]]);
    has_focus(orders.tab, "Actions").await;
}

/// What has these words gets the focus.
async fn has_focus(tab: &Tab, words: &str) {
    tab.wait_for(&format!("document.activeElement.textContent.trim() === {words:?} ? 'yes' : ''")).await;
}

#[tokio::test]
async fn the_form_opens_over_a_dialog_of_radix() {
    journey_in_a_dialog("radix").await;
}

#[tokio::test]
async fn the_form_opens_from_a_menu_of_radix() {
    journey_from_a_menu("radix").await;
}

#[tokio::test]
async fn the_form_opens_over_a_dialog_of_bootstrap() {
    journey_in_a_dialog("bootstrap").await;
}

#[tokio::test]
async fn the_form_opens_over_a_dialog_whose_focus_trap_rests_meanwhile() {
    journey_in_a_dialog("focus-trap").await;
}

#[tokio::test]
async fn the_form_opens_from_a_menu_of_bootstrap() {
    journey_from_a_menu("bootstrap").await;
}

#[tokio::test]
async fn a_page_of_plain_html_keeps_its_link() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let orders = Orders::open(&browser, &stage, "plain").await;
    orders.press("Report incident").await;
    let form = orders.form_for("ORDER 777").await;
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    form.submit().await;
    let link = form.link().await;
    assert_eq!(orders.links(1).await, [["Seal torn".to_owned(), link]]);
}

#[tokio::test]
async fn a_bought_dashboard_with_the_lines_of_the_readme_reports_incidents() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    browser.tab.go(&stage.host.page("template/index.html")).await;
    let dashboard = Orders { tab: &browser.tab };
    dashboard.tab.wait_for("window.Chart && window.jQuery?.fn.modal ? 'it is all there' : ''").await;
    let before = dashboard.tab.read(LOOK).await;
    dashboard.press("Report incident").await;
    let form = dashboard.form_for("ORDER 777").await;
    form.fill("title", "Seal torn").await;
    form.fill("description", "At gate 4").await;
    form.choose("priority", "HIGH").await;
    form.submit().await;
    let link = form.link().await;
    form.press("Close").await;
    assert_eq!(dashboard.tab.read("saved").await, json!([["ORDER 777", "Seal torn", link]]));
    has_focus(dashboard.tab, "Report incident").await;
    assert_eq!(dashboard.tab.read(LOOK).await, before);
}

/// How large the dashboard is, and where things of its own stand.
const LOOK: &str = "[document.body.scrollWidth, document.body.scrollHeight, ...['#accordionSidebar', 'nav', 'h1', 'footer'].map((own) => {
    const { x, y, width, height } = document.querySelector(own).getBoundingClientRect();
    return [x, y + scrollY, width, height].map(Math.round).join(' ');
})]";

#[tokio::test]
async fn a_yew_application_shows_the_form_among_its_own_elements() {
    let stage = Stage::set().await;
    let browser = Browser::start().await;
    let orders = Orders::open(&browser, &stage, "yew-form").await;
    let mut links = Vec::new();
    for (order, title) in [("ORDER 777", "Seal torn"), ("ORDER 778", "Seal gone")] {
        orders.go_to(order).await;
        let form = Form::standing(orders.tab).await;
        form.has_focus("title").await;
        form.fill("title", title).await;
        form.fill("description", "At gate 4").await;
        form.choose("impact", "HIGH").await;
        form.submit().await;
        links.push([title.to_owned(), form.link().await]);
        form.press("Close").await;
        orders.shows("All orders").await;
        assert_eq!(orders.links(links.len()).await, links);
    }
    assert_eq!(orders.tab.violations().await, json!([]));
}

//! A Yew application on the page: it shows an order, the form beside it, and what it has heard.

use std::cell::RefCell;
use std::rc::Rc;

use bzctrl_widget::config::Config;
use bzctrl_widget::{CreatedTodo, Failure, Field, TodoForm};
use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::{Form, Page, RELAY, body, document};

/// The application, with one order open or none.
pub(crate) struct Application<'a> {
    page: &'a Page,
    root: HtmlElement,
    handle: yew::AppHandle<Orders>,
    heard: Heard,
    drawings: u32,
}

type Heard = Rc<RefCell<Vec<String>>>;

#[derive(Clone, PartialEq, Properties)]
struct OrdersProperties {
    order: Option<AttrValue>,
    heard: Heard,
    /// How often the application was drawn by then: its callbacks say it.
    drawing: u32,
}

#[component]
fn Orders(properties: &OrdersProperties) -> Html {
    let OrdersProperties { order, heard, drawing } = properties.clone();
    let hears = move |what: String| heard.borrow_mut().push(what);
    let config = |order: &AttrValue| {
        let mut config = Config { token_endpoint: format!("{RELAY}v1/token"), ..Config::default() };
        config.given.set(Field::DomainWorkSpace, "EXA-CON-BUS-WOR");
        config.given.set(Field::Reporter, "user@example.com");
        config.given.set(Field::OrderId, order.as_str());
        // Some of its users read Dutch.
        if order.ends_with("NL") {
            config.texts = vec![("label.title".to_owned(), "Wat is er aan de hand?".to_owned())];
            config.texts.extend(bzctrl_widget::nl());
        }
        config
    };
    let (created, failed, closed, pressed) = (hears.clone(), hears.clone(), hears.clone(), hears);
    html! {
        <section onclick={move |_: MouseEvent| pressed("pressed".to_owned())}>
            <ul><li>{"Seal"}</li></ul>
            <a href="#orders">{"All orders"}</a>
            <button type="button">{"Print"}</button>
            if let Some(order) = order {
                <TodoForm
                    key={order.as_str()} config={config(&order)}
                    on_created={move |todo: CreatedTodo| created(format!("created {} in drawing {drawing}", todo.title))}
                    on_error={move |failure: Failure| failed(failure.code.to_owned())}
                    on_close={move |_| closed("closed".to_owned())}
                />
            }
        </section>
    }
}

impl<'a> Application<'a> {
    /// The application at the end of a page, no order open in it.
    pub(crate) async fn on(page: &'a Page) -> Self {
        let root: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        body().append_child(&root).unwrap();
        let heard = Heard::default();
        let properties = OrdersProperties { order: None, heard: heard.clone(), drawing: 0 };
        let handle = yew::Renderer::<Orders>::with_root_and_props(root.clone().into(), properties).render();
        page.settles().await;
        Self { page, root, handle, heard, drawings: 0 }
    }

    /// It opens an order, with the form beside it.
    pub(crate) async fn opens(&mut self, order: &'static str) -> Form {
        self.draws(Some(order)).await;
        self.form()
    }

    /// It closes the order, and takes the form away.
    pub(crate) async fn closes(&mut self) {
        self.draws(None).await;
    }

    /// It draws itself, with new callbacks.
    pub(crate) async fn draws(&mut self, order: Option<&'static str>) {
        self.drawings += 1;
        let (heard, drawing) = (self.heard.clone(), self.drawings);
        self.handle.update(OrdersProperties { order: order.map(AttrValue::from), heard, drawing });
        self.page.settles().await;
    }

    /// The element that the form stands in.
    pub(crate) fn place(&self) -> Element {
        self.root.query_selector("bzctrl-form").unwrap().expect("no form is shown")
    }

    fn form(&self) -> Form {
        let form = self.place().shadow_root().unwrap().query_selector(".page").unwrap().unwrap();
        Form::new(form.unchecked_into(), self.page.relay.clone())
    }

    /// How the browser draws an element of the application's own.
    pub(crate) fn look_of(&self, selector: &str) -> String {
        look(&self.root.query_selector(selector).unwrap().unwrap().unchecked_into())
    }

    /// What it has heard, by its callbacks and its own listeners.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.borrow().clone()
    }
}

/// How the browser draws an element: what a style sheet of ours would change.
pub(crate) fn look(element: &HtmlElement) -> String {
    let all = "const { margin, padding, border, borderRadius, color, backgroundColor, font, cursor, minHeight } =
        getComputedStyle(element);
        return [margin, padding, border, borderRadius, color, backgroundColor, font, cursor, minHeight].join('; ')";
    Function::new_with_args("element", all).call1(&JsValue::UNDEFINED, element).unwrap().as_string().unwrap()
}

impl Drop for Application<'_> {
    fn drop(&mut self) {
        self.root.remove();
    }
}

//! The element on the page, and the promise that opening it gives.

use std::rc::Rc;

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Element, HtmlDialogElement, HtmlElement, ShadowRootInit, ShadowRootMode};

use super::relay::Relay;
use super::{Form, RELAY, document, json, stub};

/// An element of the page, as the embedding API writes it, with a button in it.
pub(crate) struct Todo {
    element: HtmlElement,
    relay: Rc<Relay>,
}

/// What became of a promise.
#[derive(Debug, PartialEq)]
pub(crate) enum Word {
    /// Nothing so far.
    Pending,
    /// It was kept, with this as JSON.
    Kept(String),
    /// It was broken, with an `Error` of this code.
    Broken(String),
}

impl Todo {
    pub(super) fn new(relay: Rc<Relay>) -> Self {
        let element: HtmlElement = document().create_element("bzctrl-todo").unwrap().unchecked_into();
        let button = document().create_element("button").unwrap();
        element.append_child(&button).unwrap();
        let todo = Self { element, relay };
        for (attribute, value) in [
            ("domain-work-space", "EXA-CON-BUS-WOR"),
            ("reporter", "user@example.com"),
            ("order-id", "ORDER 777"),
            ("lrn", "725462"),
        ] {
            todo.says(attribute, value);
        }
        todo
    }

    /// Sets an attribute.
    pub(crate) fn says(&self, attribute: &str, value: &str) {
        self.element.set_attribute(attribute, value).unwrap();
    }

    /// Takes an attribute off.
    pub(crate) fn does_not_say(&self, attribute: &str) {
        self.element.remove_attribute(attribute).unwrap();
    }

    /// Has words of the page's own in place of the form's, given as JSON by their keys.
    pub(crate) fn has_texts(&self, texts: &str) {
        let config = js_sys::JSON::parse(&format!(r#"{{"texts":{texts}}}"#)).unwrap();
        js_sys::Reflect::set(&self.element, &"config".into(), &config).unwrap();
    }

    /// The element itself.
    pub(crate) fn element(&self) -> &HtmlElement {
        &self.element
    }

    /// The button in it.
    pub(crate) fn button(&self) -> HtmlElement {
        self.element.first_element_child().unwrap().unchecked_into()
    }

    pub(crate) fn is_put_into(&self, parent: &Element) {
        parent.append_child(&self.element).unwrap();
    }

    /// Its form is to stand in the page. The loader has made the element's inside.
    pub(crate) fn has_a_place_for_its_form(&self) {
        self.says("inline", "");
        let shadow = self.element.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).unwrap();
        shadow.append_child(&document().create_element("slot").unwrap()).unwrap();
    }

    /// How many forms stand in it.
    pub(crate) fn forms(&self) -> u32 {
        let shadow = self.element.shadow_root().unwrap();
        shadow.query_selector_all("bzctrl-dialog").unwrap().length()
    }

    /// Whether its button can be pressed.
    pub(crate) fn shows_its_button(&self) -> bool {
        self.button().get_bounding_client_rect().height() > 0.0
    }

    pub(crate) fn is_removed(&self) {
        self.element.remove();
    }

    /// Opens the form, by its button.
    pub(crate) async fn open(&self) -> Form {
        self.button().focus().unwrap();
        self.open_with(&JsValue::UNDEFINED).await.0
    }

    /// Opens the form with values, as `open(values)` does; with the promise that this gives.
    pub(crate) async fn open_with(&self, values: &JsValue) -> (Form, Promise) {
        let before = dialogs();
        let promise = self.asks_to_open(values);
        self.relay.settles().await;
        let now = dialogs();
        let new = now.iter().find(|dialog| !before.contains(dialog)).or(now.last()).expect("no dialog is open");
        (Form::new(new.clone(), self.relay.clone()), promise)
    }

    /// Asks for the form as the loader does.
    pub(crate) fn asks_to_open(&self, values: &JsValue) -> Promise {
        // To the widget a panic is the end of its instance. Here it is a failed test, and the next one goes on.
        let hook = (!std::thread::panicking()).then(std::panic::take_hook);
        let promise = bzctrl_widget::page::open(self.element.clone(), values, RELAY, &JsValue::UNDEFINED);
        if let Some(hook) = hook {
            std::panic::set_hook(hook);
        }
        // A promise that is broken is no fault of the page.
        let unheard = promise.clone();
        spawn_local(async move { drop(JsFuture::from(unheard).await) });
        promise
    }

    /// The host's `close()`.
    pub(crate) async fn close(&self) {
        bzctrl_widget::page::close(Some(&self.element));
        self.relay.settles().await;
    }
}

/// What `open` is given.
pub(crate) fn values(name: &str, value: &str) -> JsValue {
    let values = Object::new();
    Reflect::set(&values, &name.into(), &value.into()).unwrap();
    values.into()
}

/// What has become of a promise until now.
pub(crate) async fn word(promise: &Promise) -> Word {
    let pending = JsValue::symbol(None);
    let race = Promise::race(&Array::of2(promise, &pending));
    match JsFuture::from(race).await {
        Ok(value) if value == pending => Word::Pending,
        Ok(value) => Word::Kept(json(&value)),
        Err(error) => Word::Broken(stub::get(&error, "code").as_string().unwrap_or_default()),
    }
}

/// The dialogs that are open.
pub(super) fn dialogs() -> Vec<HtmlDialogElement> {
    all_dialogs("dialog[open]").map(JsCast::unchecked_into).collect()
}

/// Whether a form is shown that is not modal yet: it becomes so once it was painted.
pub(super) fn some_form_is_unpainted() -> bool {
    all_dialogs("dialog[popover]").next().is_some()
}

fn all_dialogs(selector: &'static str) -> impl Iterator<Item = Element> {
    let places = document().query_selector_all("bzctrl-dialog").unwrap();
    let places = (0..places.length()).filter_map(move |at| places.get(at)?.unchecked_into::<Element>().shadow_root());
    places.filter_map(move |shadow| shadow.query_selector(selector).unwrap())
}

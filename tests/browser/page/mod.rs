//! A host's page with the element on it, as tests speak of it.

mod answer;
mod application;
mod clock;
mod form;
pub(crate) mod hands;
mod hearing;
mod relay;
mod stub;
mod tabs;
mod todo;

use std::rc::Rc;

use js_sys::{Array, Function};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, HtmlElement, Storage};

pub(crate) use answer::{Answer, created, html, problem, token};
pub(crate) use application::{Application, look};
pub(crate) use form::{Form, key_of};
pub(crate) use hearing::{HANDS, json};
pub(crate) use stub::Changed;
pub(crate) use todo::{Todo, Word, values, word};

use clock::Clock;
use hearing::Hearing;
use relay::Relay;
use tabs::Tabs;

/// The address of the relay; nothing is there but what [`Relay`] answers.
pub(crate) const RELAY: &str = "https://relay.example.com/";

/// The page of a host that shows order 777, with one element on it.
pub(crate) struct Page {
    /// Answers for the relay, and for BzCtrl in token mode.
    pub(crate) relay: Rc<Relay>,
    clock: Clock,
    /// The tabs that were opened.
    pub(crate) tabs: Tabs,
    /// What the host's listeners hear, and its developer.
    pub(crate) hears: Hearing,
    /// The element.
    pub(crate) todo: Todo,
}

impl Page {
    /// A fresh page, in a tab where nothing was typed before.
    pub(crate) async fn new() -> Self {
        assert!(!document().hidden(), "another tab stands in front of the tests");
        // What the last test has left. Time stands still from here on, or Yew would put off what takes it long.
        stub::undo_all();
        let clock = Clock::new();
        hands::take_over();
        bzctrl_widget::page::forget();
        stub::turn().await;
        storage().clear().unwrap();
        let olds = document().query_selector_all("bzctrl-todo").unwrap();
        (0..olds.length()).for_each(|at| olds.get(at).unwrap().unchecked_into::<HtmlElement>().remove());
        let relay = Relay::new();
        let todo = Todo::new(relay.clone());
        let page = Self { relay, clock, tabs: Tabs::new(), hears: Hearing::new(), todo };
        page.todo.is_put_into(&body());
        page
    }

    /// Opens the element's form.
    pub(crate) async fn open(&self) -> Form {
        self.todo.open().await
    }

    /// Another element on the same page, which shows another order.
    pub(crate) fn another_todo(&self, order: &str) -> Todo {
        let todo = Todo::new(self.relay.clone());
        todo.says("order-id", order);
        todo.is_put_into(&body());
        todo
    }

    /// Another element, whose form stands in the page.
    pub(crate) fn todo_in_the_page(&self, order: &str) -> Todo {
        let todo = self.another_todo(order);
        todo.has_a_place_for_its_form();
        todo
    }

    /// The one form that is shown in a dialog.
    pub(crate) fn shown_form(&self) -> Form {
        let [dialog] = &todo::dialogs()[..] else { panic!("not one dialog is open") };
        Form::new(dialog.clone(), self.relay.clone())
    }

    /// All that is in the tab's session storage.
    pub(crate) fn stored(&self) -> String {
        let storage = storage();
        let keys = (0..storage.length().unwrap()).map(|at| storage.key(at).unwrap().unwrap());
        keys.map(|key| format!("{key}={}\n", storage.get_item(&key).unwrap().unwrap())).collect()
    }

    /// How many places for forms there are, at the end of the body.
    pub(crate) fn places(&self) -> u32 {
        document().query_selector_all("body > bzctrl-dialog").unwrap().length()
    }

    /// The host's `fetch` does this from now on.
    pub(crate) fn breaks_fetch(&self, script: &str) {
        stub::replace(&js_sys::global(), "fetch", &Function::new_no_args(script));
    }

    /// A script of the page's own runs, until what it gives is dropped; then `back` does.
    pub(crate) fn runs(&self, script: &str, back: &str) -> Changed {
        stub::run(script, back)
    }

    /// The host puts a function of its own around `fetch`.
    pub(crate) fn wraps_fetch(&self, script: &str) {
        let wrap = Function::new_with_args("fetch", &[script, "; return fetch"].concat());
        let own = stub::get(&js_sys::global(), "fetch");
        let wrapped = wrap.call1(&JsValue::UNDEFINED, &own).unwrap();
        stub::replace(&js_sys::global(), "fetch", &wrapped);
    }

    /// The page does something of its own as soon as a place for a form is put into it, before that is done.
    pub(crate) fn at_each_place(&self, does: impl Fn() + 'static) {
        let node = stub::get(&stub::get(&js_sys::global(), "Node"), "prototype");
        let own: Function = stub::get(&node, "appendChild").into();
        let does = Closure::<dyn Fn()>::new(does).into_js_value();
        let wrap =
            "return function (node) { if (node.localName === 'bzctrl-dialog') does(); return own.call(this, node); }";
        let wrapped = Function::new_with_args("own, does", wrap).call2(&JsValue::UNDEFINED, &own, &does).unwrap();
        stub::replace(&node, "appendChild", &wrapped);
    }

    /// A framework takes out of the page what it does not know.
    pub(crate) fn loses_what_it_does_not_know(&self) {
        let places = document().query_selector_all("body > bzctrl-dialog").unwrap();
        (0..places.length()).for_each(|at| places.get(at).unwrap().unchecked_into::<HtmlElement>().remove());
    }

    /// The user's languages, as the browser has them.
    pub(crate) fn speaks(&self, languages: &[&str]) {
        let languages: Array = languages.iter().map(|language| JsValue::from(*language)).collect();
        stub::replace(&stub::get(&js_sys::global(), "navigator"), "languages", &languages);
    }

    /// How many forms are shown.
    pub(crate) fn open_forms(&self) -> usize {
        todo::dialogs().len()
    }

    /// The tab's storage is full but for so many characters.
    pub(crate) fn fills_storage_but_for(&self, left: usize) {
        let storage = storage();
        let mut filled = 6_000_000;
        while storage.set_item("filled", &"x".repeat(filled)).is_err() {
            filled -= 1000;
        }
        storage.set_item("filled", &"x".repeat(filled - left)).unwrap();
    }

    /// The page may not use its storage, as in a frame of another site.
    pub(crate) fn forbids_storage(&self) {
        stub::forbid(&js_sys::global(), "sessionStorage");
    }

    /// Waits until the page is at rest.
    pub(crate) async fn settles(&self) {
        self.relay.settles().await;
    }

    /// Waits for what the browser does in its own time.
    pub(crate) async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        for turns in 0.. {
            if is_so(self) {
                return;
            }
            assert!(turns < 10_000, "it does not come to that: {:?}", self.hears.events());
            stub::turn().await;
        }
    }

    /// Somebody sets the wall clock back, by so many ms.
    pub(crate) fn clock_goes_back(&self, ms: f64) {
        self.clock.goes_back(ms);
    }

    /// Lets so many ms pass, and everything happen that was to happen in them.
    pub(crate) async fn passes(&self, ms: f64) {
        let until = self.clock.now() + ms;
        while let Some(due) = self.clock.next(until) {
            due.call0(&JsValue::UNDEFINED).unwrap();
            self.settles().await;
        }
        self.clock.is(until);
    }
}

pub(crate) fn document() -> Document {
    web_sys::window().unwrap().document().unwrap()
}

pub(crate) fn body() -> HtmlElement {
    document().body().unwrap()
}

/// A day of the next year, as the wire has it.
pub(crate) fn next_year() -> String {
    [&(js_sys::Date::new_0().get_full_year() + 1).to_string(), "-09-27"].concat()
}

fn storage() -> Storage {
    web_sys::window().unwrap().session_storage().unwrap().unwrap()
}

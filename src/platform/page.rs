//! The page that embeds the widget: the dialogs at the end of its body, the element that speaks for a form, and what the
//! loader calls.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::storage::{self, to_js};
use super::{Listener, Session, object, set_member, settings, tell_developer, window};
use crate::config::Config;
use crate::form::event::{Created, Event, Reason};
use crate::form::submit::Notice;
use crate::form::world::World;
use bzctrl_contract::{Field, Key, Todo};
use js_sys::{Array, Error, Function, Object, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CssStyleSheet, CustomEvent, Document, EventTarget, HtmlElement, ShadowRootInit, ShadowRootMode};

/// The element that a dialog stands in, at the end of the body.
const DIALOG_ELEMENT: &str = "bzctrl-dialog";

thread_local! {
    static MOUNTS: RefCell<Vec<Mount>> = const { RefCell::new(Vec::new()) };
    /// A panic has stopped this instance: it draws nothing any more.
    static STOPPED: Cell<bool> = const { Cell::new(false) };
}

/// A place where forms are drawn. It is used again and again: Yew never gives up the elements that it was mounted in.
struct Mount {
    host: web_sys::Element,
    draw: Draw,
    form: (Rc<Session>, Rc<HostElement>),
}

/// Draws a form in a place.
pub(crate) type Draw = Box<dyn FnMut(Rc<Config>, Rc<dyn World>)>;

/// Makes an element of the page a place for forms, and draws the first. The views are handed in: this room knows none.
pub(crate) type MountForm = fn(web_sys::Element, Rc<Config>, Rc<dyn World>) -> Draw;

/// Opens the form for an element, and promises the created todo, or `null`. While it is open: the same promise.
pub(crate) fn open(element: HtmlElement, values: &JsValue, relay: &str, mount: MountForm) -> Promise {
    let Some(document) = window().and_then(|window| window.document()).filter(|_| !STOPPED.get()) else {
        return Promise::reject(&error("load-failed", "The form cannot be shown."));
    };
    let (config, mistakes) = Config::parse(&settings::read(&element, values), relay);
    for mistake in mistakes {
        tell_developer(&[&mistake.attribute, " ", mistake.what].concat());
    }
    let config = Rc::new(config);
    let host = HostElement::new(element, document.active_element().and_then(|it| it.dyn_into().ok()), &config);
    let session = Session::new(&config, Box::new(host.clone()));
    // One form for an element, and one for what the page states, whatever asks for it.
    let shown = MOUNTS.with_borrow(|mounts| {
        let same = |(it, whose): &&(Rc<Session>, Rc<HostElement>)| {
            it.can_be_shown() && (whose.element == host.element || it.name() == session.name())
        };
        let mount = mounts.iter().find(|mount| same(&&mount.form))?;
        Some((mount.form.clone(), put_back(&document, &mount.host)))
    });
    if let Some(((session, host), was_gone)) = shown {
        if !session.is_open() {
            host.promise_anew();
        }
        if !session.is_open() || was_gone {
            session.reopen();
        }
        return host.promise();
    }
    if draw(&document, config, (session, host.clone()), mount).is_none() {
        return Promise::reject(&error("load-failed", "The form cannot be shown."));
    }
    host.promise()
}

/// The user's Close, for an element whose form is open.
pub(crate) fn close(element: &HtmlElement) {
    let of_element = |(session, host): &(Rc<Session>, Rc<HostElement>)| session.is_open() && host.element == *element;
    if let Some((session, _)) = sessions().into_iter().find(of_element) {
        session.send(Event::Close);
    }
}

/// Drops what was typed, in every form of this tab.
pub(crate) fn forget() {
    sessions().iter().for_each(|(session, _)| session.forget());
    storage::forget();
}

fn sessions() -> Vec<(Rc<Session>, Rc<HostElement>)> {
    MOUNTS.with_borrow(|mounts| mounts.iter().map(|mount| mount.form.clone()).collect())
}

/// Draws a form in a mount that is free, or in a new one.
fn draw(document: &Document, config: Rc<Config>, form: (Rc<Session>, Rc<HostElement>), mount: MountForm) -> Option<()> {
    MOUNTS.with_borrow_mut(|mounts| {
        if let Some(mount) = mounts.iter_mut().find(|mount| !mount.form.0.is_open() && !mount.form.0.is_busy()) {
            put_back(document, &mount.host);
            mount.form = form;
            (mount.draw)(config, mount.form.0.clone());
            return Some(());
        }
        let (host, root) = new_mount_point(document, DIALOG_ELEMENT, document.body()?.as_ref())?;
        let draw = mount(root, config, form.0.clone());
        if mounts.is_empty() {
            // Not before: Yew sets a hook of its own when it first draws.
            std::panic::set_hook(Box::new(stopped));
        }
        mounts.push(Mount { host, draw, form });
        Some(())
    })
}

/// An element of its own at the end of another, with a shadow root that styles neither enter nor leave.
pub(super) fn new_mount_point(
    document: &Document,
    name: &str,
    parent: &web_sys::Element,
) -> Option<(web_sys::Element, web_sys::Element)> {
    let host = document.create_element(name).ok()?;
    host.set_attribute("translate", "no").ok()?;
    let shadow = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).ok()?;
    let sheet = CssStyleSheet::new().ok()?;
    sheet.replace_sync(crate::STYLE).ok()?;
    set_member(&shadow, "adoptedStyleSheets", &Array::of1(&sheet));
    let root = document.create_element("div").ok()?;
    shadow.append_child(&root).ok()?;
    parent.append_child(&host).ok()?;
    // What is typed here is none of the page's business.
    let keep = Closure::<dyn Fn(web_sys::Event)>::new(|event: web_sys::Event| event.stop_propagation());
    for kind in ["keydown", "keyup", "keypress"] {
        host.add_event_listener_with_callback(kind, keep.as_ref().unchecked_ref()).ok()?;
    }
    // The place lives as long as the page.
    keep.forget();
    Some((host, root))
}

/// Puts a place back that a framework has taken out of the page together with all that it did not know. Says whether it was
/// gone.
fn put_back(document: &Document, host: &web_sys::Element) -> bool {
    let gone = !host.is_connected();
    if let Some(body) = document.body().filter(|_| gone) {
        drop(body.append_child(host));
    }
    gone
}

/// A panic: this instance draws nothing any more. The page must not stay behind a dialog that no longer answers; what
/// was typed is kept in the tab, and the loader fetches a fresh instance for the next opening.
fn stopped(panic: &std::panic::PanicHookInfo<'_>) {
    STOPPED.set(true);
    web_sys::console::error_1(&panic.to_string().into());
    if let Some(document) = window().and_then(|window| window.document()) {
        while let Ok(Some(place)) = document.query_selector(DIALOG_ELEMENT) {
            place.remove();
        }
    }
    MOUNTS.with(|mounts| {
        let Ok(mounts) = mounts.try_borrow() else { return };
        for (session, host) in mounts.iter().map(|mount| &mount.form) {
            if session.is_open() {
                host.reject("load-failed", "The form has a fault and was closed. What was typed is kept.");
            }
        }
    });
}

fn error(code: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    set_member(&error, "code", &code.into());
    error.into()
}

/// The element that speaks for a form, and the promise that was given for it.
pub(crate) struct HostElement {
    element: HtmlElement,
    opener: Option<HtmlElement>,
    order: String,
    promise: RefCell<HostPromise>,
}

struct HostPromise {
    promise: Promise,
    settle: Option<(Function, Function)>,
}

impl HostPromise {
    fn new() -> Self {
        let mut settle = None;
        let promise = Promise::new(&mut |resolve, reject| settle = Some((resolve, reject)));
        Self { promise, settle }
    }
}

impl HostElement {
    fn new(element: HtmlElement, opener: Option<HtmlElement>, config: &Config) -> Rc<Self> {
        let order = config.given.text(Field::OrderId).to_owned();
        Rc::new(Self { element, opener, order, promise: RefCell::new(HostPromise::new()) })
    }

    fn promise(&self) -> Promise {
        self.promise.borrow().promise.clone()
    }

    fn promise_anew(&self) {
        *self.promise.borrow_mut() = HostPromise::new();
    }

    fn resolve(&self, value: &JsValue) {
        if let Some((resolve, _)) = self.promise.borrow_mut().settle.take() {
            drop(resolve.call1(&JsValue::UNDEFINED, value));
        }
    }

    fn reject(&self, code: &str, message: &str) {
        if let Some((_, reject)) = self.promise.borrow_mut().settle.take() {
            drop(reject.call1(&JsValue::UNDEFINED, &error(code, message)));
        }
    }

    /// Dispatches an event from the element; from the document when the element has left the page. `false` if it was
    /// prevented.
    fn announce(&self, kind: &str, key: Option<&Key>, detail: &Object, cancelable: bool) -> bool {
        set_member(detail, "orderId", &self.order.as_str().into());
        if let Some(key) = key {
            set_member(detail, "key", &key.as_str().into());
        }
        let options = object(&[
            ("bubbles", true.into()),
            ("composed", true.into()),
            ("cancelable", cancelable.into()),
            ("detail", detail.into()),
        ]);
        let Ok(event) = CustomEvent::new_with_event_init_dict(kind, options.unchecked_ref()) else { return true };
        let document = window().and_then(|window| window.document());
        let host: Option<EventTarget> =
            if self.element.is_connected() { Some(self.element.clone().into()) } else { document.map(Into::into) };
        host.is_none_or(|host| host.dispatch_event(&event).unwrap_or(true))
    }
}

impl Listener for Rc<HostElement> {
    fn opened(&self) {
        self.announce("bzctrl-open", None, &Object::new(), false);
    }

    fn submits(&self, todo: &Todo, key: Option<&Key>) -> Option<String> {
        let said = Rc::new(RefCell::new(None));
        let noted = said.clone();
        let refuse = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
            *noted.borrow_mut() = Some(message.as_string().unwrap_or_default());
        });
        let todo = to_js(todo).unwrap_or_default();
        freeze(&todo);
        let detail = object(&[("todo", todo), ("refuse", refuse.as_ref().clone())]);
        let passed = self.announce("bzctrl-submit", key, &detail, true);
        let said = said.take();
        if passed { said } else { Some(said.unwrap_or_default()) }
    }

    fn created(&self, made: &Created) {
        let todo = &made.todo;
        let text = |text: &Option<String>| text.as_deref().map(JsValue::from_str).unwrap_or_default();
        let detail = object(&[
            ("title", text(&Some(todo.title.clone().unwrap_or_else(|| made.title.clone())))),
            ("taskType", text(&Some(todo.task_type.clone().unwrap_or_else(|| made.todo_type.wire().to_owned())))),
            ("description", text(&todo.description)),
            ("taskLink", text(&made.link.as_ref().map(|link| link.as_str().to_owned()))),
            ("tags", todo.tags.as_ref().and_then(to_js).unwrap_or_default()),
            ("replayed", made.replayed.into()),
        ]);
        self.announce("bzctrl-created", made.key.as_ref(), &detail, false);
        self.resolve(&detail);
    }

    fn failed(&self, notice: &Notice, title: &str, key: Option<&Key>) {
        let detail = object(&[
            ("code", notice.code().into()),
            ("title", title.into()),
            ("status", notice.status().into()),
            ("retryable", notice.retryable().into()),
        ]);
        self.announce("bzctrl-error", key, &detail, false);
    }

    fn closed(&self, reason: Reason, key: Option<&Key>) {
        let word = match reason {
            Reason::Created => "created",
            Reason::Cancelled => "cancelled",
            Reason::Unknown => "unknown",
        };
        self.announce("bzctrl-close", key, &object(&[("reason", word.into())]), false);
        match reason {
            Reason::Created | Reason::Cancelled => self.resolve(&JsValue::NULL),
            Reason::Unknown => self.reject("outcome-unknown", "Nobody can know yet whether the todo was created."),
        }
        // The focus goes back to what opened the form; where that is gone, or was never known, to the element's own button.
        let opener = self.opener.as_ref().filter(|opener| opener.is_connected() && opener.tag_name() != "BODY");
        let button = || {
            let slotted = self.element.query_selector("button,a[href],[tabindex]").ok()?;
            slotted.or_else(|| self.element.shadow_root()?.query_selector("button").ok()?)?.dyn_into().ok()
        };
        if let Some(target) = opener.filter(|opener| **opener != self.element).cloned().or_else(button) {
            drop(target.focus());
        }
    }
}

fn freeze(value: &JsValue) {
    if let Some(object) = value.dyn_ref::<Object>() {
        Object::values(object).iter().for_each(|inner| freeze(&inner));
        Object::freeze(object);
    }
}

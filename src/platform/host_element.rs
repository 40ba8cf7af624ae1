//! The element of the host's page that a form stands for: it tells the page what happens, and keeps the promise that was
//! given. The focus comes back to it by `www/start.js`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::mount::DIALOG_ELEMENT;
use super::storage::to_js;
use super::{HostAnswers, Listener, clock, document, later, member, object, set_member, tell_developer};
use crate::config::{Config, Mistake};
use crate::form::event::{Created, HostAnswer, Reason};
use crate::form::submit::Notice;
use bzctrl_contract::{Field, Key, Todo};
use js_sys::{Array, Error, Function, Object, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CustomEvent, EventTarget, HtmlElement, ShadowRoot};

/// How long a host may take to answer whether a todo may be sent.
const LONGEST_ANSWER_MS: u32 = 10_000;

/// The element that speaks for a form, and the promise that was given for it.
pub(crate) struct HostElement {
    speaks: RefCell<Speaks>,
    order: String,
    inline: bool,
    promise: RefCell<HostPromise>,
    /// What the page was given to answer with, at the last Submit.
    asked: RefCell<Option<Asked>>,
}

/// Who asked last.
struct Speaks {
    element: HtmlElement,
    was_in_page: bool,
}

impl Speaks {
    fn new(element: HtmlElement) -> Self {
        let was_in_page = element.is_connected();
        Self { element, was_in_page }
    }
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

/// The element's own button, or what the page has put in its place.
pub(super) fn show_slot(shadow: &ShadowRoot, shown: bool) {
    if let Ok(Some(slot)) = shadow.query_selector("slot") {
        drop(if shown { slot.remove_attribute("hidden") } else { slot.set_attribute("hidden", "") });
    }
}

/// An `Error` with a code.
pub(super) fn error(code: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    set_member(&error, "code", &code.into());
    error.into()
}

impl HostElement {
    pub(super) fn new(element: HtmlElement, config: &Config) -> Rc<Self> {
        Rc::new(Self {
            speaks: RefCell::new(Speaks::new(element)),
            order: config.given.text(Field::OrderId).to_owned(),
            inline: config.inline,
            promise: RefCell::new(HostPromise::new()),
            asked: RefCell::default(),
        })
    }

    pub(super) fn element(&self) -> HtmlElement {
        self.speaks.borrow().element.clone()
    }

    pub(super) fn is(&self, element: &HtmlElement) -> bool {
        self.speaks.borrow().element == *element
    }

    /// From now on another element speaks: it asked last.
    pub(super) fn becomes(&self, element: HtmlElement, is_open: bool) {
        let shadow = self.shadow_root().filter(|_| is_open && self.inline && !self.is(&element));
        if let Some(shadow) = shadow {
            // The form goes from one element to the other.
            show_slot(&shadow, true);
            if shadow.is_connected() {
                later::tell(vec![Mistake::shared()], None);
            }
        }
        *self.speaks.borrow_mut() = Speaks::new(element);
    }

    /// Whether the element stood in the page when it asked, and does no more: the page has moved on.
    pub(super) fn has_left_page(&self) -> bool {
        let speaks = self.speaks.borrow();
        speaks.was_in_page && !speaks.element.is_connected()
    }

    pub(super) fn shadow_root(&self) -> Option<ShadowRoot> {
        self.element().shadow_root()
    }

    pub(super) fn promise(&self) -> Promise {
        self.promise.borrow().promise.clone()
    }

    pub(super) fn promise_anew(&self) {
        *self.promise.borrow_mut() = HostPromise::new();
    }

    fn settle(&self, how: impl FnOnce((Function, Function)) -> Function, with: &JsValue) {
        let settle = self.promise.borrow_mut().settle.take();
        if let Some(settle) = settle {
            drop(how(settle).call1(&JsValue::UNDEFINED, with));
        }
    }

    /// Whether its promise is not settled.
    pub(super) fn is_asked(&self) -> bool {
        self.promise.borrow().settle.is_some()
    }

    pub(super) fn resolve(&self, value: &JsValue) {
        self.settle(|(resolve, _)| resolve, value);
    }

    fn reject(&self, code: &str, message: &str) {
        self.settle(|(_, reject)| reject, &error(code, message));
    }

    /// A failure that no form can show.
    pub(super) fn fails(&self, code: &str, title: &str) {
        self.reject(code, title);
        let detail = object(&[
            ("code", code.into()),
            ("title", title.into()),
            ("status", 0.into()),
            ("retryable", false.into()),
        ]);
        self.announce("bzctrl-error", None, &detail, false);
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
        let element = self.element();
        let document = document();
        let speaker: Option<EventTarget> =
            if element.is_connected() { Some(element.into()) } else { document.map(Into::into) };
        speaker.is_none_or(|speaker| speaker.dispatch_event(&event).unwrap_or(true))
    }
}

/// What the page answers with at a Submit: it may refuse, and may ask for time.
struct Asked {
    /// What it refused with.
    refusal: Rc<RefCell<Option<String>>>,
    /// What it waits for.
    waits: Array,
    /// Whether its listeners are being asked right now.
    open: Rc<Cell<bool>>,
    refuse: Closure<dyn Fn(JsValue) -> Result<(), JsValue>>,
    wait_for: Closure<dyn Fn(JsValue) -> Result<(), JsValue>>,
}

impl Asked {
    fn new() -> Self {
        let (refusal, waits, open) = (Rc::new(RefCell::new(None)), Array::new(), Rc::new(Cell::new(true)));
        let in_time = |open: &Rc<Cell<bool>>| {
            let open = open.clone();
            move || open.get().then_some(()).ok_or_else(|| JsValue::from(Error::new(TOO_LATE)))
        };
        let (noted, refuses_in_time) = (refusal.clone(), in_time(&open));
        let refuse = Closure::<dyn Fn(JsValue) -> Result<(), JsValue>>::new(move |message: JsValue| {
            refuses_in_time()?;
            *noted.borrow_mut() = Some(reason(&message));
            Ok(())
        });
        let (noted, waits_in_time) = (waits.clone(), in_time(&open));
        let wait_for = Closure::<dyn Fn(JsValue) -> Result<(), JsValue>>::new(move |work: JsValue| {
            waits_in_time()?;
            noted.push(&begun(work));
            Ok(())
        });
        Self { refusal, waits, open, refuse, wait_for }
    }
}

const TOO_LATE: &str = "bzctrl-submit: too late. Call waitFor(promise) before the first await.";

/// What a page gives to `waitFor`. A function is called, since by itself it would be no promise and would agree at once; so would
/// what a page gives by mistake, such as nothing.
fn begun(work: JsValue) -> JsValue {
    let is_promise = |work: &JsValue| member(work, "then").is_function();
    match work.dyn_ref::<Function>() {
        Some(function) if !is_promise(&work) => {
            function.call0(&JsValue::UNDEFINED).unwrap_or_else(|thrown| Promise::reject(&thrown).into())
        }
        _ => {
            if !is_promise(&work) {
                tell_developer(NO_PROMISE);
            }
            work
        }
    }
}

const NO_PROMISE: &str =
    "waitFor was given neither a promise nor a function, so that nothing is waited for; give it what the check returns";

/// Why a page refuses, in its own words: a text, or an error's. Nothing but space is no word.
fn reason(given: &JsValue) -> String {
    let words = given.as_string().or_else(|| member(given, "message").as_string());
    words.filter(|words| !words.trim().is_empty()).unwrap_or_default()
}

/// Waits until all that the page asked time for has come, or one of it refuses.
async fn all(waits: Array) -> HostAnswer {
    let all = Promise::all(&waits);
    let time_is_up = clock::after(LONGEST_ANSWER_MS);
    match JsFuture::from(Promise::race(&Array::of2(&all, &time_is_up))).await {
        // What they have all come to is a list; what the time has come to is not.
        Ok(came) if came.is_undefined() => HostAnswer::Silent,
        Ok(_) => HostAnswer::Agrees,
        Err(given) => HostAnswer::Refuses(reason(&given)),
    }
}

/// What it tells after its beginning is the second act's.
impl Listener for Rc<HostElement> {
    fn opened(&self) {
        self.announce("bzctrl-open", None, &Object::new(), false);
    }

    fn submits(&self, todo: &Todo, key: Option<&Key>, answer: HostAnswers) {
        if let Some(later) = later::get() {
            (later.submits)(self, todo, key, answer);
        }
    }

    fn created(&self, made: &Created) {
        if let Some(later) = later::get() {
            (later.created)(self, made);
        }
    }

    fn failed(&self, notice: &Notice, title: &str, key: Option<&Key>) {
        if let Some(later) = later::get() {
            (later.failed)(self, notice, title, key);
        }
    }

    fn closed(&self, reason: Reason, key: Option<&Key>) {
        let word = match reason {
            Reason::Created => "created",
            Reason::Cancelled => "cancelled",
            Reason::Unknown => "unknown",
        };
        let shadow = self.shadow_root().filter(|_| self.inline);
        if let Some(shadow) = shadow {
            if let Ok(Some(place)) = shadow.query_selector(DIALOG_ELEMENT) {
                place.remove();
            }
            show_slot(&shadow, true);
        }
        let settle = self.promise.borrow_mut().settle.take();
        self.announce("bzctrl-close", key, &object(&[("reason", word.into())]), false);
        if let Some((resolve, reject)) = settle {
            drop(match reason {
                Reason::Created | Reason::Cancelled => resolve.call1(&JsValue::UNDEFINED, &JsValue::NULL),
                Reason::Unknown => reject.call1(
                    &JsValue::UNDEFINED,
                    &error("outcome-unknown", "Nobody can know yet whether the todo was created."),
                ),
            });
        }
    }
}

impl HostElement {
    pub(super) fn submits(&self, todo: &Todo, key: Option<&Key>, answer: HostAnswers) {
        let asked = Asked::new();
        let todo = to_js(todo).unwrap_or_default();
        freeze(&todo);
        let detail = object(&[
            ("todo", todo),
            ("refuse", asked.refuse.as_ref().clone()),
            ("waitFor", asked.wait_for.as_ref().clone()),
        ]);
        let passed = self.announce("bzctrl-submit", key, &detail, true);
        asked.open.set(false);
        let (refusal, waits) = (asked.refusal.take(), asked.waits.clone());
        // The page may keep them: they say that it is too late.
        *self.asked.borrow_mut() = Some(asked);
        match refusal {
            Some(message) => answer(HostAnswer::Refuses(message)),
            None if !passed => answer(HostAnswer::Refuses(String::new())),
            None if waits.length() == 0 => answer(HostAnswer::Agrees),
            None => wasm_bindgen_futures::spawn_local(async move { answer(all(waits).await) }),
        }
    }

    pub(super) fn created(&self, made: &Created) {
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

    pub(super) fn failed(&self, notice: &Notice, title: &str, key: Option<&Key>) {
        let detail = object(&[
            ("code", notice.code().into()),
            ("title", title.into()),
            ("status", notice.status().into()),
            ("retryable", notice.retryable().into()),
        ]);
        self.announce("bzctrl-error", key, &detail, false);
    }
}

fn freeze(value: &JsValue) {
    if value.is_object() {
        let object: &Object = value.unchecked_ref();
        Object::values(object).iter().for_each(|inner| freeze(&inner));
        Object::freeze(object);
    }
}

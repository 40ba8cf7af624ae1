//! The page that embeds the widget: which forms are open in it, and what the loader calls.

use std::cell::RefCell;
use std::rc::Rc;

use super::host_element::{HostElement, error, show_slot};
use super::mount::{DIALOG_ELEMENT, Draw, MountForm, Place};
use super::{Session, clock, object, settings, storage, tell_developer, window};
use crate::config::Config;
use crate::form::event::Event;
use js_sys::Promise;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, HtmlElement, MutationObserver, Node};

thread_local! {
    static MOUNTS: RefCell<Vec<Mount>> = const { RefCell::new(Vec::new()) };
    /// Sees when a page takes away a form that is open.
    static WATCH: Option<MutationObserver> = watch();
}

/// A place, and the form that was drawn there last.
struct Mount {
    place: Rc<Place>,
    draw: Draw,
    form: Form,
}

/// One opening of the form.
#[derive(Clone)]
struct Form {
    config: Rc<Config>,
    session: Rc<Session>,
    host: Rc<HostElement>,
}

impl Form {
    fn is_modal(&self) -> bool {
        !self.config.inline
    }

    /// Puts its place where it belongs: at the end of the body, or into its element.
    fn put(&self, place: &Place, document: &Document) {
        let element = self.host.shadow_root().filter(|_| !self.is_modal());
        if let Some(shadow) = &element {
            // It stands in the place of the button.
            show_slot(shadow, false);
        }
        if let Some(parent) = element.map(Node::from).or_else(|| document.body().map(Into::into)) {
            place.put(&parent);
        }
    }
}

/// Opens the form for an element, and promises the created todo, or `null`. While it is open: the same promise.
pub(crate) fn open(element: HtmlElement, values: &JsValue, widget: &str, mount: MountForm) -> Promise {
    let Some(document) = window().and_then(|window| window.document()) else {
        return Promise::reject(&error("load-failed", NOT_SHOWN));
    };
    // The loader knows the widget's folder, which lies at the relay.
    let relay = widget.strip_suffix("widget/").unwrap_or(widget);
    let (mut config, mistakes) = Config::parse(&settings::read(&element, values), relay);
    for mistake in mistakes {
        tell_developer(&[&mistake.attribute, " ", &mistake.what].concat());
    }
    config.texts = settings::texts(&element, values);
    let config = Rc::new(config);
    let host = HostElement::new(element.clone(), &config);
    let session = Session::new(&config, Box::new(host.clone()));
    // A form that stands in the page from its beginning leaves the focus where it is.
    let has_focus = element.contains(document.active_element().map(Node::from).as_ref());
    session.takes_focus(!config.inline || has_focus);
    let form = Form { config, session, host };

    // One form for what the page states, whatever asks for it: one that is open, or that goes on sending behind the page.
    let known = mounts().into_iter().find(|(_, it)| {
        let same = it.session.name() == form.session.name() && it.is_modal() == form.is_modal();
        same && if it.session.is_open() { it.config == form.config } else { it.session.can_be_shown() }
    });
    if let Some((place, known)) = known {
        known.host.becomes(element);
        let was_gone = !place.is_in_page();
        known.put(&place, &document);
        if !known.session.is_open() {
            known.host.promise_anew();
            known.session.reopen();
        } else if was_gone {
            known.session.send(Event::PutBack);
        }
        return known.host.promise();
    }
    if form.is_modal() && mounts().iter().any(|(_, it)| it.is_modal() && it.session.is_open()) {
        tell_developer(BUSY);
        return Promise::reject(&error("busy", BUSY));
    }
    let promise = form.host.promise();
    if draw(&document, form, mount).is_none() {
        return Promise::reject(&error("load-failed", NOT_SHOWN));
    }
    promise
}

const NOT_SHOWN: &str = "The form cannot be shown.";
const BUSY: &str = "another form is open; it has to be closed first";

/// The user's Close: of the form of an element, or of any that is open.
pub(crate) fn close(element: Option<&HtmlElement>) {
    for (_, form) in mounts() {
        if form.session.is_open() && element.map_or(form.is_modal(), |element| form.host.is(element)) {
            form.session.send(Event::Close);
        }
    }
}

/// Drops what was typed, in every form of this tab.
pub(crate) fn forget() {
    mounts().iter().for_each(|(_, form)| form.session.forget());
    storage::forget();
}

fn mounts() -> Vec<(Rc<Place>, Form)> {
    MOUNTS.with_borrow(|mounts| mounts.iter().map(|mount| (mount.place.clone(), mount.form.clone())).collect())
}

/// Draws a form in a place that is free, or in a new one.
fn draw(document: &Document, form: Form, mount: MountForm) -> Option<()> {
    let place = MOUNTS.with_borrow_mut(|mounts| {
        let free = mounts.iter_mut().find(|it| !it.form.session.is_open() && !it.form.session.is_busy());
        if let Some(free) = free {
            form.put(&free.place, document);
            free.form = form.clone();
            (free.draw)(form.config.clone(), form.session.clone(), form.is_modal());
            return Some(free.place.clone());
        }
        let place = Rc::new(Place::new(document, DIALOG_ELEMENT)?);
        form.put(&place, document);
        let draw = mount(place.root(), form.config.clone(), form.session.clone(), form.is_modal());
        mounts.push(Mount { place: place.clone(), draw, form: form.clone() });
        Some(place)
    })?;
    WATCH.with(|watch| {
        for parent in [document.document_element().map(Into::into), document.body().map(Node::from)] {
            let (Some(watch), Some(parent)) = (watch, parent) else { continue };
            drop(watch.observe_with_options(&parent, object(&[("childList", true.into())]).unchecked_ref()));
        }
    });
    if form.is_modal() {
        spawn_local(is_seen(form, place));
    }
    Some(())
}

/// A page that hides what it does not know would stay dead behind a dialog that nobody sees.
async fn is_seen(form: Form, place: Rc<Place>) {
    while form.session.is_open() {
        clock::sleep(100).await;
        if place.dialog().is_some() {
            if form.session.is_open() && !place.is_visible() {
                tell_developer("the page hides bzctrl-dialog; the form was closed");
                form.host.fails("load-failed", NOT_SHOWN);
                form.session.send(Event::CloseNow);
            }
            return;
        }
    }
}

fn watch() -> Option<MutationObserver> {
    let changed = Closure::<dyn Fn()>::new(|| {
        for (place, form) in mounts() {
            if form.session.is_open() && !place.is_in_page() {
                let document = window().and_then(|window| window.document());
                match document.filter(|_| form.is_modal() && !form.host.has_left_page()) {
                    // Something of the page has swept it away. Its user types in it.
                    Some(document) => {
                        form.put(&place, &document);
                        form.session.send(Event::PutBack);
                    }
                    // The page has moved on.
                    None => form.session.send(Event::CloseNow),
                }
            }
        }
    });
    let observer = MutationObserver::new(changed.as_ref().unchecked_ref()).ok();
    // It lives as long as the page.
    changed.forget();
    observer
}

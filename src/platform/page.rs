//! The page that embeds the widget: which forms are open in it, and what the loader calls.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::host_element::{HostElement, error, show_slot};
use super::mount::{DIALOG_ELEMENT, Draw, MountForm, Place};
use super::{Session, clock, document, later, object, settings, storage, tell_developer};
use crate::config::{Config, Mistake};
use crate::form::event::Event;
use js_sys::Promise;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, HtmlElement, MutationObserver, Node};

thread_local! {
    /// Borrowed for no longer than it takes to read or to write it. Whatever touches the page may run the page's own code, which may
    /// open a form, or close one.
    static MOUNTS: RefCell<Vec<Mount>> = const { RefCell::new(Vec::new()) };
    /// Openings that wait until the forms that were told to close have done so, or ask.
    static NEXT: RefCell<Vec<Form>> = const { RefCell::new(Vec::new()) };
    /// A form is on its way into the page.
    static DRAWS: Cell<bool> = const { Cell::new(false) };
    /// Sees when a page takes away a form that is open.
    static WATCH: Option<MutationObserver> = watch();
}

/// A place, and the form that was drawn there last.
struct Mount {
    place: Rc<Place>,
    /// There is none before the first was drawn.
    draw: Option<Draw>,
    form: Form,
}

/// One opening of the form.
#[derive(Clone)]
pub(super) struct Form {
    config: Rc<Config>,
    session: Rc<Session>,
    host: Rc<HostElement>,
    /// How often the page has swept it away in this moment.
    swept: Rc<Cell<u32>>,
    mount: MountForm,
}

impl Form {
    fn is_modal(&self) -> bool {
        !self.config.inline
    }

    /// Puts its place where it belongs: at the end of the body, or into its element.
    fn put(&self, place: &Place, document: &Document) -> Option<()> {
        let element = self.host.shadow_root().filter(|_| !self.is_modal());
        if let Some(shadow) = &element {
            // It stands in the place of the button.
            show_slot(shadow, false);
        }
        // A page may have named a frame `body`.
        let parent = element.map(Node::from).or_else(|| document.query_selector("body").ok()?.map(Into::into))?;
        place.put(&parent);
        if let Some(later) = later::get() {
            (later.watch)(place);
        }
        place.is_in_page().then_some(())
    }

    /// The page, which has swept it away, hides it, or leaves no room for it, is told so, and goes on.
    fn gives_up(&self, why: &str) {
        tell_developer(why);
        self.host.fails("load-failed", NOT_SHOWN);
        self.session.send(Event::CloseNow);
    }

    /// Something of the page has swept it away. Its user types in it: it comes back, unless the page sweeps on and on.
    fn comes_back(&self, place: &Place, document: &Document) {
        self.swept.set(self.swept.get() + 1);
        if self.swept.get() > PATIENCE {
            return self.gives_up("the page takes bzctrl-dialog away again and again; the form was closed");
        }
        if self.swept.get() == 1 {
            let swept = self.swept.clone();
            spawn_local(async move {
                clock::sleep(1000).await;
                swept.set(0);
            });
        }
        if self.put(place, document).is_some() {
            self.session.send(Event::PutBack);
        }
    }
}

/// Opens the form for an element, and promises the created todo, or `null`. While it is open: the same promise. `words` are
/// the sentences of its language, if it is not English.
pub(crate) fn open(element: HtmlElement, values: &JsValue, widget: &str, words: &JsValue, mount: MountForm) -> Promise {
    let Some(document) = document() else {
        return Promise::reject(&error("load-failed", NOT_SHOWN));
    };
    // The loader knows the widget's folder, which lies at the relay.
    let relay = widget.strip_suffix("widget/").unwrap_or(widget);
    let (settings, stray) = settings::read(&element, values);
    let (mut config, mut mistakes) = Config::parse(&settings, relay, clock::today());
    mistakes.extend(stray.into_iter().map(Mistake::stray));
    config.texts = settings::texts(&element, values, words);
    let config = Rc::new(config);
    later::tell(mistakes, Some(config.clone()));
    let host = HostElement::new(element.clone(), &config);
    let session = Session::new(&config, Some((element.clone(), values.clone())), Box::new(host.clone()));
    // A form that stands in the page from its beginning leaves the focus where it is.
    let has_focus = element.contains(document.active_element().map(Node::from).as_ref());
    session.takes_focus(!config.inline || has_focus);
    let form = Form { config, session, host, swept: Rc::default(), mount };
    if later::get().is_some_and(|later| (later.waits)(&form)) {
        return form.host.promise();
    }
    show(form, &document)
}

/// Somebody reaches for the button: a form is drawn that nobody has opened, in a place that stands nowhere in the page. The first
/// opening finds the place free.
pub(crate) fn park(mount: MountForm) {
    if MOUNTS.with_borrow(Vec::is_empty)
        && let Some(place) = Place::new(DIALOG_ELEMENT)
    {
        let (place, config) = (Rc::new(place), Rc::<Config>::default());
        let host = HostElement::new(place.root().unchecked_into(), &config);
        let session = Session::new(&config, None, Box::new(host.clone()));
        session.leave();
        let draw = Some(mount(place.root(), config.clone(), session.clone(), true));
        let form = Form { config, session, host, swept: Rc::default(), mount };
        MOUNTS.with_borrow_mut(|mounts| mounts.push(Mount { place, draw, form }));
    }
}

/// Whether an opening has to wait, until what was told to close has done so or asks.
pub(super) fn waits(form: &Form) -> bool {
    let waits = some_are_closing();
    if waits {
        NEXT.with_borrow_mut(|next| next.push(form.clone()));
    }
    waits
}

fn some_are_closing() -> bool {
    MOUNTS.with_borrow(|mounts| mounts.iter().any(|mount| mount.form.session.is_closing()))
}

/// What was told to close has closed, or asks: its place may be another's.
pub(super) fn go_on() {
    let Some(document) = document().filter(|_| !some_are_closing()) else { return };
    for form in NEXT.take() {
        let host = form.host.clone();
        if host.has_left_page() {
            host.resolve(&JsValue::NULL);
        }
        if host.is_asked() {
            let promise = JsValue::from(show(form, &document));
            if promise != **host.promise() {
                host.resolve(&promise);
            }
        }
    }
}

/// Ends the openings that wait, of an element or of all.
pub(super) fn end_openings(of: Option<&HtmlElement>) {
    NEXT.with_borrow(|next| {
        let ended = next.iter().filter(|form| of.is_none_or(|of| form.host.is(of)));
        ended.for_each(|form| form.host.resolve(&JsValue::NULL));
    });
}

/// Shows a form, or the one that is open for the same settings.
fn show(form: Form, document: &Document) -> Promise {
    let element = form.host.element();
    // One form for what the page states, whatever asks for it: one that is open, or that goes on sending behind the page.
    let known = mounts().into_iter().find(|(place, it)| {
        let same = it.session.name() == form.session.name() && it.is_modal() == form.is_modal();
        same && if it.session.is_open() { it.config == form.config } else { it.session.can_be_shown() } && place.hears()
    });
    // An element has one form, and the page one dialog.
    let busy = mounts().iter().any(|(place, it)| {
        let stands = || place.is_in_page() || DRAWS.get();
        let hinders = it.host.is(&element) || form.is_modal() && it.is_modal() && stands();
        let is_known = known.as_ref().is_some_and(|(known, _)| Rc::ptr_eq(known, place));
        it.session.is_open() && hinders && !is_known
    });
    if busy {
        tell_developer(BUSY);
        return Promise::reject(&error("busy", BUSY));
    }
    if let Some((place, known)) = known {
        known.host.becomes(element, known.session.is_open());
        let was_gone = !place.is_in_page();
        if known.put(&place, document).is_none() {
            return cannot_be_shown();
        }
        if !known.session.is_open() {
            known.host.promise_anew();
            known.session.reopen();
        } else if was_gone {
            known.session.send(Event::PutBack);
        }
        return known.host.promise();
    }
    let promise = form.host.promise();
    DRAWS.set(true);
    let drawn = draw(document, form);
    DRAWS.set(false);
    if drawn.is_none() { cannot_be_shown() } else { promise }
}

/// How often a form comes back within a second.
const PATIENCE: u32 = 10;
const NOT_SHOWN: &str = "The form cannot be shown.";

/// The page has no body, or lets nothing stand in it.
fn cannot_be_shown() -> Promise {
    tell_developer("load-failed: nothing can be put into this page's body; the form was not opened");
    Promise::reject(&error("load-failed", NOT_SHOWN))
}

const BUSY: &str = "another form is open; it has to be closed first";

/// The user's Close: of the form of an element, or of any that is open.
pub(crate) fn close(element: Option<&HtmlElement>) {
    if let Some(later) = later::get() {
        (later.end_openings)(element);
    }
    for (_, form) in mounts() {
        let waits = form.session.is_open() && !form.session.is_closing();
        if waits && element.map_or(form.is_modal(), |element| form.host.is(element)) {
            form.session.send(Event::Close);
        }
    }
}

/// Drops what was typed, in every form of this tab.
pub(crate) fn forget() {
    if let Some(later) = later::get() {
        (later.end_openings)(None);
    }
    mounts().iter().for_each(|(_, form)| form.session.forget());
    storage::forget();
}

fn mounts() -> Vec<(Rc<Place>, Form)> {
    MOUNTS.with_borrow(|mounts| mounts.iter().map(|mount| (mount.place.clone(), mount.form.clone())).collect())
}

/// Draws a form in a place that is free, or in a new one.
fn draw(document: &Document, form: Form) -> Option<()> {
    let is_free = |form: &Form| !form.session.is_open() && !form.session.is_busy();
    let free = mounts().into_iter().find(|(place, form)| is_free(form) && place.hears());
    let place = match free {
        Some((place, _)) => place,
        None => Rc::new(Place::new(DIALOG_ELEMENT)?),
    };
    // From here on whatever asks finds it.
    let draw = MOUNTS.with_borrow_mut(|mounts| {
        let at = mounts.iter().position(|mount| Rc::ptr_eq(&mount.place, &place));
        let draw = at.and_then(|at| mounts.swap_remove(at).draw);
        mounts.push(Mount { place: place.clone(), draw: draw.clone(), form: form.clone() });
        draw
    });
    if form.put(&place, document).is_none() {
        form.session.leave();
        return None;
    }
    // What comes with this drawing looks after the form by itself.
    let later = later::get();
    let (config, session, modal) = (form.config.clone(), form.session.clone(), form.is_modal());
    if let Some(draw) = draw {
        draw(config, session, modal);
    } else {
        let draw = (form.mount)(place.root(), config, session, modal);
        MOUNTS.with_borrow_mut(|mounts| {
            let own = mounts.iter_mut().filter(|mount| Rc::ptr_eq(&mount.place, &place));
            own.for_each(|mount| mount.draw = Some(draw.clone()));
        });
    }
    if let Some(later) = later {
        (later.see)(form, place);
    }
    Some(())
}

/// The second act is here: what opened before it is looked after from now on.
pub(super) fn look_after() {
    mounts().into_iter().for_each(|(place, form)| see(form, place));
    look();
}

/// A page that hides what it does not know would stay dead behind a dialog that nobody sees.
pub(super) fn see(form: Form, place: Rc<Place>) {
    if form.is_modal() {
        spawn_local(is_seen(form, place));
    }
}

async fn is_seen(form: Form, place: Rc<Place>) {
    while form.session.is_open() {
        clock::sleep(100).await;
        if place.dialog().is_some() {
            if form.session.is_open() && !place.is_visible() {
                form.gives_up("the page hides bzctrl-dialog; the form was closed");
            }
            return;
        }
    }
}

/// What has become of the forms that are open.
fn look() {
    let Some(document) = document() else { return };
    for (place, form) in mounts() {
        if !form.session.is_open() {
            continue;
        }
        if !place.is_in_page() {
            if form.is_modal() && !form.host.has_left_page() {
                form.comes_back(&place, &document);
            } else {
                // The page has moved on.
                form.session.send(Event::CloseNow);
            }
        } else if form.is_modal() && place.is_no_longer_modal() {
            form.comes_back(&place, &document);
        } else {
            watch_over(&place);
        }
    }
}

/// Sees when something on the way from the page's root to the form goes.
pub(super) fn watch_over(place: &Place) {
    let children = object(&[("childList", true.into())]);
    WATCH.with(|watch| {
        let Some(watch) = watch else { return };
        for parent in place.parents() {
            drop(watch.observe_with_options(&parent, children.unchecked_ref()));
        }
    });
}

fn watch() -> Option<MutationObserver> {
    let changed = Closure::<dyn Fn()>::new(look);
    let observer = MutationObserver::new(changed.as_ref().unchecked_ref()).ok();
    // It lives as long as the page.
    changed.forget();
    observer
}

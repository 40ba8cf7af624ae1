//! A Yew application that shows the form: it lends an element for the form to stand in, and listens by callbacks.

use std::cell::RefCell;
use std::rc::Rc;

use bzctrl_contract::{Key, Todo};
use web_sys::Element;

use super::page::{self, Draw, MountForm};
use super::{Listener, Session, window};
use crate::form::event::{Created, Reason};
use crate::form::submit::Notice;
use crate::todo_form::{CreatedTodo, Failure, TodoFormProperties};

/// The element that the form stands in, for `::part(…)`.
const FORM_ELEMENT: &str = "bzctrl-form";

thread_local! {
    static PLACES: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

/// A place where forms are drawn. It is used again and again: Yew never gives up the elements that it was mounted in.
struct Place {
    host: Element,
    draw: Draw,
    session: Rc<Session>,
    lent: bool,
}

/// The callbacks of the application as they were last drawn.
pub(crate) type Callbacks = Rc<RefCell<TodoFormProperties>>;

/// A form in an element of the application, for as long as this lives.
pub(crate) struct Shown(Rc<Session>);

/// Shows a form in an element of the application. Nothing where there is no page.
pub(crate) fn show(parent: &Element, callbacks: Callbacks, mount: MountForm) -> Option<Shown> {
    let config = Rc::new(callbacks.borrow().config.clone());
    let session = Session::new(&config, Box::new(callbacks));
    PLACES.with_borrow_mut(|places| {
        let free = places.iter_mut().find(|place| !place.lent && !place.session.is_busy());
        if let Some(place) = free {
            parent.append_child(&place.host).ok()?;
            (place.session, place.lent) = (session.clone(), true);
            (place.draw)(config, session.clone());
        } else {
            let (host, root) = page::new_mount_point(&window()?.document()?, FORM_ELEMENT, parent)?;
            let draw = mount(root, config, session.clone());
            places.push(Place { host, draw, session: session.clone(), lent: true });
        }
        Some(Shown(session))
    })
}

impl Drop for Shown {
    /// The application takes the form away. A submission under way goes on, and is told of.
    fn drop(&mut self) {
        self.0.leave();
        PLACES.with_borrow_mut(|places| {
            for place in places.iter_mut().filter(|place| Rc::ptr_eq(&place.session, &self.0)) {
                place.host.remove();
                place.lent = false;
            }
        });
    }
}

/// Drops what was typed, in every form of this application.
pub(crate) fn forget() {
    let sessions: Vec<_> = PLACES.with_borrow(|places| places.iter().map(|place| place.session.clone()).collect());
    sessions.iter().for_each(|session| session.forget());
}

impl Listener for Callbacks {
    fn submits(&self, todo: &Todo, _key: Option<&Key>) -> Option<String> {
        let ask = self.borrow().on_submit.clone();
        ask.emit(todo.clone()).err()
    }

    fn created(&self, created: &Created) {
        let todo = created.todo.clone();
        let tell = self.borrow().on_created.clone();
        tell.emit(CreatedTodo {
            title: todo.title.unwrap_or_else(|| created.title.clone()),
            todo_type: created.todo_type,
            task_link: created.link.clone(),
            tags: todo.tags.unwrap_or_default(),
            key: created.key.clone(),
            replayed: created.replayed,
        });
    }

    fn failed(&self, notice: &Notice, title: &str, _key: Option<&Key>) {
        let tell = self.borrow().on_error.clone();
        tell.emit(Failure { code: notice.code(), title: title.to_owned(), retryable: notice.retryable() });
    }

    fn closed(&self, reason: Reason, _key: Option<&Key>) {
        let tell = self.borrow().on_close.clone();
        tell.emit(reason);
    }
}

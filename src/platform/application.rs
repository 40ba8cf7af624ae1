//! A Yew application that shows the form: it lends an element for the form to stand in, and listens by callbacks.

use std::cell::RefCell;
use std::rc::Rc;

use bzctrl_contract::{Key, Todo};
use web_sys::Element;

use super::mount::{Draw, MountForm, Place};
use super::{HostAnswers, Listener, Session};
use crate::form::event::{Created, HostAnswer, Reason};
use crate::form::submit::Notice;
use crate::todo_form::{CreatedTodo, Failure, TodoFormProperties};

/// The element that the form stands in, for `::part(…)`.
const FORM_ELEMENT: &str = "bzctrl-form";

thread_local! {
    /// Borrowed for no longer than it takes to read or to write it: what touches the page may run the page's own code.
    static MOUNTS: RefCell<Vec<Mount>> = const { RefCell::new(Vec::new()) };
}

/// A place, and the form that was drawn there last.
struct Mount {
    place: Rc<Place>,
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
    let session = Session::new(&config, None, Box::new(callbacks));
    let free = MOUNTS.with_borrow_mut(|mounts| {
        let free = mounts.iter_mut().find(|mount| !mount.lent && !mount.session.is_busy())?;
        (free.session, free.lent) = (session.clone(), true);
        Some((free.place.clone(), free.draw.clone()))
    });
    if let Some((place, draw)) = free {
        place.put(parent);
        draw(config, session.clone(), false);
    } else {
        let place = Rc::new(Place::new(FORM_ELEMENT)?);
        place.put(parent);
        let draw = mount(place.root(), config, session.clone(), false);
        let mount = Mount { place, draw, session: session.clone(), lent: true };
        MOUNTS.with_borrow_mut(|mounts| mounts.push(mount));
    }
    Some(Shown(session))
}

impl Drop for Shown {
    /// The application takes the form away. A submission under way goes on, and is told of.
    fn drop(&mut self) {
        self.0.leave();
        let left = MOUNTS.with_borrow_mut(|mounts| {
            let own = mounts.iter_mut().find(|mount| Rc::ptr_eq(&mount.session, &self.0))?;
            own.lent = false;
            Some(own.place.clone())
        });
        if let Some(place) = left {
            place.remove();
        }
    }
}

/// Drops what was typed, in every form of this application.
pub(crate) fn forget() {
    let sessions: Vec<_> = MOUNTS.with_borrow(|mounts| mounts.iter().map(|mount| mount.session.clone()).collect());
    sessions.iter().for_each(|session| session.forget());
}

impl Listener for Callbacks {
    fn submits(&self, todo: &Todo, _key: Option<&Key>, answer: HostAnswers) {
        let ask = self.borrow().on_submit.clone();
        answer(ask.emit(todo.clone()).map_or_else(HostAnswer::Refuses, |()| HostAnswer::Agrees));
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

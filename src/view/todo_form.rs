//! The form as a Yew component: it draws what lives.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::first::{self, Draws, First};
use super::focus::Focus;
use super::later;
use super::live::{Live, Opening};
use super::parts::Message;
use super::{drawing, dropped, keyboard, modal, notice, pressing};
use crate::form::event::Event as FormEvent;

/// What it draws, in place of what was drawn there last.
#[derive(Clone, Properties)]
pub(crate) struct FormProperties {
    /// What it is opened with.
    pub(crate) opening: Opening,
    /// What was drawn first, and goes on as it stands.
    pub(crate) first: Option<Rc<First>>,
    /// Whether that still stands as it was drawn.
    pub(crate) stands: bool,
}

impl PartialEq for FormProperties {
    /// Each opening has a world of its own.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.opening.world, &other.opening.world)
    }
}

/// Draws a form, or takes over what was drawn first; and draws whatever opens in its place.
pub(super) fn mount(opening: Opening, first: Option<Rc<First>>) -> Draws {
    pressing::watch();
    dropped::is_refused(&opening.root);
    let stands = first.as_ref().is_some_and(First::stands);
    let root = opening.root.clone();
    if let Some(document) = root.owner_document().filter(|_| stands) {
        // By these Yew finds where a component begins and ends.
        drop(root.prepend_with_node_1(&document.create_comment("<[]>")));
        drop(root.append_child(&document.create_comment("</[]>")));
    }
    let renderer = yew::Renderer::<Form>::with_root_and_props(root, FormProperties { opening, first, stands });
    let handle = RefCell::new(if stands { renderer.hydrate() } else { renderer.render() });
    Rc::new(move |opening| handle.borrow_mut().update(FormProperties { opening, first: None, stands: false }))
}

/// [`FormProperties`]
pub(crate) struct Form {
    live: Live,
    send: Callback<Message>,
    /// What stands there is taken over as it was drawn first.
    takes_over: Cell<bool>,
    /// It is just being taken over: nothing is to be written into its controls.
    shields: Cell<bool>,
    /// The dialog that is listened to. In the same place a form may have stood in the page.
    heard: Option<HtmlDialogElement>,
    focus: Focus,
    /// What is told beside the buttons, in a few words, and how many todos of the order, as it was drawn last.
    told: (String, usize),
}

impl Component for Form {
    type Message = Message;
    type Properties = FormProperties;

    fn create(ctx: &Context<Self>) -> Self {
        let FormProperties { opening, first, stands } = ctx.props();
        let send = ctx.link().callback(|message| message);
        let live = match first.as_ref().and_then(|first| first.gives(&send)) {
            Some(mut live) => {
                live.is_taken_over(*stands);
                send.emit(Message::Later);
                live
            }
            None => {
                let mut live = Live::new(opening.clone());
                live.opens(&send);
                live
            }
        };
        Self {
            live,
            send,
            takes_over: Cell::new(*stands),
            shields: Cell::default(),
            heard: None,
            focus: Focus::default(),
            told: Default::default(),
        }
    }

    /// The next opening, in the same place.
    fn changed(&mut self, ctx: &Context<Self>, _last: &FormProperties) -> bool {
        self.live.opens_anew(&self.send, ctx.props().opening.clone());
        self.focus.is_anothers();
        true
    }

    fn destroy(&mut self, _ctx: &Context<Self>) {
        self.live.happens(&self.send, FormEvent::KeepNow);
    }

    fn update(&mut self, _ctx: &Context<Self>, message: Message) -> bool {
        self.focus.looks(&self.live.opening.root);
        let asked = self.live.state.closing;
        let message = self.live.hears(&self.send, message);
        if matches!(message, Some(Message::Event(FormEvent::PutBack))) {
            self.focus.is_put_back();
        }
        let draws = message.is_some_and(|message| self.live.follows(&self.send, message));
        if self.live.state.closing && !asked {
            self.focus.is_asked();
        }
        let draws = draws && !pressing::waits(&self.send);
        if !draws {
            self.focus.looks_away();
        }
        draws
    }

    fn view(&self, _ctx: &Context<Self>) -> Html {
        // The pass after the one that takes over follows in the same turn.
        let shields = self.takes_over.take();
        if shields || self.shields.get() {
            first::shield(&self.live.opening.root, shields);
            self.shields.set(shields);
        }
        drawing::draw(&self.live, &self.send, later::get().filter(|_| !shields))
    }

    fn rendered(&mut self, _ctx: &Context<Self>, first: bool) {
        if let Some(dialog) = self.live.dialog().filter(|dialog| self.heard.as_ref() != Some(dialog)) {
            modal::listen(&dialog, self.live.guard.clone(), self.send.clone());
            keyboard::follow(&dialog);
            self.focus.follow(&dialog);
            self.heard = Some(dialog);
        }
        keyboard::tells_keys(&self.live.opening.root);
        self.live.was_drawn();
        let (root, state) = (&self.live.opening.root, &self.live.state);
        if state.is_closed() {
            self.focus.is_anothers();
        } else {
            self.focus.stays(root, state.closing);
        }
        // In a window where the whole form scrolls, what is told may have come below it, or have moved the buttons there.
        let told = (notice::title(state), state.known().len());
        if !told.0.is_empty() && told != self.told {
            root.query_selector(".actions").ok().flatten().iter().for_each(keyboard::into_sight);
        }
        self.told = told;
        // What came with the second act may have moved what has the focus.
        if first && self.live.opening.world.takes_focus() {
            modal::focused(&self.live.opening.root).iter().for_each(keyboard::into_sight);
        }
    }
}

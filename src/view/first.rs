//! The first drawing of a form. Yew, which keeps what is drawn up to date, comes with the second act: until then the same
//! views are drawn by the few lines here, and what happens is heard by one listener. Then Yew takes over what stands there, as
//! it stands: the elements stay, and with them the focus and what was typed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bzctrl_contract::Field;
use js_sys::{Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event, HtmlElement, HtmlInputElement, Node};
use yew::virtual_dom::{AttributeOrProperty, Attributes, VNode, VTag};
use yew::{Callback, Html};

use super::guard::Place;
use super::later::{self, Later};
use super::live::{Live, Opening};
use super::parts::{Message, Press};
use super::{actions, drawing, field, modal};

/// What is heard of a form, whether it bubbles or not.
const HEARD: [&str; 8] = ["input", "change", "focusout", "keydown", "mousedown", "click", "cancel", "close"];

/// A form that was drawn first.
pub(crate) struct First {
    root: Element,
    live: RefCell<Option<Live>>,
    /// What was sent while something else was followed, or while Yew takes over.
    waiting: RefCell<Vec<Message>>,
    busy: Cell<bool>,
    ear: RefCell<Option<Ear>>,
    /// What draws the next opening, from when Yew takes over.
    draws: RefCell<Option<Draws>>,
    /// Where messages go, from when it has.
    then: RefCell<Option<Callback<Message>>>,
}

type Ear = Closure<dyn Fn(Event)>;

/// Draws the next opening in the same place.
pub(crate) type Draws = Rc<dyn Fn(Opening)>;

/// Draws a form as it opens, and whatever opens in its place.
pub(crate) fn mount(opening: Opening) -> Draws {
    if let Some(later) = later::get() {
        return (later.mount)(opening, None);
    }
    let first = Rc::new(First {
        root: opening.root.clone(),
        live: RefCell::new(Some(Live::new(opening))),
        waiting: RefCell::default(),
        busy: Cell::default(),
        ear: RefCell::default(),
        draws: RefCell::default(),
        then: RefCell::default(),
    });
    first.listen();
    first.opens(Live::opens);
    later::wait(first.clone());
    Rc::new(move |opening| first.next(opening))
}

impl First {
    fn next(self: &Rc<Self>, opening: Opening) {
        let draws = self.draws.borrow().clone();
        if let Some(draws) = draws {
            return draws(opening);
        }
        self.opens(|live, send| live.opens_anew(send, opening));
    }

    fn opens(self: &Rc<Self>, opens: impl FnOnce(&mut Live, &Callback<Message>)) {
        self.busy.set(true);
        if let Some(mut live) = self.live.take() {
            opens(&mut live, &self.send());
            self.draw(&live, false);
            live.was_drawn();
            self.live.replace(Some(live));
        }
        self.busy.set(false);
        self.follow();
    }

    fn send(self: &Rc<Self>) -> Callback<Message> {
        let first = self.clone();
        Callback::from(move |message| first.hear(message))
    }

    /// What follows from a message. What is sent meanwhile comes after it.
    pub(super) fn hear(self: &Rc<Self>, message: Message) {
        let then = self.then.borrow().clone();
        if let Some(then) = then {
            return then.emit(message);
        }
        self.waiting.borrow_mut().push(message);
        self.follow();
    }

    /// Follows what was sent. Nobody else has meanwhile what lives: to show it and to move the focus is to be heard.
    fn follow(self: &Rc<Self>) {
        if self.draws.borrow().is_some() || self.busy.replace(true) {
            return;
        }
        let send = self.send();
        while let Some(message) = self.next_message() {
            let Some(mut live) = self.live.take() else { break };
            if live.hears_early(&send, message) {
                self.draw(&live, true);
            }
            live.was_drawn();
            self.live.replace(Some(live));
        }
        self.busy.set(false);
    }

    fn next_message(&self) -> Option<Message> {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.is_empty() { None } else { Some(waiting.remove(0)) }
    }

    /// Draws it, whole or what stands in it: a dialog that is open stays.
    fn draw(self: &Rc<Self>, live: &Live, within: bool) -> Option<()> {
        let document = self.root.owner_document()?;
        let fresh = document.create_document_fragment();
        make(&drawing::draw(live, &self.send(), None), &fresh, &document);
        let stands = self.root.first_element_child().filter(|_| within);
        let Some(stands) = stands else {
            self.root.set_text_content(None);
            return self.root.append_child(&fresh).ok().map(drop);
        };
        let body = |of: &Element| of.query_selector(".body").ok().flatten();
        let scrolled = body(&stands).map_or(0, |body| body.scroll_top());
        let focused = modal::focused(&stands);
        stands.replace_children_with_node_1(&*fresh.first_element_child()?.first_element_child()?);
        if let Some(body) = body(&stands) {
            body.set_scroll_top(scrolled);
        }
        let focused = focused?;
        let same = match focused.get_attribute("name") {
            Some(name) => ["[name=", &name, "]:is(:checked,:not([type=radio]))"].concat(),
            None => ["[part~=", focused.get_attribute("part")?.split(' ').next()?, "]"].concat(),
        };
        let same: HtmlElement = stands.query_selector(&same).ok()??.unchecked_into();
        modal::gives_focus(&same);
        Some(())
    }

    fn listen(self: &Rc<Self>) {
        let first = self.clone();
        let ear = Ear::new(move |event: Event| {
            if let Some(message) = first.means(&event) {
                first.hear(message);
            }
        });
        for kind in HEARD {
            drop(self.root.add_event_listener_with_callback_and_bool(kind, ear.as_ref().unchecked_ref(), true));
        }
        self.ear.replace(Some(ear));
    }

    /// Yew is here, and takes over.
    pub(super) fn hands_over(self: &Rc<Self>, later: &Later) {
        let opening = self.live.borrow().as_ref().map(|live| live.opening.clone());
        if let Some(opening) = opening {
            self.draws.replace(Some((later.mount)(opening, Some(self.clone()))));
        }
    }

    /// Gives what lives to whom messages go to from now on. In the same turn that listens for itself.
    pub(super) fn gives(&self, then: &Callback<Message>) -> Option<Live> {
        if let Some(ear) = self.ear.take() {
            for kind in HEARD {
                drop(self.root.remove_event_listener_with_callback_and_bool(kind, ear.as_ref().unchecked_ref(), true));
            }
        }
        self.then.replace(Some(then.clone()));
        self.waiting.take().into_iter().for_each(|message| then.emit(message));
        self.live.take()
    }

    /// Whether what stands there is what was drawn: extensions and pages write into forms. Then Yew can take it over as it
    /// is; else it draws it anew.
    pub(super) fn stands(self: &Rc<Self>) -> bool {
        let live = self.live.borrow();
        let Some(live) = &*live else { return false };
        let mut nodes = children(&self.root);
        describes(&drawing::draw(live, &self.send(), None), &mut nodes) && nodes.next().is_none()
    }

    /// What an event means for the form: what the handlers of its views say, too.
    fn means(&self, event: &Event) -> Option<Message> {
        let target: Element = event.target()?.dyn_into().ok()?;
        let button = target.closest("button").ok().flatten();
        match event.type_().as_str() {
            "keydown" => {
                let live = self.live.borrow();
                let live = live.as_ref()?;
                drawing::key(event.unchecked_ref(), &live.guard, live.opening.modal)
            }
            "cancel" => drawing::cancelled(event.clone()),
            "close" => Some(Message::Closed),
            "focusout" => field::left(Field::by_wire(&target.get_attribute("name")?)?, event),
            "mousedown" => {
                button?;
                event.prevent_default();
                None
            }
            "click" => {
                let button = button?;
                let part = button.get_attribute("part")?;
                event.prevent_default();
                let live = self.live.borrow();
                let live = live.as_ref()?;
                let offered = actions::presses(&live.state, live.waits()).into_iter();
                let press = match part.as_str() {
                    "close" => Press::Close,
                    part => offered.filter(|(_, class, _)| *class == part).map(|(press, ..)| press).next()?,
                };
                live.guard.lets(event.unchecked_ref(), Place::Form).then_some(Message::Press(press))
            }
            _ => Some(Message::Changed),
        }
    }
}

/// What Yew writes into a control that it takes over, and what of the control takes that instead.
const WRITTEN: [[&str; 2]; 3] =
    [["value", "value"], ["defaultValue", "defaultValue"], ["setAttribute", "hasAttribute"]];

/// Yew writes into each control, as it takes it over, what that has and holds already. It would move a caret, and take half a date
/// away. So it meets members of ours in front of the control's own.
pub(super) fn shield(root: &Element, shields: bool) {
    let controls = root.query_selector_all("input,textarea").ok();
    for control in controls.iter().flat_map(|all| (0..all.length()).filter_map(|at| all.item(at))) {
        let control: &Object = control.unchecked_ref();
        for [name, instead] in WRITTEN.map(|names| names.map(JsValue::from)) {
            if shields {
                let ours = Object::new();
                let taken = Reflect::get(control, &instead).unwrap_or_default();
                for (name, value) in [("value", taken), ("writable", true.into()), ("configurable", true.into())] {
                    drop(Reflect::set(&ours, &name.into(), &value));
                }
                drop(Reflect::define_property(control, &name, &ours));
            } else {
                drop(Reflect::delete_property(control, &name));
            }
        }
    }
}

/// The nodes that stand in one.
fn children(node: &Node) -> impl Iterator<Item = Node> {
    std::iter::successors(node.first_child(), |node| node.next_sibling())
}

/// Whether the next nodes are what a view describes.
fn describes(drawn: &Html, nodes: &mut dyn Iterator<Item = Node>) -> bool {
    match drawn {
        VNode::VTag(tag) => nodes.next().is_some_and(|node| {
            let mut within = children(&node);
            node.node_name().eq_ignore_ascii_case(tag.tag())
                && tag.children().is_none_or(|children| describes(children, &mut within) && within.next().is_none())
        }),
        VNode::VText(_) => nodes.next().is_some_and(|node| node.node_type() == Node::TEXT_NODE),
        VNode::VList(list) => list.iter().all(|drawn| describes(drawn, nodes)),
        _ => false,
    }
}

/// Makes what a view describes.
fn make(drawn: &Html, parent: &Node, document: &Document) {
    match drawn {
        VNode::VTag(tag) => drop(make_tag(tag, parent, document)),
        VNode::VText(text) => drop(parent.append_child(&document.create_text_node(&text.text))),
        VNode::VList(list) => list.iter().for_each(|drawn| make(drawn, parent, document)),
        // The views of a form are made of these alone.
        _ => {}
    }
}

fn make_tag(tag: &VTag, parent: &Node, document: &Document) -> Option<()> {
    let element = document.create_element_ns(Some("http://www.w3.org/1999/xhtml"), tag.tag()).ok()?;
    let set = |name: &str, value: &AttributeOrProperty| match value {
        AttributeOrProperty::Static(text) => drop(element.set_attribute(name, text)),
        AttributeOrProperty::Attribute(text) => drop(element.set_attribute(name, text)),
        AttributeOrProperty::Property(value) => drop(Reflect::set(&element, &name.into(), value)),
    };
    match &tag.attributes {
        Attributes::Static(pairs) => pairs.iter().for_each(|(name, value)| set(name, value)),
        Attributes::Dynamic { keys, values } => {
            let given = keys.iter().zip(values).filter_map(|(name, value)| Some((name, value.as_ref()?)));
            given.for_each(|(name, value)| set(name, value));
        }
        Attributes::IndexMap(_) => {}
    }
    // A text area has these members too.
    let control: &HtmlInputElement = element.unchecked_ref();
    if let Some(value) = tag.value() {
        control.set_value(value);
    }
    if let Some(checked) = tag.checked() {
        control.set_checked(checked);
    }
    if let Some(children) = tag.children() {
        make(children, &element, document);
    }
    parent.append_child(&element).ok()?;
    Some(())
}

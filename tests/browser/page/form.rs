//! The form, as its user sees and uses it.

use std::rc::Rc;

use js_sys::{JsString, Reflect};
use wasm_bindgen::JsCast;
use web_sys::{
    Element, FocusEvent, FocusEventInit, HtmlDialogElement, HtmlElement, HtmlInputElement, HtmlTextAreaElement,
    InputEvent, InputEventInit, KeyboardEvent, KeyboardEventInit, NodeList, ShadowRoot,
};

use super::relay::Relay;
use super::{document, hands};

/// A form in its dialog.
pub(crate) struct Form {
    dialog: HtmlDialogElement,
    relay: Rc<Relay>,
}

impl Form {
    pub(super) fn new(dialog: HtmlDialogElement, relay: Rc<Relay>) -> Self {
        Self { dialog, relay }
    }

    /// The one element that a selector finds.
    pub(crate) fn find(&self, selector: &str) -> Option<HtmlElement> {
        self.dialog.query_selector(selector).unwrap().map(JsCast::unchecked_into)
    }

    fn all(&self, selector: &str) -> Vec<HtmlElement> {
        elements(&self.dialog.query_selector_all(selector).unwrap())
    }

    /// A field's control; of a choice, its first.
    pub(crate) fn control(&self, name: &str) -> HtmlElement {
        self.find(&format!("[name={name}]")).unwrap_or_else(|| panic!("no field {name}"))
    }

    /// The names of the fields, in the order in which they stand.
    pub(crate) fn fields(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.all("[name]").iter().map(|control| control.get_attribute("name").unwrap()).collect();
        names.dedup();
        names
    }

    /// Types a text in place of what a field holds.
    pub(crate) async fn type_into(&self, name: &str, text: &str) {
        self.now_holds(name, text, text.chars().count() as u32).await;
    }

    /// Types a text at a place in what a field holds, and says where the caret is then.
    pub(crate) async fn types_at(&self, name: &str, at: usize, text: &str) -> u32 {
        let mut all = self.value(name);
        all.insert_str(at, text);
        self.now_holds(name, &all, (at + text.len()) as u32).await;
        let control = self.control(name);
        let caret = match control.dyn_ref::<HtmlTextAreaElement>() {
            Some(area) => area.selection_start(),
            None => control.unchecked_ref::<HtmlInputElement>().selection_start(),
        };
        caret.unwrap().unwrap()
    }

    /// A text ends with half of a pair of surrogates, as where a program has cut it.
    pub(crate) async fn holds_half_a_character(&self, name: &str) {
        let text = JsString::from("Seal ").concat(&JsString::from_char_code1(0xd83d));
        Reflect::set(&self.control(name), &"value".into(), &text).unwrap();
        self.says_that_it_changed(name).await;
    }

    /// What the browser does when keys have changed a text: the caret stands behind what was typed.
    async fn now_holds(&self, name: &str, text: &str, caret: u32) {
        let control = self.control(name);
        assert!(!control.has_attribute("readonly"), "{name} cannot be typed into");
        control.focus().unwrap();
        if let Some(area) = control.dyn_ref::<HtmlTextAreaElement>() {
            area.set_value(text);
            area.set_selection_range(caret, caret).unwrap();
        } else {
            let input: &HtmlInputElement = control.unchecked_ref();
            input.set_value(text);
            if input.type_() == "text" {
                input.set_selection_range(caret, caret).unwrap();
            }
        }
        self.says_that_it_changed(name).await;
    }

    async fn says_that_it_changed(&self, name: &str) {
        let init = InputEventInit::new();
        init.set_bubbles(true);
        init.set_composed(true);
        let control = self.control(name);
        control.dispatch_event(&InputEvent::new_with_event_init_dict("input", &init).unwrap()).unwrap();
        self.relay.settles().await;
    }

    /// What a field holds.
    pub(crate) fn value(&self, name: &str) -> String {
        let control = self.control(name);
        if let Some(area) = control.dyn_ref::<HtmlTextAreaElement>() {
            return area.value();
        }
        let input: &HtmlInputElement = control.unchecked_ref();
        if input.type_() != "radio" {
            return input.value();
        }
        let chosen = self.find(&format!("[name={name}]:checked"));
        chosen.map(|chosen| chosen.unchecked_into::<HtmlInputElement>().value()).unwrap_or_default()
    }

    /// Chooses a word.
    pub(crate) async fn choose(&self, name: &str, word: &str) {
        self.find(&format!("[name={name}][value='{word}']")).unwrap_or_else(|| panic!("no {word} in {name}")).click();
        self.relay.settles().await;
    }

    /// Leaves a field, for nothing else.
    pub(crate) async fn leave(&self, name: &str) {
        let control = self.control(name);
        control.focus().unwrap();
        self.goes_on(&control, None).await;
    }

    /// The focus goes elsewhere. Behind another tab a browser moves it, and says nothing.
    pub(crate) async fn goes_on(&self, from: &HtmlElement, to: Option<&HtmlElement>) {
        if document().has_focus().unwrap() {
            match to {
                Some(to) => to.focus().unwrap(),
                None => from.blur().unwrap(),
            }
        } else {
            let init = FocusEventInit::new();
            init.set_bubbles(true);
            init.set_composed(true);
            init.set_related_target(to.map(|to| to.unchecked_ref()));
            from.dispatch_event(&FocusEvent::new_with_focus_event_init_dict("focusout", &init).unwrap()).unwrap();
        }
        self.relay.settles().await;
    }

    /// A key goes down in a field, perhaps with Control. Says whether the browser may go on with it.
    pub(crate) async fn key(&self, name: &str, key: &str, with_control: bool) -> bool {
        hands::wait(1000.0);
        self.key_event(name, "keydown", &key_of(key, with_control)).await
    }

    /// A key goes down in a field as a browser says it, without a look at what is there.
    pub(crate) async fn key_at_once(&self, name: &str, key: &KeyboardEventInit) -> bool {
        self.key_event(name, "keydown", key).await
    }

    /// The same while an input method composes.
    pub(crate) async fn composes(&self, name: &str, key: &str, with_control: bool) -> bool {
        let init = key_of(key, with_control);
        init.set_is_composing(true);
        self.key_event(name, "keydown", &init).await
    }

    /// All that a browser tells of a letter.
    pub(crate) async fn key_goes_down_and_up(&self, name: &str, key: &str) {
        for kind in ["keydown", "keypress", "keyup"] {
            self.key_event(name, kind, &key_of(key, false)).await;
        }
    }

    /// A key goes down where the focus is on something else than a field.
    pub(crate) async fn key_at(&self, element: &HtmlElement, key: &str) -> bool {
        self.key_event_at(element, "keydown", &key_of(key, false)).await
    }

    /// The same, with Control.
    pub(crate) async fn key_with_control(&self, element: &HtmlElement, key: &str) -> bool {
        self.key_event_at(element, "keydown", &key_of(key, true)).await
    }

    async fn key_event(&self, name: &str, kind: &str, init: &KeyboardEventInit) -> bool {
        self.key_event_at(&self.control(name), kind, init).await
    }

    async fn key_event_at(&self, element: &HtmlElement, kind: &str, init: &KeyboardEventInit) -> bool {
        let event = KeyboardEvent::new_with_keyboard_event_init_dict(kind, init).unwrap();
        let goes_on = element.dispatch_event(&event).unwrap();
        self.relay.settles().await;
        goes_on
    }

    /// Fills what is needed.
    pub(crate) async fn fill(&self) {
        self.type_into("title", "Seal broken").await;
        self.type_into("description", "The seal of MSKU 907032-3 is broken.").await;
    }

    /// Presses Submit, or what stands in its place.
    pub(crate) async fn submit(&self) {
        hands::wait(1000.0);
        self.find("button[type=submit]").expect("no submit button").click();
        self.relay.settles().await;
    }

    /// Presses what a selector finds, without a look at it.
    pub(crate) async fn press_at_once(&self, selector: &str) {
        self.find(selector).unwrap_or_else(|| panic!("no {selector} in {}", self.text())).click();
        self.relay.settles().await;
    }

    /// Presses what a selector finds.
    pub(crate) async fn press_on(&self, selector: &str) {
        hands::wait(1000.0);
        self.press_at_once(selector).await;
    }

    /// Presses the button with these words.
    pub(crate) async fn press(&self, words: &str) {
        self.press_in("[part=form]", words).await;
    }

    /// Presses the button with these words in a part of the form; the last one, if there are several.
    pub(crate) async fn press_in(&self, part: &str, words: &str) {
        hands::wait(1000.0);
        let buttons = self.all(&format!("{part} button"));
        let button = buttons.iter().rfind(|button| label(button) == words);
        button.unwrap_or_else(|| panic!("no button {words} in {}", self.text())).click();
        self.relay.settles().await;
    }

    /// Answers the question whether to close: yes, and what was typed is kept.
    pub(crate) async fn closes_all_the_same(&self) {
        hands::wait(1000.0);
        self.press_at_once(".question [part=leave]").await;
    }

    /// The words of the buttons at the foot of the form.
    pub(crate) fn buttons(&self) -> Vec<String> {
        self.all("[part=actions] > button").iter().map(label).collect()
    }

    /// What the form tells at once, also to those who do not see it; nothing if it tells nothing.
    pub(crate) fn alert(&self) -> String {
        self.all("[role=alert]").iter().map(lines).collect::<Vec<_>>().join("\n")
    }

    /// The message at a field, as the field itself is tied to it.
    pub(crate) fn error(&self, name: &str) -> String {
        let control = self.control(name);
        let tied = control.get_attribute("aria-describedby").or_else(|| {
            let group = control.closest("fieldset").unwrap()?;
            group.get_attribute("aria-describedby")
        });
        let ids = tied.unwrap_or_default();
        let of_error = ids.split(' ').filter(|id| id.ends_with("-error"));
        of_error.filter_map(|id| self.find(&format!("#{id}"))).map(|error| error.inner_text()).collect()
    }

    /// What stands under a field to help.
    pub(crate) fn hint(&self, name: &str) -> String {
        self.find(&format!("#{}-hint", self.control(name).id())).map(|hint| hint.inner_text()).unwrap_or_default()
    }

    /// The words that a choice offers, as they go over the wire.
    pub(crate) fn words_of(&self, name: &str) -> Vec<String> {
        let words = self.all(&format!("[name={name}]"));
        words.iter().map(|word| word.get_attribute("value").unwrap_or_default()).collect()
    }

    /// The words of the links in a part of the form.
    pub(crate) fn links(&self, part: &str) -> Vec<String> {
        self.all(&format!("{part} a")).iter().map(|link| link.inner_text()).collect()
    }

    /// Follows the link in the summary whose words begin so.
    pub(crate) async fn follow(&self, words: &str) {
        hands::wait(1000.0);
        let links = self.all("[role=alert] a");
        links.iter().find(|link| link.inner_text().starts_with(words)).expect("no such link").click();
        self.relay.settles().await;
    }

    /// Everything that can be read in it.
    pub(crate) fn text(&self) -> String {
        lines(&self.dialog)
    }

    /// Whether what was typed can be changed.
    pub(crate) fn is_editable(&self) -> bool {
        self.find("[name=title]").is_some() && self.all("textarea[readonly], input[readonly]").is_empty()
    }

    /// Whether it is shown.
    pub(crate) fn is_open(&self) -> bool {
        self.dialog.open()
    }

    /// What has the focus: a control by its name, anything else by its words.
    pub(crate) fn focus(&self) -> String {
        let root: ShadowRoot = self.dialog.get_root_node().unchecked_into();
        let Some(active) = root.active_element() else { return String::new() };
        active.get_attribute("name").unwrap_or_else(|| label(active.unchecked_ref()))
    }

    /// The dialog itself.
    pub(crate) fn dialog(&self) -> &HtmlDialogElement {
        &self.dialog
    }
}

/// What a browser says of a key.
pub(crate) fn key_of(key: &str, with_control: bool) -> KeyboardEventInit {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_ctrl_key(with_control);
    init.set_bubbles(true);
    init.set_composed(true);
    init.set_cancelable(true);
    init
}

/// The words of a button, or what it is called where it shows a sign.
fn label(element: &HtmlElement) -> String {
    element.get_attribute("aria-label").unwrap_or_else(|| lines(element))
}

/// What can be read, without empty lines.
fn lines(element: &HtmlElement) -> String {
    element.inner_text().lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

fn elements(nodes: &NodeList) -> Vec<HtmlElement> {
    (0..nodes.length()).filter_map(|at| nodes.get(at)?.dyn_into::<Element>().ok()).map(JsCast::unchecked_into).collect()
}

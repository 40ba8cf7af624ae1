//! A field of the form, drawn by its kind in the table: label, control, hint, and what is wrong with it.

mod choice;
mod clear;
mod days;
mod hint;

use bzctrl_contract::{Field, Kind};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlInputElement};
use yew::prelude::*;

pub(super) use clear::clear;
pub(super) use days::days;
pub(super) use hint::hint;

use super::modal::is;
use super::parts::{Message, Parts};
use crate::form::event::Event as FormEvent;
use crate::text::{self, Sentence};

/// Bytes of a text that fill half of the highest screen.
const MORE_THAN_IS_SEEN: usize = 16_000;

/// The id of a field's control.
pub(crate) fn id(field: Field) -> String {
    ["field-", field.wire()].concat()
}

/// One field.
pub(crate) fn view(parts: &Parts<'_>, field: Field) -> Html {
    let control = Control { parts, field };
    match field.spec().kind {
        Kind::Choice(choices) => choice::view(&control, choices),
        Kind::Line(_) | Kind::Email(_) | Kind::List(..) => control.typed("text"),
        Kind::Text(_) => control.typed("words"),
        Kind::Amount => control.typed("amount"),
        Kind::Date => control.typed("date"),
    }
}

/// The focus goes on. Half a date has no value: the browser alone knows that something is there. Of other fields not only a control
/// has the focus.
pub(super) fn left(field: Field, event: &Event) -> Option<Message> {
    let target: Element = event.target()?.unchecked_into();
    let half = is(&target, "[type=date]") && target.unchecked_ref::<HtmlInputElement>().validity().bad_input();
    Some(Message::Event(FormEvent::Left(field, half)))
}

/// What the control of a field is drawn from.
struct Control<'a> {
    parts: &'a Parts<'a>,
    field: Field,
}

impl Control<'_> {
    fn text(&self) -> AttrValue {
        AttrValue::from(self.parts.state.draft.text(self.field).to_owned())
    }

    /// So much of a text as makes its control as high as it gets: a copy of a long one would be laid out at every key.
    fn beginning(&self) -> String {
        let text = self.parts.state.draft.text(self.field);
        text.get(..text.floor_char_boundary(MORE_THAN_IS_SEEN)).unwrap_or_default().to_owned()
    }

    /// Locked by the host, or while a submission is not settled.
    fn fixed(&self) -> bool {
        !self.parts.state.editable() || self.parts.state.config.locked.has(self.field)
    }

    fn invalid(&self) -> Option<&'static str> {
        self.parts.state.fault(self.field).map(|_| "true")
    }

    fn name(&self) -> &'static str {
        self.field.wire()
    }

    fn id_of(&self, what: &str) -> String {
        [&id(self.field), what].concat()
    }

    fn left(&self) -> Callback<FocusEvent> {
        let field = self.field;
        self.parts.read(move |event: FocusEvent| left(field, &event))
    }

    fn error(&self) -> Html {
        html! {
            <p class="error" part="error" id={self.id_of("-error")}>
                {self.parts.state.fault(self.field).zip(self.parts.later).map(|(fault, later)| (later.fault)(self.parts, self.field, fault))}
            </p>
        }
    }

    /// What is said of what stands in it; of an amount that nothing has read yet, what is expected.
    fn hint(&self) -> Option<Sentence> {
        match self.parts.later {
            Some(later) => (later.hint)(self.parts, self.field),
            None => matches!(self.field.spec().kind, Kind::Amount).then(|| self.parts.say(text::AMOUNT_HINT)),
        }
    }

    /// A field that is typed into, with its label, a hint, and what is wrong with it. Its nodes are always the same, so
    /// that the control stays the same element while errors come and go.
    fn typed(&self, kind: &'static str) -> Html {
        let field = self.field;
        let of_lines = kind == "words";
        let required = field.spec().required.then_some("true");
        let described_by = [&self.id_of("-hint"), " ", &self.id_of("-error")].concat();
        let onfocusout = self.left();
        html! {
            <div key={self.name()} class="field" data-kind={kind} data-faulty={self.invalid()} part="field" tabindex="-1">
                <label class="label" for={id(field)} part="label">{self.parts.words().label(field)}{required.map(|_| html! { <span aria-hidden="true">{[" ", &*self.parts.say(text::MARK)].concat()}</span> })}</label>
                <div class="control" key={self.parts.edition} data-unit={(kind == "amount").then(|| self.parts.say(text::CURRENCY))} data-text={of_lines.then(|| self.beginning())}>
                    if of_lines {
                        <textarea
                            part="control" id={id(field)} name={self.name()} value={self.text()} readonly={self.fixed()} rows="3" dir="auto"
                            aria-required={required} aria-invalid={self.invalid()} aria-describedby={described_by}
                            {onfocusout}
                        />
                    } else {
                        <input
                            part="control" id={id(field)} name={self.name()} value={self.text()} readonly={self.fixed()}
                            aria-required={required} aria-invalid={self.invalid()} aria-describedby={described_by}
                            type={if kind == "date" { kind } else { "text" }} autocomplete="off" dir="auto" max="9999-12-31"
                            inputmode={(kind == "amount").then_some("decimal")} ~defaultValue={JsValue::from_str(&self.text())} {onfocusout}
                        />
                    }
                </div>
                // What is expected is read aloud at once, and shown once there is something to say of what was typed.
                <p class="hint" data-unseen={(self.parts.state.draft.is_empty(field) || self.invalid().is_some()).then_some("")} id={self.id_of("-hint")}>{self.hint()}</p>
                {self.parts.later.filter(|_| kind == "date").map(|later| (later.days)(self.parts, field)).unwrap_or_default()}
                {self.error()}
            </div>
        }
    }
}

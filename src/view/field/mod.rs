//! A field of the form, drawn by its kind in the table: label, control, hint, and what is wrong with it.

mod amount;
mod choice;
mod date;
mod line;
mod words;

use bzctrl_contract::{Field, Kind};
use yew::prelude::*;

use super::todo_form::{Message, Parts};
use crate::form::state::Event as FormEvent;
use crate::text;

/// The id of a field's control.
pub(crate) fn id(field: Field) -> String {
    ["field-", field.wire()].concat()
}

/// One field.
pub(crate) fn view(parts: &Parts<'_>, field: Field) -> Html {
    let control = Control { parts, field };
    match field.spec().kind {
        Kind::Choice(choices) => choice::view(&control, choices),
        Kind::Line(_) | Kind::Email(_) | Kind::List(..) => {
            control.labelled("line", line::view(&control), Html::default())
        }
        Kind::Text(_) => control.labelled("words", words::view(&control), Html::default()),
        Kind::Amount => control.labelled("amount", amount::view(&control), amount::read_as(&control)),
        Kind::Date => control.labelled("date", date::view(&control), Html::default()),
    }
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

    /// The sentences that belong to the control.
    fn described_by(&self) -> String {
        [self.id_of("-hint"), self.id_of("-error")].join(" ")
    }

    fn required(&self) -> bool {
        self.field.spec().required
    }

    fn typed<E: 'static>(&self, read: impl Fn(E) -> Option<String> + 'static) -> Callback<E> {
        let field = self.field;
        self.parts.read(move |event| Some(Message::Event(FormEvent::Typed(field, read(event)?))))
    }

    fn left(&self) -> Callback<FocusEvent> {
        let field = self.field;
        self.parts.on(move || FormEvent::Left(field))
    }

    fn label(&self) -> Html {
        html! {
            <>
                {text::label(self.field)}
                if self.required() {
                    <span class="mark" aria-hidden="true">{" *"}</span>
                }
            </>
        }
    }

    fn error(&self) -> Html {
        html! {
            <p class="error" part="error" id={self.id_of("-error")}>
                {self.parts.state.fault(self.field).map(|fault| text::fault(self.field, fault))}
            </p>
        }
    }

    /// The frame of every control with a label of its own. Its nodes are always the same, so that the control stays the
    /// same element while errors come and go.
    fn labelled(&self, kind: &'static str, control: Html, hint: Html) -> Html {
        html! {
            <div key={self.name()} class="field" data-kind={kind} data-faulty={self.invalid()} part="field">
                <label for={id(self.field)} part="label">{self.label()}</label>
                {control}
                <p class="hint" id={self.id_of("-hint")}>{hint}</p>
                {self.error()}
            </div>
        }
    }
}

/// The text of the input that an event comes from.
fn input_text<E: AsRef<web_sys::Event>>(event: E) -> Option<String> {
    let target = event.as_ref().target()?;
    let input: web_sys::HtmlInputElement = wasm_bindgen::JsCast::dyn_into(target).ok()?;
    Some(input.value())
}

//! One of a few words: radio buttons that look like segments, and can be cleared where nothing is needed.

use bzctrl_contract::Choices;
use yew::prelude::*;

use super::{Control, id};
use crate::form::state::Event as FormEvent;
use crate::text;
use crate::view::actions::button;
use crate::view::todo_form::{Message, Press};

pub(super) fn view(control: &Control<'_>, choices: &'static Choices) -> Html {
    let field = control.field;
    let fallback = match field.spec().fallback {
        bzctrl_contract::Fallback::Word(word) => word,
        _ => "",
    };
    let chosen = control.parts.state.draft.text(field);
    let chosen = if chosen.is_empty() { fallback } else { chosen };
    let clearable = fallback.is_empty() && !chosen.is_empty() && !control.fixed();
    let first = choices.offered().first().copied();
    html! {
        <fieldset
            key={control.name()} class="field" data-kind={if fallback.is_empty() { "level" } else { control.name() }} data-faulty={control.invalid()} part="field"
            aria-describedby={control.id_of("-error")} onfocusout={control.left()}
        >
            <legend part="label">{text::label(field)}</legend>
            if clearable {
                {button(control.parts, Press::Clear(field), "clear", text::CLEAR)}
            }
            <div class="segments">
                { for choices.offered().iter().copied().map(|word| html! {
                    <label key={word}>
                        <input
                            type="radio" part="control" name={control.name()} value={word} checked={chosen == word}
                            id={(first == Some(word)).then(|| id(field))} disabled={control.fixed() && chosen != word}
                            onchange={control.parts.read(move |_: Event| Some(Message::Event(FormEvent::Typed(field, word.to_owned()))))}
                        />
                        <span>{text::choice(word)}</span>
                    </label>
                }) }
            </div>
            {control.error()}
        </fieldset>
    }
}

//! One of a few words: radio buttons that look like segments, and can be cleared where nothing is needed.

use bzctrl_contract::{Choices, Fallback};
use yew::prelude::*;

use super::{Control, id};

pub(super) fn view(control: &Control<'_>, choices: &'static Choices) -> Html {
    let field = control.field;
    let fallback = match field.spec().fallback {
        Fallback::Word(word) => word,
        Fallback::Empty | Fallback::Same(_) => "",
    };
    let chosen = control.parts.state.draft.text(field);
    let chosen = if chosen.is_empty() { fallback } else { chosen };
    let clearable = fallback.is_empty() && !chosen.is_empty() && !control.fixed();
    let first = choices.offered().first().copied();
    let kind = if fallback.is_empty() { "level" } else { control.name() };
    html! {
        <div
            key={control.name()} class="field" data-kind={kind} data-faulty={control.invalid()} part="field"
            tabindex="-1" role="radiogroup" aria-readonly={control.fixed().then_some("true")} aria-labelledby={control.id_of("-label")} aria-describedby={control.id_of("-error")}
            onfocusout={control.left()}
        >
            <span class="label" part="label" id={control.id_of("-label")}>{control.parts.words().label(field)}</span>
            <div class="segments">
                { for choices.offered().iter().copied().map(|word| html! {
                    <label key={word}>
                        <input
                            type="radio" part="control" name={control.name()} value={word} checked={chosen == word}
                            id={(first == Some(word)).then(|| id(field))} disabled={control.fixed() && chosen != word}
                        />
                        <span>{control.parts.words().choice(word)}</span>
                    </label>
                }) }
            </div>
            {control.error()}
            {control.parts.later.filter(|_| clearable).map(|later| (later.clear)(control.parts, field)).unwrap_or_default()}
        </div>
    }
}

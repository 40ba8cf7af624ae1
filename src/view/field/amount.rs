//! An amount in EUR, and how it was read.

use bzctrl_contract::Amount;
use yew::prelude::*;

use super::{Control, id, input_text};
use crate::text;

pub(super) fn view(control: &Control<'_>) -> Html {
    html! {
        <div class="with-unit">
            <span aria-hidden="true">{text::CURRENCY}</span>
            <input
                type="text" inputmode="decimal" part="control" id={id(control.field)} name={control.name()} autocomplete="off"
                value={control.text()} readonly={control.fixed()} aria-invalid={control.invalid()}
                aria-describedby={control.described_by()}
                oninput={control.typed(input_text::<InputEvent>)} onfocusout={control.left()}
            />
        </div>
    }
}

/// The amount as it is understood, or what is expected.
pub(super) fn read_as(control: &Control<'_>) -> Html {
    let state = control.parts.state;
    match Amount::typed(state.draft.text(control.field), state.numbers) {
        Ok(amount) => html! { <>{text::READ_AS}<b>{amount.to_display(state.numbers)}</b></> },
        Err(_) => html! { {text::AMOUNT_HINT} },
    }
}

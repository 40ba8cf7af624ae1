//! How an amount was read, shown back while it is typed.

use bzctrl_contract::Amount;
use yew::prelude::*;

use super::Control;
use crate::text;

/// The amount as it is understood, or what is expected.
pub(super) fn read_as(control: &Control<'_>) -> Html {
    let state = control.parts.state;
    match Amount::typed(state.draft.text(control.field), state.numbers) {
        Ok(amount) => html! { {[&*control.parts.say(text::READ_AS), " ", &amount.to_display(state.numbers)].concat()} },
        Err(_) => html! { {control.parts.say(text::AMOUNT_HINT)} },
    }
}

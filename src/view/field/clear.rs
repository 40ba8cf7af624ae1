//! Empties a choice. It comes with the second part, behind what it empties and named by it.

use bzctrl_contract::Field;
use yew::prelude::*;

use crate::text;
use crate::view::parts::{Parts, Press};

pub(crate) fn clear(parts: &Parts<'_>, field: Field) -> Html {
    html! {
        <button
            data-kind="clear" part="clear" type="button" aria-label={[&*parts.say(text::CLEAR), " ", &*parts.words().label(field)].concat()} onclick={parts.press(Press::Clear(field))}
            onmousedown={|event: MouseEvent| event.prevent_default()}
        >
            {parts.say(text::CLEAR)}
        </button>
    }
}

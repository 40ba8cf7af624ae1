//! The days that are chosen most, under a date that is empty.

use bzctrl_contract::Field;
use yew::prelude::*;

use crate::text;
use crate::view::parts::{Parts, Press};

pub(crate) fn days(parts: &Parts<'_>, field: Field) -> Html {
    let state = parts.state;
    let Some(calendar) = parts.world.calendar() else { return html! { <></> } };
    let offers = state.can_change(field) && state.draft.is_empty(field) && state.fault(field).is_none();
    let days = (calendar.next_days)().into_iter().zip([text::TODAY, text::TOMORROW, text::NEXT_MONDAY]);
    html! {
        if offers {
            <div class="days" role="group" aria-label={parts.words().label(field)}>
                { for days.map(|(day, word)| html! {
                    <button
                        data-kind="quiet" part="quiet" type="button" onclick={parts.press(Press::Choose(field, day))}
                        onmousedown={|event: MouseEvent| event.prevent_default()}
                    >
                        {parts.say(word)}
                    </button>
                }) }
            </div>
        }
    }
}

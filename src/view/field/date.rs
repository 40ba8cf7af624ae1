//! A calendar date, by the browser's own calendar.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{Control, id, input_text};
use crate::form::state::Event as FormEvent;
use crate::view::todo_form::Message;

pub(super) fn view(control: &Control<'_>) -> Html {
    let (field, send) = (control.field, control.parts.send.clone());
    // Half a date has no value: the browser alone knows that something is there.
    let onfocusout = Callback::from(move |event: FocusEvent| {
        let half = event.target_dyn_into::<HtmlInputElement>().is_some_and(|input| input.validity().bad_input());
        send.emit(Message::Event(FormEvent::HalfTyped(field, half)));
        send.emit(Message::Event(FormEvent::Left(field)));
    });
    html! {
        <input
            type="date" part="control" id={id(field)} name={control.name()} value={control.text()} max="9999-12-31"
            readonly={control.fixed()} aria-invalid={control.invalid()} aria-describedby={control.described_by()}
            oninput={control.typed(input_text::<InputEvent>)} {onfocusout}
        />
    }
}

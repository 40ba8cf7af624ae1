//! Text of several lines. It grows with what is typed.

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::{Control, id};

pub(super) fn view(control: &Control<'_>) -> Html {
    let read = |event: InputEvent| event.target_dyn_into::<HtmlTextAreaElement>().map(|area| area.value());
    html! {
        <textarea
            rows="3" part="control" id={id(control.field)} name={control.name()} value={control.text()}
            readonly={control.fixed()} aria-required={control.required().then_some("true")} aria-invalid={control.invalid()}
            aria-describedby={control.described_by()} oninput={control.typed(read)} onfocusout={control.left()}
        />
    }
}

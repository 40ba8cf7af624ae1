//! Text of one line.

use yew::prelude::*;

use super::{Control, id, input_text};

pub(super) fn view(control: &Control<'_>) -> Html {
    html! {
        <input
            type="text" part="control" id={id(control.field)} name={control.name()} value={control.text()} autocomplete="off"
            readonly={control.fixed()} aria-required={control.required().then_some("true")} aria-invalid={control.invalid()}
            aria-describedby={control.described_by()}
            oninput={control.typed(input_text::<InputEvent>)} onfocusout={control.left()}
        />
    }
}

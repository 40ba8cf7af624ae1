//! The errors of a Submit on top of the form, each a link to its field.

use yew::prelude::*;

use super::field;
use super::parts::{Parts, Press};

pub(crate) fn view(parts: &Parts<'_>) -> Html {
    let state = parts.state;
    html! {
        <div class="news">
            if state.summary {
                <div class="notice" data-tone="no" role="alert" aria-atomic="false" aria-labelledby="problems" part="status" tabindex="-1">
                    <h3 id="problems">{parts.words().problems(state.errors.len())}</h3>
                    <ul>
                        { for state.errors.iter().map(|error| {
                            let field = error.field;
                            html! {
                                <li><a href={["#", &field::id(field)].concat()} onclick={parts.press(Press::GoTo(field))}>
                                    {parts.words().named(field, &parts.words().fault(field, error.fault, state.draft.text(field)))}
                                </a></li>
                            }
                        }) }
                    </ul>
                </div>
            }
        </div>
    }
}

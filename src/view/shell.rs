//! What is mounted: a form, anew for each opening, or nothing yet.

use yew::prelude::*;

use super::todo_form::{Form, FormProperties};

/// [`Shell`]
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ShellProperties {
    /// Which opening this is.
    pub(crate) number: u32,
    /// The form that is open, or was last.
    pub(crate) form: Option<FormProperties>,
}

/// Holds one form after another in the same mount.
#[component]
pub(crate) fn Shell(properties: &ShellProperties) -> Html {
    match &properties.form {
        Some(form) => html! { <Form key={properties.number} ..form.clone() /> },
        None => html! { <span /> },
    }
}

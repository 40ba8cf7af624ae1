//! The form for Yew applications: the same settings as props, the events as callbacks.

use bzctrl_contract::{Key, TaskLink, Todo, TodoType};
use yew::prelude::*;

use crate::config::Config;
use crate::form::event::Reason;
use crate::platform::application;

/// Properties of [`TodoForm`].
#[derive(Clone, PartialEq, Properties)]
pub struct TodoFormProperties {
    /// What the application says of the todo. Read when the form is mounted; give the form another `key` to begin anew.
    pub config: Config,
    /// Asked before a todo is sent. An error keeps the form open, nothing is sent, and its text is shown.
    #[prop_or_else(|| Callback::from(|_| Ok(())))]
    pub on_submit: Callback<Todo, Result<(), String>>,
    /// A todo was created: keep its link here.
    #[prop_or_default]
    pub on_created: Callback<CreatedTodo>,
    /// The user sees a failure.
    #[prop_or_default]
    pub on_error: Callback<Failure>,
    /// The user is done with the form: take it away.
    #[prop_or_default]
    pub on_close: Callback<Reason>,
}

/// A created todo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTodo {
    /// Its title.
    pub title: String,
    /// Incident or task.
    pub todo_type: TodoType,
    /// Where it is found, if BzCtrl gave a link that may be opened.
    pub task_link: Option<TaskLink>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The key under which it was made; none in token mode.
    pub key: Option<Key>,
    /// An earlier request had made it already.
    pub replayed: bool,
}

/// A failure that the user sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What programs read; see the relay's problems.
    pub code: &'static str,
    /// What the user reads.
    pub title: String,
    /// Whether the same press may succeed later.
    pub retryable: bool,
}

/// The form, standing in the application's own page. It brings its style with it, in a shadow root of its own: an element
/// `bzctrl-form`, whose parts are styled as those of the dialog are.
///
/// ```no_run
/// use bzctrl_widget::config::Config;
/// use bzctrl_widget::{CreatedTodo, Field, TodoForm};
/// use yew::prelude::*;
///
/// #[component]
/// fn Order() -> Html {
///     let mut config = Config { token_endpoint: "https://relay.example.com/v1/token".to_owned(), ..Config::default() };
///     config.given.set(Field::DomainWorkSpace, "EXA-CON-BUS-WOR");
///     config.given.set(Field::Reporter, "user@example.com");
///     config.given.set(Field::OrderId, "ORDER 777");
///     let link = use_state(String::new);
///     let on_created = {
///         let link = link.clone();
///         move |todo: CreatedTodo| link.set(todo.task_link.map(|link| link.as_str().to_owned()).unwrap_or_default())
///     };
///     html! { <><TodoForm {config} {on_created} /><p>{&*link}</p></> }
/// }
/// ```
#[component]
pub fn TodoForm(properties: &TodoFormProperties) -> Html {
    let parent = use_node_ref();
    let callbacks = use_mut_ref(|| properties.clone());
    callbacks.replace(properties.clone());
    let (element, heard) = (parent.clone(), callbacks);
    use_effect_with((), move |()| {
        let shown = element.cast().and_then(|element| application::show(&element, heard, crate::mount));
        move || drop(shown)
    });
    html! { <div ref={parent} /> }
}

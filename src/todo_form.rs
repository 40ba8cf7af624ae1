//! The form for Yew applications: the same settings as props, the events as callbacks.

use std::rc::Rc;

use bzctrl_contract::{Key, TaskLink, Todo, TodoType};
use yew::prelude::*;

use crate::config::Config;
use crate::form::event::Reason;
use crate::form::world::World;
use crate::platform::Session;
use crate::view::todo_form::Form;

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

/// The form, standing in the application's own page. [`STYLE`](crate::STYLE) has to be adopted by the page or by the
/// shadow root around it.
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
///     let on_created = |todo: CreatedTodo| web_sys::console::log_1(&todo.title.into());
///     html! { <TodoForm {config} {on_created} /> }
/// }
/// ```
#[component]
pub fn TodoForm(properties: &TodoFormProperties) -> Html {
    let world = use_memo((), |()| {
        let config = Rc::new(properties.config.clone());
        let session: Rc<dyn World> = Session::new(&config, Box::new(properties.clone()));
        (config, session)
    });
    html! { <Form config={world.0.clone()} world={world.1.clone()} modal=false /> }
}

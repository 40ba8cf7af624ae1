//! The add-task endpoint: a todo to the letter of the contract's table, in a workspace that exists.

use axum::http::{HeaderMap, StatusCode};
use bzctrl_contract::{Fault, Field, Kind, Member, Members, Todo, TodoType, Types, Value, WireError};
use serde::Serialize;

use crate::{
    answer::{FieldError, Refusal},
    media_type::content_type_is,
    options::Options,
    todos::{StoredTodo, Todos},
};

/// The documented answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Created {
    title: String,
    task_type: &'static str,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) task_link: Option<String>,
    tags: Vec<String>,
}

/// Stores the todo of a body.
pub(crate) fn create(
    todos: &mut Todos,
    options: &Options,
    base: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Created, Refusal> {
    if !content_type_is(headers, "application/json") {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the Content-Type application/json"));
    }
    let text = std::str::from_utf8(body).map_err(|_| Refusal::bad_request("the body is not UTF-8"))?;
    let members: Members = serde_json::from_str(text)
        .map_err(|error| Refusal::bad_request(format!("the body is not a JSON object: {error}")))?;
    let mut wrong: Vec<_> = unknown_workspace(&members, options).into_iter().collect();
    let todo = match Todo::read(&members) {
        Ok(todo) if wrong.is_empty() => todo,
        Ok(_) => return Err(Refusal::fields(wrong)),
        Err(errors) => {
            wrong.extend(errors.into_iter().map(told));
            return Err(Refusal::fields(wrong));
        }
    };
    let stored = todos.store(todo, text.to_owned());
    Ok(Created {
        title: stored.todo.text(Field::Title).to_owned(),
        task_type: stored.todo.todo_type().wire(),
        description: stored.todo.text(Field::Description).to_owned(),
        task_link: Some(task_link(base, stored)),
        tags: stored.tags().map(|(_, text)| text.to_owned()).collect(),
    })
}

/// Where the todo's page is.
pub(crate) fn task_link(base: &str, stored: &StoredTodo) -> String {
    format!("{base}/app/#/todo/{}", stored.id)
}

/// The one thing that the table cannot know.
fn unknown_workspace(members: &Members, options: &Options) -> Option<FieldError> {
    let field = Field::DomainWorkSpace.wire();
    let sent = members.0.iter().find_map(|(name, member)| match member {
        Member::Value(Value::Text(text)) if name == field && !text.is_empty() => Some(text),
        _ => None,
    })?;
    if options.workspaces.contains(sent) {
        return None;
    }
    let message = format!("there is no workspace {sent:?} here, only {}", options.workspaces.join(", "));
    Some(FieldError { field: field.to_owned(), message })
}

/// What is wrong, in a sentence for who builds the request.
fn told(error: WireError) -> FieldError {
    let kind = Field::by_wire(&error.name).map(|field| field.spec().kind);
    let message = match error.fault {
        Fault::Missing => "is needed and has no value; an optional member without a value is left out".to_owned(),
        Fault::UnknownField => match Field::by_name(&error.name) {
            Some(field) => format!("is not a member: write it {}", field.wire()),
            None => "is not a member of this request".to_owned(),
        },
        Fault::Repeated => "came more than once".to_owned(),
        Fault::OtherTodoType => match Field::by_wire(&error.name).map(|field| field.spec().types) {
            Some(Types::Only(TodoType::Incident)) => "belongs to incidents only: leave it out of a task".to_owned(),
            _ => "belongs to tasks only: leave it out of an incident".to_owned(),
        },
        Fault::Untidy => {
            "has characters that cannot be seen, space around it or, in a one-line text, a line end".to_owned()
        }
        Fault::TooLong => match kind {
            Some(Kind::Line(most) | Kind::Text(most) | Kind::Email(most) | Kind::List(_, most)) => {
                format!("is longer than {most} characters")
            }
            _ => "is too long".to_owned(),
        },
        Fault::Negative => "is below zero".to_owned(),
        Fault::TooPrecise => "has more than two decimals".to_owned(),
        Fault::TooLarge => "is 10^15 or more".to_owned(),
        Fault::TooMany
        | Fault::WrongType
        | Fault::NotAChoice
        | Fault::NotAnAmount
        | Fault::NotADate
        | Fault::NotAnEmail
        | Fault::PastDate
        | Fault::FarDate => kind.map_or_else(|| error.fault.code().to_owned(), expected),
    };
    FieldError { field: error.name, message }
}

/// What a member must be.
fn expected(kind: Kind) -> String {
    match kind {
        Kind::Choice(choices) => format!("must be one of the words {}, as a JSON string", choices.known.join(", ")),
        Kind::Line(_) => "must be a JSON string of one line".to_owned(),
        Kind::Text(_) => "must be a JSON string".to_owned(),
        Kind::Amount => "must be a JSON string of digits, with no decimals or exactly two: \"1234567.80\"".to_owned(),
        Kind::Date => "must be a JSON string with a day of the calendar as YYYY-MM-DD".to_owned(),
        Kind::Email(_) => "must be a JSON string with one e-mail address".to_owned(),
        Kind::List(most, _) => format!("must be a JSON array of at most {most} strings"),
    }
}

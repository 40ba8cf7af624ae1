//! A Yew application that listens to a form by callbacks.

use bzctrl_contract::{Key, Todo};

use super::Listener;
use crate::form::event::{Created, Reason};
use crate::form::submit::Notice;
use crate::todo_form::{CreatedTodo, Failure, TodoFormProperties};

impl Listener for TodoFormProperties {
    fn submits(&self, todo: &Todo, _key: Option<&Key>) -> Option<String> {
        self.on_submit.emit(todo.clone()).err()
    }

    fn created(&self, created: &Created) {
        let todo = created.todo.clone();
        self.on_created.emit(CreatedTodo {
            title: todo.title.unwrap_or_else(|| created.title.clone()),
            todo_type: created.todo_type,
            task_link: created.link.clone(),
            tags: todo.tags.unwrap_or_default(),
            key: created.key.clone(),
            replayed: created.replayed,
        });
    }

    fn failed(&self, notice: &Notice, title: &str, _key: Option<&Key>) {
        self.on_error.emit(Failure { code: notice.code(), title: title.to_owned(), retryable: notice.retryable() });
    }

    fn closed(&self, reason: Reason, _key: Option<&Key>) {
        self.on_close.emit(reason);
    }
}

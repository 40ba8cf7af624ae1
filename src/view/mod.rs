//! What is drawn: the form as a Yew component, and one small view a file for its parts. Views take state and give
//! events; they fetch nothing and store nothing.

mod actions;
mod context_line;
mod created;
mod field;
mod guard;
pub(crate) mod later;
mod modal;
mod notice;
mod parts;
mod question;
mod summary;
pub(crate) mod todo_form;

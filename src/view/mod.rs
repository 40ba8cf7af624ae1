//! What is drawn: the form as a Yew component, and one small view a file for its parts. Views take state and give
//! events; they fetch nothing and store nothing.

mod actions;
mod context_line;
mod created;
mod drawing;
mod dropped;
mod field;
pub(crate) mod first;
mod focus;
mod guard;
mod keyboard;
pub(crate) mod later;
pub(crate) mod live;
mod modal;
mod notice;
mod parts;
mod pressing;
mod question;
mod register;
mod summary;
mod todo_form;
mod told;

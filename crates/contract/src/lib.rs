//! What BzCtrl's API asks for, and what the programs of this project say to one another: the one table of fields,
//! drafts, validation, todos, answers and problems.
//!
//! Everything here is pure: no I/O, no clock, no browser. The widget, the relay and the sandbox all read it,
//! and it knows none of them.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod amount;
mod check;
mod date;
mod draft;
mod email;
mod fault;
mod field;
mod json;
mod key;
mod link;
mod members;
mod problem;
mod reason;
mod text;
mod todo;
mod token;
mod validate;

pub use amount::{Amount, Numbers};
pub use check::check;
pub use date::Date;
pub use draft::{Draft, Value};
pub use fault::{Fault, FieldError};
pub use field::{Choices, FIELDS, Fallback, Field, FieldSet, FilledBy, Kind, Spec, TodoType, Types};
pub use json::Json;
pub use key::{Key, KeyError};
pub use link::TaskLink;
pub use members::{Member, Members};
pub use problem::{Code, Outcome, Problem, ProblemField, UpstreamAnswer};
pub use reason::reason;
pub use text::{clean_line, clean_text, has_separators, is_blank, show_separators};
pub use todo::{CreatedTodo, Todo, WireError};
pub use token::{Mode, TokenAnswer};
pub use validate::{holds, validate};

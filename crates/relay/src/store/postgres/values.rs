//! What statements are given, and what the rows of several have alike.

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::session::{Failure, get};
use crate::store::operator::Selection;
use crate::store::{Entry, KeyState};

/// A parameter, with its type: no statement is prepared, so that it matters to nobody which connection it comes by.
pub(super) type Parameter<'p> = (&'p (dyn ToSql + Sync), Type);

/// States, as rows have them.
pub(super) fn names(states: &[KeyState]) -> Vec<&'static str> {
    states.iter().map(KeyState::name).collect()
}

/// A text, without what PostgreSQL takes in none.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// What the register shows of a todo.
pub(super) fn entry(row: &Row) -> Result<Entry, Failure> {
    Ok(Entry { todo_type: get(row, "todo_type")?, title: get(row, "title")?, order_id: get(row, "order_id")? })
}

/// The condition of a selection, with `$1`, and what stands for that in it.
pub(super) fn condition(selection: &Selection) -> (&'static str, &str) {
    match selection {
        Selection::Key(key) => ("keys.key = $1", key),
        Selection::Order(order) => ("keys.order_id = $1 AND keys.order_id <> ''", order),
        // Of one that was erased there is nothing left to look up, nor to say.
        Selection::Unknown => ("keys.state = $1 AND keys.identity IS DISTINCT FROM ''", "unknown"),
        // Of these rows those that `mentions` finds.
        Selection::Person(email) => ("$1::text <> ''", email),
    }
}

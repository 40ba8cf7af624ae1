//! The todos of this run, in memory, numbered per workspace. It knows nothing of HTTP.

use std::collections::HashMap;

use bzctrl_contract::{Field, Todo};
use jiff::{Timestamp, Zoned, civil};

/// The status on which a due date is set.
const DONE: &str = "DONE";

/// A todo as a follow-up system would keep it.
#[derive(Debug)]
pub(crate) struct StoredTodo {
    /// Workspace and number: `EXA-CON-BUS-WOR-03`.
    pub(crate) id: String,
    pub(crate) todo: Todo,
    pub(crate) received_at: Timestamp,
    /// The day of the transaction, on this machine's calendar, of a todo that came in as done.
    pub(crate) due_date: Option<civil::Date>,
    /// The body as it came.
    pub(crate) request: String,
}

impl StoredTodo {
    /// The tags that BzCtrl sets: order number, and local reference number where there is one.
    pub(crate) fn tags(&self) -> impl Iterator<Item = (Field, &str)> {
        [Field::OrderId, Field::Lrn]
            .into_iter()
            .map(|field| (field, self.todo.text(field)))
            .filter(|(_, text)| !text.is_empty())
    }
}

/// Every todo since the start or the last [`Todos::forget`], oldest first.
#[derive(Debug, Default)]
pub(crate) struct Todos {
    numbers: HashMap<String, u64>,
    stored: Vec<StoredTodo>,
}

impl Todos {
    /// Stores a todo under the next number of its workspace.
    pub(crate) fn store(&mut self, todo: Todo, request: String) -> &StoredTodo {
        let workspace = todo.text(Field::DomainWorkSpace);
        let number = self.numbers.entry(workspace.to_owned()).or_default();
        *number += 1;
        let id = format!("{workspace}-{number:02}");
        let now = Zoned::now();
        let due_date = (todo.text(Field::Status) == DONE).then(|| now.date());
        let at = self.stored.len();
        self.stored.push(StoredTodo { id, todo, received_at: now.timestamp(), due_date, request });
        &self.stored[at]
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[StoredTodo] {
        &self.stored
    }

    /// Forgets all of them, and their numbers.
    pub(crate) fn forget(&mut self) {
        self.numbers.clear();
        self.stored.clear();
    }
}

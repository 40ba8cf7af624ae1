//! Whether a row names a person, by an e-mail address.

use rusqlite::Row as SqlRow;

/// By who reported it, by what people and BzCtrl have written: BzCtrl's answer may name who reported it, and people name one
/// another.
pub(super) fn person(row: &SqlRow<'_>, email: &str) -> rusqlite::Result<bool> {
    let email = email.to_lowercase();
    for column in ["identity", "title", "order_id", "upstream_reason", "answer"] {
        if row.get::<_, Option<String>>(column)?.is_some_and(|text| text.to_lowercase().contains(&email)) {
            return Ok(true);
        }
    }
    Ok(false)
}

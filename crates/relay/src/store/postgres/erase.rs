//! `erase`, beside relays that serve. What is meant is found by reading; then it is blanked a few rows at a time, each looked at again.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::session::{Failure, Stopped, Transaction, get};
use super::values::{Parameter, condition};
use crate::store::mentions::Found;
use crate::store::operator::{Erased, Selection};

/// So many share a transaction.
pub(super) const ROWS: usize = 100;

const CONTENT: &str = "SELECT keys.key, keys.state, keys.identity, keys.title, keys.order_id, keys.upstream_reason, keys.answer, resolved_by, why,
     (SELECT count(*) FROM outbox WHERE outbox.key = keys.key AND outbox.state <> 'told') AS messages
     FROM keys LEFT JOIN resolutions USING (key)";

/// The keys that are meant, and what would be erased.
pub(super) async fn find(
    transaction: &Transaction,
    selection: &Selection,
    tenant: Option<&str>,
) -> Result<(Vec<String>, Erased), Stopped> {
    let (condition, value) = condition(selection);
    let sql = format!("{CONTENT} WHERE {condition} AND ($2::text IS NULL OR keys.tenant = $2) ORDER BY keys.key");
    let parameters: [Parameter<'_>; 2] = [(&value, Type::TEXT), (&tenant, Type::TEXT)];
    let rows = transaction.client()?.query_typed(&sql, &parameters).await?;
    let (mut keys, mut erased) = (Vec::new(), Erased::default());
    for row in &rows {
        if let Some(found) = found(row, selection)? {
            count(row, &found, &mut erased)?;
            keys.push(found.key);
        }
    }
    Ok((keys, erased))
}

/// Blanks those of these keys that are still meant.
pub(super) async fn blank(
    transaction: &Transaction,
    keys: &[String],
    selection: &Selection,
    tenant: Option<&str>,
) -> Result<Erased, Stopped> {
    let (condition, value) = condition(selection);
    let sql = format!(
        "{CONTENT} WHERE {condition} AND ($2::text IS NULL OR keys.tenant = $2) AND keys.key = ANY($3) ORDER BY keys.key
         FOR UPDATE OF keys"
    );
    let parameters: [Parameter<'_>; 3] = [(&value, Type::TEXT), (&tenant, Type::TEXT), (&keys, Type::TEXT_ARRAY)];
    let client = transaction.client()?;
    let rows = client.query_typed(&sql, &parameters).await?;
    let (mut erased, mut todos, mut words) = (Erased::default(), Vec::new(), Vec::new());
    for row in &rows {
        let Some(found) = found(row, selection)? else { continue };
        count(row, &found, &mut erased)?;
        if !found.is_sending() {
            words.push(found.key.clone());
            if !found.word_alone {
                todos.push(found.key);
            }
        }
    }
    let sql = "UPDATE resolutions SET resolved_by = '', why = '' WHERE key = ANY($1)";
    client.execute_typed(sql, &[(&words, Type::TEXT_ARRAY)]).await?;
    let sql = "DELETE FROM outbox WHERE state <> 'told' AND key = ANY($1)";
    client.execute_typed(sql, &[(&todos, Type::TEXT_ARRAY)]).await?;
    // An owner of no name is nobody: the key is not told of to anyone any more.
    let sql = "UPDATE keys SET identity = '', digest = decode(repeat('00', 32), 'hex'), title = '', order_id = '', task_link = NULL,
             answer = CASE state WHEN 'created' THEN '{}' END, upstream_reason = CASE state WHEN 'rejected' THEN '' END
         WHERE key = ANY($1)";
    client.execute_typed(sql, &[(&todos, Type::TEXT_ARRAY)]).await?;
    Ok(erased)
}

/// All of what was erased.
pub(super) fn sum(one: Erased, other: Erased) -> Erased {
    Erased {
        keys: one.keys + other.keys,
        words: one.words + other.words,
        unknown: one.unknown + other.unknown,
        messages: one.messages + other.messages,
        sending: one.sending + other.sending,
        old_pages: one.old_pages || other.old_pages,
        left_before: one.left_before || other.left_before,
    }
}

fn found(row: &Row, selection: &Selection) -> Result<Option<Found>, Failure> {
    Found::of(selection, get(row, "key")?, get(row, "state")?, |column| get(row, column))
}

fn count(row: &Row, found: &Found, erased: &mut Erased) -> Result<(), Failure> {
    if found.count(erased) {
        erased.messages += u32::try_from(get::<i64>(row, "messages")?).unwrap_or(u32::MAX);
    }
    Ok(())
}

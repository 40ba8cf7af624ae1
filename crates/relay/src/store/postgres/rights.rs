//! What of a database a relay needs the right to: its own schema, and the tables in it. What is missing is told with the SQL that gives it.

use super::session::{Failure, Transaction, get};
use crate::store::StoreError;

/// The catalogs are open to everybody; what is not one's own is not asked itself.
const RIGHTS: &str = "
    WITH schema AS (SELECT oid FROM pg_namespace WHERE nspname = 'bzctrl_relay'),
         tables AS (SELECT c.oid, c.relname::text AS name FROM pg_class c JOIN schema s ON s.oid = c.relnamespace
                    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f'))
    SELECT quote_ident(current_user) AS relay, quote_ident(current_database()) AS database,
        has_database_privilege(current_database(), 'CREATE') AS may_make,
        EXISTS (SELECT 1 FROM schema) AS is_there,
        coalesce((SELECT has_schema_privilege(oid, 'USAGE') FROM schema), true) AS may_use,
        coalesce((SELECT has_schema_privilege(oid, 'CREATE') FROM schema), true) AS may_fill,
        EXISTS (SELECT 1 FROM tables WHERE name = 'schema_version') AS is_ours,
        coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM tables), '') AS tables,
        coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM tables
                  WHERE NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
                      AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))), '') AS closed";

/// Whether the schema is there already. Who may not make one may have been given it.
///
/// # Errors
/// What the relay's user may not do, and what is to be done as the database's administrator.
pub(super) async fn look(transaction: &Transaction) -> Result<bool, Failure> {
    let row = transaction.client()?.query_typed_one(RIGHTS, &[]).await?;
    let text = |column: &str| get::<String>(&row, column);
    let is = |column: &str| get::<bool>(&row, column);
    let (relay, database, tables, closed) = (text("relay")?, text("database")?, text("tables")?, text("closed")?);
    let (is_there, is_ours) = (is("is_there")?, is("is_ours")?);
    let missing = if !is_there && !is("may_make")? {
        format!(
            "its user may make no schema in it. As its administrator: GRANT CREATE ON DATABASE {database} TO {relay}"
        )
    } else if is_there && !is_ours && !tables.is_empty() {
        format!(
            "a schema bzctrl_relay that is no relay's stands in it (with {tables}): name another database, or rename the schema. As its \
             administrator: ALTER SCHEMA bzctrl_relay RENAME TO another_name"
        )
    } else if is_there && !(is("may_use")? && (is_ours || is("may_fill")?)) {
        format!(
            "its user may not use the schema bzctrl_relay. As its administrator: GRANT USAGE, CREATE ON SCHEMA bzctrl_relay TO {relay}"
        )
    } else if !closed.is_empty() {
        format!(
            "its user may not read and write {closed}. As its administrator, in this database: GRANT SELECT, INSERT, UPDATE, DELETE ON \
             ALL TABLES IN SCHEMA bzctrl_relay TO {relay}"
        )
    } else {
        return Ok(is_there);
    };
    Err(StoreError::undone(missing).into())
}

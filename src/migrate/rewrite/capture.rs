//! Which rows change while the table is copied: their keys, and nothing else of them.

use super::kept::Kept;
use crate::schema::Table;
use crate::schema::sql::{ident, join, object_name};

/// SQLSTATE by which a swap stops because the table was truncated since it was copied.
pub(super) const TRUNCATED: &str = "FS008";

const TRIGGER: &str = "zzz_fieldseal_capture";

/// The log of keys, and the triggers that fill it.
pub(super) struct Capture<'a> {
    table: &'a Table,
    kept: &'a Kept,
}

impl<'a> Capture<'a> {
    pub(super) fn of(table: &'a Table, kept: &'a Kept) -> Self {
        Self { table, kept }
    }

    /// The log's name, quoted.
    pub(super) fn log(table: &Table) -> String {
        table.beside(&object_name(table.name(), "_fieldseal_log"))
    }

    fn function(table: &Table) -> String {
        table.beside(&object_name(table.name(), "_fieldseal_capture"))
    }

    /// Makes the log and its triggers. The function runs as its owner: whoever writes the table need not have a right to the log.
    pub(super) fn begin(&self) -> String {
        let (log, function, on) = (Self::log(self.table), Self::function(self.table), self.table.quoted());
        let columns = join(&self.kept.key, ", ", |(name, ty)| format!("{} {ty}", ident(name)));
        let names = join(&self.kept.key, ", ", |(name, _)| ident(name));
        let of = |row: &str| join(&self.kept.key, ", ", |(name, _)| format!("{row}.{}", ident(name)));
        let (old, new) = (of("OLD"), of("NEW"));
        format!(
            "CREATE TABLE {log} (fieldseal_n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, fieldseal_truncated boolean, {columns}); \
             CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS \
             $fieldseal$ BEGIN IF TG_OP = 'TRUNCATE' THEN INSERT INTO {schema}{log} (fieldseal_truncated) VALUES (true); RETURN NULL; \
             END IF; IF TG_OP <> 'INSERT' THEN INSERT INTO {schema}{log} ({names}) VALUES ({old}); END IF; IF TG_OP <> 'DELETE' THEN \
             INSERT INTO {schema}{log} ({names}) VALUES ({new}); END IF; RETURN NULL; END $fieldseal$; \
             CREATE TRIGGER {TRIGGER} AFTER INSERT OR UPDATE OR DELETE ON {on} FOR EACH ROW EXECUTE FUNCTION {function}(); \
             CREATE TRIGGER {TRIGGER}_all AFTER TRUNCATE ON {on} FOR EACH STATEMENT EXECUTE FUNCTION {function}(); \
             ALTER TABLE {on} ENABLE ALWAYS TRIGGER {TRIGGER}; ALTER TABLE {on} ENABLE ALWAYS TRIGGER {TRIGGER}_all;",
            schema = self.kept.schema_of(self.table),
        )
    }

    /// Takes log and triggers away.
    pub(super) fn end(table: &Table) -> String {
        format!(
            "DROP FUNCTION IF EXISTS {}() CASCADE; DROP TABLE IF EXISTS {};",
            Self::function(table),
            Self::log(table)
        )
    }

    /// Copies anew what was captured, in one snapshot: a change is in the log exactly if it is in the table.
    pub(super) fn catch_up(&self, shadow: &str) -> String {
        let (log, on) = (Self::log(self.table), self.table.quoted());
        let columns = join(&self.kept.columns, ", ", |column| ident(column));
        let same = |one: &str, other: &str| {
            join(&self.kept.key, " AND ", |(name, _)| format!("{one}.{0} = {other}.{0}", ident(name)))
        };
        let keys = join(&self.kept.key, ", ", |(name, _)| ident(name));
        let logged = format!("(SELECT DISTINCT {keys} FROM {log} WHERE fieldseal_truncated IS NULL) AS l");
        format!(
            "DELETE FROM {shadow} AS s USING {logged} WHERE {}; INSERT INTO {shadow} ({columns}) SELECT {} FROM {on} AS t JOIN {logged} \
             ON {}; DELETE FROM {log} WHERE fieldseal_truncated IS NULL;",
            same("s", "l"),
            join(&self.kept.columns, ", ", |column| format!("t.{}", ident(column))),
            same("t", "l"),
        )
    }

    /// Stops a swap after a TRUNCATE.
    pub(super) fn refuse_truncated(table: &Table) -> String {
        format!(
            "DO $fieldseal$ BEGIN IF EXISTS (SELECT FROM {} WHERE fieldseal_truncated) THEN RAISE EXCEPTION USING ERRCODE = \
             '{TRUNCATED}', MESSAGE = 'fieldseal: the table was truncated while it was copied'; END IF; END $fieldseal$;",
            Self::log(table)
        )
    }
}

/// Whether a trigger is one of the capture's.
pub(super) const IS_CAPTURE: &str = "tgname LIKE 'zzz\\_fieldseal\\_capture%'";

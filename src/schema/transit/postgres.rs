//! PostgreSQL's statements for a table in transit. Each can be run again.

use super::{FENCED, MOVED, Pair, SEALED_ONLY};
use crate::schema::postgres;
use crate::schema::sql::{ident, join, literal, object_name};
use crate::schema::table::{Stored, Table};

/// Sorts behind a table's own triggers and before the bar and the guard, which see what this one leaves.
pub(crate) const TRIGGER: &str = "zzz_fieldseal_a_transit";

/// A setting by which the job's own clearing of plaintext says what it is.
pub(crate) const CLEARING: &str = "fieldseal.migrate";

/// Which rules the trigger holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// MIG-6.
    Clearing,
    /// MIG-7.
    Fencing,
}

impl Rules {
    fn suffix(self) -> &'static str {
        match self {
            Self::Clearing => "_fieldseal_clearing",
            Self::Fencing => "_fieldseal_fencing",
        }
    }
}

/// The domains of the sealed columns.
pub(crate) fn domains(table: &Table) -> Vec<String> {
    postgres::domain_statements(std::slice::from_ref(table))
}

/// Adds a column of cells or terms, which takes NULL while it is in transit.
pub(crate) fn add_columns(table: &Table, pairs: &[Pair]) -> Vec<String> {
    let wanted = |column: &Stored| pairs.iter().any(|pair| pair.sealed_columns().any(|name| name == column.name));
    let add = |column: &Stored| {
        let domain = postgres::domain(column);
        format!("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} {};", table.quoted(), ident(column.name), ident(&domain))
    };
    table.stored().iter().filter(|column| wanted(column)).map(add).collect()
}

/// Lets the legacy column be NULL.
pub(crate) fn drop_not_null(table: &Table, pair: &Pair) -> String {
    format!("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL;", table.quoted(), ident(pair.plain))
}

/// The names of the term indexes, and the statements that make them without holding writers up.
pub(crate) fn indexes(table: &Table, pairs: &[Pair]) -> Vec<(String, String)> {
    let of_pair = |index: &&crate::model::IndexSchema| pairs.iter().any(|pair| pair.term == Some(index.column));
    table
        .indexes()
        .filter(of_pair)
        .map(|index| {
            let statement = postgres::create_index(table, index);
            (
                table.beside(&table.index_name(index)),
                statement.replacen("INDEX ", "INDEX CONCURRENTLY IF NOT EXISTS ", 1),
            )
        })
        .collect()
}

/// The function of the rules. It is named after them: a phase is code, not a row.
pub(crate) fn function(table: &Table, pairs: &[Pair], rules: Rules) -> String {
    let body = match rules {
        Rules::Clearing => clearing(table, pairs),
        Rules::Fencing => fencing(table, pairs),
    };
    format!(
        "CREATE OR REPLACE FUNCTION {}() RETURNS trigger\n    LANGUAGE plpgsql SET search_path = pg_catalog\n    AS \
         $fieldseal${body}$fieldseal$;",
        function_name(table, rules)
    )
}

/// Puts the rules in place: it waits for writers in flight, and binds those with old snapshots (MIG-8).
pub(crate) fn trigger(table: &Table, rules: Rules) -> String {
    format!(
        "CREATE OR REPLACE TRIGGER {} BEFORE INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION {}(); ALTER TABLE {} ENABLE \
         ALWAYS TRIGGER {};",
        ident(TRIGGER),
        table.quoted(),
        function_name(table, rules),
        table.quoted(),
        ident(TRIGGER),
    )
}

/// Refuses NULL over NULL: a legacy writer's deletion of a value that it can't see (MIG-19). Not of a deterministic column,
/// where a service that saves the same value does the same.
pub(crate) fn unseen(table: &Table, pairs: &[Pair]) -> String {
    let (function, on) = (table.beside(&object_name(table.name(), UNSEEN)), table.quoted());
    let mut sql = format!(
        "DROP FUNCTION IF EXISTS {function}() CASCADE; CREATE FUNCTION {function}() RETURNS trigger\n    LANGUAGE plpgsql SET \
         search_path = pg_catalog\n    AS $fieldseal$\nBEGIN\n    {}\nEND\n$fieldseal$;",
        refuse(FENCED)
    );
    for (i, pair) in pairs.iter().enumerate().filter(|(_, pair)| !pair.deterministic) {
        let (plain, cell, name) = (ident(pair.plain), ident(pair.sealed), ident(&format!("{TRIGGER}_unseen_{i}")));
        sql += &format!(
            " CREATE TRIGGER {name} BEFORE UPDATE OF {plain} ON {on} FOR EACH ROW WHEN (OLD.{plain} IS NULL AND NEW.{plain} IS \
             NULL AND NEW.{cell} IS NOT NULL AND NEW.{cell}::bytea = OLD.{cell}::bytea) EXECUTE FUNCTION {function}(); ALTER \
             TABLE {on} ENABLE ALWAYS TRIGGER {name};"
        );
    }
    sql
}

const UNSEEN: &str = "_fieldseal_unseen";

/// Refuses to go on while a value lies in its cell only: within the transaction that drops the cells (MIG-21).
pub(crate) fn refuse_sealed_only(table: &Table, pairs: &[Pair]) -> String {
    let sealed_only =
        join(pairs, " OR ", |pair| format!("({} IS NULL AND {} IS NOT NULL)", ident(pair.plain), ident(pair.sealed)));
    format!(
        "DO $fieldseal$ BEGIN\n    IF EXISTS (SELECT FROM {} WHERE {sealed_only}) THEN\n        RAISE EXCEPTION USING ERRCODE = {}, \
         MESSAGE = {};\n    END IF;\nEND $fieldseal$;",
        table.quoted(),
        literal(SEALED_ONLY.0),
        literal(SEALED_ONLY.1)
    )
}

/// Takes triggers and functions away.
pub(crate) fn drop_trigger(table: &Table) -> String {
    format!(
        "DROP FUNCTION IF EXISTS {}() CASCADE; DROP TRIGGER IF EXISTS {} ON {}; DROP FUNCTION IF EXISTS {}(); DROP FUNCTION IF \
         EXISTS {}();",
        table.beside(&object_name(table.name(), UNSEEN)),
        ident(TRIGGER),
        table.quoted(),
        function_name(table, Rules::Clearing),
        function_name(table, Rules::Fencing),
    )
}

/// The name of the rules' function, as the catalogs have it.
pub(crate) fn function_object(table: &Table, rules: Rules) -> String {
    object_name(table.name(), rules.suffix())
}

fn function_name(table: &Table, rules: Rules) -> String {
    table.beside(&function_object(table, rules))
}

/// The guard while pairs are in transit: it leaves their cells to the rules above, and would refuse a legacy writer's change of
/// a key.
pub(crate) fn guard_in_transit(table: &Table) -> String {
    let whole = postgres::guard::of(&table.settled()).map(|guard| guard.teardown);
    let others = postgres::guard::of(table).map(|guard| guard.setup);
    whole.into_iter().chain(others).collect()
}

/// The guard of the table once its migration is over.
pub(crate) fn guard_of_all(table: &Table) -> String {
    postgres::guard::of(&table.settled()).map(|guard| guard.setup).unwrap_or_default()
}

/// The promise that `validate` has proven: no value lies in plaintext only.
pub(crate) fn constraint(table: &Table, pair: &Pair) -> Constraint {
    let name = object_name(&format!("{}_{}", table.name(), pair.plain), "_sealed");
    let on = table.quoted();
    Constraint {
        add: format!(
            "ALTER TABLE {on} ADD CONSTRAINT {} CHECK ({} IS NULL OR {} IS NOT NULL) NOT VALID;",
            ident(&name),
            ident(pair.plain),
            ident(pair.sealed)
        ),
        validate: format!("ALTER TABLE {on} VALIDATE CONSTRAINT {};", ident(&name)),
        drop: format!("ALTER TABLE {on} DROP CONSTRAINT IF EXISTS {};", ident(&name)),
        name,
    }
}

/// NOT NULL of a sealed column, proven by a constraint that is validated without holding writers up.
pub(crate) fn not_null(table: &Table, column: &str) -> Constraint {
    let name = object_name(&format!("{}_{column}", table.name()), "_there");
    let on = table.quoted();
    Constraint {
        add: format!(
            "ALTER TABLE {on} ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID;",
            ident(&name),
            ident(column)
        ),
        validate: format!("ALTER TABLE {on} VALIDATE CONSTRAINT {};", ident(&name)),
        drop: format!(
            "ALTER TABLE {on} ALTER COLUMN {} SET NOT NULL; ALTER TABLE {on} DROP CONSTRAINT IF EXISTS {};",
            ident(column),
            ident(&name)
        ),
        name,
    }
}

/// A constraint that comes in three steps.
pub(crate) struct Constraint {
    pub(crate) name: String,
    pub(crate) add: String,
    pub(crate) validate: String,
    pub(crate) drop: String,
}

/// Takes columns away.
pub(crate) fn drop_columns<'a>(table: &Table, columns: impl IntoIterator<Item = &'a str>) -> String {
    let drops = join(columns, ", ", |column| format!("DROP COLUMN IF EXISTS {}", ident(column)));
    format!("ALTER TABLE {} {drops};", table.quoted())
}

/// Whether the image of a column differs: citext and numeric are equal though different, json can't be compared (MIG-9).
fn changed(column: &str) -> String {
    let column = ident(column);
    format!("record_image_ne(ROW(NEW.{column}), ROW(OLD.{column}))")
}

fn clearing(table: &Table, pairs: &[Pair]) -> String {
    let rules = join(pairs, "", |pair| clear_pair(table, pair));
    format!("\nBEGIN\n    IF TG_OP = 'UPDATE' THEN\n{rules}    END IF;\n    RETURN NEW;\nEND\n")
}

fn clear_pair(table: &Table, pair: &Pair) -> String {
    let (plain, sealed) = (ident(pair.plain), ident(pair.sealed));
    let moved = join(table.place_columns(), " OR ", changed);
    let moved = if moved.is_empty() { "false".to_owned() } else { moved };
    let clear = join(pair.sealed_columns(), " ", |column| format!("NEW.{} := NULL;", ident(column)));
    format!(
        "        IF NOT {unsealed} THEN\n            IF {written} THEN\n                {clear}\n            ELSIF OLD.{sealed} \
         IS NOT NULL AND ({moved}) THEN\n                IF NEW.{plain} IS NULL THEN\n                    {refuse}\n                \
         END IF;\n                {clear}\n            END IF;\n        END IF;\n",
        unsealed = changed(pair.sealed),
        written = changed(pair.plain),
        refuse = refuse(MOVED),
    )
}

fn fencing(table: &Table, pairs: &[Pair]) -> String {
    let insert = join(pairs, "", |pair| {
        let (plain, sealed) = (ident(pair.plain), ident(pair.sealed));
        format!(
            "        IF NEW.{plain} IS NOT NULL THEN\n            IF NEW.{sealed} IS NULL THEN {} END IF;\n            \
             NEW.{plain} := NULL;\n        END IF;\n",
            refuse(FENCED)
        )
    });
    let update = join(pairs, "", |pair| fence_update(table, pair));
    format!("\nBEGIN\n    IF TG_OP = 'INSERT' THEN\n{insert}    ELSE\n{update}    END IF;\n    RETURN NEW;\nEND\n")
}

/// Who sets plaintext NULL where there is no cell deletes the value, whoever it is; where there is one it would be shadowed.
/// Who sets the cell NULL beside plaintext wrote in `expanded`: the value lies in the plaintext alone.
fn fence_update(table: &Table, pair: &Pair) -> String {
    let (plain, cell) = (ident(pair.plain), ident(pair.sealed));
    // A cell that is replaced may take a new key along; a new firm takes none, as in the guard.
    let row = join(table.row.iter().copied(), " OR ", changed);
    let firm = join(table.firm(), " OR ", changed);
    let or_false = |text: String| if text.is_empty() { "false".to_owned() } else { text };
    format!(
        "        IF OLD.{cell} IS NOT NULL AND (({firm}) OR ({row}) AND NOT {sealed}) THEN\n            {moved}\n        END IF;\n        \
         IF {written} THEN\n            IF {sealed} AND NEW.{cell} IS NOT NULL THEN\n                NEW.{plain} := NULL;\n            ELSIF NEW.{plain} \
         IS NOT NULL OR NEW.{cell} IS NOT NULL AND current_setting({setting}, true) IS DISTINCT FROM 'on' THEN\n                \
         {refuse}\n            END IF;\n        END IF;\n",
        firm = or_false(firm),
        row = or_false(row),
        written = changed(pair.plain),
        sealed = changed(pair.sealed),
        setting = literal(CLEARING),
        moved = refuse(MOVED),
        refuse = refuse(FENCED),
    )
}

fn refuse((code, message): (&str, &str)) -> String {
    format!("RAISE EXCEPTION USING ERRCODE = {}, TABLE = TG_TABLE_NAME, MESSAGE = {};", literal(code), literal(message))
}

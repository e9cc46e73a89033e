//! The bar: a database that takes no new cell or term of a version that is to be destroyed.

use super::facts::Fact;
use super::heads::{Headed, Holder, firm_text, hex_of, spellings};
use super::sql::{ident, join, literal, object_name, squeeze};
use super::table::Table;
use super::{Backend, Migration, Models, explain};
use crate::context::FirmId;
use crate::model::ModelSchema;

/// Names barred versions, beside the tables.
const BARRED: &str = "fieldseal_barred";

/// Sorts before the guard, which has to run last.
const TRIGGER: &str = "zzz_fieldseal_barred";

const CODE: &str = "FS004";
const MESSAGE: &str = "fieldseal: the cell or term is of a key version that is to be destroyed: seal the value anew";

/// Prints the SQL of the bar, which a database needs before one of its firms' key versions can be
/// [destroyed](crate::admin::KeyAdmin::destroy): a value that was sealed long ago and is written afterwards could never be opened.
///
/// Run it once, in a migration, before the first destruction. From then on each INSERT, and each UPDATE that changes a
/// sealed column, looks into a small table.
///
/// # Panics
/// As [`migration`](super::migration).
#[must_use]
pub fn bar<M: Models>(backend: Backend) -> Migration {
    bar_of(&M::schemas(), backend)
}

/// [`bar`] of models that are known at run time, such as [`Vault::models`](crate::Vault::models).
///
/// # Panics
/// As [`bar`].
#[must_use]
pub fn bar_of(models: &[&ModelSchema], backend: Backend) -> Migration {
    let tables = Table::all(models).unwrap_or_else(|error| panic!("no migration: {error}"));
    let (mut up, mut down) = (String::new(), String::new());
    for table in &tables {
        explain(&mut up, COMMENT);
        let barred = format!(
            "CREATE TABLE IF NOT EXISTS {} (\n    firm TEXT NOT NULL, purpose TEXT NOT NULL, head TEXT NOT NULL,\n    \
             PRIMARY KEY (firm, purpose, head)\n);\n",
            table.beside(BARRED)
        );
        if !up.contains(&barred) {
            up += &barred;
        }
        up += &join(statements(table, backend), "", |statement| statement.create);
        down += &join(statements(table, backend), "", |statement| statement.drop);
    }
    down += "-- When no bar is left, its table goes too; the versions in it are destroyed.\n";
    Migration { up, down }
}

/// A trigger, or its function.
struct Statement {
    create: String,
    drop: String,
}

fn statements(table: &Table, backend: Backend) -> Vec<Statement> {
    match backend {
        Backend::Postgres => postgres(table),
        Backend::Sqlite => EVENTS.into_iter().map(|event| sqlite(table, event)).collect(),
    }
}

const EVENTS: [&str; 2] = ["INSERT", "UPDATE"];

fn postgres(table: &Table) -> Vec<Statement> {
    let (function, on, trigger) =
        (table.beside(&object_name(table.name(), "_fieldseal_barred")), table.quoted(), ident(TRIGGER));
    // As its owner: who writes rows needs no right to read the table.
    let create_function = format!(
        "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger\n    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM \
         CURRENT\n    AS $fieldseal${}$fieldseal$;\n",
        body(table)
    );
    let drop_trigger = format!("DROP TRIGGER IF EXISTS {trigger} ON {on};\n");
    let create_trigger = format!(
        "{drop_trigger}CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {on} FOR EACH ROW\n    EXECUTE FUNCTION \
         {function}();\nALTER TABLE {on} ENABLE ALWAYS TRIGGER {trigger};\n"
    );
    vec![
        Statement { create: create_function, drop: drop_trigger },
        Statement { create: create_trigger, drop: format!("DROP FUNCTION IF EXISTS {function}();\n") },
    ]
}

/// The text of a PostgreSQL function.
fn body(table: &Table) -> String {
    format!(
        "\nBEGIN\n    IF EXISTS (SELECT FROM {} AS barred WHERE {}) THEN\n        RAISE EXCEPTION USING ERRCODE = {}, TABLE = \
         TG_TABLE_NAME, MESSAGE =\n            {};\n    END IF;\n    RETURN NEW;\nEND\n",
        table.beside(BARRED),
        // OLD is NULL throughout in a trigger on INSERT.
        names(table, Backend::Postgres, |c| format!("NEW.{c} IS DISTINCT FROM OLD.{c}")),
        literal(CODE),
        literal(MESSAGE),
    )
}

fn sqlite(table: &Table, event: &'static str) -> Statement {
    let name = table.beside(&sqlite_name(table, event));
    Statement {
        create: format!("DROP TRIGGER IF EXISTS {name};\nCREATE TRIGGER {name} {};\n", sqlite_rest(table, event)),
        drop: format!("DROP TRIGGER IF EXISTS {name};\n"),
    }
}

fn sqlite_name(table: &Table, event: &str) -> String {
    format!("{}_fieldseal_barred_{}", table.name(), event.to_lowercase())
}

fn sqlite_rest(table: &Table, event: &str) -> String {
    let changed = |c: &str| match event {
        "INSERT" => format!("NEW.{c} IS NOT NULL"),
        _ => format!("NEW.{c} IS NOT OLD.{c}"),
    };
    format!(
        "BEFORE {event} ON {} FOR EACH ROW\nBEGIN\n    SELECT RAISE(ABORT, {}) FROM {BARRED} AS barred WHERE {};\nEND",
        ident(table.name()),
        literal(MESSAGE),
        names(table, Backend::Sqlite, changed),
    )
}

/// Whether a row of the table of barred versions names a version that NEW brings.
fn names(table: &Table, backend: Backend, changed: impl Fn(&str) -> String) -> String {
    let brings = |column: Headed| {
        let (name, purpose) = (ident(column.name), literal(column.purpose()));
        let version = column.version(backend, &format!("NEW.{name}"));
        let firm = match (column.holder, table.firm()) {
            (Holder::Row, Some(firm)) => firm_text(backend, &format!("NEW.{}", ident(firm))),
            _ => literal(""),
        };
        format!(
            "\n        {} AND barred.firm = {firm} AND barred.purpose = {purpose} AND barred.head = {version}",
            changed(&name)
        )
    };
    join(table.headed(), "\n        OR", brings)
}

/// The statement that bars a version of a firm's key beside a table, from now on.
pub(crate) fn bar_version(table: &Table, firm: &FirmId, purpose: &str, version: u32) -> String {
    let purpose = if *firm == FirmId::Platform { format!("platform {purpose}") } else { purpose.to_owned() };
    let row = |firm: String| format!("({}, {}, {})", literal(&firm), literal(&purpose), literal(&hex_of(version)));
    format!(
        "INSERT INTO {} (firm, purpose, head) VALUES {} ON CONFLICT DO NOTHING \
         RETURNING 'barred' AS kind, '' AS name, '' AS a, '' AS b, '' AS c, '' AS d",
        table.beside(BARRED),
        join(spellings(firm), ", ", row),
    )
}

/// Whether what a live database says of a table shows its bar.
pub(crate) fn is_barred(table: &Table, backend: Backend, facts: &[Fact]) -> bool {
    match backend {
        Backend::Postgres => Fact::find(facts, "trigger", TRIGGER).is_some_and(|fact| {
            (&*fact.a, &*fact.b, &*fact.c) == ("always", "INSERT UPDATE", "unconditional")
                && squeeze(&fact.d) == squeeze(&body(table))
        }),
        Backend::Sqlite => EVENTS.into_iter().all(|event| {
            let fact = Fact::find(facts, "trigger", &sqlite_name(table, event));
            fact.is_some_and(|fact| squeeze(&fact.c).ends_with(&squeeze(&sqlite_rest(table, event))))
        }),
    }
}

const COMMENT: &str = "\
-- The bar refuses cells and terms of versions that are to be destroyed, in new rows and new values. Its message holds no
-- value.
";

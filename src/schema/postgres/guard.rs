//! The guard of a table: refuses statements that leave a cell in a place that it was not sealed for.

use crate::schema::guard::{FIRM_CHANGED, Guard, KEY_CHANGED, OTHER_ROW, Trigger};
use crate::schema::sql::{fingerprint, ident, join, literal, object_name};
use crate::schema::table::{CELL_START, Table};

/// These sort last: triggers of one table run by name, and the guard has to see what will be stored.
const ON_INSERT: &str = "zzz_fieldseal_proposed";
const ON_UPDATE: &str = "zzz_fieldseal_guard";

/// The guard of `table`, if a statement could go wrong at all.
pub(in crate::schema) fn of(table: &Table) -> Option<Guard> {
    if !table.needs_guard() {
        return None;
    }
    let function = table.beside(&object_name(table.name(), "_fieldseal_guard"));
    let body = body(table);
    let triggers = vec![
        trigger(table, &function, ON_INSERT, "INSERT", &proposal(table)),
        trigger(table, &function, ON_UPDATE, "UPDATE", &suspicion(table)),
    ];
    let drops = join(&triggers, "", |t| format!("DROP TRIGGER IF EXISTS {} ON {};\n", ident(&t.name), table.quoted()));
    let creates = join(&triggers, "", |t| t.create.clone());
    Some(Guard {
        setup: format!("{}{drops}{creates}", create_function(&function, &body)),
        teardown: format!("{drops}DROP FUNCTION IF EXISTS {function}();\n"),
        comment: COMMENT,
        body,
        triggers,
    })
}

fn create_function(function: &str, body: &str) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger\n    LANGUAGE plpgsql SET search_path = pg_catalog\n    \
         AS $fieldseal${body}$fieldseal$;\n"
    )
}

fn trigger(table: &Table, function: &str, name: &str, event: &'static str, when: &str) -> Trigger {
    // The server stores conditions in a form of its own; the argument says which text they come from.
    let stamp = fingerprint(when);
    let (quoted, on) = (ident(name), table.quoted());
    let create = format!(
        "CREATE TRIGGER {quoted} BEFORE {event} ON {on} FOR EACH ROW\n    WHEN ({when})\n    \
         EXECUTE FUNCTION {function}({});\n{}\n",
        literal(&stamp),
        enable_always(table, name),
    );
    Trigger { name: name.to_owned(), event, create, stamp }
}

/// The statement by which a trigger also fires in sessions of `session_replication_role = replica`.
pub(in crate::schema) fn enable_always(table: &Table, trigger: &str) -> String {
    format!("ALTER TABLE {} ENABLE ALWAYS TRIGGER {};", table.quoted(), ident(trigger))
}

/// A condition that is never true, and notes what an INSERT proposes for which place: no function is called. Of the
/// forms tried this is the cheapest: the server reads a condition anew for every statement and pays for each node in it,
/// and `format` with quoting takes twice the time for each row.
fn proposal(table: &Table) -> String {
    let cells = table.row_cells().into_iter().chain(table.firm_cells());
    format!(
        "set_config({},\n        concat_ws({BETWEEN}, {},\n            {}),\n        true) IS NULL",
        literal(&setting(table)),
        place(table),
        join(cells, ",\n            ", start),
    )
}

/// When an UPDATE needs a look: key or firm changed, or its transaction has proposed a row of this table.
fn suspicion(table: &Table) -> String {
    let places = changed(table.row.iter().copied().chain(table.firm()));
    format!("{places}\n        OR {} <> ''", proposed(table))
}

fn body(table: &Table) -> String {
    let mut rules = Vec::new();
    if !table.row_cells().is_empty() {
        let key = changed(table.row.iter().copied());
        rules.push(refused(KEY_CHANGED, &key, &table.row_cells(), |cell| format!("NEW.{cell} = OLD.{cell}")));
    }
    if let Some(firm) = table.firm() {
        // Even with every cell replaced: a changeset of another firm's session would take the row over.
        let of_firm = table.of_firm();
        rules.push(refused(FIRM_CHANGED, &changed([firm]), &of_firm, |cell| format!("OLD.{cell} IS NOT NULL")));
    }
    rules.push(misplaced(table));
    format!("\nDECLARE\n    proposed text := {};\nBEGIN\n{}    RETURN NEW;\nEND\n", proposed(table), rules.concat())
}

fn refused(refusal: (&str, &str), changed: &str, cells: &[&str], which: impl Fn(&str) -> String) -> String {
    let any = join(cells, "\n        OR ", |cell| which(&ident(cell)));
    refuse(refusal, &format!("{changed} AND (\n        {any}\n    )"))
}

fn misplaced(table: &Table) -> String {
    let mut sql = misplaced_from(&place(table), &table.row_cells());
    if let Some(firm) = table.firm() {
        sql += &misplaced_from(&new(firm), &table.firm_cells());
    }
    sql
}

/// Refuses these cells where they were proposed for a place that does not begin so.
fn misplaced_from(place: &str, cells: &[&str]) -> String {
    if cells.is_empty() {
        return String::new();
    }
    let known = join(cells, "\n        OR ", |cell| format!("strpos(proposed, {}::text) > 0", start(cell)));
    // Collation C compares bytes, whatever the collations of the key's columns.
    let elsewhere = format!("NOT starts_with(proposed, concat_ws({BETWEEN}, {place}, '') COLLATE \"C\")");
    refuse(OTHER_ROW, &format!("{elsewhere} AND (\n        {known}\n    )"))
}

fn refuse((code, message): (&str, &str), condition: &str) -> String {
    format!(
        "    IF {condition} THEN\n        RAISE EXCEPTION USING ERRCODE = {}, TABLE = TG_TABLE_NAME, MESSAGE =\n            \
         {};\n    END IF;\n",
        literal(code),
        literal(message)
    )
}

/// Whether bytes differ: `=` takes some values for equal that cells are bound to apart (citext, nondeterministic
/// collations).
fn changed<'a>(columns: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let row = |version: &str| join(columns.clone(), ", ", |column| format!("{version}.{}", ident(column)));
    format!("record_image_ne(ROW({}), ROW({}))", row("OLD"), row("NEW"))
}

/// Firm and row key of NEW.
fn place(table: &Table) -> String {
    join(table.firm().into_iter().chain(table.row.iter().copied()), ", ", new)
}

fn new(column: &str) -> String {
    format!("NEW.{}", ident(column))
}

fn start(cell: &str) -> String {
    format!("substr({}, 1, {CELL_START})", new(cell))
}

fn proposed(table: &Table) -> String {
    format!("current_setting({}, true)", literal(&setting(table)))
}

/// The setting that holds a table's proposal: one a table, or a trigger that writes to another table would overwrite it.
fn setting(table: &Table) -> String {
    let plain: String = table.full_name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let suffix = if plain == table.full_name { String::new() } else { format!("_{}", fingerprint(table.full_name)) };
    format!("fieldseal.proposed_{plain}{suffix}")
}

/// Stands between the parts of a proposal. No firm's id holds it (`FirmId` has no control characters), nor does a UUID or
/// number. Where a text in a row key does, two keys may read the same; an upsert between those two would pass.
const BETWEEN: &str = r"E'\x1f'";

const COMMENT: &str = "\
-- The guard refuses statements that would make cells unreadable: a new row key beside old cells, a new firm of a row that
-- holds any, and an upsert that puts a cell into another row than it was sealed for. Its messages hold no values. An ordinary UPDATE costs a
-- comparison of key and firm. An INSERT notes its row's key and the first bytes of its cells in a setting of the
-- transaction, by a condition that is never true, so that no function is called; COPY stores row by row then, not in
-- batches. What MERGE and UPDATE ... FROM put into a foreign row the guard can't see: such a cell does not open.
-- Before the type of a column that the guard reads can change, the guard has to be dropped.
";

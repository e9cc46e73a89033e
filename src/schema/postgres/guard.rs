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

/// A condition that is never true, and notes what an INSERT proposes for which place: no function is called.
fn proposal(table: &Table) -> String {
    format!(
        "set_config({}, {}\n        || '/' || {}\n        || '/' || {}, true) IS NULL",
        literal(&setting(table)),
        starts(&table.row_cells()),
        starts(&table.firm_cells()),
        place(table),
    )
}

/// When an UPDATE needs a look: key or firm changed, or a cell in it was proposed by an INSERT of this transaction.
fn suspicion(table: &Table) -> String {
    let proposed = proposed(table);
    let cells = table.columns.iter().map(|column| column.column);
    let known = join(cells, "\n            OR ", |cell| format!("strpos({proposed}, {}) > 0", start(cell)));
    format!(
        "{}\n        OR coalesce({proposed}, '') <> '' AND (\n            {known}\n        )",
        changed(table.row.iter().copied().chain(table.firm()))
    )
}

fn body(table: &Table) -> String {
    let mut rules = Vec::new();
    if !table.row_cells().is_empty() {
        rules.push(stayed(KEY_CHANGED, &changed(table.row.iter().copied()), &table.row_cells()));
    }
    if let Some(firm) = table.firm() {
        rules.push(stayed(FIRM_CHANGED, &changed([firm]), &table.of_firm()));
    }
    rules.push(misplaced(table));
    format!(
        "\nDECLARE\n    proposed text := {};\n    proposed_place text := substr(proposed, {BEHIND_CELLS});\nBEGIN\n\
         {}    RETURN NEW;\nEND\n",
        proposed(table),
        rules.concat()
    )
}

fn stayed(refusal: (&str, &str), changed: &str, cells: &[&str]) -> String {
    let same = join(cells, "\n        OR ", |cell| format!("NEW.{0} = OLD.{0}", ident(cell)));
    refuse(refusal, &format!("{changed} AND (\n        {same}\n    )"))
}

fn misplaced(table: &Table) -> String {
    let mut sql = String::new();
    let (row_cells, firm_cells) = (table.row_cells(), table.firm_cells());
    if !row_cells.is_empty() {
        let other = format!("proposed_place <> {}", place(table));
        sql += &refuse(OTHER_ROW, &format!("{other} AND (\n        {}\n    )", among(1, &row_cells)));
    }
    if let (Some(firm), false) = (table.firm(), firm_cells.is_empty()) {
        let other = format!("NOT starts_with(proposed_place, {})", quoted_text(firm));
        sql += &refuse(OTHER_ROW, &format!("{other} AND (\n        {}\n    )", among(2, &firm_cells)));
    }
    sql
}

/// Whether one of the new cells is in this part of the proposal.
fn among(part: u8, cells: &[&str]) -> String {
    join(cells, "\n        OR ", |cell| format!("strpos(split_part(proposed, '/', {part}), {}) > 0", start(cell)))
}

fn refuse((code, message): (&str, &str), condition: &str) -> String {
    format!(
        "    IF {condition} THEN\n        RAISE EXCEPTION USING ERRCODE = {}, TABLE = TG_TABLE_NAME,\n            \
         MESSAGE = {};\n    END IF;\n",
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

/// Firm and row key of NEW. A quoted text ends where it ends, so no two places read the same; in collation C they are
/// compared by bytes.
fn place(table: &Table) -> String {
    join(table.firm().into_iter().chain(table.row.iter().copied()), " || ", quoted_text)
}

fn quoted_text(column: &str) -> String {
    format!("quote_nullable(NEW.{}::text COLLATE \"C\")", ident(column))
}

fn starts(cells: &[&str]) -> String {
    match cells {
        [] => "''".to_owned(),
        _ => join(cells, " || ", |cell| format!("coalesce({}, '')", start(cell))),
    }
}

fn start(cell: &str) -> String {
    format!("encode(substr(NEW.{}, 1, {CELL_START}), 'hex')", ident(cell))
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

/// Where the place begins in a proposal: behind the second slash. Cells in hex hold none.
const BEHIND_CELLS: &str = "length(split_part(proposed, '/', 1)) + length(split_part(proposed, '/', 2)) + 3";

const COMMENT: &str = "
-- The guard refuses statements that would make cells unreadable: a new row key or firm beside old cells, and an upsert
-- that puts a cell into another row than it was sealed for. Its messages hold no values. An ordinary UPDATE costs a
-- comparison of key and firm. An INSERT notes the proposed cells in a setting of its transaction, by a condition that is
-- never true; COPY into a table with such a trigger sends row by row. MERGE and UPDATE ... FROM show a trigger no
-- proposed row: a cell that they misplace does not open.
";

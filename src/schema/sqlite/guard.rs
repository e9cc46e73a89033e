//! The guard of a table: refuses statements that leave a cell in a place that it was not sealed for.

use crate::schema::guard::{FIRM_CHANGED, Guard, KEY_CHANGED, OTHER_ROW, Trigger};
use crate::schema::sql::{ident, join, literal, squeeze};
use crate::schema::table::{CELL_START, Table};

/// Where an INSERT's trigger notes the row that it proposes, for the trigger of the UPDATE that an upsert makes of it.
pub(in crate::schema) const PROPOSED: &str = "fieldseal_proposed";

/// The guard of `table`, if a statement could go wrong at all.
pub(in crate::schema) fn of(table: &Table) -> Option<Guard> {
    if !table.needs_guard() {
        return None;
    }
    let triggers =
        vec![trigger(table, "proposed", "INSERT", &proposal(table)), trigger(table, "guard", "UPDATE", &rules(table))];
    let drops = join(&triggers, "", |t| format!("DROP TRIGGER IF EXISTS {};\n", table.beside(&t.name)));
    let creates = join(&triggers, "", |t| t.create.clone());
    Some(Guard {
        comment: COMMENT,
        setup: format!("{}{drops}{creates}", create_proposed(table)),
        teardown: format!("{drops}-- When no guarded table is left: DROP TABLE {};\n", table.beside(PROPOSED)),
        body: String::new(),
        triggers,
    })
}

/// The statement that makes the table of proposals.
pub(in crate::schema) fn create_proposed(table: &Table) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {} (\n    tbl TEXT NOT NULL PRIMARY KEY, firm TEXT NOT NULL, row_key TEXT NOT NULL,\n    \
         row_cells TEXT NOT NULL, firm_cells TEXT NOT NULL\n) WITHOUT ROWID;\n",
        table.beside(PROPOSED)
    )
}

fn trigger(table: &Table, suffix: &str, event: &'static str, body: &str) -> Trigger {
    let name = format!("{}_fieldseal_{suffix}", table.name());
    // A trigger names tables of its own schema without it.
    let rest = format!("BEFORE {event} ON {} FOR EACH ROW\n{body}", ident(table.name()));
    Trigger { create: format!("CREATE TRIGGER {} {rest};\n", table.beside(&name)), stamp: squeeze(&rest), name, event }
}

fn proposal(table: &Table) -> String {
    format!(
        "BEGIN\n    INSERT INTO {PROPOSED} (tbl, firm, row_key, row_cells, firm_cells) VALUES (\n        {},\n        {},\n        \
         {},\n        {},\n        {}\n    )\n    ON CONFLICT (tbl) DO UPDATE SET firm = excluded.firm, row_key = excluded.row_key,\n        \
         row_cells = excluded.row_cells, firm_cells = excluded.firm_cells;\nEND",
        literal(table.name()),
        place(table.firm()),
        place(table.row.iter().copied()),
        starts(&table.row_cells()),
        starts(&table.firm_cells()),
    )
}

fn rules(table: &Table) -> String {
    let (row_cells, firm_cells) = (table.row_cells(), table.firm_cells());
    let key_changed = changed(table.row.iter().copied());
    let firm_changed = changed(table.firm());
    let mut rules = String::new();
    if !row_cells.is_empty() {
        rules += &refused(KEY_CHANGED, &key_changed, &row_cells, |cell| format!("NEW.{cell} = OLD.{cell}"));
    }
    if table.firm().is_some() {
        // Even with every cell replaced: a changeset of another firm's session would take the row over.
        rules += &refused(FIRM_CHANGED, &firm_changed, &table.of_firm(), |cell| format!("OLD.{cell} IS NOT NULL"));
    }
    rules += &misplaced(table, &row_cells, &firm_cells);
    let cells = changed(table.columns.iter().map(|column| column.column));
    let places = changed(table.row.iter().copied().chain(table.firm()));
    format!("WHEN {places}\n    OR {cells}\nBEGIN\n{rules}END")
}

fn refused((_, message): (&str, &str), changed: &str, cells: &[&str], which: impl Fn(&str) -> String) -> String {
    let any = join(cells, "\n        OR ", |cell| which(&ident(cell)));
    format!("    SELECT RAISE(ABORT, {})\n    WHERE ({changed}) AND (\n        {any}\n    );\n", literal(message))
}

fn misplaced(table: &Table, row_cells: &[&str], firm_cells: &[&str]) -> String {
    let other_firm = format!("firm <> {}", place(table.firm()));
    let other_row = format!("({other_firm} OR row_key <> {})", place(table.row.iter().copied()));
    let mut places = Vec::new();
    if !row_cells.is_empty() {
        places.push(format!("{other_row} AND (\n            {}\n        )", among("row_cells", row_cells)));
    }
    if !firm_cells.is_empty() {
        places.push(format!("{other_firm} AND (\n            {}\n        )", among("firm_cells", firm_cells)));
    }
    let (message, name) = (literal(OTHER_ROW.1), literal(table.name()));
    let places = places.join("\n        OR ");
    format!(
        "    SELECT RAISE(ABORT, {message})\n    FROM {PROPOSED} WHERE tbl = {name} AND (\n        {places}\n    );\n"
    )
}

fn among(part: &str, cells: &[&str]) -> String {
    // Every text holds the empty one, which is what hex makes of NULL.
    let or = "\n            OR ";
    join(cells, or, |cell| format!("NEW.{} IS NOT NULL AND instr({part}, {}) > 0", ident(cell), start(cell)))
}

/// Whether bytes differ: a column's own collation may take them for equal.
fn changed<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    join(columns, "\n    OR ", |column| format!("OLD.{0} COLLATE BINARY IS NOT NEW.{0}", ident(column)))
}

/// Columns of NEW as one text. A quoted value ends where it ends, so no two places read the same.
fn place<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    match join(columns, " || ',' || ", |column| format!("quote(NEW.{})", ident(column))) {
        none if none.is_empty() => "''".to_owned(),
        place => place,
    }
}

fn starts(cells: &[&str]) -> String {
    match cells {
        [] => "''".to_owned(),
        _ => join(cells, "\n            || ", |cell| start(cell)),
    }
}

fn start(cell: &str) -> String {
    format!("hex(substr(NEW.{}, 1, {CELL_START}))", ident(cell))
}

const COMMENT: &str = "\
-- The guard refuses statements that would make cells unreadable: a new row key beside old cells, a new firm of a row that
-- holds any, and an upsert that puts a cell into another row than it was sealed for. Its messages hold no values. Each INSERT notes the first
-- bytes of its cells in one row of a small table, since an upsert's UPDATE does not show where they come from.
";

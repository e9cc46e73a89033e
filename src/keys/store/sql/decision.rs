//! Notes beside firms' records, set by compare-and-set.

use super::database::{Bind, Database};
use super::query::{replace_keys, update_firm};
use super::record::{binds, malformed, name, number};
use super::tables::{Dialect, Tables};
use super::transaction::{failed, on_tables};
use super::{fleet, platform};
use crate::keys::store::{ChangeKind, Decision, StoreError};

/// Sets the note, and shreds the firm where the decision says so, or does nothing.
pub(super) fn decide(db: &mut dyn Database, tables: &Tables, decision: &Decision) -> Result<bool, StoreError> {
    let firm = name(&decision.firm)?;
    let (expected, generation) = (number(decision.platform)?, number(decision.generation)?);
    on_tables(db, tables, tables.begin_write(), |db| {
        // The platform first, as everyone locks who rests on its word.
        let (before, after) = (decision.expected.as_deref(), Some(&*decision.standing));
        if !platform::holds(db, tables, expected)? || !note(db, tables, &firm, generation, before, after)? {
            return Ok(false);
        }
        if let Some(buried) = decision.buried() {
            // The note's UPDATE has locked the row and found it as expected.
            if !update_firm(db, tables, &firm, binds(&buried)?, generation)? {
                return Err(malformed("a row that changes while it is locked"));
            }
            replace_keys(db, tables, &firm, &buried)?;
        }
        fleet::bump(db, tables, &firm, ChangeKind::Changed)?;
        Ok(true)
    })
}

/// Waits for a racing writer; the conditions are then checked against what that one left.
pub(super) fn note(
    db: &mut dyn Database,
    tables: &Tables,
    firm: &str,
    generation: i64,
    expected: Option<&[u8]>,
    note: Option<&[u8]>,
) -> Result<bool, StoreError> {
    let same = match tables.dialect() {
        Dialect::Postgres => "IS NOT DISTINCT FROM",
        Dialect::Sqlite => "IS",
    };
    let sql = format!(
        "UPDATE {} SET standing = $1 WHERE firm = $2 AND generation = $3 AND standing {same} $4",
        tables.firms(),
    );
    let binds = vec![
        Bind::Bytes(note.map(<[u8]>::to_vec)),
        Bind::Text(Some(firm.to_owned())),
        Bind::Number(Some(generation)),
        Bind::Bytes(expected.map(<[u8]>::to_vec)),
    ];
    Ok(db.execute(sql, binds).map_err(failed)? == 1)
}

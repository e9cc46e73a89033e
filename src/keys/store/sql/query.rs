//! The store's statements, written once for both databases.

use std::collections::HashMap;

use super::actor::Replace;
use super::database::{Bind, Database, FirmRow, KeyRow};
use super::record::{COLUMNS, Malformed, binds, malformed, name, number, record};
use super::tables::Tables;
use super::transaction::{failed, on_tables};
use super::{fleet, platform};
use crate::context::FirmId;
use crate::keys::store::{ChangeKind, FirmRecord, RecordContent, StoreError, VersionRecord};

/// Records by the firm's name. A malformed one is the affair of those who asked for it.
pub(super) type Found = HashMap<String, Result<FirmRecord, Malformed>>;

/// The records of all these firms, in two statements a thousand.
pub(super) fn load(db: &mut dyn Database, tables: &Tables, firms: &[String]) -> Result<Found, StoreError> {
    on_tables(db, tables, tables.begin_read(), |db| {
        let mut found = Found::new();
        for some in firms.chunks(MAX_BINDS) {
            let rows = db.firms(select_firms(tables, some.len()), texts(some)).map_err(failed)?;
            let keys = db.firm_keys(select_keys(tables, some.len()), texts(some)).map_err(failed)?;
            collect(rows, keys, &mut found);
        }
        Ok(found)
    })
}

fn select_firms(tables: &Tables, count: usize) -> String {
    let (columns, list) = (COLUMNS.join(", "), placeholders(1, count));
    format!("SELECT firm, {columns}, standing FROM {} WHERE firm IN {list}", tables.firms())
}

fn select_keys(tables: &Tables, count: usize) -> String {
    let list = placeholders(1, count);
    format!("SELECT firm, purpose, version, wrapped FROM {} WHERE firm IN {list}", tables.firm_keys())
}

fn texts(names: &[String]) -> Vec<Bind> {
    names.iter().map(|name| Bind::Text(Some(name.clone()))).collect()
}

fn collect(rows: Vec<FirmRow>, keys: Vec<KeyRow>, found: &mut Found) {
    let mut of_firm: HashMap<String, Vec<KeyRow>> = HashMap::new();
    for key in keys {
        of_firm.entry(key.firm.clone()).or_default().push(key);
    }
    for row in rows {
        let keys = of_firm.remove(&row.firm).unwrap_or_default();
        found.insert(row.firm.clone(), record(row, keys));
    }
}

/// Compare-and-set of a whole record.
pub(super) fn replace(db: &mut dyn Database, tables: &Tables, replace: &Replace) -> Result<bool, StoreError> {
    let Replace { platform, expected, record } = replace;
    let firm = name(&record.firm)?;
    let columns = binds(record)?;
    let (platform, expected) = (platform.map(number).transpose()?, expected.map(number).transpose()?);
    on_tables(db, tables, tables.begin_write(), |db| {
        if let Some(platform) = platform
            && !platform::holds(db, tables, platform)?
        {
            return Ok(false);
        }
        let won = match expected {
            None => insert_firm(db, tables, &firm, columns, record.standing.clone())?,
            Some(expected) => update_firm(db, tables, &firm, columns, expected)?,
        };
        if won {
            replace_keys(db, tables, &firm, record)?;
        }
        // Last, since every change of any firm waits for the fleet's row. A new firm is nobody's to follow yet.
        if won && expected.is_some() {
            fleet::bump(db, tables, &firm, ChangeKind::Changed)?;
        }
        Ok(won)
    })
}

/// Waits for a racing creator and yields to it: `false`.
fn insert_firm(
    db: &mut dyn Database,
    tables: &Tables,
    firm: &str,
    columns: Vec<Bind>,
    note: Option<Vec<u8>>,
) -> Result<bool, StoreError> {
    let sql = format!(
        "INSERT INTO {} (firm, {}, standing) VALUES {} ON CONFLICT (firm) DO NOTHING",
        tables.firms(),
        COLUMNS.join(", "),
        placeholders(1, 2 + COLUMNS.len()),
    );
    let firm = Bind::Text(Some(firm.to_owned()));
    let binds = std::iter::once(firm).chain(columns).chain([Bind::Bytes(note)]).collect();
    Ok(db.execute(sql, binds).map_err(failed)? == 1)
}

/// Waits for a racing writer; the condition is then checked against what that one left.
pub(super) fn update_firm(
    db: &mut dyn Database,
    tables: &Tables,
    firm: &str,
    mut columns: Vec<Bind>,
    expected: i64,
) -> Result<bool, StoreError> {
    let set: Vec<_> = COLUMNS.iter().zip(1..).map(|(column, n)| format!("{column} = ${n}")).collect();
    let (firm_at, expected_at) = (COLUMNS.len() + 1, COLUMNS.len() + 2);
    let sql = format!(
        "UPDATE {} SET {} WHERE firm = ${firm_at} AND generation = ${expected_at}",
        tables.firms(),
        set.join(", "),
    );
    columns.extend([Bind::Text(Some(firm.to_owned())), Bind::Number(Some(expected))]);
    Ok(db.execute(sql, columns).map_err(failed)? == 1)
}

pub(super) fn replace_keys(
    db: &mut dyn Database,
    tables: &Tables,
    firm: &str,
    record: &FirmRecord,
) -> Result<(), StoreError> {
    let sql = format!("DELETE FROM {} WHERE firm = $1", tables.firm_keys());
    db.execute(sql, vec![Bind::Text(Some(firm.to_owned()))]).map_err(failed)?;
    if let RecordContent::Keys(keys) = &record.content {
        for some in keys.versions.chunks(MAX_BINDS / KEY_COLUMNS) {
            insert_keys(db, tables, firm, some)?;
        }
    }
    Ok(())
}

fn insert_keys(db: &mut dyn Database, tables: &Tables, firm: &str, keys: &[VersionRecord]) -> Result<(), StoreError> {
    let rows: Vec<_> = (0..keys.len()).map(|n| placeholders(1 + n * KEY_COLUMNS, KEY_COLUMNS)).collect();
    let sql =
        format!("INSERT INTO {} (firm, purpose, version, wrapped) VALUES {}", tables.firm_keys(), rows.join(", "),);
    let binds = keys.iter().flat_map(|key| {
        [
            Bind::Text(Some(firm.to_owned())),
            Bind::Text(Some(key.purpose.as_str().to_owned())),
            Bind::Number(Some(key.version.into())),
            Bind::Bytes(Some(key.wrapped.clone())),
        ]
    });
    db.execute(sql, binds.collect()).map(drop).map_err(failed)
}

/// Names of firms behind `after`.
pub(super) fn firms(
    db: &mut dyn Database,
    tables: &Tables,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<FirmId>, StoreError> {
    let sql = format!("SELECT firm AS name FROM {} WHERE firm > $1 ORDER BY firm LIMIT $2", tables.firms());
    // No name is empty, so all are behind "".
    let after = Bind::Text(Some(after.unwrap_or_default()));
    let limit = Bind::Number(Some(limit.try_into().unwrap_or(i64::MAX)));
    let rows = on_tables(db, tables, tables.begin_read(), |db| db.names(sql, vec![after, limit]).map_err(failed))?;
    rows.iter().map(|row| row.name.parse().map_err(|_| malformed("a firm's id"))).collect()
}

/// `($3, $4, $5)`: `count` placeholders from `first`.
fn placeholders(first: usize, count: usize) -> String {
    let list: Vec<_> = (first..first + count).map(|n| format!("${n}")).collect();
    format!("({})", list.join(", "))
}

/// Both databases take 32,766 at least; a thousand keeps a statement short.
const MAX_BINDS: usize = 1000;

/// Columns of `firm_keys`.
const KEY_COLUMNS: usize = 4;

//! Writes that rest on the platform's word, and the change of the platform itself.

use super::database::{Bind, Database};
use super::query::update_firm;
use super::record::{binds, malformed, name, number};
use super::tables::{Dialect, Tables};
use super::transaction::{failed, on_tables};
use super::{decision, fleet};
use crate::context::FirmId;
use crate::keys::store::fleet::ChangeKind;
use crate::keys::store::{FirmRecord, StoreError, Vouched};

/// Whether the platform's record has this generation. It keeps it until the transaction ends: who changes the platform
/// waits for all who rest on its word, and they for it.
pub(super) fn holds(db: &mut dyn Database, tables: &Tables, generation: i64) -> Result<bool, StoreError> {
    let lock = match tables.dialect() {
        Dialect::Postgres => " FOR SHARE",
        // A writer is alone there.
        Dialect::Sqlite => "",
    };
    let sql = format!("SELECT generation AS number FROM {} WHERE firm = $1{lock}", tables.firms());
    let found = db.numbers(sql, vec![text(&FirmId::Platform.canonical())]).map_err(failed)?;
    Ok(found.first().is_some_and(|row| row.number == generation))
}

/// Replaces the platform's record and its word for every other firm, or nothing.
pub(super) fn replace(
    db: &mut dyn Database,
    tables: &Tables,
    expected: u64,
    noted: Option<&[u8]>,
    record: &FirmRecord,
    firms: &[Vouched],
) -> Result<bool, StoreError> {
    let mut lost = false;
    let done = on_tables(db, tables, tables.begin_write(), |db| {
        if replace_within(db, tables, expected, noted, record, firms)? {
            return Ok(());
        }
        // Only an error rolls back what was done so far.
        lost = true;
        Err(malformed("a record that changed meanwhile"))
    });
    if lost { Ok(false) } else { done.map(|()| true) }
}

fn replace_within(
    db: &mut dyn Database,
    tables: &Tables,
    expected: u64,
    noted: Option<&[u8]>,
    record: &FirmRecord,
    firms: &[Vouched],
) -> Result<bool, StoreError> {
    let platform = name(&record.firm)?;
    // First, since it waits for all who rest on the platform's word; nobody begins after it.
    if !update_firm(db, tables, &platform, binds(record)?, number(expected)?)? {
        return Ok(false);
    }
    if !decision::note(db, tables, &platform, number(record.generation)?, noted, record.standing.as_deref())? {
        return Ok(false);
    }
    super::query::replace_keys(db, tables, &platform, record)?;
    let sql = format!("SELECT count(*) AS number FROM {} WHERE firm <> $1", tables.firms());
    let others = db.numbers(sql, vec![text(&platform)]).map_err(failed)?;
    if others.first().map(|row| row.number) != i64::try_from(firms.len()).ok() {
        return Ok(false);
    }
    let words = |shredded: bool| -> Vec<Word> {
        firms
            .iter()
            .filter(|firm| firm.shredded == shredded)
            .map(|firm| (&firm.firm, &firm.was, &firm.becomes))
            .collect()
    };
    let notes: Vec<Word> =
        firms.iter().filter_map(|firm| firm.note.as_ref().map(|(was, becomes)| (&firm.firm, was, becomes))).collect();
    let sql = format!("SELECT count(*) AS number FROM {} WHERE firm <> $1 AND standing IS NOT NULL", tables.firms());
    let noted = db.numbers(sql, vec![text(&platform)]).map_err(failed)?;
    // A note that was set meanwhile would not be known to be the platform's any more.
    if noted.first().map(|row| row.number) != i64::try_from(notes.len()).ok() {
        return Ok(false);
    }
    for (column, words) in [("endorsement", words(false)), ("tombstone", words(true)), ("standing", notes)] {
        if !vouch(db, tables, column, &words)? {
            return Ok(false);
        }
    }
    fleet::bump(db, tables, &platform, ChangeKind::Changed)?;
    Ok(true)
}

/// The platform's word for a firm: what it was, and what it becomes.
type Word<'a> = (&'a FirmId, &'a Vec<u8>, &'a Vec<u8>);

/// Writes the platform's new word into a column, where the old one stands.
fn vouch(db: &mut dyn Database, tables: &Tables, column: &str, words: &[Word]) -> Result<bool, StoreError> {
    for some in words.chunks(AT_ONCE) {
        let values: Vec<_> =
            (0..some.len()).map(|n| format!("(${}, ${}, ${})", 3 * n + 1, 3 * n + 2, 3 * n + 3)).collect();
        let sql = format!(
            "UPDATE {} AS f SET {column} = v.column3 FROM (VALUES {}) AS v \
             WHERE f.firm = v.column1 AND f.{column} = v.column2",
            tables.firms(),
            values.join(", "),
        );
        let mut binds = Vec::with_capacity(3 * some.len());
        for (firm, was, becomes) in some {
            binds.extend([text(&name(firm)?), bytes(was), bytes(becomes)]);
        }
        if db.execute(sql, binds).map_err(failed)? != some.len() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn text(text: &str) -> Bind {
    Bind::Text(Some(text.to_owned()))
}

fn bytes(bytes: &[u8]) -> Bind {
    Bind::Bytes(Some(bytes.to_vec()))
}

/// Firms in one statement: three binds each.
const AT_ONCE: usize = 300;

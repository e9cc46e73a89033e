//! The store's own migrations. Diesel's migration table is never touched.

use super::database::Database;
use super::tables::{Dialect, Tables};
use super::transaction::{failed, transaction};
use crate::keys::store::StoreError;

/// One step of the tables' history, in both dialects. It records itself in the version table.
struct Migration {
    version: i64,
    postgres: &'static str,
    sqlite: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        postgres: include_str!("../../../../migrations/postgres/0001_keys/up.sql"),
        sqlite: include_str!("../../../../migrations/sqlite/0001_keys/up.sql"),
    },
    Migration {
        version: 2,
        postgres: include_str!("../../../../migrations/postgres/0002_fleet/up.sql"),
        sqlite: include_str!("../../../../migrations/sqlite/0002_fleet/up.sql"),
    },
    Migration {
        version: 3,
        postgres: include_str!("../../../../migrations/postgres/0003_standing/up.sql"),
        sqlite: include_str!("../../../../migrations/sqlite/0003_standing/up.sql"),
    },
];

/// The version that this release reads and writes.
const LATEST: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

/// Brings the tables to [`LATEST`] in one transaction, one process at a time.
pub(super) fn migrate(db: &mut dyn Database, tables: &Tables) -> Result<(), StoreError> {
    transaction(db, tables, tables.begin_write(), |db| {
        lock(db, tables)?;
        let found = if exist(db, tables)? { version(db, tables)? } else { 0 };
        if found > LATEST {
            return Err(StoreError::TooNew { found, known: LATEST });
        }
        for migration in MIGRATIONS.iter().filter(|migration| migration.version > found) {
            let sql = match tables.dialect() {
                Dialect::Postgres => migration.postgres,
                Dialect::Sqlite => migration.sqlite,
            };
            db.batch(&tables.adapt(sql)).map_err(failed)?;
        }
        Ok(())
    })
}

/// Refuses tables of another release.
pub(super) fn check(db: &mut dyn Database, tables: &Tables) -> Result<(), StoreError> {
    match version(db, tables)? {
        LATEST => Ok(()),
        found if found > LATEST => Err(StoreError::TooNew { found, known: LATEST }),
        found => Err(not_migrated(found)),
    }
}

pub(in crate::keys::store) fn not_migrated(found: i64) -> StoreError {
    StoreError::NotMigrated { found, needed: LATEST }
}

/// Whether the version table is there.
pub(super) fn exist(db: &mut dyn Database, tables: &Tables) -> Result<bool, StoreError> {
    number(db, tables.exists()).map(|count| count > 0)
}

fn version(db: &mut dyn Database, tables: &Tables) -> Result<i64, StoreError> {
    number(db, format!("SELECT coalesce(max(version), 0) AS number FROM {}", tables.versions()))
}

fn number(db: &mut dyn Database, sql: String) -> Result<i64, StoreError> {
    let rows = db.numbers(sql, Vec::new()).map_err(failed)?;
    Ok(rows.first().map_or(0, |row| row.number))
}

/// Held to the end of the transaction. SQLite's `BEGIN IMMEDIATE` is such a lock itself.
fn lock(db: &mut dyn Database, tables: &Tables) -> Result<(), StoreError> {
    if tables.dialect() == Dialect::Postgres {
        db.batch(&format!("SELECT pg_catalog.pg_advisory_xact_lock({LOCK})")).map_err(failed)?;
    }
    Ok(())
}

/// `fldseal` and a zero byte: any number that others don't use would do.
const LOCK: i64 = i64::from_be_bytes(*b"fldseal\0");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_rise_by_one_and_record_themselves() {
        for (migration, version) in MIGRATIONS.iter().zip(1..) {
            assert_eq!(migration.version, version);
            for sql in [migration.postgres, migration.sqlite] {
                assert!(sql.contains(&format!("(version, name) VALUES ({version}, ")), "{version}");
            }
        }
    }
}

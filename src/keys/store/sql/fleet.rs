//! The fleet's statements, written once for both databases.

use std::time::Duration;

use uuid::Uuid;

use super::SqlStore;
use super::database::{Bind, ChangeRow, Database, ProcessRow};
use super::record::{malformed, name};
use super::tables::{Dialect, Tables};
use super::transaction::{failed, on_tables};
use crate::context::FirmId;
use crate::keys::provider::BoxFuture;
use crate::keys::store::StoreError;
use crate::keys::store::fleet::{
    Change, ChangeKind, Changes, FleetStore, KEPT_CHANGES, Listener, ProcessRecord, Processes, Wake,
};

impl FleetStore for SqlStore {
    fn register<'a>(&'a self, process: &'a ProcessRecord) -> BoxFuture<'a, Result<u64, StoreError>> {
        let process = process.clone();
        Box::pin(self.run(|db, tables| {
            on_tables(db, tables, tables.begin_write(), |db| {
                insert(db, tables, process)?;
                epoch(db, tables)
            })
        }))
    }

    fn renew(&self, id: Uuid, acknowledged: u64) -> BoxFuture<'_, Result<Option<u64>, StoreError>> {
        Box::pin(self.run(move |db, tables| {
            let sql = format!("UPDATE {} SET beat = beat + 1, acknowledged = $1 WHERE id = $2", tables.processes());
            on_tables(db, tables, tables.begin_write(), |db| {
                match db.execute(sql, vec![number(acknowledged)?, text(id)]).map_err(failed)? {
                    0 => Ok(None),
                    _ => epoch(db, tables).map(Some),
                }
            })
        }))
    }

    fn describe<'a>(&'a self, id: Uuid, info: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        let info = Bind::Text(Some(info.to_owned()));
        Box::pin(async move {
            let set = |tables: &Tables| format!("UPDATE {} SET info = $1 WHERE id = $2", tables.processes());
            self.write(set, vec![info, text(id)]).await.map(drop)
        })
    }

    fn leave(&self, id: Uuid) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let delete = |tables: &Tables| format!("DELETE FROM {} WHERE id = $1", tables.processes());
            self.write(delete, vec![text(id)]).await.map(drop)
        })
    }

    fn evict(&self, id: Uuid, beat: u64) -> BoxFuture<'_, Result<bool, StoreError>> {
        Box::pin(async move {
            let delete = |tables: &Tables| format!("DELETE FROM {} WHERE id = $1 AND beat = $2", tables.processes());
            self.write(delete, vec![text(id), number(beat)?]).await.map(|rows| rows > 0)
        })
    }

    fn changes(&self, applied: u64) -> BoxFuture<'_, Result<Changes, StoreError>> {
        Box::pin(self.run(move |db, tables| {
            on_tables(db, tables, tables.begin_read(), |db| {
                let (epoch, floor) = (epoch(db, tables)?, floor(db, tables)?);
                let list = if epoch == applied { Vec::new() } else { changes(db, tables, applied)? };
                Ok(Changes { epoch, floor, list })
            })
        }))
    }

    fn processes(&self) -> BoxFuture<'_, Result<Processes, StoreError>> {
        Box::pin(self.run(|db, tables| {
            let sql = format!("SELECT * FROM {} ORDER BY id", tables.processes());
            on_tables(db, tables, tables.begin_read(), |db| {
                let epoch = epoch(db, tables)?;
                let rows = db.processes(sql).map_err(failed)?;
                let list = rows.into_iter().map(process).collect::<Result<_, _>>()?;
                Ok(Processes { epoch, list })
            })
        }))
    }

    fn announce<'a>(&'a self, firm: &'a FirmId) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            let firm = name(firm)?;
            self.run(move |db, tables| {
                on_tables(db, tables, tables.begin_write(), |db| bump(db, tables, &firm, ChangeKind::Revoked))
            })
            .await
        })
    }

    fn listen(&self, wake: Wake) -> Option<Listener> {
        self.listener(wake)
    }
}

impl SqlStore {
    /// Runs one statement and counts its rows.
    async fn write(&self, sql: fn(&Tables) -> String, binds: Vec<Bind>) -> Result<usize, StoreError> {
        self.run(move |db, tables| {
            on_tables(db, tables, tables.begin_write(), |db| db.execute(sql(tables), binds).map_err(failed))
        })
        .await
    }
}

/// Counts a change up, logs it and tells of it, at the end of the transaction that makes it.
pub(super) fn bump(db: &mut dyn Database, tables: &Tables, firm: &str, kind: ChangeKind) -> Result<u64, StoreError> {
    let (fleet, changes) = (tables.fleet(), tables.changes());
    let count = format!(
        "UPDATE {fleet} SET epoch = epoch + 1, \
         floor = CASE WHEN epoch + 1 - {KEPT_CHANGES} > floor THEN epoch + 1 - {KEPT_CHANGES} ELSE floor END"
    );
    if db.execute(count, Vec::new()).map_err(failed)? != 1 {
        return Err(malformed("a fleet of other than one row"));
    }
    let log = format!("INSERT INTO {changes} (epoch, firm, what) SELECT epoch, $1, $2 FROM {fleet}");
    let binds = vec![Bind::Text(Some(firm.to_owned())), Bind::Text(Some(kind.as_str().to_owned()))];
    db.execute(log, binds).map_err(failed)?;
    let prune = format!("DELETE FROM {changes} WHERE epoch <= (SELECT floor FROM {fleet})");
    db.execute(prune, Vec::new()).map_err(failed)?;
    if tables.dialect() == Dialect::Postgres {
        db.batch(&format!("NOTIFY {}", tables.channel())).map_err(failed)?;
    }
    epoch(db, tables)
}

fn epoch(db: &mut dyn Database, tables: &Tables) -> Result<u64, StoreError> {
    one(db, format!("SELECT epoch AS number FROM {}", tables.fleet()))
}

fn floor(db: &mut dyn Database, tables: &Tables) -> Result<u64, StoreError> {
    one(db, format!("SELECT floor AS number FROM {}", tables.fleet()))
}

fn one(db: &mut dyn Database, sql: String) -> Result<u64, StoreError> {
    let rows = db.numbers(sql, Vec::new()).map_err(failed)?;
    let [row] = &rows[..] else { return Err(malformed("a fleet of other than one row")) };
    unsigned(row.number)
}

fn changes(db: &mut dyn Database, tables: &Tables, applied: u64) -> Result<Vec<Change>, StoreError> {
    let sql = format!("SELECT epoch, firm, what FROM {} WHERE epoch > $1 ORDER BY epoch", tables.changes());
    let rows = db.changes(sql, vec![number(applied)?]).map_err(failed)?;
    rows.into_iter().map(change).collect()
}

fn change(row: ChangeRow) -> Result<Change, StoreError> {
    let kinds = [ChangeKind::Changed, ChangeKind::Revoked];
    let kind = kinds.into_iter().find(|kind| kind.as_str() == row.what);
    Ok(Change {
        epoch: unsigned(row.epoch)?,
        firm: row.firm.parse().map_err(|_| malformed("a firm's id"))?,
        kind: kind.ok_or_else(|| malformed("a change's kind"))?,
    })
}

fn insert(db: &mut dyn Database, tables: &Tables, process: ProcessRecord) -> Result<(), StoreError> {
    let (processes, fleet) = (tables.processes(), tables.fleet());
    let sql = format!(
        "INSERT INTO {processes} (acknowledged, id, beat, lease_millis, started, host, pid, release, info) \
         SELECT epoch, $1, $2, $3, $4, $5, $6, $7, $8 FROM {fleet}"
    );
    let lease = process.lease.as_millis().try_into().unwrap_or(u64::MAX);
    let binds = vec![
        text(process.id),
        number(process.beat)?,
        number(lease)?,
        number(process.started)?,
        Bind::Text(Some(process.host)),
        Bind::Number(Some(process.pid.into())),
        Bind::Text(Some(process.release)),
        Bind::Text(Some(process.info)),
    ];
    match db.execute(sql, binds).map_err(failed)? {
        1 => Ok(()),
        _ => Err(malformed("a fleet of other than one row")),
    }
}

fn process(row: ProcessRow) -> Result<ProcessRecord, StoreError> {
    Ok(ProcessRecord {
        id: row.id.parse().map_err(|_| malformed("a process's id"))?,
        beat: unsigned(row.beat)?,
        acknowledged: unsigned(row.acknowledged)?,
        lease: Duration::from_millis(unsigned(row.lease_millis)?),
        started: unsigned(row.started)?,
        host: row.host,
        pid: row.pid.try_into().map_err(|_| malformed("a process's pid"))?,
        release: row.release,
        info: row.info,
    })
}

fn text(id: Uuid) -> Bind {
    Bind::Text(Some(id.to_string()))
}

fn number(number: u64) -> Result<Bind, StoreError> {
    let number = number.try_into().map_err(|_| malformed("a number above 2^63 - 1"))?;
    Ok(Bind::Number(Some(number)))
}

fn unsigned(number: i64) -> Result<u64, StoreError> {
    number.try_into().map_err(|_| malformed("a negative number"))
}

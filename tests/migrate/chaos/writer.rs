//! Writers in processes of their own: old releases that know of plaintext only, and the service that seals.

use std::collections::HashMap;
use std::path::PathBuf;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Nullable, Text};
use fieldseal::Vault;

use super::ledger::{Ledger, Left};
use super::{Draw, Row, SealedRow, chaos_rows, vault};
use crate::process::{ask, say};

/// What a writer does to a row.
#[derive(Debug, Clone, Copy)]
enum Act {
    Update,
    Clear,
    Keep,
    Upsert,
    Delete,
    Insert,
    MoveKey,
}

#[derive(QueryableByName, Queryable, Clone)]
struct Seen {
    #[diesel(sql_type = BigInt)]
    firm: i64,
    #[diesel(sql_type = BigInt)]
    turn: i64,
    #[diesel(sql_type = Nullable<Text>)]
    body_plain: Option<String>,
}

/// Writes rows of its half until it is told to wait, and goes on when it is told.
struct Writer {
    url: String,
    conn: Option<PgConnection>,
    vault: Option<Vault>,
    draw: Draw,
    ledger: Ledger,
    rows: i64,
    /// Of two pairs of writers, the rows that this one's pair writes; and which of the pair it is, for new rows.
    half: i64,
    number: i64,
    fresh: i64,
    /// Rows that this writer took away, and in which turn.
    gone: HashMap<i64, i64>,
    /// The key that the row of this transaction goes on under.
    moved: Option<i64>,
}

pub(crate) fn legacy() {
    run(None);
}

pub(crate) fn sealed() {
    let vault = vault();
    vault.register::<Row>().unwrap();
    run(Some(vault));
}

fn run(vault: Option<Vault>) {
    let number: i64 = std::env::var("CHAOS_WRITER").unwrap().parse().unwrap();
    let seed: u64 = std::env::var("CHAOS_SEED").unwrap().parse().unwrap();
    let mut writer = Writer {
        url: std::env::var("CHAOS_URL").unwrap(),
        conn: None,
        vault,
        draw: Draw::new(seed ^ (number as u64 + 1)),
        ledger: Ledger::open(&PathBuf::from(std::env::var("CHAOS_LEDGER").unwrap())),
        rows: std::env::var("CHAOS_ROWS").unwrap().parse().unwrap(),
        half: number % 2,
        number,
        fresh: 0,
        gone: HashMap::new(),
        moved: None,
    };
    let (go, word) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        while let Some(line) = ask() {
            if go.send(line).is_err() {
                return;
            }
        }
        std::process::exit(0);
    });
    loop {
        match word.try_recv().as_deref() {
            Ok("wait") => {
                say("waits");
                assert_eq!(word.recv().unwrap(), "go");
            }
            Ok(other) => panic!("{other}"),
            Err(_) => writer.act(),
        }
    }
}

/// What a transaction came to.
enum Done {
    Committed,
    /// Refused, or lost against another: nothing was written.
    Not,
    /// The connection broke: nobody knows.
    Unknown,
}

impl Writer {
    fn act(&mut self) {
        let act = match self.draw.below(20) {
            0..7 => Act::Update,
            7..8 => Act::Clear,
            8..12 => Act::Keep,
            12..14 => Act::Upsert,
            14..16 => Act::Delete,
            16..19 => Act::Insert,
            _ => Act::MoveKey,
        };
        let Some(mut conn) = self.conn.take().or_else(|| PgConnection::establish(&self.url).ok()) else {
            std::thread::sleep(std::time::Duration::from_millis(50));
            return;
        };
        let repeatable = self.draw.below(2) == 0;
        if !matches!(self.write(&mut conn, act, repeatable), Done::Unknown) {
            self.conn = Some(conn);
        }
    }

    fn write(&mut self, conn: &mut PgConnection, act: Act, repeatable: bool) -> Done {
        let value = format!("{}-{}", self.number, self.draw.below(1 << 40));
        match act {
            Act::Insert => self.insert(conn, value),
            _ => self.change(conn, act, value, repeatable),
        }
    }

    /// A new row, or one that this writer took away comes back.
    fn insert(&mut self, conn: &mut PgConnection, value: String) -> Done {
        let again = self.gone.keys().next().copied().filter(|_| self.draw.below(2) == 0);
        let (id, turn) = match again {
            Some(id) => (id, self.gone[&id] + 1),
            None => {
                self.fresh += 1;
                (1_000_000_000 * (self.number + 1) + self.fresh, 1)
            }
        };
        let left = Left::Value(Some(value.clone()));
        self.ledger.tries(id, turn, &left, false);
        let row = Row { id, firm: 1 + id % 3, turn, body: Some(value) };
        let sealed = match self.sealed(&row) {
            Ok(sealed) => sealed,
            Err(()) => return self.ended(id, turn, Err(Error::RollbackTransaction)),
        };
        let written = conn.transaction(|conn| upsert(conn, &row, sealed));
        let done = self.ended(id, turn, written.map(|()| true));
        match done {
            // Whether it is there is not known: who sees it goes on with it.
            Done::Committed | Done::Unknown => drop(self.gone.remove(&id)),
            Done::Not => {}
        }
        done
    }

    /// Changes a row that is there, under its lock.
    fn change(&mut self, conn: &mut PgConnection, act: Act, value: String, repeatable: bool) -> Done {
        let id = 2 * (self.draw.below((self.rows / 2) as u64) as i64) + self.half;
        let mut tried = None;
        let this = &mut *self;
        let body = |conn: &mut PgConnection| -> Result<bool, Error> {
            let Some(seen) = lock(conn, id)? else { return Ok(false) };
            let Some(left) = this.left_by(act, &seen, value) else { return Ok(false) };
            let turn = seen.turn + 1;
            this.ledger.tries(id, turn, &left, matches!(act, Act::Keep));
            tried = Some((turn, left.clone()));
            this.change_to(conn, act, id, &seen, turn, &left)
        };
        let mut transaction = conn.build_transaction();
        if repeatable {
            transaction = transaction.repeatable_read();
        }
        let written = transaction.run(body);
        let Some((turn, left)) = tried else {
            return if written.is_err_and(|error| is_broken(&error)) { Done::Unknown } else { Done::Not };
        };
        let moved = self.moved.take();
        let done = self.ended(id, turn, written);
        match (moved, &done) {
            (Some(new), Done::Committed) => self.ledger.acknowledges(new, turn),
            (Some(new), Done::Not) => self.ledger.denies(new, turn),
            _ => {}
        }
        // Nobody else brings back what this writer knows to be gone.
        if left == Left::Nothing && matches!(done, Done::Committed) {
            self.gone.insert(id, turn);
        }
        done
    }

    /// `None`: this act is not for this row now.
    fn left_by(&self, act: Act, seen: &Seen, value: String) -> Option<Left> {
        Some(match act {
            Act::Update | Act::Upsert => Left::Value(Some(value)),
            Act::Clear => Left::Value(None),
            // Only who sees plaintext can write it again.
            Act::Keep => Left::Value(Some(seen.body_plain.clone()?)),
            Act::Delete | Act::MoveKey => Left::Nothing,
            Act::Insert => return None,
        })
    }

    fn change_to(
        &mut self,
        conn: &mut PgConnection,
        act: Act,
        id: i64,
        seen: &Seen,
        turn: i64,
        left: &Left,
    ) -> Result<bool, Error> {
        let value = match left {
            Left::Value(value) => value.clone(),
            Left::Nothing if matches!(act, Act::MoveKey) => return self.move_key(conn, id, seen, turn),
            Left::Nothing => {
                return diesel::delete(chaos_rows::table.find(id)).execute(conn).map(|rows| rows == 1);
            }
        };
        let row = Row { id, firm: seen.firm, turn, body: value };
        let sealed = self.sealed(&row).map_err(|()| Error::RollbackTransaction)?;
        if matches!(act, Act::Upsert) {
            return upsert(conn, &row, sealed).map(|()| true);
        }
        match sealed {
            Some(sealed) => diesel::update(chaos_rows::table.find(id)).set(sealed).execute(conn).map(|rows| rows == 1),
            None => save(conn, &row).map(|()| true),
        }
    }

    /// The row goes on under another key: here it is one row less, and there one more.
    fn move_key(&mut self, conn: &mut PgConnection, id: i64, seen: &Seen, turn: i64) -> Result<bool, Error> {
        // The service writes a row anew for its new key; an old release changes the key alone.
        let Some(value) = seen.body_plain.clone().filter(|_| self.vault.is_none()) else {
            return diesel::delete(chaos_rows::table.find(id)).execute(conn).map(|rows| rows == 1);
        };
        self.fresh += 1;
        let new = 1_000_000_000 * (self.number + 1) + self.fresh;
        self.ledger.tries(new, turn, &Left::Value(Some(value)), false);
        self.moved = Some(new);
        let moved = diesel::sql_query("UPDATE chaos_rows SET id = $1, turn = $2 WHERE id = $3")
            .bind::<BigInt, _>(new)
            .bind::<BigInt, _>(turn)
            .bind::<BigInt, _>(id)
            .execute(conn)?;
        Ok(moved == 1)
    }

    /// The row as the service writes it; nothing for an old release. Fails while the keys can't be had.
    fn sealed(&self, row: &Row) -> Result<Option<SealedRow>, ()> {
        let Some(vault) = &self.vault else { return Ok(None) };
        let session = pollster::block_on(vault.session(row.firm)).map_err(drop)?;
        session.seal(row).map(Some).map_err(drop)
    }

    fn ended(&mut self, id: i64, turn: i64, written: Result<bool, Error>) -> Done {
        match written {
            Ok(true) => {
                self.ledger.acknowledges(id, turn);
                Done::Committed
            }
            Ok(false) => {
                self.ledger.denies(id, turn);
                Done::Not
            }
            Err(error) if is_broken(&error) => Done::Unknown,
            Err(error) => {
                self.expect(&error);
                self.ledger.denies(id, turn);
                Done::Not
            }
        }
    }

    /// What a writer may be told: that it lost against another, or, if it is an old release, that plaintext is not taken.
    fn expect(&self, error: &Error) {
        let said = error.to_string();
        let lost = ["could not serialize", "deadlock", "RollbackTransaction", "lock timeout"];
        let fenced = self.vault.is_none() && said.contains("fieldseal:");
        let lost = lost.iter().any(|part| said.contains(part)) || matches!(error, Error::RollbackTransaction);
        assert!(lost || fenced, "writer {}: {said}", self.number);
    }
}

fn lock(conn: &mut PgConnection, id: i64) -> Result<Option<Seen>, Error> {
    diesel::sql_query("SELECT firm, turn, body_plain FROM chaos_rows WHERE id = $1 FOR UPDATE")
        .bind::<BigInt, _>(id)
        .get_result(conn)
        .optional()
}

/// An old release saves the whole row that it knows.
fn save(conn: &mut PgConnection, row: &Row) -> Result<(), Error> {
    diesel::sql_query("UPDATE chaos_rows SET firm = $1, turn = $2, body_plain = $3 WHERE id = $4")
        .bind::<BigInt, _>(row.firm)
        .bind::<BigInt, _>(row.turn)
        .bind::<Nullable<Text>, _>(&row.body)
        .bind::<BigInt, _>(row.id)
        .execute(conn)
        .map(drop)
}

fn upsert(conn: &mut PgConnection, row: &Row, sealed: Option<SealedRow>) -> Result<(), Error> {
    if let Some(sealed) = sealed {
        let change = sealed.clone();
        return diesel::insert_into(chaos_rows::table)
            .values(sealed)
            .on_conflict(chaos_rows::id)
            .do_update()
            .set(change)
            .execute(conn)
            .map(drop);
    }
    diesel::sql_query(
        "INSERT INTO chaos_rows (id, firm, turn, body_plain) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET \
         firm = excluded.firm, turn = excluded.turn, body_plain = excluded.body_plain",
    )
    .bind::<BigInt, _>(row.id)
    .bind::<BigInt, _>(row.firm)
    .bind::<BigInt, _>(row.turn)
    .bind::<Nullable<Text>, _>(&row.body)
    .execute(conn)
    .map(drop)
}

/// Whether the server is gone, so that nobody knows what became of the transaction.
fn is_broken(error: &Error) -> bool {
    let said = error.to_string();
    let gone =
        ["server closed", "connection", "terminating", "shutting down", "starting up", "recovery", "no COPY", "SSL"];
    matches!(
        error,
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _)
    ) || matches!(error, Error::BrokenTransactionManager | Error::RollbackErrorOnCommit { .. })
        || gone.iter().any(|part| said.contains(part))
}

//! Ways to write rows and ways to load them, for any backend.

use diesel::prelude::*;
use fieldseal::Session;

use super::row::{Everything, SealedEverything, everything};

/// How rows get into the table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Write {
    Sealed,
    SealedByReference,
    Ambient,
    AmbientByValue,
    Upserted,
    Updated,
    AmbientlyUpdated,
    CellByCell,
    CellByCellInScope,
}

/// How they are loaded.
#[derive(Debug, Clone, Copy)]
pub(super) enum Load {
    Twins,
    Ambient,
    WholeTable,
    Boxed,
    SelfJoined,
    LeftJoined,
    ByName,
    AmbientlyByName,
    ByTerm,
}

impl Write {
    pub(super) const ALL: [Self; 9] = [
        Self::Sealed,
        Self::SealedByReference,
        Self::Ambient,
        Self::AmbientByValue,
        Self::Upserted,
        Self::Updated,
        Self::AmbientlyUpdated,
        Self::CellByCell,
        Self::CellByCellInScope,
    ];
}

impl Load {
    pub(super) const ALL: [Self; 9] = [
        Self::Twins,
        Self::Ambient,
        Self::WholeTable,
        Self::Boxed,
        Self::SelfJoined,
        Self::LeftJoined,
        Self::ByName,
        Self::AmbientlyByName,
        Self::ByTerm,
    ];
}

diesel::alias!(everything as others: Others);

/// A connection that the cases run over.
pub(super) trait Shapes {
    fn write(&mut self, how: Write, session: &Session, old: &Everything, rows: &[Everything]);
    fn load(&mut self, how: Load, session: &Session) -> Vec<Everything>;
}

impl Write {
    pub(super) fn run(self, conn: &mut impl Shapes, session: &Session, old: &Everything, rows: &[Everything]) {
        conn.write(self, session, old, rows);
    }
}

impl Load {
    pub(super) fn run(self, conn: &mut impl Shapes, session: &Session) -> Vec<Everything> {
        conn.load(self, session)
    }
}

const BY_NAME: &str = "SELECT * FROM everything ORDER BY id";

/// Every column by its handle, one after the other: PostgreSQL takes one assignment of the row key in a statement.
macro_rules! cells {
    ($conn:expr, $row:expr, |$handle:ident, $value:ident| $change:expr) => {{
        let row = $row.clone();
        let table = || diesel::update(everything::table.find(row.id));
        table().set(everything::plain.eq(row.plain)).execute($conn).unwrap();
        macro_rules! change {
            ($name:ident, $plain:expr) => {{
                let ($handle, $value) = (Everything::$name(), $plain);
                table().set($change).execute($conn).unwrap();
            }};
        }
        change!(text, row.text);
        change!(bytes, row.bytes);
        change!(short, row.short);
        change!(int, row.int);
        change!(long, row.long);
        change!(single, row.single);
        change!(double, row.double);
        change!(flag, row.flag);
        change!(token, row.token);
        change!(tags, row.tags);
        change!(day, row.day);
        change!(hour, row.hour);
        change!(local, row.local);
        change!(instant, row.instant);
        change!(span_start, row.span_start);
        change!(amount, row.amount);
        change!(big_amount, row.big_amount);
        change!(form, fieldseal::Json(row.form));
        change!(state, row.state);
        change!(email, row.email);
        change!(alias, String::from(row.alias));
        change!(wiped, row.wiped);
        change!(same, row.same);
        change!(maybe_text, row.maybe_text);
        change!(maybe_long, row.maybe_long);
        change!(maybe_form, row.maybe_form.map(fieldseal::Json));
        change!(maybe_day, row.maybe_day);
    }};
}

/// The row of this id, among those that its e-mail finds.
macro_rules! by_email {
    ($conn:expr, $session:expr, $row:expr) => {
        $session.scope_sync(|| {
            let found = everything::table.filter(Everything::email().scoped_eq($row.email.clone()));
            found.filter(everything::id.eq($row.id)).first::<Everything>($conn).unwrap()
        })
    };
}

macro_rules! shapes {
    ($conn:ty) => {
        impl Shapes for $conn {
            fn write(&mut self, how: Write, session: &Session, old: &Everything, rows: &[Everything]) {
                let insert = || diesel::insert_into(everything::table);
                let olds: Vec<_> = rows.iter().map(|row| Everything { id: row.id, ..old.clone() }).collect();
                let conn = self;
                match how {
                    Write::Sealed => insert().values(session.seal(rows).unwrap()).execute(conn).unwrap(),
                    Write::SealedByReference => insert().values(&session.seal(rows).unwrap()).execute(conn).unwrap(),
                    Write::Ambient => session.scope_sync(|| insert().values(rows).execute(conn)).unwrap(),
                    Write::AmbientByValue => {
                        session.scope_sync(|| insert().values(rows.to_vec()).execute(conn)).unwrap()
                    }
                    Write::Upserted => {
                        insert().values(session.seal(&olds).unwrap()).execute(conn).unwrap();
                        let upsert = |row: &Everything| {
                            let sealed = session.seal(row).unwrap();
                            let insert = insert().values(sealed.clone()).on_conflict(everything::id);
                            insert.do_update().set(sealed).execute(conn).unwrap()
                        };
                        rows.iter().map(upsert).sum()
                    }
                    Write::Updated => {
                        insert().values(session.seal(&olds).unwrap()).execute(conn).unwrap();
                        let update = |row: &Everything| {
                            let table = diesel::update(everything::table.find(row.id));
                            table.set(session.seal(row).unwrap()).execute(conn).unwrap()
                        };
                        rows.iter().map(update).sum()
                    }
                    Write::AmbientlyUpdated => session.scope_sync(|| {
                        insert().values(&olds).execute(conn).unwrap();
                        let update = |row: &Everything| {
                            diesel::update(everything::table.find(row.id)).set(row).execute(conn).unwrap()
                        };
                        rows.iter().map(update).sum()
                    }),
                    Write::CellByCell => {
                        insert().values(session.seal(&olds).unwrap()).execute(conn).unwrap();
                        for row in rows {
                            cells!(conn, row, |handle, value| handle.set(session, row.id, value).unwrap());
                        }
                        rows.len()
                    }
                    Write::CellByCellInScope => session.scope_sync(|| {
                        insert().values(&olds).execute(conn).unwrap();
                        for row in rows {
                            cells!(conn, row, |handle, value| handle.scoped_set(row.id, value));
                        }
                        rows.len()
                    }),
                };
            }

            fn load(&mut self, how: Load, session: &Session) -> Vec<Everything> {
                let table = everything::table.order(everything::id);
                let conn = self;
                match how {
                    Load::Twins => {
                        session.open(table.select(SealedEverything::as_select()).load(conn).unwrap()).unwrap()
                    }
                    Load::Ambient => session.scope_sync(|| table.select(Everything::as_select()).load(conn)).unwrap(),
                    Load::WholeTable => session.scope_sync(|| table.load::<Everything>(conn)).unwrap(),
                    Load::Boxed => {
                        let boxed = table.into_boxed().filter(everything::firm_id.eq(7));
                        session.open(boxed.select(SealedEverything::as_select()).load(conn).unwrap()).unwrap()
                    }
                    Load::SelfJoined => {
                        let other = others.field(everything::id).eq(everything::id);
                        let rows = table.inner_join(others.on(other)).select((everything::id, Everything::as_select()));
                        let rows: Vec<(i64, Everything)> = session.scope_sync(|| rows.load(conn)).unwrap();
                        rows.into_iter().map(|(_, row)| row).collect()
                    }
                    Load::LeftJoined => {
                        let other = others.field(everything::id).eq(everything::id);
                        let select = (others.field(everything::id), Option::<Everything>::as_select());
                        let rows = others.left_join(everything::table.on(other)).order(others.field(everything::id));
                        let rows = rows.select(select);
                        let rows: Vec<(i64, Option<Everything>)> = session.scope_sync(|| rows.load(conn)).unwrap();
                        rows.into_iter().filter_map(|(_, row)| row).collect()
                    }
                    Load::ByName => {
                        let rows = diesel::sql_query(BY_NAME).load::<SealedEverything>(conn).unwrap();
                        session.open(rows).unwrap()
                    }
                    Load::AmbientlyByName => {
                        session.scope_sync(|| diesel::sql_query(BY_NAME).load::<Everything>(conn)).unwrap()
                    }
                    Load::ByTerm => {
                        let all: Vec<Everything> = session.scope_sync(|| table.load(conn)).unwrap();
                        let found = all.iter().map(|row| by_email!(conn, session, row));
                        found.collect()
                    }
                }
            }
        }
    };
}

shapes!(PgConnection);
shapes!(SqliteConnection);

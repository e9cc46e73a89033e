//! The two tables, their models, and the queries that a service makes of them.

use std::hint::black_box;
use std::ops::Range;

use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use fieldseal::{Encrypted, Session};

/// Rows that the tables hold while they are read.
pub(crate) const STORED: usize = 10_000;

pub(crate) const FIRM: i64 = 42;

diesel::table! {
    plain_clients (id) {
        id -> BigInt,
        firm_id -> BigInt,
        email -> Text,
        notes -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    clients (id) {
        id -> BigInt,
        firm_id -> BigInt,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        notes -> FieldsealText,
    }
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = plain_clients)]
struct PlainClient {
    id: i64,
    firm_id: i64,
    email: String,
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
pub(crate) struct Client {
    id: i64,
    firm_id: i64,
    #[encrypted(index(email_term))]
    email: String,
    #[encrypted]
    notes: String,
}

/// The queries of a table; rows go by their number.
pub(crate) trait Table<C> {
    fn insert(&self, conn: &mut C, rows: Range<usize>);
    fn select(&self, conn: &mut C, rows: Range<usize>);
    fn lookup(&self, conn: &mut C, row: usize);
}

pub(crate) struct Plain {
    rows: Vec<PlainClient>,
}

pub(crate) struct Sealed {
    session: Session,
    rows: Vec<Client>,
}

impl Plain {
    pub(crate) fn new() -> Self {
        let row = |n| PlainClient { id: n as i64, firm_id: FIRM, email: email(n), notes: notes(n) };
        Self { rows: (0..=STORED).map(row).collect() }
    }
}

impl Sealed {
    pub(crate) fn new() -> Self {
        let row = |n| Client { id: n as i64, firm_id: FIRM, email: email(n), notes: notes(n) };
        let session = fieldseal::testing::vault().blocking().session(FIRM).expect("the testing vault creates firms");
        Self { session, rows: (0..=STORED).map(row).collect() }
    }
}

/// In no order, as people's are: an index takes values that arrive sorted much faster.
fn email(n: usize) -> String {
    format!("{:016x}@mail.org", (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn notes(n: usize) -> String {
    format!("{n:0>120}")
}

macro_rules! queries {
    ($($conn:ty)*) => {$(
        impl Table<$conn> for Plain {
            fn insert(&self, conn: &mut $conn, rows: Range<usize>) {
                let insert = diesel::insert_into(plain_clients::table);
                let done = match &self.rows[rows] {
                    [row] => insert.values(row).execute(conn),
                    rows => insert.values(rows).execute(conn),
                };
                done.expect("the rows are new");
            }

            fn select(&self, conn: &mut $conn, rows: Range<usize>) {
                let loaded: Vec<PlainClient> = plain_clients::table
                    .filter(plain_clients::id.ge(rows.start as i64).and(plain_clients::id.lt(rows.end as i64)))
                    .select(PlainClient::as_select())
                    .load(conn)
                    .expect("the query is right");
                assert_eq!(black_box(loaded).len(), rows.len());
            }

            fn lookup(&self, conn: &mut $conn, row: usize) {
                let found: PlainClient = plain_clients::table
                    .filter(plain_clients::email.eq(&self.rows[row].email))
                    .select(PlainClient::as_select())
                    .first(conn)
                    .expect("the row is there");
                assert_eq!(black_box(found).id, row as i64);
            }
        }

        impl Table<$conn> for Sealed {
            fn insert(&self, conn: &mut $conn, rows: Range<usize>) {
                let insert = diesel::insert_into(clients::table);
                let done = match &self.rows[rows] {
                    [row] => insert.values(self.session.seal(row).expect("the session is live")).execute(conn),
                    rows => insert.values(self.session.seal(rows).expect("the session is live")).execute(conn),
                };
                done.expect("the rows are new");
            }

            fn select(&self, conn: &mut $conn, rows: Range<usize>) {
                let loaded: Vec<SealedClient> = clients::table
                    .filter(clients::id.ge(rows.start as i64).and(clients::id.lt(rows.end as i64)))
                    .select(SealedClient::as_select())
                    .load(conn)
                    .expect("the query is right");
                let opened = self.session.open(loaded).expect("the rows are in their places");
                assert_eq!(black_box(opened).len(), rows.len());
            }

            fn lookup(&self, conn: &mut $conn, row: usize) {
                let by_email = Client::email().eq(&self.session, &self.rows[row].email).expect("the session is live");
                let found: SealedClient = clients::table
                    .filter(by_email)
                    .select(SealedClient::as_select())
                    .first(conn)
                    .expect("the row is there");
                let found: Client = self.session.open(found).expect("the row is in its place");
                assert_eq!(black_box(found).id, row as i64);
            }
        }
    )*};
}

queries!(PgConnection SqliteConnection);

//! `#[diesel(embed)] #[encrypted]`: parts of a model's table, and whole rows in views.

mod databases;
mod models;
mod parts;
mod views;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use fieldseal::Session;
use fieldseal::schema::{Backend, migration};

use crate::support::postgres;
use models::{Contact, Member, Note, PLAIN};

fn session() -> Session {
    Session::clone(&fieldseal::testing::vault().blocking().session("acme").unwrap())
}

fn member(n: usize) -> Member {
    let (id, firm_id, name) = (format!("m{n}"), "acme".into(), format!("Member {n}"));
    Member { id, firm_id, name, contact: contact(n), pin: format!("pin {n}") }
}

fn contact(n: usize) -> Contact {
    let phone = n.is_multiple_of(2).then(|| format!("+49 555-{n:04}"));
    Contact { email: format!("Member{n}@Example.org"), phone, city: "Köln".into() }
}

fn note(id: i64, member_id: &str) -> Note {
    Note { id, firm_id: "acme".into(), member_id: member_id.into(), text: format!("note {id}") }
}

fn make_tables(conn: &mut impl SimpleConnection, backend: Backend) {
    conn.batch_execute(&(PLAIN.to_owned() + &migration::<(Member, Note)>(backend).up)).unwrap();
}

fn sqlite() -> SqliteConnection {
    let mut conn = crate::support::sqlite::memory();
    make_tables(&mut conn, Backend::Sqlite);
    conn
}

fn postgres() -> (postgres::Database, PgConnection) {
    let database = postgres::server().database("embed");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    make_tables(&mut conn, Backend::Postgres);
    (database, conn)
}

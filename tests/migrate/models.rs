//! Models in transit: what services write, read and look up while their table is being sealed.

mod ambient;
mod columns;
mod contract;
mod forms;
mod home_made;
mod lookups;
mod person;
mod phases;
mod schema;
mod shapes;
mod silence;

use diesel::prelude::*;
use fieldseal::keys::Phase;
use fieldseal::schema::{Backend, Models, migration};
use fieldseal::testing::TestVault;
use fieldseal::{Session, Vault};

use crate::support::postgres::database::with_database;
use crate::support::postgres::{Database, server};

/// The same test on both databases.
macro_rules! on_both {
    ($($(#[$meta:meta])* fn $name:ident($conn:ident: $models:ty) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$meta])*
            #[test]
            fn postgres() {
                let (_database, mut conn) = $crate::models::postgres::<$models>($crate::models::person::PLAIN);
                let $conn = &mut conn;
                $body
            }

            $(#[$meta])*
            #[test]
            fn sqlite() {
                let mut conn = $crate::models::sqlite::<$models>($crate::models::person::PLAIN);
                let $conn = &mut conn;
                $body
            }
        }
    )*};
}
pub(crate) use on_both;

/// A database past the watch, which takes plaintext for a leak, with the table of these models.
fn postgres<M: Models>(plain: &str) -> (Database, PgConnection) {
    let database = server().database("transit");
    let mut conn = PgConnection::establish(&with_database(server().direct_url(), database.name())).unwrap();
    make(&mut conn, plain, &migration::<M>(Backend::Postgres).up);
    (database, conn)
}

fn sqlite<M: Models>(plain: &str) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    make(&mut conn, plain, &migration::<M>(Backend::Sqlite).up);
    conn
}

fn make(conn: &mut impl diesel::connection::SimpleConnection, plain: &str, sealed: &str) {
    conn.batch_execute(plain).unwrap();
    conn.batch_execute(sealed).unwrap();
}

/// A vault whose migration of people is at this phase.
fn vault_at(phase: Phase) -> Vault {
    TestVault::new().phase("people", person::COLUMNS, phase).build()
}

fn session(vault: &Vault) -> Session {
    vault.blocking().session("acme").unwrap()
}

/// Moves the migration of people on.
fn advance(vault: &Vault, from: Phase) {
    pollster::block_on(vault.admin().advance_phase("people", from)).unwrap();
}

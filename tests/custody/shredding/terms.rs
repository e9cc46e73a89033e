//! Terms of a shredded firm in global indexes, and plaintext that was left, on both databases.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use fieldseal::Vault;
use fieldseal::admin::{LegacyColumn, Rows, ShredCertificate, ShredData, ShredError, ShredFacts};
use fieldseal::schema::Backend;
use pollster::block_on;

use crate::erasure::{Ahead, Login, WEEK, create, logins, request};
use crate::places::Place;
use crate::support::postgres::server;

fieldseal::multi_connection!(
    enum Either {
        Postgres(PgConnection),
        Sqlite(SqliteConnection),
    }
);

/// The same test on either database.
macro_rules! on_both {
    ($($test:ident)*) => {
        mod postgres {
            $(#[test] fn $test() {
                let database = super::server().database("terms");
                let conn = diesel::Connection::establish(&database.url()).unwrap();
                super::$test(&mut super::Either::Postgres(conn), super::Backend::Postgres);
            })*
        }

        mod sqlite {
            $(#[test] fn $test() {
                crate::support::sqlite::watch();
                let conn = diesel::Connection::establish(":memory:").unwrap();
                super::$test(&mut super::Either::Sqlite(conn), super::Backend::Sqlite);
            })*
        }
    };
}

on_both! {
    terms_are_cleared_in_batches_and_counted
    columns_that_can_not_be_null_are_refused_before_anything_is_destroyed
    plaintext_is_refused_or_listed
    a_connection_in_a_transaction_is_refused
}

/// A firm that is due, with as many logins; and another one's login.
fn due(conn: &mut Either, backend: Backend, count: i64) -> (Place, Vault) {
    let (place, clock) = (Place::memory(), Ahead::new());
    let vault = place.builder().clock(clock.clock()).build().unwrap();
    vault.register::<Login>().unwrap();
    block_on(vault.create_firm("b")).unwrap();
    create(conn, backend);
    write(&vault, conn, "a", 0..count);
    write(&vault, conn, "b", count..count + 1);
    block_on(vault.admin().request_shred("a", request())).unwrap();
    clock.pass(WEEK);
    (place, vault)
}

fn write(vault: &Vault, conn: &mut Either, firm: &str, ids: std::ops::Range<i64>) {
    let right = block_on(vault.global_index()).unwrap();
    let session = block_on(vault.session(firm)).unwrap().with_global_index(&right);
    let logins = ids.map(|id| Login { id, firm: firm.to_owned(), name: Some(format!("{firm}{id}")) });
    let sealed: Vec<_> = logins.map(|login| session.seal(&login).unwrap()).collect();
    conn.transaction(|conn| {
        for login in sealed {
            diesel::insert_into(logins::table).values(login).execute(conn)?;
        }
        QueryResult::Ok(())
    })
    .unwrap();
}

fn left(conn: &mut Either, firm: &str) -> i64 {
    let of_firm = logins::table.filter(logins::firm.eq(firm)).filter(logins::name_term.is_not_null());
    of_firm.count().get_result(conn).unwrap()
}

fn facts(shredded: Result<ShredCertificate, ShredError>) -> ShredFacts {
    shredded.unwrap().facts().unwrap()
}

fn terms_are_cleared_in_batches_and_counted(conn: &mut Either, backend: Backend) {
    let (_place, vault) = due(conn, backend, 2300);
    let facts = facts(block_on(vault.admin().shred("a", &mut ShredData::of(&mut Rows::over(conn)))));
    assert_eq!(facts.terms.len(), 1);
    let found = &facts.terms[0];
    assert_eq!((found.table.as_str(), found.column.as_str(), found.rows), ("logins", "name_term", 2300));
    assert_eq!(facts.complete.unwrap().terms_left[0].rows, 0);
    assert_eq!((left(conn, "a"), left(conn, "b")), (0, 1));
    // The cells stay where they are, unreadable.
    let cells = logins::table.filter(logins::firm.eq("a")).filter(logins::name.is_not_null());
    assert_eq!(cells.count().get_result::<i64>(conn).unwrap(), 2300);
}

fn columns_that_can_not_be_null_are_refused_before_anything_is_destroyed(conn: &mut Either, backend: Backend) {
    let (_place, vault) = due(conn, backend, 0);
    let fixed = match backend {
        Backend::Sqlite => {
            "ALTER TABLE logins DROP COLUMN name_term; ALTER TABLE logins ADD COLUMN name_term BLOB NOT NULL DEFAULT x'01';"
        }
        _ => "ALTER TABLE logins ALTER COLUMN name_term SET NOT NULL;",
    };
    if backend == Backend::Sqlite {
        conn.batch_execute("DROP INDEX logins_name_term_idx;").unwrap();
    }
    conn.batch_execute(fixed).unwrap();
    let refused = block_on(vault.admin().shred("a", &mut ShredData::of(&mut Rows::over(conn)))).unwrap_err();
    assert_eq!(refused.code(), "shred.not_null");
    assert!(refused.to_string().contains("logins.name_term"), "{refused}");
    assert!(block_on(vault.admin().standing("a")).unwrap().pending.is_some(), "the firm is still there");
}

fn plaintext_is_refused_or_listed(conn: &mut Either, backend: Backend) {
    let (_place, vault) = due(conn, backend, 3);
    conn.batch_execute("UPDATE logins SET plain = 'public' WHERE id <> 1;").unwrap();
    let mut rows = Rows::over(conn);
    let legacy = |column: &str| [LegacyColumn::new("logins", column)];
    let refused = block_on(vault.admin().shred("a", &mut ShredData::of(&mut rows).legacy(legacy("plain"))));
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), "shred.plaintext");
    assert!(refused.to_string().contains("logins.plain (2 rows)"), "{refused}");
    let unknown = [LegacyColumn::new("elsewhere", "plain")];
    let unknown = block_on(vault.admin().shred("a", &mut ShredData::of(&mut rows).legacy(unknown)));
    assert_eq!(unknown.unwrap_err().code(), "shred.unknown_column");
    block_on(vault.admin().standing("a")).unwrap();
    let mut leave = ShredData::of(&mut rows).legacy(legacy("plain")).leave_plaintext();
    let facts = facts(block_on(vault.admin().shred("a", &mut leave)));
    assert_eq!(facts.plaintext.iter().map(|left| left.rows).collect::<Vec<_>>(), [2]);
}

fn a_connection_in_a_transaction_is_refused(conn: &mut Either, backend: Backend) {
    let (_place, vault) = due(conn, backend, 1);
    let refused = conn.transaction(|conn| {
        QueryResult::Ok(block_on(vault.admin().shred("a", &mut ShredData::of(&mut Rows::over(conn)))))
    });
    assert_eq!(refused.unwrap().unwrap_err().code(), "census.in_transaction");
    block_on(vault.admin().standing("a")).unwrap();
}

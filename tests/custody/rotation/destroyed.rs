//! Versions that are retired and destroyed, on both databases.

use std::time::Duration;

use diesel::connection::{LoadConnection, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_query;
use fieldseal::admin::{Rows, StateChangeError};
use fieldseal::keys::KeyState::{Active, Destroyed, Retired, Superseded};
use fieldseal::keys::Purpose;
use fieldseal::schema::{Backend, SchemaBackend, bar};
use fieldseal::testing::TestVault;
use fieldseal::{Session, Vault};
use pollster::block_on;

use super::notes::{Note, create, note, notes};
use super::states;
use crate::support::postgres::server;

/// A firm with a note under data key 1 and index key 1, both superseded and retired.
struct Scene {
    vault: Vault,
    session: Session,
    /// Sealed under the retired keys, and kept.
    kept: SealedNote,
}

type SealedNote = <Note as fieldseal::Seal>::Sealed;

fn scene() -> Scene {
    let vault = TestVault::new().explicit_firms().build();
    vault.register::<Note>().unwrap();
    block_on(vault.create_firm("a")).unwrap();
    let session = block_on(vault.session("a")).unwrap();
    let kept = session.seal(&note(99, "a")).unwrap();
    for purpose in [Purpose::Data, Purpose::Index] {
        block_on(vault.admin().rotate("a", purpose)).unwrap();
        block_on(vault.admin().retire("a", purpose, 1)).unwrap();
    }
    Scene { vault, session, kept }
}

fn destroy<C>(vault: &Vault, purpose: Purpose, conn: &mut C) -> Result<(), StateChangeError>
where
    C: LoadConnection<Backend: SchemaBackend> + Send,
{
    block_on(vault.admin().destroy("a", purpose, 1, &mut Rows::over(conn)))
}

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
                let database = super::server().database("destroyed");
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
    a_version_is_destroyed_at_zero_rows_only
    a_value_that_was_sealed_long_ago_is_refused
    rows_are_counted_by_their_versions
    without_a_bar_nothing_is_destroyed
}

fn a_version_is_destroyed_at_zero_rows_only(conn: &mut Either, backend: Backend) {
    create(conn, backend);
    let Scene { vault, session, kept } = scene();
    conn.batch_execute(&bar::<Note>(backend).up).unwrap();
    diesel::insert_into(notes::table).values(kept).execute(conn).unwrap();
    for purpose in [Purpose::Data, Purpose::Index] {
        let error = destroy(&vault, purpose, conn).unwrap_err();
        assert!(matches!(error, StateChangeError::InUse { version: 1, rows: 1, .. }), "{error}");
        assert_eq!(states(&vault.admin(), "a", purpose), [(1, Retired), (2, Active)]);
    }
    // The row opens, and what is not sealed in it can be changed, while it waits to be sealed anew.
    let row: (i64, String) = notes::table.select((notes::id, notes::firm)).first(conn).unwrap();
    diesel::update(notes::table).set(notes::firm.eq(row.1)).execute(conn).unwrap();
    diesel::delete(notes::table).execute(conn).unwrap();
    diesel::insert_into(notes::table).values(session.seal(&note(1, "a")).unwrap()).execute(conn).unwrap();
    for purpose in [Purpose::Data, Purpose::Index] {
        destroy(&vault, purpose, conn).unwrap();
        assert_eq!(states(&vault.admin(), "a", purpose), [(1, Destroyed), (2, Active)]);
        destroy(&vault, purpose, conn).unwrap();
    }
    vault.check_schema(conn).unwrap();
    assert_eq!(block_on(vault.admin().rotate("a", Purpose::Data)).unwrap().new, 3, "numbers stay taken");
}

fn a_value_that_was_sealed_long_ago_is_refused(conn: &mut Either, backend: Backend) {
    create(conn, backend);
    let Scene { vault, session, kept } = scene();
    conn.batch_execute(&bar::<Note>(backend).up).unwrap();
    let fresh = session.seal(&note(1, "a")).unwrap();
    diesel::insert_into(notes::table).values(&fresh).execute(conn).unwrap();
    destroy(&vault, Purpose::Data, conn).unwrap();
    let refused = |done: QueryResult<usize>| {
        let error = done.unwrap_err().to_string();
        assert_eq!(
            error,
            "fieldseal: the cell or term is of a key version that is to be destroyed: seal the value anew"
        );
    };
    refused(diesel::insert_into(notes::table).values(&kept).execute(conn));
    refused(diesel::update(notes::table).set(notes::body.eq(&kept.body)).execute(conn));
    // Its term is of a version that is only retired.
    diesel::update(notes::table).set(notes::body_term.eq(&kept.body_term)).execute(conn).unwrap();
    // Another firm's version of the same number is not barred.
    block_on(vault.create_firm("b")).unwrap();
    let other = block_on(vault.session("b")).unwrap().seal(&note(2, "b")).unwrap();
    diesel::insert_into(notes::table).values(&other).execute(conn).unwrap();
}

fn rows_are_counted_by_their_versions(conn: &mut Either, backend: Backend) {
    create(conn, backend);
    let Scene { vault, session, kept } = scene();
    let mut rows = vec![kept];
    rows.extend(session.seal(&vec![note(1, "a"), note(2, "a")]).unwrap());
    // Numbers of two and three bytes.
    for floor in [199, 20_000] {
        block_on(vault.admin().rotate_above("a", Purpose::Data, floor)).unwrap();
        rows.push(session.seal(&note(i64::from(floor), "a")).unwrap());
    }
    for row in rows {
        diesel::insert_into(notes::table).values(row).execute(conn).unwrap();
    }
    block_on(vault.create_firm("b")).unwrap();
    let other = block_on(vault.session("b")).unwrap().seal(&note(3, "b")).unwrap();
    diesel::insert_into(notes::table).values(other).execute(conn).unwrap();

    let census = block_on(vault.admin().census("a", &mut Rows::over(conn))).unwrap();
    let counts: Vec<_> = census.counts.iter().map(|c| (&*c.column, c.purpose, c.version, c.rows)).collect();
    let (data, index) = (Purpose::Data, Purpose::Index);
    let expected = [
        ("body", data, 1, 1),
        ("body", data, 2, 2),
        ("body", data, 200, 1),
        ("body", data, 20_001, 1),
        ("body_term", index, 1, 1),
        ("body_term", index, 2, 4),
    ];
    assert_eq!(counts, expected);
    assert_eq!((census.lowest(data), census.highest(data), census.highest(index)), (Some(1), Some(20_001), Some(2)));
}

fn without_a_bar_nothing_is_destroyed(conn: &mut Either, backend: Backend) {
    create(conn, backend);
    let vault = scene().vault;
    let error = destroy(&vault, Purpose::Data, conn).unwrap_err();
    assert!(matches!(error, StateChangeError::NoBar { table: "notes" }), "{error}");
    assert_eq!(states(&vault.admin(), "a", Purpose::Data), [(1, Retired), (2, Active)]);
}

#[test]
fn versions_move_one_state_at_a_time() {
    let vault = scene().vault;
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    let admin = vault.admin();
    let said = |error: StateChangeError| std::error::Error::source(&error).unwrap().to_string();
    let retired = |version| block_on(admin.retire("a", Purpose::Data, version));
    assert_eq!(said(retired(2).unwrap_err()), "it is active, from which no step leads to retired");
    assert_eq!(said(retired(3).unwrap_err()), "there is no such version");
    retired(1).unwrap();
    block_on(admin.rotate("a", Purpose::Data)).unwrap();
    let destroyed = block_on(admin.destroy("a", Purpose::Data, 2, &mut Rows::over(&mut conn)));
    assert_eq!(said(destroyed.unwrap_err()), "it is superseded, from which no step leads to destroyed");
    assert_eq!(states(&admin, "a", Purpose::Data), [(1, Retired), (2, Superseded), (3, Active)]);
}

#[test]
fn a_dry_run_destroys_nothing_and_bars_nothing() {
    let database = server().database("dry_destruction");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    create(&mut conn, Backend::Postgres);
    conn.batch_execute(&bar::<Note>(Backend::Postgres).up).unwrap();
    let Scene { vault, kept, .. } = scene();
    let (admin, told) = super::listening(vault.admin().dry_run());
    block_on(admin.destroy("a", Purpose::Data, 1, &mut Rows::over(&mut conn))).unwrap();
    let expected = [
        "would wait for every live process",
        "would bar data key 1 in the databases",
        "would count the key versions of all rows",
        "would make data key 1 destroyed",
        "would wait for every live process",
    ];
    assert_eq!(*told.lock().unwrap(), expected.map(|line| format!("firm text:a: {line}")));
    assert_eq!(states(&vault.admin(), "a", Purpose::Data), [(1, Retired), (2, Active)]);
    diesel::insert_into(notes::table).values(kept).execute(&mut conn).unwrap();
    let error = block_on(admin.destroy("a", Purpose::Data, 1, &mut Rows::over(&mut conn))).unwrap_err();
    assert_eq!(error.code(), "states.in_use", "a dry run refuses too");
}

/// A transaction that began before reads the database as it was, without the bar.
#[test]
fn transactions_that_began_before_are_waited_for() {
    let database = server().database("old_transactions");
    let connect = || PgConnection::establish(&database.url()).unwrap();
    let (mut conn, mut old) = (connect(), connect());
    create(&mut conn, Backend::Postgres);
    conn.batch_execute(&bar::<Note>(Backend::Postgres).up).unwrap();
    let Scene { vault, kept, .. } = scene();
    old.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    sql_query("SELECT 1 FROM notes").execute(&mut old).unwrap();

    let mut impatient = Rows::over(&mut conn).patience(Duration::ZERO);
    let error = block_on(vault.admin().destroy("a", Purpose::Data, 1, &mut impatient)).unwrap_err();
    drop(impatient);
    assert_eq!((error.code(), error.is_retryable()), ("census.old_transactions", true));
    std::thread::scope(|threads| {
        let destroying = threads.spawn(|| destroy(&vault, Purpose::Data, &mut conn));
        diesel::insert_into(notes::table).values(kept).execute(&mut old).unwrap();
        old.batch_execute("COMMIT").unwrap();
        let error = destroying.join().unwrap().unwrap_err();
        assert!(matches!(error, StateChangeError::InUse { rows: 1, .. }), "{error}");
    });
    assert_eq!(states(&vault.admin(), "a", Purpose::Data), [(1, Retired), (2, Active)]);
}

#[test]
fn a_connection_in_a_transaction_proves_nothing() {
    let vault = scene().vault;
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    create(&mut conn, Backend::Sqlite);
    conn.batch_execute(&bar::<Note>(Backend::Sqlite).up).unwrap();
    let error = conn.transaction(|conn| -> Result<_, diesel::result::Error> {
        Ok(destroy(&vault, Purpose::Data, conn).unwrap_err().code())
    });
    assert_eq!(error.unwrap(), "census.in_transaction");
}

#[test]
fn cells_below_the_minimum_are_refused_once_no_row_names_one() {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    create(&mut conn, Backend::Sqlite);
    let Scene { vault, session, kept } = scene();
    let admin = vault.admin();
    diesel::insert_into(notes::table).values(session.seal(&note(1, "a")).unwrap()).execute(&mut conn).unwrap();
    diesel::insert_into(notes::table).values(&kept).execute(&mut conn).unwrap();
    let raise = |to, conn: &mut SqliteConnection| {
        block_on(admin.set_min_open_version("a", to, &mut Rows::over(conn))).map_err(|error| error.code())
    };
    assert_eq!(raise(2, &mut conn), Err("states.no_bar"));
    conn.batch_execute(&bar::<Note>(Backend::Sqlite).up).unwrap();
    assert_eq!(raise(2, &mut conn), Err("states.in_use"));
    assert_eq!(raise(3, &mut conn), Err("states.state"), "it is above the active version");
    assert_eq!(block_on(admin.keys("a")).unwrap().min_open_version, 1);
    session.open(kept.clone()).unwrap();

    diesel::delete(notes::table.find(99)).execute(&mut conn).unwrap();
    assert_eq!(raise(2, &mut conn), Ok(()));
    assert_eq!(raise(2, &mut conn), Ok(()), "again");
    assert_eq!(raise(1, &mut conn), Err("states.state"), "it never falls");
    assert_eq!(block_on(admin.keys("a")).unwrap().min_open_version, 2);
    assert_eq!(session.open(kept.clone()).unwrap_err().code(), "open.below_minimum");
    diesel::insert_into(notes::table).values(&kept).execute(&mut conn).unwrap_err();
}

#[tokio::test]
async fn async_connections_do_as_well() {
    use diesel_async::AsyncConnection as _;

    let database = server().database("async_destruction");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    create(&mut conn, Backend::Postgres);
    conn.batch_execute(&bar::<Note>(Backend::Postgres).up).unwrap();
    let Scene { vault, kept, .. } = scene();
    diesel::insert_into(notes::table).values(kept).execute(&mut conn).unwrap();
    let mut shard = diesel_async::AsyncPgConnection::establish(&database.url()).await.unwrap();
    let mut same = diesel_async::AsyncPgConnection::establish(&database.url()).await.unwrap();
    // Two shards, as far as the census can tell.
    let mut rows = Rows::over_async(&mut shard).and(Rows::over_async(&mut same));
    let census = vault.admin().census("a", &mut rows).await.unwrap();
    assert_eq!(census.counts.iter().map(|count| count.rows).collect::<Vec<_>>(), [2, 2]);
    let error = vault.admin().destroy("a", Purpose::Data, 1, &mut rows).await.unwrap_err();
    assert_eq!(error.code(), "states.in_use");
    diesel::delete(notes::table).execute(&mut conn).unwrap();
    vault.admin().destroy("a", Purpose::Data, 1, &mut rows).await.unwrap();
    assert_eq!(vault.admin().keys("a").await.unwrap().versions[0].state, Destroyed);
}

/// A role that row-level security lets see its own firm only counts no row of another.
#[test]
fn a_role_that_does_not_see_all_rows_destroys_nothing() {
    let database = server().database("filtered");
    let conn = &mut Either::Postgres(diesel::Connection::establish(&database.url()).unwrap());
    create(conn, Backend::Postgres);
    let Scene { vault, kept, .. } = scene();
    conn.batch_execute(&bar::<Note>(Backend::Postgres).up).unwrap();
    diesel::insert_into(notes::table).values(kept).execute(conn).unwrap();
    let role = format!("clerk_{}", std::process::id());
    conn.batch_execute(&format!(
        "ALTER TABLE notes ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON notes USING (firm = 'z'); CREATE ROLE {role}; \
         GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; SET ROLE {role}"
    ))
    .unwrap();
    let refused = destroy(&vault, Purpose::Data, conn);
    conn.batch_execute(&format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")).unwrap();
    assert_eq!(refused.unwrap_err().code(), "census.row_security");
    assert_eq!(states(&vault.admin(), "a", Purpose::Data), [(1, Retired), (2, Active)]);
}

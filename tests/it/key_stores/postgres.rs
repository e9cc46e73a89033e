//! What only PostgreSQL has: a server that can be lost, schemas, poolers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use fieldseal::FirmId;
use fieldseal::keys::store::PgKeyStore;
use fieldseal::keys::{KeyStore, StoreError};
use futures_util::future::join_all;
use pollster::block_on;

use super::place::{Driver, Place};
use super::records::live;

const DRIVERS: [Driver; 2] = [Driver::Async, Driver::Libpq];

#[test]
fn nothing_lies_in_public() {
    let place = Place::postgres_async();
    block_on(place.database_store().named("other").migrate()).unwrap();
    let tables = |schema: &str| {
        let sql = format!("SELECT count(*) AS number FROM information_schema.tables WHERE table_schema = '{schema}'");
        place.count(&sql)
    };
    assert_eq!(["public", "fieldseal", "other"].map(tables), [0, 6, 6]);
}

#[test]
fn firms_sort_by_their_bytes_whatever_the_databases_language() {
    let sql = "SELECT count(*) AS number FROM information_schema.columns
        WHERE table_schema = 'fieldseal' AND column_name IN ('firm', 'purpose', 'what') AND collation_name = 'C'";
    assert_eq!(Place::postgres_async().count(sql), 5);
}

#[test]
fn a_role_that_may_not_create_schemas_migrates_into_one_that_is_there() {
    let place = Place::postgres(Driver::Async);
    // A role of every server, so that the test leaves none behind.
    place.run("", "CREATE SCHEMA keys AUTHORIZATION pg_monitor");
    let url = place.url();
    let store = PgKeyStore::connected_by(move || {
        let url = url.clone();
        Box::pin(async move {
            let mut connection = AsyncPgConnection::establish(&url).await?;
            diesel_async::SimpleAsyncConnection::batch_execute(&mut connection, "SET ROLE pg_monitor").await.unwrap();
            Ok(connection)
        })
    });
    let error = block_on(store.migrate()).unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "it may not create `fieldseal`: {error:?}");
    let store = store.schema("keys").unwrap();
    block_on(store.migrate()).unwrap();
    assert!(block_on(store.replace(None, &live(&FirmId::Platform, 1, 1))).unwrap());
}

#[test]
fn a_lost_connection_is_one_error_then_made_again() {
    for driver in DRIVERS {
        let place = Place::postgres(driver);
        let store = place.database_store();
        block_on(store.migrate()).unwrap();
        let store = store.shared();
        let record = live(&FirmId::Platform, 1, 1);
        assert!(block_on(store.replace(None, &record)).unwrap());

        lose_connections(&place);
        let error = block_on(store.load(&[FirmId::Platform])).unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }) && error.is_retryable(), "{error:?}");
        assert_eq!(block_on(store.load(&[FirmId::Platform])).unwrap(), [Some(record)]);

        lose_connections(&place);
        let error = block_on(store.replace(Some(1), &live(&FirmId::Platform, 2, 1))).unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        assert!(block_on(store.replace(Some(1), &live(&FirmId::Platform, 2, 1))).unwrap());
    }
}

fn lose_connections(place: &Place) {
    let sql = "SELECT count(pg_terminate_backend(pid, 5000)) AS number FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert_eq!(place.count(sql), 1, "the store has one connection");
}

#[test]
fn an_unreachable_server_is_told_without_url_or_password() {
    let url = "postgres://someone:hunter2@127.0.0.1:1/secretdb";
    for store in [PgKeyStore::new(url), PgKeyStore::over_libpq(url)] {
        let error = block_on(store.load(&[])).unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        let text = format!("{error} {error:?}");
        assert!(!["hunter2", "someone", "secretdb", "postgres://"].iter().any(|part| text.contains(part)), "{text}");
    }
}

#[test]
fn public_and_the_servers_own_schemas_are_refused() {
    for name in ["public", "pg_catalog", "information_schema", "", "a\"b", "Keys"] {
        let error = PgKeyStore::new("").schema(name).err().unwrap();
        assert!(matches!(error, StoreError::BadName { .. }), "{name}: {error}");
    }
}

#[test]
fn loads_that_wait_together_are_one_query() {
    let place = Place::postgres_async();
    let (store, gate, statements) = gated(&place);
    let firms: Vec<_> = (0..200i64).map(FirmId::from).collect();
    let mut all = Box::pin(join_all(firms.iter().map(|firm| store.load(std::slice::from_ref(firm)))));
    assert!(all.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    gate.send(()).unwrap();
    let loaded = block_on(all);
    assert!(loaded.into_iter().all(|records| records.unwrap() == [None]));
    let selects = statements.lock().unwrap().iter().filter(|sql| sql.contains("SELECT firm, generation")).count();
    // The thread may have taken the first ones before the rest came.
    assert!((1..=2).contains(&selects), "{selects}");
}

#[test]
fn a_replacement_that_nobody_waits_for_any_more_is_not_begun() {
    let place = Place::postgres_async();
    let (store, gate, _) = gated(&place);
    let record = live(&FirmId::Platform, 1, 1);
    let firms = [FirmId::Platform];
    let mut first = store.load(&firms);
    let mut given_up = store.replace(None, &record);
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(first.as_mut().poll(&mut context), Poll::Pending));
    assert!(matches!(given_up.as_mut().poll(&mut context), Poll::Pending));
    drop(given_up);
    gate.send(()).unwrap();
    assert_eq!(block_on(first).unwrap(), [None]);
    assert_eq!(block_on(store.load(&firms)).unwrap(), [None]);
}

type Statements = Arc<Mutex<Vec<String>>>;

/// A store whose connection waits for the gate and notes its statements.
fn gated(place: &Place) -> (PgKeyStore, std::sync::mpsc::Sender<()>, Statements) {
    let (url, statements) = (place.url(), Statements::default());
    let (open, gate) = channel();
    let (gate, noted) = (Mutex::new(gate), statements.clone());
    let store = PgKeyStore::connected_by(move || {
        gate.lock().unwrap().recv().unwrap();
        let (url, noted) = (url.clone(), Noted(noted.clone()));
        Box::pin(async move {
            let mut connection = AsyncPgConnection::establish(&url).await?;
            connection.set_instrumentation(noted);
            Ok(connection)
        })
    });
    (store, open, statements)
}

struct Noted(Statements);

impl Instrumentation for Noted {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            self.0.lock().unwrap().push(query.to_string());
        }
    }
}

#[test]
fn the_thread_ends_with_the_store() {
    let (alive, ended): (_, Receiver<()>) = channel();
    let alive = Mutex::new(alive);
    let store = PgKeyStore::connected_by(move || {
        let _held = alive.lock().unwrap();
        Box::pin(async { Err(diesel::ConnectionError::BadConnection("hunter2".into())) })
    });
    let error = block_on(store.load(&[])).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
    drop(store);
    // The thread holds the closure, and with it the sender, until its end.
    assert!(ended.recv().is_err());
}

#[test]
fn a_panic_while_connecting_is_one_error() {
    let place = Place::postgres_async();
    let (url, calls) = (place.url(), AtomicUsize::new(0));
    let store = PgKeyStore::connected_by(move || {
        assert!(calls.fetch_add(1, Ordering::Relaxed) > 0, "the first connection panics");
        let url = url.clone();
        Box::pin(async move { AsyncPgConnection::establish(&url).await })
    });
    let error = block_on(store.load(&[])).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert_eq!(block_on(store.load(&[])).unwrap(), []);
}

#[test]
fn timeouts_in_the_url_are_understood() {
    let place = Place::postgres_async();
    let url = place.url();
    let more = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{more}connect_timeout=60&tcp_user_timeout=60000");
    for store in [PgKeyStore::new(&url), PgKeyStore::over_libpq(&url)] {
        assert_eq!(block_on(store.load(&[])).unwrap(), []);
    }
}

#[test]
fn a_store_works_inside_a_runtime_and_outlives_it() {
    let place = Place::postgres_async();
    let store = place.store();
    for _ in 0..2 {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(store.load(&[FirmId::Platform])).unwrap(), [None]);
    }
}

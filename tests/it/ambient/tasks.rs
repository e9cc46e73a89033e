//! Scopes of tasks and threads: begun anew, nested, interleaved, given up, panicked out of.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use diesel::prelude::*;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection as _, AsyncPgConnection};
use fieldseal::{FirmId, Session};
use futures_util::FutureExt;

use super::models::*;
use super::{code, session};
use crate::backends::{postgres_database, sqlite_database};
use crate::models::client::clients;

/// Sessions of `acme` and `bolt`.
pub(super) fn two_firms() -> [Session; 2] {
    let vault = fieldseal::testing::vault().blocking();
    ["acme", "bolt"].map(|firm| {
        vault.create_firm(firm).unwrap();
        vault.session(firm).unwrap()
    })
}

/// The firm in scope.
pub(super) fn firm() -> Option<FirmId> {
    Session::current().ok().map(|session| session.firm().clone())
}

/// Gives way to other tasks, once.
pub(super) async fn gives_way() {
    let mut gave = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut gave, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn scopes_nest_and_are_left() {
    let [acme, bolt] = two_firms();
    acme.scope_sync(|| {
        bolt.scope_sync(|| assert_eq!(firm().as_ref(), Some(bolt.firm())));
        assert_eq!(firm().as_ref(), Some(acme.firm()));
        let mut conn = sqlite_database();
        diesel::insert_into(clients::table).values(&client(1)).execute(&mut conn).unwrap();
        bolt.scope_sync(|| {
            let insert = diesel::insert_into(clients::table).values(&client(2));
            assert_eq!(code(insert.execute(&mut conn)), "seal.wrong_firm");
            let loaded = clients::table.select(Client::as_select()).first(&mut conn);
            assert_eq!(code(loaded), "open.wrong_firm");
        });
    });
    assert_eq!(firm(), None);
}

#[test]
fn a_panic_leaves_the_scopes_that_it_passes() {
    let [acme, bolt] = two_firms();
    acme.scope_sync(|| {
        let panicked = catch_unwind(AssertUnwindSafe(|| bolt.scope_sync(|| std::panic::resume_unwind(Box::new("x")))));
        assert!(panicked.is_err());
        assert_eq!(firm().as_ref(), Some(acme.firm()));
        let scoped = bolt.scope(async || std::panic::resume_unwind(Box::new("x")));
        assert!(catch_unwind(AssertUnwindSafe(|| scoped.now_or_never())).is_err());
        assert_eq!(firm().as_ref(), Some(acme.firm()));
    });
    assert_eq!(firm(), None);
}

#[tokio::test]
async fn a_future_given_up_leaves_no_scope() {
    let [acme, bolt] = tokio::task::spawn_blocking(two_firms).await.unwrap();
    let within = acme.scope(async || {
        let endless = bolt.scope(async || {
            assert_eq!(firm().as_ref(), Some(bolt.firm()));
            std::future::pending::<()>().await;
        });
        tokio::select! {
            biased;
            () = endless => unreachable!("it never ends"),
            () = gives_way() => {}
        }
        firm()
    });
    assert_eq!(within.await.as_ref(), Some(acme.firm()));
    let timed_out = tokio::time::timeout(std::time::Duration::from_millis(1), acme.scope(std::future::pending::<()>));
    timed_out.await.unwrap_err();
    assert_eq!(firm(), None);
}

/// A future that was begun in one scope and dropped in another does not disturb it.
#[tokio::test]
async fn a_future_dropped_elsewhere_disturbs_nothing() {
    let [acme, bolt] = tokio::task::spawn_blocking(two_firms).await.unwrap();
    let mut begun = Box::pin(acme.scope(async || {
        gives_way().await;
        std::future::pending::<()>().await;
    }));
    assert!(begun.as_mut().now_or_never().is_none());
    bolt.scope_sync(|| {
        drop(begun);
        assert_eq!(firm().as_ref(), Some(bolt.firm()));
    });
}

#[tokio::test]
async fn scopes_of_two_firms_take_turns_on_one_thread() {
    let [acme, bolt] = tokio::task::spawn_blocking(two_firms).await.unwrap();
    let turns = async |session: &Session| {
        for _ in 0..100 {
            assert_eq!(firm().as_ref(), Some(session.firm()));
            gives_way().await;
        }
    };
    let outside = async {
        for _ in 0..100 {
            assert_eq!(firm(), None);
            gives_way().await;
        }
    };
    tokio::join!(acme.scope(|| turns(&acme)), outside, bolt.scope(|| turns(&bolt)));
}

#[tokio::test]
async fn tasks_and_threads_begin_a_scope_of_their_own() {
    let session = tokio::task::spawn_blocking(session).await.unwrap();
    let database = tokio::task::spawn_blocking(|| postgres_database("tasks")).await.unwrap();
    let (url, task) = (database.url(), session.clone());
    let spawned = tokio::spawn(task.scope(async move || {
        let mut conn = AsyncPgConnection::establish(&url).await.unwrap();
        let insert = diesel::insert_into(clients::table).values(&client(1));
        diesel_async::RunQueryDsl::execute(insert, &mut conn).await
    }));
    assert_eq!(spawned.await.unwrap().unwrap(), 1);

    let (url, thread) = (database.url(), session.clone());
    let blocking = tokio::task::spawn_blocking(move || {
        thread.scope_sync(|| {
            let mut conn = PgConnection::establish(&url).unwrap();
            clients::table.select(Client::as_select()).load(&mut conn)
        })
    });
    assert_eq!(blocking.await.unwrap().unwrap(), [client(1)]);
}

#[tokio::test]
async fn a_statement_built_in_a_scope_runs_anywhere() {
    let session = tokio::task::spawn_blocking(session).await.unwrap();
    let mut conn = SyncConnectionWrapper::<SqliteConnection>::new(sqlite_database());
    let new = vec![client(1), client(2)];
    let insert = session.scope_sync(|| diesel::insert_into(clients::table).values(&new));
    drop(new);
    assert_eq!(conn.spawn_blocking(|conn| insert.execute(conn)).await.unwrap(), 2);
    let update = session.scope_sync(|| {
        let patch = ClientPatch { email: Some("new@b.c"), ..ClientPatch::default() };
        diesel::update(clients::table.find(client(1).id)).set(patch.for_row(client(1).id))
    });
    assert_eq!(conn.spawn_blocking(|conn| update.execute(conn)).await.unwrap(), 1);
    let within = session.clone();
    let found = conn.spawn_blocking(move |conn| {
        within.scope_sync(|| {
            let found = clients::table.filter(Client::email().scoped_eq("NEW@b.c"));
            found.select(Client::as_select()).first(conn)
        })
    });
    assert_eq!(found.await.unwrap(), Client { email: "new@b.c".into(), ..client(1) });
}

#[tokio::test]
async fn statements_are_pipelined_in_a_scope() {
    use diesel_async::RunQueryDsl;

    let session = tokio::task::spawn_blocking(session).await.unwrap();
    let database = tokio::task::spawn_blocking(|| postgres_database("pipeline")).await.unwrap();
    let conn = AsyncPgConnection::establish(&database.url()).await.unwrap();
    let (one, two) = (client(1), client(2));
    let inserted = session.scope(async || {
        let (mut a, mut b) = (&conn, &conn);
        tokio::try_join!(
            RunQueryDsl::execute(diesel::insert_into(clients::table).values(&one), &mut a),
            RunQueryDsl::execute(diesel::insert_into(clients::table).values(&two), &mut b),
        )
    });
    assert_eq!(inserted.await.unwrap(), (1, 1));
    let found = session.scope(async || {
        let query = |email: &str| {
            let query = clients::table.filter(Client::email().scoped_eq(email.to_owned()));
            query.select(Client::as_select())
        };
        let (mut a, mut b) = (&conn, &conn);
        tokio::try_join!(
            RunQueryDsl::first::<Client>(query(&one.email), &mut a),
            RunQueryDsl::first::<Client>(query(&two.email), &mut b),
        )
    });
    assert_eq!(found.await.unwrap(), (one, two));
}

/// A firm of the first seal is made by the statement that seals.
#[test]
fn a_firm_is_born_in_a_scope() {
    let session = fieldseal::testing::vault().blocking().session("acme").unwrap();
    let mut conn = sqlite_database();
    session.scope_sync(|| {
        diesel::insert_into(clients::table).values(&client(1)).execute(&mut conn).unwrap();
        assert_eq!(clients::table.select(Client::as_select()).load(&mut conn).unwrap(), [client(1)]);
    });
}

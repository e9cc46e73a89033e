//! A scope belongs to the task that entered it, wherever and by whom its futures are polled.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::prelude::*;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use fieldseal::Session;
use futures_util::stream::{self, FuturesUnordered};
use futures_util::{FutureExt, StreamExt};

use super::models::*;
use super::tasks::{firm, gives_way, two_firms};
use super::{assert_lost, session};
use crate::backends::sqlite_database;
use crate::models::client::clients;

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// The runtime polls its tasks in the very thread that is in the scope.
#[test]
fn a_runtime_run_within_a_scope_gives_it_to_no_task() {
    let ([acme, bolt], runtime) = (two_firms(), current_thread());
    let waiting = runtime.spawn(async {
        let before = firm();
        gives_way().await;
        (before, firm())
    });
    acme.scope_sync(|| {
        runtime.block_on(async {
            assert_eq!(firm().as_ref(), Some(acme.firm()));
            let task = tokio::spawn(async { firm() });
            let scoped = tokio::spawn(bolt.scope(async || {
                let before = firm();
                gives_way().await;
                (before, firm())
            }));
            assert_eq!(task.await.unwrap(), None);
            assert_eq!(scoped.await.unwrap(), (Some(bolt.firm().clone()), Some(bolt.firm().clone())));
            assert_eq!(waiting.await.unwrap(), (None, None));
            assert_eq!(firm().as_ref(), Some(acme.firm()));
        });
    });
    assert_eq!(firm(), None);
}

#[test]
fn a_local_task_polled_within_a_scope_has_none() {
    let [acme, _] = two_firms();
    let local = tokio::task::LocalSet::new();
    let task = local.spawn_local(async { firm() });
    let within = acme.scope(async || {
        local.await;
        firm()
    });
    let within = current_thread().block_on(within);
    assert_eq!(within.as_ref(), Some(acme.firm()));
    assert_eq!(current_thread().block_on(task).unwrap(), None);
}

/// Begun here, polled by another task on another thread: it is its own scope's all the same.
#[test]
fn a_scoped_future_takes_its_scope_to_the_task_that_polls_it() {
    let [acme, bolt] = two_firms();
    let mut begun = Box::pin(acme.scope(async || {
        gives_way().await;
        firm()
    }));
    assert!(begun.as_mut().now_or_never().is_none());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let elsewhere = runtime.spawn(bolt.scope(async || (begun.await, firm())));
    let (within, around) = runtime.block_on(elsewhere).unwrap();
    assert_eq!((within.as_ref(), around.as_ref()), (Some(acme.firm()), Some(bolt.firm())));
}

#[tokio::test]
async fn joined_and_selected_futures_are_each_in_their_own_scope() {
    let [acme, bolt] = tokio::task::spawn_blocking(two_firms).await.unwrap();
    let here = async |session: &Session| {
        for _ in 0..10 {
            assert_eq!(firm().as_ref(), Some(session.firm()));
            gives_way().await;
        }
    };
    let run = acme.scope(async || {
        tokio::join!(here(&acme), bolt.scope(|| here(&bolt)), acme.scope(|| here(&acme)));
        let mut many = FuturesUnordered::new();
        for _ in 0..3 {
            many.push(bolt.scope(|| here(&bolt)).left_future());
            many.push(here(&acme).right_future());
        }
        while many.next().await.is_some() {
            assert_eq!(firm().as_ref(), Some(acme.firm()));
        }
        for _ in 0..10 {
            tokio::select! {
                () = bolt.scope(|| here(&bolt)) => assert_eq!(firm().as_ref(), Some(acme.firm())),
                () = here(&acme) => assert_eq!(firm().as_ref(), Some(acme.firm())),
            }
        }
        bolt.scope(async || acme.scope(async || bolt.scope(|| here(&bolt)).await).await).await;
    });
    run.await;
    assert_eq!(firm(), None);
}

fn filled() -> (Session, SqliteConnection) {
    let (session, mut conn) = (session(), sqlite_database());
    let all = vec![client(1), client(2)];
    session.scope_sync(|| diesel::insert_into(clients::table).values(&all).execute(&mut conn).unwrap());
    (session, conn)
}

#[tokio::test]
async fn a_stream_of_rows_is_opened_in_the_scope_that_polls_it() {
    use diesel_async::RunQueryDsl;

    let (session, conn) = tokio::task::spawn_blocking(filled).await.unwrap();
    let mut conn = SyncConnectionWrapper::<SqliteConnection>::new(conn);
    let query = || clients::table.order(clients::id).select(Client::as_select());
    // Made within, polled outside: each row is an error, none is left out.
    let rows = session.scope(|| RunQueryDsl::load_stream::<Client>(query(), &mut conn)).await.unwrap();
    for row in rows.collect::<Vec<_>>().await {
        assert_lost(row, "Client");
    }
    // The first row within, the second outside.
    let mut rows = RunQueryDsl::load_stream::<Client>(query(), &mut conn).await.unwrap();
    let first = session.scope(async || rows.next().await).await;
    assert_eq!(first.unwrap().unwrap(), client(1));
    assert_lost(rows.next().await.unwrap(), "Client");
    assert!(rows.next().await.is_none());
    drop(rows);
    // Its scope taken along, polled in another firm's.
    let vault = fieldseal::testing::vault();
    vault.create_firm("bolt").await.unwrap();
    let bolt = vault.session("bolt").await.unwrap();
    let rows = RunQueryDsl::load_stream::<Client>(query(), &mut conn).await.unwrap();
    let rows = session.scope_stream(|| rows);
    let rows: Vec<_> = bolt.scope(|| rows.map(Result::unwrap).collect::<Vec<_>>()).await;
    assert_eq!(rows, [client(1), client(2)]);
}

#[test]
fn a_task_that_panics_leaves_its_thread_without_a_scope() {
    let ([acme, bolt], runtime) = (two_firms(), current_thread());
    runtime.block_on(async {
        for panics in [true, false] {
            let task = tokio::spawn(acme.scope(async move || {
                gives_way().await;
                if panics {
                    panics_here().await;
                }
            }));
            assert_eq!(task.await.is_err(), panics);
            assert_eq!(tokio::spawn(async { firm() }).await.unwrap(), None);
            assert_eq!(firm(), None);
        }
    });
    let panicking = || std::panic::resume_unwind(Box::new("x"));
    let mut rows =
        Box::pin(bolt.scope_stream(|| stream::poll_fn(move |_| -> std::task::Poll<Option<()>> { panicking() })));
    acme.scope_sync(|| {
        assert!(catch_unwind(AssertUnwindSafe(|| rows.next().now_or_never())).is_err());
        assert_eq!(firm().as_ref(), Some(acme.firm()));
    });
    assert_eq!(firm(), None);
}

async fn panics_here() {
    std::panic::resume_unwind(Box::new("x"))
}

#[test]
fn a_scope_given_up_in_the_middle_of_a_statement_is_left() {
    let [acme, bolt] = two_firms();
    acme.scope_sync(|| {
        let statement = catch_unwind(AssertUnwindSafe(|| {
            bolt.scope_sync(|| {
                let insert =
                    diesel::insert_into(clients::table).values(&Client { firm_id: "bolt".into(), ..client(1) });
                let text = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&insert).to_string();
                assert!(text.contains("sealed, ") && !text.contains("failed"), "{text}");
                std::panic::resume_unwind(Box::new("x"))
            })
        }));
        assert!(statement.is_err());
        let mut conn = sqlite_database();
        diesel::insert_into(clients::table).values(&client(1)).execute(&mut conn).unwrap();
        assert_eq!(clients::table.select(Client::as_select()).first(&mut conn), Ok(client(1)));
    });
}

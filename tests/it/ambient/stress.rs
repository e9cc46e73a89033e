//! Many firms at once on a multi-thread runtime: nobody seals or opens with another's keys.

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use diesel_async::RunQueryDsl;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Pool;
use fieldseal::{FirmId, Session};
use futures_util::StreamExt;
use proptest::prelude::*;

use super::models::*;
use crate::backends::postgres_database;
use crate::models::client::clients;

const FIRMS: usize = 24;
const ROUNDS: usize = 12;

fn firm(n: usize) -> String {
    format!("firm{n}")
}

fn client_of(firm: &str, n: usize) -> Client {
    Client {
        id: format!("{firm}-{n}"),
        firm_id: firm.to_owned(),
        email: format!("{n}@{firm}.org"),
        notes: Some(format!("{firm}'s {n}")),
        ..client(n)
    }
}

/// One request: writes a row, waits in between, finds it and reads all rows of the firm in a stream.
async fn request(pool: Pool<AsyncPgConnection>, session: &Session, firm: String, n: usize) {
    let row = client_of(&firm, n);
    session
        .scope(async || {
            let conn = &mut pool.get().await.unwrap();
            RunQueryDsl::execute(diesel::insert_into(clients::table).values(&row), conn).await.unwrap();
            tokio::task::yield_now().await;
            assert_eq!(Session::current().unwrap().firm(), &FirmId::from(firm.as_str()));
            let found = clients::table.filter(Client::email().scoped_eq(row.email.to_uppercase()));
            let found: Client = RunQueryDsl::first(found.select(Client::as_select()), conn).await.unwrap();
            assert_eq!(found, row);
            let own = clients::table.filter(clients::firm_id.eq(&firm)).select(Client::as_select());
            let mut rows = RunQueryDsl::load_stream::<Client>(own, conn).await.unwrap();
            while let Some(row) = rows.next().await {
                assert!(row.unwrap().notes.unwrap().starts_with(&format!("{firm}'s ")));
                tokio::task::yield_now().await;
            }
        })
        .await;
}

#[test]
fn many_firms_on_many_threads_never_meet() {
    let database = postgres_database("stress");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(database.url());
        let pool = Pool::builder(manager).max_size(8).build().unwrap();
        let vault = fieldseal::testing::vault();
        let firms = (0..FIRMS).map(|n| {
            let (vault, pool) = (vault.clone(), pool.clone());
            tokio::spawn(async move {
                let firm = firm(n);
                vault.create_firm(&*firm).await.unwrap();
                let session = vault.session(&*firm).await.unwrap();
                let requests = (0..ROUNDS).map(|n| request(pool.clone(), &session, firm.clone(), n));
                futures_util::future::join_all(requests).await;
            })
        });
        for firm in futures_util::future::join_all(firms).await {
            firm.unwrap();
        }
        let conn = &mut pool.get().await.unwrap();
        let rows: Vec<SealedClient> =
            RunQueryDsl::load(clients::table.select(SealedClient::as_select()), conn).await.unwrap();
        assert_eq!(rows.len(), FIRMS * ROUNDS);
        for row in vault.open(rows).await.unwrap() {
            assert_eq!(row.email, format!("{}@{}.org", row.visits, row.firm_id));
        }
    });
}

/// What a firm's future does next.
#[derive(Debug, Clone, Copy)]
enum Step {
    Pauses,
    Nests(usize),
    Spawns,
    Seals,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![Just(Step::Pauses), (0..4usize).prop_map(Step::Nests), Just(Step::Spawns), Just(Step::Seals)]
}

async fn walk(sessions: &[Session], me: usize, steps: &[Step]) {
    let here = || Session::current().ok().map(|session| session.firm().clone());
    for step in steps {
        assert_eq!(here().as_ref(), Some(sessions[me].firm()));
        match *step {
            Step::Pauses => tokio::task::yield_now().await,
            Step::Nests(other) => {
                let inner = sessions[other].scope(async || {
                    assert_eq!(here().as_ref(), Some(sessions[other].firm()));
                    tokio::task::yield_now().await;
                    assert_eq!(here().as_ref(), Some(sessions[other].firm()));
                });
                inner.await;
            }
            Step::Spawns => assert!(tokio::spawn(async { Session::current().is_err() }).await.unwrap()),
            Step::Seals => {
                let row = client_of(&firm(me), 1);
                let text = format!("{:?}", diesel::insert_into(clients::table).values(&row));
                assert!(text.contains("sealed, ") && !text.contains("failed"), "{text}");
            }
        }
    }
    assert_eq!(here().as_ref(), Some(sessions[me].firm()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn interleaved_scopes_are_each_their_own(
        walks in prop::collection::vec(prop::collection::vec(step(), 0..12), 4),
        threads in 1..4usize,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).build().unwrap();
        let vault = fieldseal::testing::vault().blocking();
        let sessions: Vec<Session> = (0..walks.len()).map(|n| vault.session(firm(n)).unwrap()).collect();
        runtime.block_on(async {
            let all = walks.iter().enumerate().map(|(me, steps)| {
                sessions[me].scope({
                    let sessions = &sessions;
                    move || walk(sessions, me, steps)
                })
            });
            futures_util::future::join_all(all).await;
            assert!(Session::current().is_err());
        });
    }
}

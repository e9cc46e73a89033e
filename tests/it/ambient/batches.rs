//! Many rows by one statement: by value and by reference, upserts, COPY.

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::models::*;
use super::session;
use crate::backends::{postgres_database, sqlite_database};
use crate::models::client::clients;

macro_rules! every_batch {
    ($conn:expr) => {{
        let (session, conn) = (session(), $conn);
        let all: Vec<Client> = (0..12).map(client).collect();
        session.scope_sync(|| {
            let insert = |n: QueryResult<usize>, wanted: usize| assert_eq!(n.unwrap(), wanted);
            insert(diesel::insert_into(clients::table).values(&all[..2].to_vec()).execute(conn), 2);
            insert(diesel::insert_into(clients::table).values(all[2..4].to_vec()).execute(conn), 2);
            insert(diesel::insert_into(clients::table).values(&all[4..6]).execute(conn), 2);
            insert(diesel::insert_into(clients::table).values(all[6..8].iter().collect::<Vec<_>>()).execute(conn), 2);
            insert(diesel::insert_into(clients::table).values([all[8].clone(), all[9].clone()]).execute(conn), 2);
            insert(diesel::insert_into(clients::table).values(&[all[10].clone(), all[11].clone()]).execute(conn), 2);
            diesel::insert_into(clients::table).values(Vec::<Client>::new()).execute(conn).unwrap();
            let rows = clients::table.order(clients::id).select(Client::as_select()).load(conn).unwrap();
            assert_eq!(rows, all);
        });
        (session, all)
    }};
}

#[test]
fn every_batch_goes_in_on_sqlite() {
    every_batch!(&mut sqlite_database());
}

#[test]
fn every_batch_goes_in_on_postgres() {
    let database = postgres_database("ambient_batches");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    let (session, mut all) = every_batch!(&mut conn);
    // An upsert of many rows, each with what it excluded.
    for client in &mut all {
        client.visits += 100;
        client.email = format!("new-{}", client.email);
    }
    session.scope_sync(|| {
        let upsert = diesel::insert_into(clients::table).values(&all).on_conflict(clients::id).do_update();
        let changes = (
            clients::visits.eq(excluded(clients::visits)),
            clients::email.eq(excluded(clients::email)),
            clients::email_term.eq(excluded(clients::email_term)),
        );
        let rows: Vec<Client> = upsert.set(changes).returning(Client::as_returning()).get_results(&mut conn).unwrap();
        assert_eq!(rows, all);
        let by_new = clients::table.filter(Client::email().scoped_eq("NEW-client3@example.org"));
        assert_eq!(by_new.select(Client::as_select()).load(&mut conn).unwrap(), [all[3].clone()]);
    });
}

#[test]
fn rows_are_copied_in() {
    let database = postgres_database("ambient_copy");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    let session = session();
    let all: Vec<Client> = (0..20).map(client).collect();
    let copied = session.scope_sync(|| diesel::copy_from(clients::table).from_insertable(&all).execute(&mut conn));
    assert_eq!(copied.unwrap(), 20);
    let rows = session.scope_sync(|| {
        clients::table.order(clients::id).select(Client::as_select()).load::<Client>(&mut conn).unwrap()
    });
    assert_eq!(rows, all);
    let lost = diesel::copy_from(clients::table).from_insertable(&vec![client(21)]).execute(&mut conn);
    // COPY tells PostgreSQL why it gives up, and PostgreSQL tells us.
    let error = lost.unwrap_err().to_string();
    assert!(error.contains("no session is in scope for `Client`") && !error.contains("Client21"), "{error}");
    assert_eq!(clients::table.count().get_result::<i64>(&mut conn).unwrap(), 20);
}

/// One row that can't be sealed fails its statement, and no other row is written.
#[test]
fn a_batch_is_all_or_nothing() {
    let mut conn = sqlite_database();
    let rows = vec![client(1), Client { firm_id: "bolt".into(), ..client(2) }, client(3)];
    let inserted = session().scope_sync(|| diesel::insert_into(clients::table).values(&rows).execute(&mut conn));
    assert_eq!(super::code(inserted), "seal.wrong_firm");
    assert_eq!(clients::table.count().get_result::<i64>(&mut conn).unwrap(), 0);
}

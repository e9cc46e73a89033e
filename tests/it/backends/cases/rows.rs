//! Rows in and out.

use futures_util::TryStreamExt;

use super::*;
use crate::models::client::*;

#[tokio::test]
async fn one_row_is_inserted_and_loaded() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let insert = diesel::insert_into(clients::table).values(session.seal(&client(1)).unwrap());
    assert_eq!(go!(insert.execute(conn)).unwrap(), 1);
    let row: SealedClient = go!(clients::table.select(SealedClient::as_select()).first(conn)).unwrap();
    assert_eq!(session.open(row).unwrap(), client(1));
}

#[tokio::test]
async fn vectors_slices_and_references_are_inserted() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let all: Vec<Client> = (0..9).map(client).collect();
    assert_eq!(insert_all!(conn, clients::table, session.seal(&all[..4].to_vec()).unwrap()), 4);
    assert_eq!(insert_all!(conn, clients::table, &session.seal(&all[4..8]).unwrap()), 4);
    let last = session.seal(&all[8]).unwrap();
    assert_eq!(go!(diesel::insert_into(clients::table).values(&last).execute(conn)).unwrap(), 1);
    let rows: Vec<SealedClient> =
        go!(clients::table.order(clients::id).select(SealedClient::as_select()).load(conn)).unwrap();
    assert_eq!(session.open(rows).unwrap(), all);
}

#[tokio::test]
async fn what_the_database_holds_is_sealed() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(1), client(2)][..]).unwrap());
    let cells: Vec<(fieldseal::Ciphertext<_>, Option<fieldseal::Ciphertext<_>>)> =
        go!(clients::table.select((clients::email, clients::notes)).order(clients::id).load(conn)).unwrap();
    assert_eq!(cells[0].0.as_bytes().unwrap()[0], 0xF5);
    assert!(cells[0].1.is_none() && cells[1].1.is_some());
    fieldseal::testing::assert_cell("clients.email", 0, cells[0].0.as_bytes());
    checks(conn).await;
}

async fn checks(conn: &mut Conn) {
    macro_rules! check {
        ($($column:ident)*) => {$(
            let rows: Vec<Option<fieldseal::Ciphertext<_>>> =
                go!(clients::table.select(clients::$column.nullable()).load(&mut *conn)).unwrap();
            for cell in rows.iter().flatten() {
                fieldseal::testing::assert_cell(stringify!($column), 0, cell.as_bytes());
            }
        )*};
    }
    check!(email notes intake phone visits tax_id);
}

#[tokio::test]
async fn a_borrowed_form_is_inserted() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let intake = Intake { matter: "will".into(), urgent: true };
    let (id, visits) = (String::from("n1"), 3);
    let new = NewClient {
        id: &id,
        firm_id: "acme",
        display_name: "New",
        email: "n@b.c",
        intake: &intake,
        visits,
        tax_id: "T",
    };
    go!(diesel::insert_into(clients::table).values(session.seal(&new).unwrap()).execute(conn)).unwrap();
    let row = go!(clients::table.find("n1").select(SealedClient::as_select()).first(conn)).unwrap();
    let client = session.open(row).unwrap();
    assert_eq!((client.intake, client.visits, client.email.as_str()), (intake, 3, "n@b.c"));
}

#[tokio::test]
async fn no_row_is_none_and_some_row_is_some() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(1)][..]).unwrap());
    let row = go!(clients::table.find("nobody").select(SealedClient::as_select()).first(conn)).optional().unwrap();
    assert_eq!(session.open(row).unwrap(), None);
    let row = go!(clients::table.select(SealedClient::as_select()).first(conn)).optional().unwrap();
    assert_eq!(session.open(row).unwrap(), Some(client(1)));
}

#[tokio::test]
async fn twins_load_beside_plain_columns() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(1), client(2)][..]).unwrap());
    let query = clients::table.order(clients::id).select((SealedClient::as_select(), clients::display_name));
    let rows: Vec<(SealedClient, String)> = go!(query.load(conn)).unwrap();
    let opened: Vec<(Client, String)> = session.open(rows).unwrap();
    assert_eq!(opened, [(client(1), "Client 1".to_owned()), (client(2), "Client 2".to_owned())]);
}

#[tokio::test]
async fn single_cells_load_in_tuples() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(1), client(2)][..]).unwrap());
    let columns = (clients::display_name, Client::email().cell(), Client::notes().cell(), Client::intake().cell());
    let rows: Vec<(String, _, _, _)> = go!(clients::table.order(clients::id).select(columns).load(conn)).unwrap();
    for (n, (name, email, notes, intake)) in (1..).zip(rows) {
        assert_eq!(name, client(n).display_name);
        assert_eq!(Client::email().open(&session, email).unwrap(), client(n).email);
        assert_eq!(Client::notes().open(&session, notes).unwrap(), client(n).notes);
        assert_eq!(Client::intake().open(&session, intake).unwrap().0, client(n).intake);
    }
}

#[tokio::test]
async fn streams_open_row_by_row() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let all: Vec<Client> = (0..20).map(client).collect();
    insert_all!(conn, clients::table, session.seal(&all).unwrap());
    let query = clients::table.order(clients::id).select(SealedClient::as_select());
    let opened: Vec<Client> = session.open_stream(stream!(conn, query)).try_collect().await.unwrap();
    assert_eq!(opened, all);
}

#[tokio::test]
async fn a_stream_reports_a_bad_row_in_its_place() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(1), client(2), client(3)][..]).unwrap());
    let of_another_row = session.seal(&client(1)).unwrap().email;
    let update = diesel::update(clients::table.find(client(2).id)).set(clients::email.eq(of_another_row));
    go!(update.execute(conn)).unwrap();
    let query = clients::table.order(clients::id).select(SealedClient::as_select());
    let results: Vec<_> = futures_util::StreamExt::collect(session.open_stream(stream!(conn, query))).await;
    let codes: Vec<_> = results
        .iter()
        .map(|row| row.as_ref().err().and_then(fieldseal::Error::find).map(fieldseal::Error::code))
        .collect();
    assert_eq!(codes, [None, Some("open.unauthentic"), None]);
}

#[tokio::test]
async fn rows_of_three_firms_open_in_one_call() {
    let (_vault, _session, mut db) = start().await;
    let conn = &mut db.conn;
    let keys = fieldseal::testing::TestKeys::new();
    let writer = fieldseal::testing::TestVault::new().keys(keys.clone());
    let store: std::sync::Arc<dyn fieldseal::keys::KeyStore> =
        std::sync::Arc::new(fieldseal::keys::store::MemoryKeyStore::new());
    let writer = writer.store(store.clone()).build();
    let firms = ["acme", "bolt", "coop"];
    let all: Vec<Client> = (0..9).map(|n| client_of(firms[n % 3], n)).collect();
    for client in &all {
        let session = writer.session(client.firm_id.as_str()).await.unwrap();
        go!(diesel::insert_into(clients::table).values(session.seal(client).unwrap()).execute(conn)).unwrap();
    }
    let reader = fieldseal::testing::TestVault::new().keys(keys.clone()).store(store).build();
    let before = keys.calls();
    let mut wanted = all;
    wanted.sort_by_key(|client| client.display_name.clone());
    let query = clients::table.order(clients::display_name).select(SealedClient::as_select());
    let rows: Vec<SealedClient> = go!(query.load(conn)).unwrap();
    assert_eq!(reader.open(rows).await.unwrap(), wanted);
    assert!(keys.calls() - before <= 4, "each firm once, and the platform that endorses them");
}

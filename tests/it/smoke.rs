//! One model on SQLite, from insert to lookup.

use diesel::prelude::*;
use fieldseal::assert_sealed;

use crate::models::*;

fn database() -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    diesel::sql_query(
        "CREATE TABLE clients (id TEXT PRIMARY KEY, firm_id TEXT NOT NULL, display_name TEXT NOT NULL, \
         email BLOB NOT NULL, email_term BLOB NOT NULL, notes BLOB, intake BLOB NOT NULL, phone BLOB, \
         phone_term BLOB, visits BLOB NOT NULL, tax_id BLOB NOT NULL)",
    )
    .execute(&mut conn)
    .unwrap();
    conn
}

fn client(n: u32) -> Client {
    Client {
        id: format!("c{n}"),
        firm_id: "acme".into(),
        display_name: format!("Client {n}"),
        email: format!("Client{n}@Example.org"),
        notes: (n % 2 == 0).then(|| format!("note {n}")),
        intake: Intake { matter: "divorce".into(), urgent: n == 1 },
        phone: Some(format!("555-{n:04}")),
        visits: i64::from(n),
        tax_id: format!("DE{n}"),
    }
}

#[test]
fn a_model_is_written_found_updated_and_read() {
    let (vault, mut conn) = (fieldseal::testing::vault(), database());
    let session = vault.blocking().session("acme").unwrap();
    let all: Vec<Client> = (0..50).map(client).collect();
    diesel::insert_into(clients::table).values(session.seal(&all).unwrap()).execute(&mut conn).unwrap();
    assert_sealed!(&mut conn, clients::email);
    assert_sealed!(&mut conn, clients::notes);

    let rows = clients::table.order(clients::visits).select(SealedClient::as_select()).load(&mut conn).unwrap();
    let mut opened = session.open(rows).unwrap();
    opened.sort_by_key(|c| c.visits);
    assert_eq!(opened, all);

    let found = clients::table
        .filter(Client::email().eq(&session, " client7@EXAMPLE.org").unwrap())
        .filter(clients::firm_id.eq("acme"))
        .select(SealedClient::as_select())
        .first(&mut conn)
        .unwrap();
    assert_eq!(session.open(found).unwrap(), all[7]);

    let found = Client::phone()
        .find(&session, "5550003".to_owned())
        .unwrap()
        .by(|row: &SealedClient| row.id.clone())
        .limit(20)
        .load(&session, |page| {
            clients::table
                .filter(page.candidates())
                .filter(page.after(clients::id))
                .order(clients::id)
                .limit(page.size())
                .select(SealedClient::as_select())
                .load(&mut conn)
        })
        .unwrap();
    assert_eq!(found, [all[3].clone()]);

    let patch = ClientPatch { email: Some("new@b.c"), notes: Some(None), ..ClientPatch::default() };
    diesel::update(clients::table.find("c4")).set(session.seal_for("c4", &patch).unwrap()).execute(&mut conn).unwrap();
    diesel::update(clients::table.find("c5"))
        .set(Client::notes().set(&session, "c5", Some("set".to_owned())).unwrap())
        .execute(&mut conn)
        .unwrap();
    diesel::update(clients::table.find("c5"))
        .set(Client::phone().set(&session, "c5", None::<String>).unwrap())
        .execute(&mut conn)
        .unwrap();
    let cell = clients::table.find("c4").select(Client::email().cell()).first(&mut conn).unwrap();
    assert_eq!(Client::email().open(&session, cell).unwrap(), "new@b.c");
    let cell = clients::table.find("c5").select(Client::notes().cell()).first(&mut conn).unwrap();
    assert_eq!(Client::notes().open(&session, cell).unwrap().as_deref(), Some("set"));

    let intake = Intake { matter: "will".into(), urgent: true };
    let new = NewClient {
        id: "n1",
        firm_id: "acme",
        display_name: "New",
        email: "n@b.c",
        intake: &intake,
        visits: 3,
        tax_id: "T",
    };
    diesel::insert_into(clients::table).values(session.seal(&new).unwrap()).execute(&mut conn).unwrap();
    let row = clients::table.find("n1").select(SealedClient::as_select()).first(&mut conn).unwrap();
    assert_eq!(session.open(row).unwrap().intake, intake);
}

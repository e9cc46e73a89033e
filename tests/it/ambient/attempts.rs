//! Attempts to get at another firm's values, or to have a write half done, with what a service's own code can do.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use fieldseal::{Encrypted, Protected, Session};

use super::models::*;
use super::tasks::two_firms;
use super::{assert_lost, code};
use crate::backends::sqlite_database;
use crate::models::client::clients;

/// A client whose mail stays closed.
#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(ambient, model = Client, firm = firm_id, derive(Queryable, Selectable, AsChangeset))]
struct Closed {
    id: String,
    firm_id: String,
    #[encrypted(index(email_term))]
    email: Protected<String>,
}

/// Client 1 is acme's, client 2 bolt's.
fn world() -> ([Session; 2], SqliteConnection) {
    let ([acme, bolt], mut conn) = (two_firms(), sqlite_database());
    let other = bolts();
    acme.scope_sync(|| diesel::insert_into(clients::table).values(&client(1)).execute(&mut conn).unwrap());
    bolt.scope_sync(|| diesel::insert_into(clients::table).values(&other).execute(&mut conn).unwrap());
    ([acme, bolt], conn)
}

fn bolts() -> Client {
    Client { id: "bolt-00002".into(), firm_id: "bolt".into(), ..client(2) }
}

fn all(conn: &mut SqliteConnection) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let rows: Vec<SealedClient> =
        clients::table.order(clients::id).select(SealedClient::as_select()).load(conn).unwrap();
    let row = |row: SealedClient| (row.firm_id, row.email.into_bytes().unwrap(), row.email_term.into_bytes().unwrap());
    rows.into_iter().map(row).collect()
}

/// The query says that the row is acme's. Its cells say otherwise.
#[test]
fn a_query_that_lies_about_the_firm_opens_nothing() {
    let ([acme, bolt], mut conn) = world();
    let lie = diesel::dsl::sql::<diesel::sql_types::Text>("'acme'");
    let lied = clients::table.find(bolts().id).select((clients::id, lie, clients::email, clients::email_term));
    let sql = "SELECT id, 'acme' AS firm_id, display_name, email, email_term, notes, intake, phone, phone_term, visits, \
               tax_id FROM clients WHERE firm_id = 'bolt'";
    acme.scope_sync(|| {
        assert_eq!(code(diesel::sql_query(sql).load::<Client>(&mut conn)), "open.unauthentic");
        let closed: Closed = lied.first(&mut conn).unwrap();
        assert_eq!(closed.email.open(&acme).unwrap_err().code(), "open.unauthentic");
        assert_eq!(closed.email.open(&bolt).unwrap_err().code(), "open.wrong_firm");
        // Saved as acme's, it would be a row of acme's: the guard of the table refuses.
        let before = all(&mut conn);
        let saved = diesel::update(clients::table.find(bolts().id)).set(&closed).execute(&mut conn);
        assert!(matches!(&saved, Err(DieselError::DatabaseError(..))), "{saved:?}");
        assert_eq!(all(&mut conn), before);
    });
}

/// A patch names no firm: it brings the session's along.
#[test]
fn a_patch_takes_no_row_from_another_firm() {
    let ([acme, _], mut conn) = world();
    let before = all(&mut conn);
    let row = || clients::table.find(bolts().id);
    acme.scope_sync(|| {
        let mail = ClientPatch { email: Some("mine@b.c"), ..ClientPatch::default() };
        let by_form = diesel::update(row()).set(mail.for_row(bolts().id)).execute(&mut conn);
        let by_handle =
            diesel::update(row()).set(Client::email().scoped_set(bolts().id, "mine@b.c")).execute(&mut conn);
        let to_null =
            diesel::update(row()).set(Client::notes().scoped_set(bolts().id, None::<String>)).execute(&mut conn);
        let own_key = diesel::update(row()).set(mail.for_row("acme-00009")).execute(&mut conn);
        for refused in [by_form, by_handle, to_null, own_key] {
            assert!(matches!(&refused, Err(DieselError::DatabaseError(..))), "{refused:?}");
        }
    });
    assert_eq!(all(&mut conn), before);
}

/// What is found by another firm's term does not open either.
#[test]
fn a_lookup_by_another_firms_term_finds_rows_that_do_not_open() {
    let ([acme, bolt], mut conn) = world();
    let by_bolt = Client::email().eq(&bolt, client(2).email).unwrap();
    acme.scope_sync(|| {
        let found = clients::table.filter(Client::email().scoped_eq(client(2).email)).select(Client::as_select());
        assert_eq!(found.first(&mut conn).optional().unwrap(), None::<Client>, "equal values have other terms here");
        let found = clients::table.filter(by_bolt).select(Client::as_select());
        assert_eq!(code(found.first::<Client>(&mut conn).optional()), "open.wrong_firm");
    });
}

fn one_by_one(conn: &mut SqliteConnection) -> impl Iterator<Item = QueryResult<Client>> {
    let own = clients::table.filter(clients::firm_id.eq("acme")).select(Client::as_select());
    own.load_iter::<Client, DefaultLoadingMode>(conn).unwrap()
}

/// Rows that come one by one are opened where they are asked for.
#[test]
fn an_iterator_taken_out_of_its_scope_gives_errors() {
    let ([acme, bolt], mut conn) = world();
    for row in acme.scope_sync(|| one_by_one(&mut conn)).collect::<Vec<_>>() {
        assert_lost(row, "Client");
    }
    let rows = acme.scope_sync(|| one_by_one(&mut conn));
    let codes: Vec<_> = bolt.scope_sync(|| rows.map(code).collect());
    assert_eq!(codes, ["open.wrong_firm"]);
    let rows: QueryResult<Vec<Client>> = acme.scope_sync(|| one_by_one(&mut conn).collect());
    assert_eq!(rows.unwrap(), [client(1)]);
}

/// The statement is sealed, and runs; the row that it returns is loaded where nothing opens it.
#[test]
fn what_a_statement_returns_outside_of_its_scope_is_an_error_though_it_ran() {
    let ([acme, _], mut conn) = world();
    let insert =
        acme.scope_sync(|| diesel::insert_into(clients::table).values(&client(3)).returning(Client::as_returning()));
    assert_lost(insert.get_result::<Client>(&mut conn), "Client");
    let row = clients::table.find(client(3).id).select(Client::as_select());
    assert_eq!(acme.scope_sync(|| row.first::<Client>(&mut conn)).unwrap(), client(3));
}

/// The same statement, run again in another firm's scope, writes what it was made of.
#[test]
fn a_statement_belongs_to_the_scope_that_it_was_made_in() {
    let ([acme, bolt], mut conn) = world();
    let patch = ClientPatch { notes: Some(Some("ours")), ..ClientPatch::default() };
    let update = acme.scope_sync(|| diesel::update(clients::table.find(client(1).id)).set(patch.for_row(client(1).id)));
    assert_eq!(bolt.scope_sync(|| update.execute(&mut conn)).unwrap(), 1);
    let row = clients::table.find(client(1).id).select(Client::as_select());
    let found: Client = acme.scope_sync(|| row.first(&mut conn)).unwrap();
    assert_eq!(found, Client { notes: Some("ours".into()), ..client(1) });
}

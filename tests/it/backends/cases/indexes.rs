//! Lookups by `eq`.

use super::*;
use crate::models::client::*;
use crate::models::document::*;
use crate::models::ledger::*;
use crate::models::user::*;

/// How many clients a predicate finds.
macro_rules! count {
    ($conn:expr, $predicate:expr) => {
        go!(clients::table.filter($predicate).count().get_result::<i64>(&mut *$conn)).unwrap()
    };
}

#[tokio::test]
async fn normalized_variants_find_one_row() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let all: Vec<Client> = (0..20).map(client).collect();
    insert_all!(conn, clients::table, session.seal(&all).unwrap());
    for variant in ["Client7@Example.org", " client7@EXAMPLE.org\n", "ＣＬＩＥＮＴ７@example.org"] {
        let found = clients::table.filter(Client::email().eq(&session, variant).unwrap());
        let rows = go!(found.select(SealedClient::as_select()).load(conn)).unwrap();
        assert_eq!(session.open(rows).unwrap(), [client(7)], "{variant}");
    }
    for other in ["", "client70@example.org", "client7@example.com", "client7"] {
        assert_eq!(count!(conn, Client::email().eq(&session, other).unwrap()), 0, "{other}");
    }
}

#[tokio::test]
async fn predicates_compose() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let all: Vec<Client> = (0..20).map(client).collect();
    insert_all!(conn, clients::table, session.seal(&all).unwrap());
    let by = |n: usize| Client::email().eq(&session, client(n).email).unwrap();
    assert_eq!(count!(conn, by(3).or(by(4))), 2);
    assert_eq!(count!(conn, by(3).and(by(4))), 0);
    assert_eq!(count!(conn, by(3).and(clients::firm_id.eq("acme"))), 1);
    assert_eq!(count!(conn, by(3).and(clients::firm_id.eq("bolt"))), 0);
    assert_eq!(count!(conn, by(3).or(clients::id.eq(client(5).id))), 2);
    assert_eq!(count!(conn, diesel::dsl::not(by(3))), 19);
    let boxed = clients::table.into_boxed().filter(by(3)).or_filter(by(9)).order(clients::id);
    let rows: Vec<SealedClient> = go!(boxed.select(SealedClient::as_select()).load(conn)).unwrap();
    assert_eq!(session.open(rows).unwrap(), [client(3), client(9)]);
    let deleted = go!(diesel::delete(clients::table.filter(by(3))).execute(conn)).unwrap();
    assert_eq!((deleted, count!(conn, by(3))), (1, 0));
}

#[tokio::test]
async fn one_firms_terms_find_nothing_of_another() {
    let (vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let bolt = vault.session("bolt").await.unwrap();
    insert_all!(conn, clients::table, session.seal(&[client(1)][..]).unwrap());
    insert_all!(conn, clients::table, bolt.seal(&[client_of("bolt", 1)][..]).unwrap());
    for (session, firm) in [(&session, "acme"), (&bolt, "bolt")] {
        let found = clients::table.filter(Client::email().eq(session, client(1).email).unwrap());
        let rows: Vec<SealedClient> = go!(found.select(SealedClient::as_select()).load(conn)).unwrap();
        assert_eq!(session.open(rows).unwrap(), [client_of(firm, 1)]);
    }
}

#[tokio::test]
async fn null_matches_nothing_and_the_empty_string_itself() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    for (seal_id, reference) in [("d1", None), ("d2", Some("")), ("d3", Some("ab-1")), ("d4", Some("AB1"))] {
        let new = NewDocument { seal_id, firm_id: "acme", name: "a deed", reference };
        go!(diesel::insert_into(documents::table).values(session.seal(&new).unwrap()).execute(conn)).unwrap();
    }
    for (sought, wanted) in [("", vec!["d2"]), ("--", vec!["d2"]), ("a-b-1", vec!["d3", "d4"]), ("x", vec![])] {
        let found = documents::table.filter(Document::reference().eq(&session, sought).unwrap());
        let ids: Vec<String> = go!(found.select(documents::seal_id).order(documents::id).load(conn)).unwrap();
        assert_eq!(ids, wanted, "{sought:?}");
    }
    let unequal = documents::table.filter(diesel::dsl::not(Document::reference().eq(&session, "x").unwrap()));
    assert_eq!(go!(unequal.count().get_result::<i64>(conn)).unwrap(), 3, "NULL is not unequal either");
}

#[tokio::test]
async fn a_global_index_knows_a_login_before_its_firm() {
    let (vault, _session, mut db) = start().await;
    let conn = &mut db.conn;
    let right = vault.global_index().await.unwrap();
    for (id, firm) in [(1, "acme"), (2, "bolt")] {
        let session = vault.session(firm).await.unwrap();
        let user = user(id, firm, &format!("user{id}@b.c"));
        assert_eq!(session.seal(&user).unwrap_err().code(), "seal.no_global_index");
        let sealed = session.with_global_index(&right).seal(&user).unwrap();
        go!(diesel::insert_into(users::table).values(sealed).execute(conn)).unwrap();
    }
    let found = users::table.filter(User::login().eq(&right, " USER2@b.c").unwrap());
    let row: SealedUser = go!(found.select(SealedUser::as_select()).first(conn)).unwrap();
    let session = vault.session(row.firm_id.as_str()).await.unwrap();
    assert_eq!(session.open(row).unwrap(), user(2, "bolt", "user2@b.c"));

    let session = vault.session("coop").await.unwrap().with_global_index(&right);
    let taken = session.seal(&user(3, "coop", "User1@B.C")).unwrap();
    let refused = go!(diesel::insert_into(users::table).values(taken).execute(conn)).unwrap_err();
    let kind = diesel::result::DatabaseErrorKind::UniqueViolation;
    assert!(matches!(refused, diesel::result::Error::DatabaseError(k, _) if format!("{k:?}") == format!("{kind:?}")));
}

#[tokio::test]
async fn an_index_of_a_pinned_id_survives_renaming() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let entries = [entry("DE00 1", "de"), entry("FR00 2", "fr"), entry("de00 1", "de")];
    insert_all!(conn, ledger::table, session.seal(&entries[..]).unwrap());
    for statement in [
        "ALTER TABLE ledger RENAME TO renamed_ledger",
        "ALTER TABLE renamed_ledger RENAME COLUMN account TO account_number",
        "ALTER TABLE renamed_ledger RENAME COLUMN account_term TO account_number_term",
    ] {
        go!(diesel::sql_query(statement).execute(conn)).unwrap();
    }
    let found = renamed_ledger::table.filter(RenamedEntry::account_number().eq(&session, "DE00 1").unwrap());
    let rows = go!(found.order(renamed_ledger::id).select(SealedRenamedEntry::as_select()).load(conn)).unwrap();
    let accounts: Vec<_> = session.open(rows).unwrap().into_iter().map(|entry| entry.account_number).collect();
    assert_eq!(accounts, ["DE00 1", "de00 1"]);
}

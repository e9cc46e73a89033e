//! Rows that were tampered with: whichever shape asks for one, it is an error, never "no such row" and never a row less.
//!
//! The tables have no guards: whoever writes here has dropped them. Each attack is on the second of three rows; each shape
//! asks for that row, alone or among others.

mod rows;
mod shapes;
mod single;

use fieldseal::{Encrypted, Session, Vault};

use super::*;
use crate::support::watch::public::permit;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    victims (id) {
        id -> BigInt,
        firm_id -> Text,
        name -> FieldsealText,
        name_term -> FieldsealTextTerm,
        notes -> Nullable<FieldsealText>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    visits (id) {
        id -> BigInt,
        firm_id -> Text,
        victim_id -> BigInt,
        reason -> FieldsealText,
    }
}

diesel::joinable!(visits -> victims (victim_id));
diesel::allow_tables_to_appear_in_same_query!(victims, visits);

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = victims)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, Identifiable, AsChangeset))]
struct Victim {
    id: i64,
    firm_id: String,
    #[encrypted(index(name_term))]
    name: String,
    #[encrypted]
    notes: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = visits)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Visit {
    id: i64,
    firm_id: String,
    victim_id: i64,
    #[encrypted]
    reason: String,
}

/// The victims in the ambient form.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = victims)]
#[encrypted(ambient, firm = firm_id, derive(Queryable, Selectable))]
struct AmbientVictim {
    id: i64,
    firm_id: String,
    #[encrypted(index(name_term))]
    name: String,
    #[encrypted]
    notes: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = visits)]
#[encrypted(ambient, firm = firm_id, derive(Queryable, Selectable))]
struct AmbientVisit {
    id: i64,
    firm_id: String,
    victim_id: i64,
    #[encrypted]
    reason: String,
}

/// The same columns under weaker binding, to make cells of the weaker kinds.
#[derive(Encrypted)]
#[diesel(table_name = victims)]
#[encrypted(firm = firm_id, row = none, derive(Queryable))]
struct Weaker {
    id: i64,
    firm_id: String,
    #[encrypted]
    name: String,
    #[encrypted(deterministic)]
    notes: Option<String>,
}

fn victim(id: i64) -> Victim {
    Victim { id, firm_id: "acme".into(), name: format!("victim {id}"), notes: Some("seen".into()) }
}

fn visit(id: i64) -> Visit {
    Visit { id, firm_id: "acme".into(), victim_id: id, reason: "pain".into() }
}

/// Three victims with a visit each, in tables without guards.
async fn crime_scene() -> (Vault, Session, Db<Conn>) {
    let (vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let victims = "id BIGINT PRIMARY KEY, firm_id TEXT, name BYTEA, name_term BYTEA, notes BYTEA";
    let visits = "id BIGINT PRIMARY KEY, firm_id TEXT, victim_id BIGINT, reason BYTEA";
    for (table, columns) in [("victims", victims), ("visits", visits)] {
        go!(diesel::sql_query(format!("CREATE TABLE {table} ({columns})")).execute(conn)).unwrap();
    }
    let (three, their) = ([1, 2, 3].map(victim), [1, 2, 3].map(visit));
    insert_all!(conn, victims::table, session.seal(&three[..]).unwrap());
    insert_all!(conn, visits::table, session.seal(&their[..]).unwrap());
    (vault, session, db)
}

/// What an attacker puts into the second victim's name, and the code of the error.
fn planted(session: &Session) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let honest = session.seal(&victim(2)).unwrap().name.into_bytes().unwrap();
    let changed = |at: usize, to: u8| {
        let mut cell = honest.clone();
        cell[at] = to;
        cell
    };
    let flipped = |at: usize| changed(at, honest[at] ^ 1);
    let weaker = Weaker { id: 2, firm_id: "acme".into(), name: "victim 2".into(), notes: Some("victim 2".into()) };
    let weaker = session.seal(&weaker).unwrap();
    let of_row_1 = session.seal(&victim(1)).unwrap();
    vec![
        ("a bit of the nonce", "open.unauthentic", flipped(2)),
        ("a bit of the body", "open.unauthentic", flipped(27)),
        ("a bit of the tag", "open.unauthentic", flipped(honest.len() - 1)),
        ("the cell of another row", "open.unauthentic", of_row_1.name.into_bytes().unwrap()),
        (
            "the cell of another column",
            "open.unauthentic",
            session.seal(&victim(2)).unwrap().notes.unwrap().into_bytes().unwrap(),
        ),
        ("a column-bound cell", "open.wrong_kind", weaker.name.into_bytes().unwrap()),
        ("a deterministic cell", "open.wrong_kind", weaker.notes.unwrap().into_bytes().unwrap()),
        ("a version that never was", "open.unknown_version", changed(1, 2)),
        ("a kind that is none", "open.envelope", changed(0, 0xF8)),
        ("half a cell", "open.envelope", honest[..20].to_vec()),
        ("nothing", "open.envelope", Vec::new()),
        ("plaintext", "open.envelope", b"victim 2".to_vec()),
    ]
}

async fn plant(conn: &mut Conn, bytes: &[u8]) {
    let _permit = permit("an attacker's bytes", bytes);
    let update = diesel::sql_query("UPDATE victims SET name = $1 WHERE id = 2");
    go!(update.bind::<diesel::sql_types::Binary, _>(bytes.to_vec()).execute(conn)).unwrap();
}

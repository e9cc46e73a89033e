//! Rows that were tampered with: whichever shape asks for one, it is an error, never "no such row" and never a row less.
//!
//! The tables have no guards: whoever writes here has dropped them. Each attack is on the second of three rows; each shape
//! asks for that row, alone or among others.

use diesel::result::{Error as DieselError, UnexpectedNullError};
use fieldseal::{Ciphertext, Encrypted, Error, Session, Vault};
use futures_util::StreamExt as _;

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

/// What a shape gave: how many rows, or the code of the error.
type Outcome = Result<usize, String>;

/// The code of our error within Diesel's, or which of Diesel's it is.
fn code(error: DieselError) -> String {
    match (&error, Error::find(&error)) {
        (_, Some(ours)) => ours.code().to_owned(),
        (DieselError::DeserializationError(cause), _) if cause.is::<UnexpectedNullError>() => "null".to_owned(),
        _ => format!("{error:?}"),
    }
}

/// Every shape that asks for the second victim, by name, with its outcome.
///
/// `$run` runs a query to its end; `$open` turns what Diesel loaded into models. So another form of the models goes
/// through the same shapes: it gives its types, its own `run`, and an `$open` that has nothing left to do.
macro_rules! shapes {
    ($conn:expr, $session:expr, $victim:ty, $visit:ty, $run:ident, |$rows:ident| $open:expr) => {{
        let (conn, mut outcomes) = ($conn, Vec::<(&str, Outcome)>::new());
        macro_rules! shape {
            ($name:literal, $loaded:expr, $count:expr) => {
                let outcome = match $loaded {
                    Ok($rows) => $open.map($count).map_err(code),
                    Err(error) => Err(code(error)),
                };
                outcomes.push(($name, outcome));
            };
        }
        let all = || victims::table.order(victims::id).select(<$victim>::as_select());
        let second = || victims::table.find(2i64).select(<$victim>::as_select());
        shape!("first, optional", $run!($session, second().first(conn)).optional(), one);
        shape!("get_result, optional", $run!($session, second().get_result(conn)).optional(), one);
        shape!("find, load", $run!($session, second().load(conn)), many);
        shape!("eq_any", $run!($session, all().filter(victims::id.eq_any([1i64, 2, 3])).load(conn)), many);
        shape!("every row", $run!($session, all().load(conn)), many);
        let boxed = victims::table.select(<$victim>::as_select()).into_boxed().filter(victims::id.eq(2i64));
        shape!("boxed, first, optional", $run!($session, boxed.first(conn)).optional(), one);
        let by_name = second().filter(Victim::name().eq($session, "victim 2").unwrap());
        shape!("by term, optional", $run!($session, by_name.first(conn)).optional(), one);
        let joined = visits::table.inner_join(victims::table).order(visits::id);
        let joined = joined.select((<$visit>::as_select(), <$victim>::as_select()));
        shape!("inner join", $run!($session, joined.load::<($visit, $victim)>(conn)), many);
        let update = diesel::update(victims::table.find(2i64)).set(victims::firm_id.eq(victims::firm_id));
        let update = update.returning(<$victim>::as_returning());
        shape!("returning, optional", $run!($session, update.get_result(conn)).optional(), one);
        outcomes
    }};
}

/// The shapes in which a missing row is `None` within a row that is there; the count is that of the victims.
macro_rules! left_joins {
    ($conn:expr, $session:expr, $victim:ty, $visit:ty, $run:ident, |$rows:ident| $open:expr) => {{
        let left = visits::table.left_join(victims::table).order(visits::id);
        let left = left.select((<$visit>::as_select(), Option::<$victim>::as_select()));
        let outcome = match $run!($session, left.load::<($visit, Option<$victim>)>($conn)) {
            Ok($rows) => $open.map_err(code),
            Err(error) => Err(code(error)),
        };
        outcome.map(|rows: Vec<(_, Option<_>)>| rows.into_iter().filter(|(_, victim)| victim.is_some()).count())
    }};
}

/// Runs a query that needs no scope.
macro_rules! unscoped {
    ($session:expr, $query:expr) => {
        go!($query)
    };
}

/// The explicit form: sealed twins are loaded and opened. A function, and so expanded once a backend.
async fn explicit(conn: &mut Conn, session: &Session) -> (Vec<(&'static str, Outcome)>, Outcome) {
    let outcomes = shapes!(&mut *conn, session, SealedVictim, SealedVisit, unscoped, |rows| session
        .open(rows)
        .map_err(DieselError::from));
    let left = left_joins!(&mut *conn, session, SealedVictim, SealedVisit, unscoped, |rows| session
        .open(rows)
        .map_err(DieselError::from));
    (outcomes, left)
}

/// The ambient form: Diesel loads the models themselves.
async fn ambient(conn: &mut Conn, session: &Session) -> (Vec<(&'static str, Outcome)>, Outcome) {
    let outcomes = shapes!(&mut *conn, session, AmbientVictim, AmbientVisit, scoped, |rows| Ok::<_, DieselError>(rows));
    let left = left_joins!(&mut *conn, session, AmbientVictim, AmbientVisit, scoped, |rows| Ok::<_, DieselError>(rows));
    (outcomes, left)
}

fn one<T>(row: Option<T>) -> usize {
    usize::from(row.is_some())
}

fn many<T>(rows: Vec<T>) -> usize {
    rows.len()
}

/// What an attacker puts into the second victim's name, and the code of the error.
fn planted(session: &Session) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let honest = session.seal(&victim(2)).unwrap().name.into_bytes();
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
        ("the cell of another row", "open.unauthentic", of_row_1.name.into_bytes()),
        (
            "the cell of another column",
            "open.unauthentic",
            session.seal(&victim(2)).unwrap().notes.unwrap().into_bytes(),
        ),
        ("a column-bound cell", "open.wrong_kind", weaker.name.into_bytes()),
        ("a deterministic cell", "open.wrong_kind", weaker.notes.unwrap().into_bytes()),
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

/// Both forms, all shapes.
async fn assert_refused(conn: &mut Conn, session: &Session, attack: &str, expected: &str) {
    for (outcomes, left) in [explicit(conn, session).await, ambient(conn, session).await] {
        assert_shapes(attack, expected, &outcomes);
        assert_eq!(left, Err(expected.to_owned()), "{attack}: left join");
    }
}

fn assert_shapes(attack: &str, expected: &str, outcomes: &[(&str, Outcome)]) {
    assert_eq!(outcomes.len(), 9);
    for (shape, outcome) in outcomes {
        assert_eq!(outcome.as_ref().unwrap_err(), expected, "{attack}: {shape}");
    }
}

async fn assert_counts(conn: &mut Conn, session: &Session, expected: [usize; 9], left_expected: usize) {
    for (outcomes, left) in [explicit(conn, session).await, ambient(conn, session).await] {
        let counts: Vec<_> = outcomes.into_iter().map(|(_, outcome)| outcome.unwrap()).collect();
        assert_eq!((counts, left), (expected.to_vec(), Ok(left_expected)));
    }
}

#[tokio::test]
async fn every_shape_finds_the_row_that_nobody_touched() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    assert_counts(conn, &session, [1, 1, 1, 3, 3, 1, 1, 3, 1], 3).await;
    go!(diesel::delete(victims::table.find(2i64)).execute(conn)).unwrap();
    // No row is no error.
    assert_counts(conn, &session, [0, 0, 0, 2, 2, 0, 0, 2, 0], 2).await;
}

#[tokio::test]
async fn no_shape_takes_a_changed_cell_for_no_row() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    for (attack, expected, bytes) in planted(&session) {
        plant(conn, &bytes).await;
        assert_refused(conn, &session, attack, expected).await;
    }
}

#[tokio::test]
async fn no_shape_takes_another_firms_row_for_no_row() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    go!(diesel::sql_query("UPDATE victims SET firm_id = 'bolt' WHERE id = 2").execute(conn)).unwrap();
    assert_refused(conn, &session, "another firm", "open.wrong_firm").await;
}

/// Cells swapped between rows, and a row under another row's key: each is in a place that is not its own.
#[tokio::test]
async fn no_shape_takes_swapped_rows_for_no_row() {
    let swap = ["UPDATE victims SET name = (SELECT name FROM victims WHERE id = 3) WHERE id = 2"];
    // The term stays findable under the key.
    let renumber = [
        "UPDATE victims SET name_term = (SELECT name_term FROM victims WHERE id = 2)",
        "UPDATE victims SET id = 9 WHERE id = 2",
        "UPDATE victims SET id = 2 WHERE id = 3",
        "UPDATE victims SET id = 3 WHERE id = 9",
    ];
    for attack in [&swap[..], &renumber] {
        let (_vault, session, mut db) = crime_scene().await;
        let conn = &mut db.conn;
        for sql in attack {
            go!(diesel::sql_query(*sql).execute(conn)).unwrap();
        }
        assert_refused(conn, &session, attack[0], "open.unauthentic").await;
    }
}

#[tokio::test]
async fn a_null_where_the_model_has_none_is_an_error() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    go!(diesel::sql_query("UPDATE victims SET name = NULL WHERE id = 2").execute(conn)).unwrap();
    assert_shapes("NULL", "null", &explicit(conn, &session).await.0);
    assert_shapes("NULL", "null", &ambient(conn, &session).await.0);
}

/// Diesel takes a joined row with any unexpected NULL for a row that is not there, and says so to nobody: whoever may set
/// the cell to NULL hides the row from this shape, as if they had deleted it (`SECURITY.md`). If this test fails, Diesel
/// has become stricter: correct that page.
#[tokio::test]
async fn a_null_hides_a_row_from_a_left_join_only() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    for column in ["name", "name_term", "firm_id"] {
        let restore = format!("UPDATE victims SET {column} = (SELECT {column} FROM victims WHERE id = 1) WHERE id = 2");
        go!(diesel::sql_query(format!("UPDATE victims SET {column} = NULL WHERE id = 2")).execute(conn)).unwrap();
        for (_, left) in [explicit(conn, &session).await, ambient(conn, &session).await] {
            assert_eq!(left, Ok(2), "{column}");
        }
        go!(diesel::sql_query(restore).execute(conn)).unwrap();
    }
    // The remedy: the key beside the row tells a row that is not there from one that can't be read.
    go!(diesel::sql_query("UPDATE victims SET name = NULL WHERE id = 2").execute(conn)).unwrap();
    let left = visits::table.left_join(victims::table).filter(visits::id.eq(2i64));
    let left = left.select((victims::id.nullable(), Option::<SealedVictim>::as_select()));
    let (key, row): (Option<i64>, Option<SealedVictim>) = go!(left.first(conn)).unwrap();
    assert!(key == Some(2) && row.is_none());
}

#[tokio::test]
async fn a_stream_has_an_error_in_the_place_of_the_row() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    for (attack, expected, bytes) in planted(&session) {
        plant(conn, &bytes).await;
        let query = victims::table.order(victims::id).select(SealedVictim::as_select());
        let rows: Vec<_> = session.open_stream(stream!(conn, query)).collect().await;
        let codes: Vec<_> = rows.iter().map(|row| row.as_ref().err().and_then(Error::find).map(Error::code)).collect();
        assert_eq!(codes, [None, Some(expected), None], "{attack}");
    }
}

#[tokio::test]
async fn single_cells_are_errors_too_also_in_left_joins() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    for (attack, expected, bytes) in planted(&session) {
        plant(conn, &bytes).await;
        let cell = victims::table.find(2i64).select(Victim::name().cell());
        let cell: (i64, Ciphertext<_>) = go!(cell.first(conn)).optional().unwrap().unwrap();
        assert_eq!(Victim::name().open(&session, cell).unwrap_err().code(), expected, "{attack}");
        let left = visits::table.left_join(victims::table).filter(visits::id.eq(2i64));
        let cell = go!(left.select(Victim::name().cell().nullable()).first(conn)).unwrap();
        assert_eq!(Victim::name().open_option(&session, cell).unwrap_err().code(), expected, "{attack}: left join");
    }
}

/// The loader re-checks candidates by opening them: one that does not open is no candidate that can be left out.
#[tokio::test]
async fn a_candidate_that_does_not_open_is_an_error_of_the_lookup() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    for (attack, expected, bytes) in planted(&session) {
        plant(conn, &bytes).await;
        let finder = Victim::name().find(&session, "victim 2").unwrap().by(|row: &SealedVictim| row.id);
        let found = search!(finder, &session, |page| victims::table
            .filter(page.candidates())
            .filter(page.after(victims::id))
            .order(victims::id)
            .limit(page.size())
            .select(SealedVictim::as_select())
            .load(conn));
        assert_eq!(found.unwrap_err().code(), expected, "{attack}");
    }
}

//! Shapes of models besides the common one: no row key, keys of two columns, few bits, global terms.

use diesel::prelude::*;
use fieldseal::Encrypted;
use fieldseal::keys::Phase;
use fieldseal::testing::TestVault;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    loose (id) {
        id -> Integer,
        firm_id -> Text,
        word_plain -> Nullable<Text>,
        word -> Nullable<FieldsealTextColumn>,
        word_term -> Nullable<FieldsealTextTerm>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    seats (hall, seat) {
        hall -> Integer,
        seat -> Integer,
        firm_id -> Text,
        guest_plain -> Nullable<Text>,
        guest -> Nullable<FieldsealText>,
        guest_term -> Nullable<FieldsealTextTerm>,
        login_plain -> Nullable<Text>,
        login -> Nullable<FieldsealText>,
        login_term -> Nullable<FieldsealTextTerm>,
    }
}

/// Bound to no row.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = loose, treat_none_as_null = true)]
#[encrypted(firm = firm_id, row = none, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Loose {
    id: i32,
    firm_id: String,
    #[encrypted(index(word_term), legacy = word_plain)]
    word: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = seats, primary_key(hall, seat))]
#[encrypted(firm = firm_id, row = (hall, seat), derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Seat {
    hall: i32,
    seat: i32,
    firm_id: String,
    #[encrypted(index(guest_term, normalize = casefold, bits = 4), pad = 32, legacy = guest_plain)]
    guest: String,
    #[encrypted(index(login_term, normalize = lowercase, unique, scope = global), legacy = login_plain)]
    login: String,
}

fn connect(tables: &str) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    diesel::connection::SimpleConnection::batch_execute(&mut conn, tables).unwrap();
    conn
}

#[test]
fn cells_that_are_bound_to_no_row() {
    let conn = &mut connect(
        "CREATE TABLE loose (id INTEGER PRIMARY KEY, firm_id TEXT, word_plain TEXT, word BLOB, word_term BLOB)",
    );
    for phase in Phase::ALL {
        let vault = TestVault::new().phase("loose", &["word"], phase).build();
        let session = vault.blocking().session("acme").unwrap();
        let id = i32::from(phase.number());
        let loose = Loose { id, firm_id: "acme".into(), word: Some("word".into()) };
        diesel::insert_into(loose::table).values(session.seal(&loose).unwrap()).execute(conn).unwrap();
        let cell = loose::table.find(id).select(Loose::word().cell()).first(conn).unwrap();
        assert_eq!(Loose::word().open(&session, cell).unwrap().as_deref(), Some("word"), "{phase}");
        let found = loose::table.find(id).filter(Loose::word().eq(&session, "word").unwrap()).count();
        assert_eq!(found.get_result::<i64>(conn).unwrap(), 1, "{phase}");
        diesel::update(loose::table.find(id))
            .set(Loose::word().set(&session, (), Some("set")).unwrap())
            .execute(conn)
            .unwrap();
        let row = loose::table.find(id).select(SealedLoose::as_select()).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap().word.as_deref(), Some("set"), "{phase}");
        // `treat_none_as_null`: an update to NULL clears all three.
        let none = Loose { word: None, ..loose };
        diesel::update(loose::table.find(id)).set(session.seal(&none).unwrap()).execute(conn).unwrap();
        let row = loose::table.find(id).select(SealedLoose::as_select()).first(conn).unwrap();
        assert!(row.word.is_none() && row.word_term.is_none() && !row.word_plain.is_some(), "{phase}");
        assert_eq!(session.open(row).unwrap(), none);
    }
}

#[test]
fn keys_of_two_columns_terms_of_few_bits_and_global_ones() {
    let table = "CREATE TABLE seats (hall INTEGER, seat INTEGER, firm_id TEXT, guest_plain TEXT, guest BLOB, guest_term BLOB, \
        login_plain TEXT, login BLOB, login_term BLOB, PRIMARY KEY (hall, seat))";
    for phase in Phase::ALL {
        let conn = &mut connect(table);
        let vault = TestVault::new().phase("seats", &["guest", "login"], phase).build();
        let global = vault.blocking().global_index().unwrap();
        let session = vault.blocking().session("acme").unwrap().with_global_index(&global);
        let seat = |hall, seat: i32, guest: &str| Seat {
            hall,
            seat,
            firm_id: "acme".into(),
            guest: guest.into(),
            login: format!("Login{seat}"),
        };
        // More rows than 4 bits tell apart, so that most candidates are others.
        let all: Vec<_> = (0..40).map(|i| seat(1, i, &format!("Guest {}", i % 20))).collect();
        for one in &all {
            diesel::insert_into(seats::table).values(session.seal(one).unwrap()).execute(conn).unwrap();
        }
        if phase.reads_plain() {
            let plain = (seats::guest_plain.eq("GUEST 3"), seats::login_plain.eq("LOGIN99"), seats::firm_id.eq("acme"));
            diesel::insert_into(seats::table)
                .values((seats::hall.eq(1), seats::seat.eq(99), plain))
                .execute(conn)
                .unwrap();
        }
        let finder = Seat::guest().find(&session, "guest 3").unwrap().by(|row: &SealedSeat| row.seat);
        let found = finder
            .load(&session, |page| page.of(seats::table.select(SealedSeat::as_select()), seats::seat).load(&mut *conn));
        let seats: Vec<_> = found.unwrap().iter().map(|seat| seat.seat).collect();
        assert_eq!(seats, if phase.reads_plain() { vec![3, 23, 99] } else { vec![3, 23] }, "{phase}");

        let finder = Seat::login().find(&global, "LOGIN7").unwrap().by(|row: &SealedSeat| row.seat);
        let found = finder
            .load(&session, |page| page.of(seats::table.select(SealedSeat::as_select()), seats::seat).load(&mut *conn));
        assert_eq!(found.unwrap(), [all[7].clone()], "{phase}");

        let set = Seat::guest().set(&session, (1, 7), "another").unwrap();
        diesel::update(seats::table.find((1, 7))).set(set).execute(conn).unwrap();
        let cell = seats::table.find((1, 7)).select(Seat::guest().cell()).first(conn).unwrap();
        assert_eq!(Seat::guest().open(&session, cell).unwrap(), "another", "{phase}");
        assert!(Seat::login().eq(&global, "x").is_err() == phase.reads_plain());
    }
}

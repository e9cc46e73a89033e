//! Columns and keys under other names than the fields': `column_name`, `primary_key`, raw identifiers, composite keys.

use diesel::prelude::*;
use fieldseal::Encrypted;
use fieldseal::schema::Backend;

use super::secret;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    #[sql_name = "order"]
    orders (ref_) {
        #[sql_name = "ref"]
        ref_ -> Text,
        owner -> Text,
        r#type -> Text,
        r#match -> Nullable<FieldsealText>,
        #[sql_name = "group by"]
        group_by -> FieldsealText,
        #[sql_name = "group term"]
        group_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    seats (firm_id, row_no, seat_no) {
        firm_id -> Text,
        row_no -> Integer,
        seat_no -> Integer,
        price -> Integer,
        guest -> Nullable<FieldsealText>,
    }
}

/// Diesel finds a column of a raw statement by its name in Rust.
const BY_NAME: &str = "SELECT ref AS ref_, owner, type, match, \"group by\" AS group_by, \"group term\" AS group_term \
                       FROM \"order\"";

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = orders, primary_key(ref_))]
#[encrypted(
    firm = firm,
    row = r#ref,
    table = "order",
    derive(Insertable, Queryable, Selectable, QueryableByName, AsChangeset, Identifiable)
)]
struct Order {
    #[diesel(column_name = ref_)]
    r#ref: String,
    #[diesel(column_name = "owner")]
    firm: String,
    #[diesel(column_name = "type")]
    kind: String,
    #[encrypted]
    r#match: Option<String>,
    #[encrypted(index(group_term, normalize = trim, unique))]
    #[diesel(column_name = group_by)]
    group: String,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = seats, primary_key(firm_id, row_no, seat_no))]
#[encrypted(
    firm = firm_id,
    row = (firm_id, row_number, seat_no),
    derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable)
)]
struct Seat {
    firm_id: String,
    #[diesel(column_name = row_no)]
    row_number: i32,
    seat_no: i32,
    price: i32,
    #[encrypted]
    guest: Option<String>,
}

/// The key's columns under the fields' names of the model, none of which the form holds.
#[derive(Encrypted)]
#[diesel(table_name = seats, primary_key(firm_id, row_no, seat_no))]
#[encrypted(model = Seat, row = (firm_id, row_no, seat_no), derive(AsChangeset))]
struct SeatPatch<'a> {
    price: Option<i32>,
    #[encrypted]
    guest: Option<Option<&'a str>>,
}

fn tables(backend: Backend) -> String {
    let plain = "CREATE TABLE \"order\" (ref TEXT PRIMARY KEY, owner TEXT NOT NULL, type TEXT NOT NULL); \
                 CREATE TABLE seats (firm_id TEXT, row_no INTEGER, seat_no INTEGER, price INTEGER NOT NULL, \
                 PRIMARY KEY (firm_id, row_no, seat_no))";
    super::tables::<(Order, Seat)>(backend, plain)
}

fn order(n: u32) -> Order {
    Order {
        r#ref: format!("o{n}"),
        firm: "acme".into(),
        kind: "express".into(),
        r#match: Some(secret(format!("match {n}"))),
        group: secret(format!("group {n}")),
    }
}

fn seat(seat_no: i32) -> Seat {
    Seat { firm_id: "acme".into(), row_number: 7, seat_no, price: 10, guest: Some(secret(seat_no)) }
}

on_both! {
    fn names_of_sql_and_of_rust_differ(conn, session) of tables {
        diesel::insert_into(orders::table).values(session.seal(&order(1)).unwrap()).execute(conn).unwrap();
        let found = orders::table.filter(Order::group().eq(session, format!(" {} ", secret("group 1"))).unwrap());
        let row = found.select(SealedOrder::as_select()).first(conn).unwrap();
        assert_eq!(Identifiable::id(&row), "o1");
        assert_eq!(session.open(row).unwrap(), order(1));

        let changed = Order { kind: "slow".into(), group: secret("changed"), ..order(1) };
        let twin = session.seal(&changed).unwrap();
        diesel::update(&twin).set(&twin).execute(conn).unwrap();
        let set = Order::r#match().set(session, "o1", secret("set")).unwrap();
        diesel::update(orders::table.find("o1")).set(set).execute(conn).unwrap();
        let cell = orders::table.select(Order::r#match().cell()).first(conn).unwrap();
        assert_eq!(Order::r#match().open(session, cell).unwrap(), Some(secret("set")));

        let by_name: Vec<SealedOrder> = diesel::sql_query(BY_NAME).load(conn).unwrap();
        assert_eq!(session.open(by_name).unwrap(), [Order { r#match: Some(secret("set")), ..changed }]);
    }

    fn a_composite_key_holds_the_firm_and_renamed_columns(conn, session) of tables {
        let sealed = session.seal(&[seat(1), seat(2)][..]).unwrap();
        diesel::insert_into(seats::table).values(&sealed).execute(conn).unwrap();
        assert_eq!(Identifiable::id(&sealed[1]), (&"acme".to_owned(), &7, &2));
        let key = || ("acme".to_owned(), 7, 2);
        let new = secret("patched");
        let patch = SeatPatch { price: Some(20), guest: Some(Some(&new)) };
        let patch = session.seal_for(key(), &patch).unwrap();
        diesel::update(seats::table.find(key())).set(patch).execute(conn).unwrap();
        let rows = seats::table.order(seats::seat_no).select(SealedSeat::as_select()).load(conn).unwrap();
        assert_eq!(session.open(rows).unwrap(), [seat(1), Seat { price: 20, guest: Some(new), ..seat(2) }]);
        let set = Seat::guest().set(session, key(), None::<String>).unwrap();
        diesel::update(seats::table.find(key())).set(set).execute(conn).unwrap();
        let cell = seats::table.find(key()).select(Seat::guest().cell()).first(conn).unwrap();
        assert_eq!(Seat::guest().open(session, cell).unwrap(), None);
        let (stray, other) = (secret("stray"), ("acme".to_owned(), 7, 1));
        let patch = session.seal_for(other, &SeatPatch { price: None, guest: Some(Some(&stray)) }).unwrap();
        diesel::update(seats::table.find(key())).set(patch).execute(conn).unwrap_err();
    }
}

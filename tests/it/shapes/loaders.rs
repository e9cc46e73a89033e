//! `HasQuery`, `QueryableByName` and `check_for_backend`.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::Sqlite;
use fieldseal::Encrypted;

use super::base::*;
use super::{Postgres, assert_sealed_everywhere, session};

/// The base query of Diesel's own kind: the whole table.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = items)]
#[encrypted(model = Item, firm = firm_id, derive(HasQuery))]
struct Every {
    id: i64,
    firm_id: String,
    #[encrypted]
    notes: Option<String>,
}

/// A base query that joins and filters.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(
    table_name = parts,
    base_query = parts::table.inner_join(items::table).filter(items::rank.is_not_null()).order(parts::id)
)]
#[encrypted(model = Part, firm = firm_id, derive(HasQuery))]
struct Ranked {
    id: i64,
    firm_id: String,
    #[diesel(select_expression = items::label)]
    label: String,
    #[encrypted]
    code: Option<String>,
}

#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = items, check_for_backend(Pg))]
#[encrypted(model = Item, firm = firm_id, derive(Queryable, Selectable))]
struct OnPostgres {
    id: i64,
    firm_id: String,
    // PostgreSQL alone has arrays.
    #[diesel(
        select_expression = diesel::dsl::sql::<diesel::sql_types::Array<Text>>("string_to_array(items.label, ' ')"),
        select_expression_type = diesel::expression::SqlLiteral<diesel::sql_types::Array<Text>>
    )]
    words: Vec<String>,
    #[encrypted]
    notes: Option<String>,
}

#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = items, check_for_backend(Pg, Sqlite))]
#[encrypted(model = Item, firm = firm_id, derive(Queryable, Selectable, QueryableByName))]
struct OnBoth {
    id: i64,
    firm_id: String,
    #[encrypted(index(email_term))]
    email: String,
}

on_both! {
    fn has_query_loads_twins_by_its_base_query(conn, session) of tables {
        insert_items!(conn, session, [1, 10, 20]);
        let all = [part(1, 1), part(2, 10), part(4, 20)];
        diesel::insert_into(parts::table).values(session.seal(&all[..]).unwrap()).execute(conn).unwrap();
        let every = SealedEvery::query().filter(items::id.gt(1)).order(items::id).load(conn).unwrap();
        let notes: Vec<_> = session.open(every).unwrap().into_iter().map(|row| row.notes).collect();
        assert_eq!(notes, [item(10).notes, item(20).notes]);

        let rows = SealedRanked::query().filter(items::id.ne(20)).load(conn).unwrap();
        let wanted = Ranked { id: 2, firm_id: "acme".into(), label: "item 10".into(), code: part(2, 10).code };
        assert_eq!(session.open(rows).unwrap(), [wanted]);
    }

    fn sql_queries_load_twins_by_name(conn, session) of tables {
        insert_items!(conn, session, [1, 2, 3]);
        let rows: Vec<SealedItem> = diesel::sql_query("SELECT * FROM items WHERE id > 1 ORDER BY id").load(conn).unwrap();
        assert_eq!(session.open(rows).unwrap(), [item(2), item(3)]);
        let some = "SELECT id, firm_id, email, email_term FROM items WHERE id = 2";
        let row: SealedOnBoth = diesel::sql_query(some).get_result(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), OnBoth { id: 2, firm_id: "acme".into(), email: item(2).email });
        let row = items::table.find(3).select(SealedOnBoth::as_select()).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap().email, item(3).email);
    }
}

#[test]
fn a_view_of_one_backend() {
    let mut db = Postgres::new("on_postgres", &tables(fieldseal::schema::Backend::Postgres));
    let (conn, session) = (&mut db.conn, session());
    insert_items!(conn, session, [2]);
    let row = items::table.select(SealedOnPostgres::as_select()).first(conn).unwrap();
    let words = vec!["item".to_owned(), "2".to_owned()];
    assert_eq!(session.open(row).unwrap(), OnPostgres { id: 2, firm_id: "acme".into(), words, notes: item(2).notes });

    // A cell and its term are values for a raw statement, too.
    let sealed = session.seal(&item(3)).unwrap();
    let insert = "INSERT INTO items (id, firm_id, label, email, email_term) VALUES ($1, $2, $3, $4, $5)";
    diesel::sql_query(insert)
        .bind::<BigInt, _>(3)
        .bind::<Text, _>("acme")
        .bind::<Text, _>("item 3")
        .bind::<fieldseal::sql_types::Encrypted<Text>, _>(&sealed.email)
        .bind::<fieldseal::sql_types::BlindIndexed<Text>, _>(&sealed.email_term)
        .execute(conn)
        .unwrap();
    assert_eq!(stored_item!(conn, session, 3), item(3));
    assert_sealed_everywhere(conn);
}

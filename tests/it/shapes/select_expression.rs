//! Fields that are loaded by an expression: beside sealed ones, and sealed ones out of an alias.

use diesel::prelude::*;
use fieldseal::Encrypted;

use super::base::*;
use super::secret;

diesel::alias!(items as others: Others);

/// A view of the model: computed fields have no column to be checked.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = items)]
#[encrypted(model = Item, firm = firm_id, derive(Queryable, Selectable))]
struct Ranked {
    id: i64,
    firm_id: String,
    #[diesel(select_expression = items::rank.is_not_null())]
    is_ranked: bool,
    #[diesel(
        select_expression = (items::label, items::rank),
        select_expression_type = (items::label, items::rank)
    )]
    label_and_rank: (String, Option<i32>),
    #[encrypted(index(email_term))]
    email: String,
}

/// Every column by way of the alias, the sealed one as well.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = items)]
#[encrypted(model = Item, firm = firm_id, derive(Queryable, Selectable))]
struct Other {
    #[diesel(select_expression = others.field(items::id))]
    id: i64,
    #[diesel(select_expression = others.field(items::firm_id))]
    firm_id: String,
    #[encrypted]
    #[diesel(column_name = notes, select_expression = others.field(items::notes))]
    remark: Option<String>,
}

/// A model that computes a field, which is never written.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = parts)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Coded {
    id: i64,
    firm_id: String,
    item_id: i64,
    #[diesel(select_expression = parts::code.is_not_null(), skip_insertion, skip_update)]
    has_code: bool,
    #[encrypted]
    code: Option<String>,
}

on_both! {
    fn computed_fields_stand_beside_sealed_ones(conn, session) of tables {
        insert_items!(conn, session, [2, 14]);
        let rows = items::table.order(items::id).select(SealedRanked::as_select()).load(conn).unwrap();
        let opened = session.open(rows).unwrap();
        let seen: Vec<_> = opened.iter().map(|row| (row.is_ranked, row.label_and_rank.clone(), &row.email)).collect();
        let wanted = [(false, ("item 2".to_owned(), None), &item(2).email), (true, ("item 14".into(), Some(1)), &item(14).email)];
        assert_eq!(seen, wanted);
    }

    fn a_sealed_field_is_loaded_out_of_an_alias(conn, session) of tables {
        insert_items!(conn, session, [1, 2]);
        let pairs = items::table
            .inner_join(others.on(items::id.lt(others.field(items::id))))
            .select((SealedItem::as_select(), SealedOther::as_select()))
            .first::<(SealedItem, SealedOther)>(conn)
            .unwrap();
        let other = Other { id: 2, firm_id: "acme".into(), remark: item(2).notes };
        assert_eq!(session.open(pairs).unwrap(), (item(1), other));
    }

    fn a_models_computed_field_is_not_written(conn, session) of tables {
        let coded = |code: Option<&str>| Coded {
            id: 1,
            firm_id: "acme".into(),
            item_id: 9,
            has_code: false,
            code: code.map(secret),
        };
        diesel::insert_into(parts::table).values(session.seal(&coded(None)).unwrap()).execute(conn).unwrap();
        let twin = session.seal(&coded(Some("code"))).unwrap();
        diesel::update(parts::table.find(1)).set(&twin).execute(conn).unwrap();
        let row = parts::table.select(SealedCoded::as_select()).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), Coded { has_code: true, ..coded(Some("code")) });
    }
}

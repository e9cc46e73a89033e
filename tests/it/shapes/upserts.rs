//! Upserts, rows that are there already, and rows copied by the database.

use diesel::prelude::*;
use diesel::upsert::excluded;
use fieldseal::Encrypted;
use fieldseal::schema::Backend;

use super::base::*;
use super::secret;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    old_items (id) {
        id -> BigInt,
        firm_id -> Text,
        email -> FieldsealText,
        notes -> Nullable<FieldsealText>,
    }
}

/// Where items go in the end: under the items' table id, so that their cells open here.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = old_items)]
#[encrypted(firm = firm_id, table_id = "items", derive(Queryable, Selectable))]
struct OldItem {
    id: i64,
    firm_id: String,
    #[encrypted]
    email: String,
    #[encrypted]
    notes: Option<String>,
}

fn archive(backend: Backend) -> String {
    let plain = "CREATE TABLE old_items (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL)";
    tables(backend) + &super::tables::<OldItem>(backend, plain)
}

on_both! {
    fn upserts_set_what_was_excluded(conn, session) of tables {
        insert_items!(conn, session, [12]);
        let new = Item { label: "new".into(), email: secret("new"), notes: None, ..item(12) };
        let twin = session.seal(&new).unwrap();
        diesel::insert_into(items::table)
            .values(&twin)
            .on_conflict(items::id)
            .do_update()
            .set((
                items::label.eq(excluded(items::label)),
                items::email.eq(excluded(items::email)),
                items::email_term.eq(excluded(items::email_term)),
            ))
            .execute(conn)
            .unwrap();
        assert_eq!(stored_item!(conn, session, 12), Item { notes: item(12).notes, ..new.clone() });
        let found = items::table.filter(Item::email().eq(session, secret("new")).unwrap()).count();
        assert_eq!(found.get_result::<i64>(conn).unwrap(), 1);

        let newer = Item { notes: Some(secret("newer")), ..new };
        let twin = session.seal(&newer).unwrap();
        let upsert = diesel::insert_into(items::table).values(&twin).on_conflict(items::id).do_update().set(&twin);
        let row: SealedItem = upsert.returning(SealedItem::as_returning()).get_result(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), newer);
    }

    fn upserts_set_a_handle_beside_plain_columns(conn, session) of tables {
        insert_items!(conn, session, [12]);
        let twin = session.seal(&Item { notes: Some(secret("not taken")), ..item(12) }).unwrap();
        let set = (Item::email().set(session, 12, secret("set")).unwrap(), items::rank.eq(excluded(items::rank)));
        let insert = diesel::insert_into(items::table).values(twin).on_conflict(items::id).do_update().set(set);
        insert.execute(conn).unwrap();
        assert_eq!(stored_item!(conn, session, 12), Item { email: secret("set"), ..item(12) });
    }

    fn an_upsert_that_would_take_another_rows_cell_is_refused(conn, session) of tables {
        insert_items!(conn, session, [12]);
        // The same e-mail under another key: the row keeps its key, and the cell is not its own.
        let twin = session.seal(&Item { id: 13, ..item(12) }).unwrap();
        let insert = diesel::insert_into(items::table).values(&twin).on_conflict((items::email_term, items::firm_id));
        let upsert = insert.do_update().set(items::email.eq(excluded(items::email)));
        upsert.execute(conn).unwrap_err();
        assert_eq!(stored_item!(conn, session, 12), item(12));
    }

    fn rows_that_are_there_stay(conn, session) of tables {
        insert_items!(conn, session, [12]);
        let same_key = session.seal(&Item { notes: Some(secret("lost")), ..item(12) }).unwrap();
        let same_mail = session.seal(&Item { id: 13, ..item(12) }).unwrap();
        for twin in [same_key, same_mail] {
            let insert = diesel::insert_into(items::table).values(&twin).on_conflict_do_nothing();
            assert_eq!(insert.execute(conn).unwrap(), 0);
        }
        assert_eq!(stored_item!(conn, session, 12), item(12));
    }

    fn the_database_copies_cells_to_where_they_open(conn, session) of archive {
        insert_items!(conn, session, [12, 14, 15]);
        let old = items::table.filter(items::id.lt(15)).select((items::id, items::firm_id, items::email, items::notes));
        let columns = (old_items::id, old_items::firm_id, old_items::email, old_items::notes);
        let copied = diesel::insert_into(old_items::table).values(old).into_columns(columns).execute(conn).unwrap();
        assert_eq!(copied, 2);
        let rows = old_items::table.order(old_items::id).select(SealedOldItem::as_select()).load(conn).unwrap();
        let wanted = |id| OldItem { id, firm_id: "acme".into(), email: item(id).email, notes: item(id).notes };
        assert_eq!(session.open(rows).unwrap(), [wanted(12), wanted(14)]);

        // Into another row it is copied as well, and does not open there.
        let moved = items::table.find(15).select((items::id + 1, items::firm_id, items::email, items::notes));
        diesel::insert_into(old_items::table).values(moved).into_columns(columns).execute(conn).unwrap();
        let row = old_items::table.find(16).select(SealedOldItem::as_select()).first(conn).unwrap();
        session.open(row).unwrap_err();
    }
}

#[test]
fn sqlite_ignores_rows_that_are_there() {
    let conn = &mut super::sqlite(&tables(Backend::Sqlite));
    let session = super::session();
    insert_items!(conn, session, [12]);
    let rows = [Item { notes: Some(secret("lost")), ..item(12) }, Item { id: 13, ..item(12) }, item(14)];
    let insert = diesel::insert_or_ignore_into(items::table).values(session.seal(&rows[..]).unwrap());
    assert_eq!(insert.execute(conn).unwrap(), 1);
    assert_eq!(stored_item!(conn, session, 12), item(12));
    assert_eq!(stored_item!(conn, session, 14), item(14));
    super::assert_sealed_everywhere(conn);
}

#[test]
fn sqlite_replaces_whole_rows() {
    let conn = &mut super::sqlite(&tables(Backend::Sqlite));
    let session = super::session();
    insert_items!(conn, session, [12, 14]);
    let new = Item { notes: Some(secret("replaced")), ..item(12) };
    diesel::replace_into(items::table).values(session.seal(&new).unwrap()).execute(conn).unwrap();
    assert_eq!(stored_item!(conn, session, 12), new);
    // A unique term replaces the row that had it, key and all.
    let taken = Item { id: 99, ..item(14) };
    diesel::replace_into(items::table).values(&session.seal(&taken).unwrap()).execute(conn).unwrap();
    assert_eq!(stored_item!(conn, session, 99), taken);
    assert_eq!(items::table.count().get_result::<i64>(conn).unwrap(), 2);
    super::assert_sealed_everywhere(conn);
}

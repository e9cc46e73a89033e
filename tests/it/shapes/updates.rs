//! Updates and deletes: tuples of handles and plain columns, `save_changes`, `returning`.

use diesel::prelude::*;

use super::base::*;
use super::secret;

on_both! {
    fn handles_are_set_beside_plain_columns(conn, session) of tables {
        insert_items!(conn, session, [12, 14]);
        let email = Item::email().set(session, 12, secret("set")).unwrap();
        let changes = (items::label.eq("renamed"), email, items::rank.eq(items::rank + 1));
        assert_eq!(diesel::update(items::table.find(12)).set(changes).execute(conn).unwrap(), 1);
        let wanted = Item { label: "renamed".into(), rank: Some(2), email: secret("set"), ..item(12) };
        assert_eq!(stored_item!(conn, session, 12), wanted);
        // An optional assignment, and a nullable column to NULL.
        let notes = Item::notes().set(session, 12, None::<String>).unwrap();
        diesel::update(items::table.find(12)).set((Some(items::label.eq("again")), notes)).execute(conn).unwrap();
        assert_eq!(stored_item!(conn, session, 12), Item { label: "again".into(), notes: None, ..wanted });
        assert_eq!(stored_item!(conn, session, 14), item(14));
    }

    fn an_upsert_sets_the_row_that_it_met_and_no_other(conn, session) of tables {
        insert_items!(conn, session, [12]);
        let upsert = |id| {
            diesel::insert_into(items::table)
                .values(session.seal(&item(12)).unwrap())
                .on_conflict(items::id)
                .do_update()
                .set((Item::notes().set(session, id, secret("met")).unwrap(), Item::email().set(session, id, secret("MET")).unwrap()))
        };
        assert_eq!(upsert(12).execute(conn).unwrap(), 1);
        let met = Item { notes: Some(secret("met")), email: secret("MET"), ..item(12) };
        assert_eq!(stored_item!(conn, session, 12), met);
        let error = upsert(14).execute(conn).unwrap_err();
        assert!(error.to_string().contains("this cell was sealed for another row"), "{error}");
        assert_eq!(stored_item!(conn, session, 12), met);
    }

    fn a_twin_is_set_beside_plain_columns(conn, session) of tables {
        insert_items!(conn, session, [12]);
        let changed = Item { notes: Some(secret("whole")), ..item(12) };
        let twin = session.seal(&changed).unwrap();
        let plain = session.seal(&item(12)).unwrap();
        let update = diesel::update(items::table.filter(items::id.eq(plain.id)).filter(items::firm_id.eq("acme")));
        assert_eq!(update.set(&twin).execute(conn).unwrap(), 1);
        assert_eq!(stored_item!(conn, session, 12), changed);
    }

    fn save_changes_works_where_the_table_is_in_the_twins_order(conn, session) of tables {
        insert_items!(conn, session, [12]);
        let changed = Item { label: "saved".into(), notes: Some(secret("saved")), ..item(12) };
        let twin = session.seal(&changed).unwrap();
        let saved: SealedItem = twin.save_changes(conn).unwrap();
        assert_eq!(session.open(saved).unwrap(), changed);
        assert_eq!(stored_item!(conn, session, 12), changed);
    }

    fn inserts_updates_and_deletes_return_rows_and_cells(conn, session) of tables {
        let insert = diesel::insert_into(items::table).values(session.seal(&item(12)).unwrap());
        let row: SealedItem = insert.returning(SealedItem::as_returning()).get_result(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), item(12));
        let more = session.seal(&[item(14), item(16)][..]).unwrap();
        let insert = diesel::insert_into(items::table).values(&more).returning(SealedItem::as_returning());
        let rows: Vec<SealedItem> = insert.get_results(conn).unwrap();
        assert_eq!(session.open(rows).unwrap(), [item(14), item(16)]);

        let set = Item::notes().set(session, 12, secret("returned")).unwrap();
        let update = diesel::update(items::table.find(12)).set(set).returning(SealedItem::as_returning());
        let changed = Item { notes: Some(secret("returned")), ..item(12) };
        assert_eq!(session.open(update.get_result(conn).unwrap()).unwrap(), changed);
        let update = diesel::update(items::table.find(12)).set(items::label.eq("x"));
        let cell = update.returning(Item::notes().cell()).get_result(conn).unwrap();
        assert_eq!(Item::notes().open(session, cell).unwrap(), changed.notes);

        let delete = diesel::delete(items::table.filter(Item::email().eq(session, item(14).email).unwrap()));
        let gone = delete.returning(SealedItem::as_returning()).get_results(conn).unwrap();
        assert_eq!(session.open(gone).unwrap(), [item(14)]);
        assert_eq!(items::table.count().get_result::<i64>(conn).unwrap(), 2);
    }
}

//! Queries beside the straight path: boxed, with subqueries, grouped, distinct, of nullable columns.

use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use super::base::*;
use super::secret;

diesel::alias!(items as inner: Inner);

on_both! {
    fn boxed_queries_take_lookups(conn, session) of tables {
        insert_items!(conn, session, [1, 2, 3, 4]);
        let ids = |found: Vec<SealedItem>| session.open(found).unwrap().iter().map(|item| item.id).collect::<Vec<_>>();
        for (email, id) in [(Some(item(2).email), vec![2]), (None, vec![2, 3, 4])] {
            let mut query = items::table.order(items::id).into_boxed();
            if let Some(email) = email {
                query = query.filter(Item::email().eq(session, email).unwrap());
            }
            query = query.filter(items::label.ne("item 1"));
            assert_eq!(ids(query.select(SealedItem::as_select()).load(conn).unwrap()), id);
        }
        let by_mail = Item::email().eq(session, item(1).email).unwrap();
        let either = items::table.filter(items::id.eq(4)).or_filter(by_mail).order(items::id).into_boxed();
        assert_eq!(ids(either.select(SealedItem::as_select()).load(conn).unwrap()), [1, 4]);
    }

    fn lookups_stand_in_subqueries(conn, session) of tables {
        insert_items!(conn, session, [1, 2]);
        let parts = [part(1, 1), part(2, 1), part(4, 2)];
        diesel::insert_into(parts::table).values(session.seal(&parts[..]).unwrap()).execute(conn).unwrap();
        let by_email = |n: i64| items::table.filter(Item::email().eq(session, item(n).email).unwrap());
        let of_first = parts::table.filter(parts::item_id.eq_any(by_email(1).select(items::id)));
        let rows = of_first.order(parts::id).select(SealedPart::as_select()).load(conn).unwrap();
        assert_eq!(session.open(rows).unwrap(), [part(1, 1), part(2, 1)]);

        assert!(diesel::select(exists(by_email(2))).get_result::<bool>(conn).unwrap());
        assert!(diesel::select(not(exists(by_email(3)))).get_result::<bool>(conn).unwrap());
        let correlated = items::table
            .filter(not(exists(parts::table.filter(parts::item_id.eq(items::id).and(parts::code.is_null())))))
            .select(SealedItem::as_select());
        assert_eq!(session.open(correlated.load(conn).unwrap()).unwrap(), [item(2)]);
        // The same cells by a scalar subquery: selected as they are, bound to their own row.
        let newest = inner.select(inner.field(items::id)).order(inner.field(items::id).desc()).limit(1);
        let rows = items::table.filter(items::id.nullable().eq(newest.single_value())).select(SealedItem::as_select());
        assert_eq!(session.open(rows.load(conn).unwrap()).unwrap(), [item(2)]);
    }

    fn plain_columns_group_and_count(conn, session) of tables {
        insert_items!(conn, session, [1, 2, 10, 11, 12]);
        let counted = items::table.group_by(items::rank).select((items::rank, count_star())).order(items::rank);
        let mut counts: Vec<(Option<i32>, i64)> = counted.load(conn).unwrap();
        counts.sort_unstable();
        assert_eq!(counts, [(None, 2), (Some(1), 3)]);
        let with_notes = items::table.select(diesel::dsl::count(items::notes)).first::<i64>(conn).unwrap();
        assert_eq!(with_notes, 3, "a cell is counted like any value");
        let ranks: Vec<Option<i32>> = items::table.select(items::rank).distinct().load(conn).unwrap();
        assert_eq!(ranks.len(), 2);
        let rows = items::table.distinct().order(items::id).limit(1).select(SealedItem::as_select());
        assert_eq!(session.open(rows.load(conn).unwrap()).unwrap(), [item(1)]);
        let parts = session.seal(&[part(2, 1), part(4, 1)][..]).unwrap();
        diesel::insert_into(parts::table).values(&parts).execute(conn).unwrap();
        let grouped = items::table.inner_join(parts::table).group_by(items::id);
        let grouped = grouped.select((SealedItem::as_select(), count_star()));
        assert_eq!(session.open(grouped.load::<(SealedItem, i64)>(conn).unwrap()).unwrap(), [(item(1), 2)]);
    }

    fn unions_and_offsets_load_twins(conn, session) of tables {
        insert_items!(conn, session, [1, 2, 3, 4]);
        let first = items::table.filter(items::id.eq(1)).select(SealedItem::as_select());
        let second = items::table.filter(items::id.gt(3)).select(SealedItem::as_select());
        let mut both: Vec<SealedItem> = first.union_all(second).load(conn).unwrap();
        both.sort_by_key(|row| row.id);
        assert_eq!(session.open(both).unwrap(), [item(1), item(4)]);
        let page = items::table.order(items::id.desc()).limit(2).offset(1).select(SealedItem::as_select());
        assert_eq!(session.open(page.load(conn).unwrap()).unwrap(), [item(3), item(2)]);
        let whole: Vec<SealedItem> = items::table.order(items::id).limit(1).load(conn).unwrap();
        assert_eq!(session.open(whole).unwrap(), [item(1)], "without a select where the columns are in the twin's order");
    }

    fn nullable_columns_are_asked_for_and_loaded(conn, session) of tables {
        insert_items!(conn, session, [1, 2]);
        let without = items::table.filter(items::notes.is_null()).select(SealedItem::as_select());
        assert_eq!(session.open(without.load(conn).unwrap()).unwrap(), [item(1)]);
        let cells = items::table.order(items::id).select(Item::email().cell().nullable());
        let cells: Vec<Option<_>> = cells.load(conn).unwrap();
        let opened: Vec<_> = cells.into_iter().map(|cell| Item::email().open_option(session, cell).unwrap()).collect();
        assert_eq!(opened, [Some(item(1).email), Some(item(2).email)]);
        assert!(opened[0].as_deref().is_some_and(|mail| mail.starts_with(&secret(""))));
    }
}

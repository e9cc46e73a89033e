//! Joins: inner and left, of two and of three tables, and of a table with itself by an alias.

use diesel::prelude::*;
use fieldseal::{Ciphertext, Plain, Session};

use super::base::*;

diesel::alias!(items as others: Others, parts as pieces: Pieces);

/// A plain column among the twins, which opening passes through.
type Marked = (SealedItem, Option<SealedPart>, Option<SealedMark>, Plain<Option<i64>>);

/// Item 1 has parts 1 and 2, item 2 none; part 2 has a mark.
macro_rules! fill {
    ($conn:expr, $session:expr) => {{
        insert_items!($conn, $session, [1, 2]);
        let parts = $session.seal(&[part(1, 1), part(2, 1)][..]).unwrap();
        diesel::insert_into(parts::table).values(&parts).execute($conn).unwrap();
        diesel::insert_into(marks::table).values($session.seal(&mark(7, 2)).unwrap()).execute($conn).unwrap();
    }};
}

/// A cell out of a row: which row, and what it opens to there.
fn code(session: &Session, cell: Option<(i64, Option<Ciphertext<diesel::sql_types::Text>>)>) -> Option<String> {
    Part::code().open_option(session, cell).unwrap().flatten()
}

on_both! {
    fn inner_joins_open_as_tuples(conn, session) of tables {
        fill!(conn, session);
        let query = items::table.inner_join(parts::table).order(parts::id);
        let rows: Vec<(SealedItem, SealedPart)> =
            query.select((SealedItem::as_select(), SealedPart::as_select())).load(conn).unwrap();
        assert_eq!(session.open(rows).unwrap(), [(item(1), part(1, 1)), (item(1), part(2, 1))]);
    }

    fn left_joins_open_as_options(conn, session) of tables {
        fill!(conn, session);
        let query = items::table.left_join(parts::table).order((items::id, parts::id));
        let rows: Vec<(SealedItem, Option<SealedPart>)> =
            query.select((SealedItem::as_select(), Option::<SealedPart>::as_select())).load(conn).unwrap();
        let wanted = [(item(1), Some(part(1, 1))), (item(1), Some(part(2, 1))), (item(2), None)];
        assert_eq!(session.open(rows).unwrap(), wanted);
    }

    fn three_tables_open_at_once(conn, session) of tables {
        fill!(conn, session);
        let query = items::table.left_join(parts::table.left_join(marks::table)).order((items::id, parts::id));
        let select = (
            SealedItem::as_select(),
            Option::<SealedPart>::as_select(),
            Option::<SealedMark>::as_select(),
            marks::id.nullable(),
        );
        let rows: Vec<Marked> = query.select(select).load(conn).unwrap();
        let wanted = [
            (item(1), Some(part(1, 1)), None, None),
            (item(1), Some(part(2, 1)), Some(mark(7, 2)), Some(7)),
            (item(2), None, None, None),
        ];
        assert_eq!(session.open(rows).unwrap(), wanted);
        let inner = marks::table.inner_join(parts::table.inner_join(items::table));
        let select = (<(SealedMark, SealedPart)>::as_select(), SealedItem::as_select());
        let row: ((SealedMark, SealedPart), SealedItem) = inner.select(select).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), ((mark(7, 2), part(2, 1)), item(1)));
    }

    fn a_table_meets_itself_by_an_alias(conn, session) of tables {
        fill!(conn, session);
        let by_email = others.field(items::email_term).eq(items::email_term).and(others.field(items::id).ge(items::id));
        let terms = Item::email().terms(session, item(2).email).unwrap();
        let pairs = items::table.inner_join(others.on(by_email)).filter(others.field(items::email_term).eq_any(terms));
        let columns = others.fields(Item::notes().cell());
        let (row, cell) = pairs.select((SealedItem::as_select(), columns)).first::<(SealedItem, _)>(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), item(2));
        assert_eq!(Item::notes().open(session, cell).unwrap(), item(2).notes);
    }

    fn cells_of_an_aliased_left_join(conn, session) of tables {
        fill!(conn, session);
        let query = items::table.left_join(pieces.on(pieces.field(parts::item_id).eq(items::id)));
        let cell = pieces.fields(Part::code().cell()).nullable();
        let rows = query.order((items::id, pieces.field(parts::id))).select((items::id, cell));
        let rows: Vec<(i64, _)> = rows.load(conn).unwrap();
        let opened: Vec<_> = rows.into_iter().map(|(id, cell)| (id, code(session, cell))).collect();
        assert_eq!(opened, [(1, None), (1, part(2, 1).code), (2, None)]);
    }
}

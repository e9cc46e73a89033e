//! `belongs_to` and `grouped_by`: on twins, and on the opened structs.

use diesel::prelude::*;

use super::base::*;

/// An item as its parts know it: associations of opened structs need a parent that is no twin.
#[derive(Debug, PartialEq, Identifiable, Queryable, Selectable)]
#[diesel(table_name = items)]
struct ItemKey {
    id: i64,
    label: String,
}

/// The opened part belongs to it as well.
#[derive(Debug, Clone, PartialEq, fieldseal::Encrypted, Identifiable, Associations)]
#[diesel(table_name = parts, belongs_to(ItemKey, foreign_key = item_id))]
#[encrypted(firm = firm_id, derive(Queryable, Selectable, Identifiable, Associations))]
struct Piece {
    id: i64,
    firm_id: String,
    item_id: i64,
    #[encrypted]
    code: Option<String>,
}

on_both! {
    fn children_are_found_and_grouped_by_twins(conn, session) of tables {
        insert_items!(conn, session, [1, 2, 3]);
        let all = [part(1, 1), part(2, 1), part(4, 3)];
        diesel::insert_into(parts::table).values(session.seal(&all[..]).unwrap()).execute(conn).unwrap();
        let parents = items::table.order(items::id).select(SealedItem::as_select()).load(conn).unwrap();
        let children = SealedPart::belonging_to(&parents).order(parts::id).select(SealedPart::as_select());
        let children: Vec<SealedPart> = children.load(conn).unwrap();
        let of_first = SealedPart::belonging_to(&parents[0]).count().get_result::<i64>(conn).unwrap();
        assert_eq!(of_first, 2);

        // Sealed or opened: both are associated.
        let counts = |grouped: Vec<usize>| assert_eq!(grouped, [2, 0, 1]);
        counts(children.clone().grouped_by(&parents).iter().map(Vec::len).collect());
        let opened: Vec<Part> = session.open(children).unwrap();
        assert_eq!(opened, all);
        let grouped = opened.grouped_by(&parents);
        counts(grouped.iter().map(Vec::len).collect());
        let trees: Vec<(Item, Vec<Part>)> = session.open(parents).unwrap().into_iter().zip(grouped).collect();
        assert_eq!(trees[2], (item(3), vec![part(4, 3)]));
    }

    fn children_belong_to_a_parent_without_sealed_fields(conn, session) of tables {
        insert_items!(conn, session, [1, 2]);
        let all = [part(1, 1), part(2, 2)];
        diesel::insert_into(parts::table).values(session.seal(&all[..]).unwrap()).execute(conn).unwrap();
        let parents: Vec<ItemKey> = items::table.order(items::id).select(ItemKey::as_select()).load(conn).unwrap();
        let children = Piece::belonging_to(&parents).select(SealedPiece::as_select()).load(conn).unwrap();
        let grouped = session.open(children).unwrap().grouped_by(&parents);
        assert_eq!(grouped[1][0].code, part(2, 2).code);
        assert_eq!(SealedPiece::belonging_to(&parents[1]).count().get_result::<i64>(conn).unwrap(), 1);
    }
}

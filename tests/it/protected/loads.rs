//! Closed rows are loaded and listed by anyone, and opened by those with the right.

use fieldseal::{OpenError, Protected};
use secrecy::ExposeSecret;

use super::*;
use crate::ambient::{assert_lost, code};

#[test]
fn closed_rows_are_listed_without_any_scope_and_opened_by_name() {
    let World { acme, mut conn, .. } = World::new();
    let cards: Vec<Card> = clients::table.order(clients::id).select(Card::as_select()).load(&mut conn).unwrap();
    for (card, n) in cards.iter().zip(1..) {
        let wanted = client(n);
        assert!(card.email.is_closed());
        assert_eq!(card.email.open(&acme).unwrap(), wanted.email);
        let notes = card.notes.as_ref().map(|notes| notes.open(&acme)).transpose().unwrap();
        assert_eq!(notes, wanted.notes);
        assert_eq!(card.intake.open(&acme).unwrap().0, wanted.intake);
        assert_eq!(card.phone.as_ref().map(|phone| phone.open(&acme).unwrap()), wanted.phone);
        assert_eq!(card.visits.open(&acme).unwrap(), wanted.visits);
        assert_eq!(card.tax_id.open(&acme).unwrap().expose_secret(), wanted.tax_id);
        assert!(card.email.is_closed(), "opening a field leaves it closed");
    }
    assert_eq!(cards.len(), 3);
    let by_name = diesel::sql_query("SELECT * FROM clients ORDER BY id").load::<Card>(&mut conn).unwrap();
    assert_eq!(by_name[2].email.open(&acme).unwrap(), client(3).email);
    let joined = clients::table.left_join(matters::table).order((clients::id, matters::id));
    let joined = joined.select((Card::as_select(), Option::<Title>::as_select()));
    let rows: Vec<(Card, Option<Title>)> = joined.load(&mut conn).unwrap();
    assert_eq!(rows[0].1.as_ref().unwrap().title.open(&acme).unwrap(), "matter 1");
    assert!(rows[1].1.is_none());
    let entry = Entry { firm_id: "acme".into(), account: "DE".into(), country: "de".into(), amount: Some(7) };
    acme.scope_sync(|| diesel::insert_into(ledger::table).values(&entry).execute(&mut conn).unwrap());
    let closed: ClosedEntry = ledger::table.select(ClosedEntry::as_select()).first(&mut conn).unwrap();
    assert_eq!(closed.account.open(&acme).unwrap(), "DE");
    assert_eq!(closed.amount.unwrap().open(&acme).unwrap(), 7);
}

#[test]
fn the_explicit_form_lists_with_a_closed_session() {
    let World { acme, mut conn, .. } = World::new();
    let rows: Vec<SealedCard> =
        clients::table.order(clients::id).select(SealedCard::as_select()).load(&mut conn).unwrap();
    let cards: Vec<Card> = Session::closed("acme").open(rows.clone()).unwrap();
    assert_eq!(cards[1].email.open(&acme).unwrap(), client(2).email);
    assert_eq!(Session::closed("bolt").open(rows).unwrap_err().code(), "open.wrong_firm");
}

#[test]
fn a_field_that_opens_or_a_row_without_its_firm_takes_a_scope() {
    let World { acme, mut conn, .. } = World::new();
    assert_lost(clients::table.select(Mixed::as_select()).first(&mut conn), "Client");
    assert_lost(clients::table.select(Firmless::as_select()).first(&mut conn), "Client");
    acme.scope_sync(|| {
        let mixed: Mixed = clients::table.order(clients::id).select(Mixed::as_select()).first(&mut conn).unwrap();
        assert_eq!((mixed.visits, mixed.email.open(&acme).unwrap()), (1, client(1).email));
    });
    Session::closed("acme").scope_sync(|| {
        assert_eq!(code(clients::table.select(Mixed::as_select()).first::<Mixed>(&mut conn)), "keys.closed_session");
        let firmless: Firmless =
            clients::table.order(clients::id).select(Firmless::as_select()).first(&mut conn).unwrap();
        assert_eq!(firmless.email.open(&acme).unwrap(), client(1).email);
    });
}

#[test]
fn a_scope_of_another_firm_does_not_load_them() {
    let World { bolt, mut conn, .. } = World::new();
    bolt.scope_sync(|| {
        assert_eq!(code(clients::table.select(Card::as_select()).load::<Card>(&mut conn)), "open.wrong_firm");
    });
}

#[test]
fn only_the_right_session_opens() {
    let mut world = World::new();
    let card = world.card(1);
    let refused = |session: &Session| card.email.open(session).unwrap_err().code();
    assert_eq!(refused(&world.bolt), "open.wrong_firm");
    assert_eq!(refused(&Session::closed("acme")), "keys.closed_session");
    assert_eq!(refused(&Session::closed("bolt")), "open.wrong_firm");
    // A new value needs no key: it is the application's own.
    assert_eq!(Protected::new(7i64).open(&Session::closed("acme")).unwrap(), 7);
}

/// Nothing is checked before it is opened; then everything is.
#[test]
fn a_tampered_cell_loads_and_does_not_open() {
    let mut world = World::new();
    let moved = "UPDATE clients SET email = (SELECT tax_id FROM clients LIMIT 1), visits = x'00'";
    diesel::sql_query(moved).execute(&mut world.conn).unwrap_err();
    diesel::sql_query("UPDATE clients SET email = notes WHERE notes IS NOT NULL").execute(&mut world.conn).unwrap();
    let card = world.card(2);
    assert!(matches!(card.email.open(&world.acme).unwrap_err(), OpenError::Unauthentic { column: "email", .. }));
    assert_eq!(card.visits.open(&world.acme).unwrap(), 2);
}

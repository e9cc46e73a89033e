//! A closed value goes back into its own place only: elsewhere it would be unreadable, or another's.

use super::*;
use crate::ambient::code;

/// Saves a card where it does not belong, with open and closed sessions; the database stays as it is.
fn assert_moved(world: &mut World, firm: &str, card: &Card) {
    let before = stored(&mut world.conn);
    let open = if firm == "acme" { world.acme.clone() } else { world.bolt.clone() };
    for session in [open, Session::closed(firm)] {
        let error = session.seal(card).unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), ("seal.moved", false));
        assert!(error.to_string().starts_with("clients.") && error.to_string().contains("open it first"), "{error}");
        session.scope_sync(|| {
            let update = diesel::update(clients::table.find(client(2).id)).set(card);
            assert_eq!(code(update.execute(&mut world.conn)), "seal.moved");
            let insert = diesel::insert_into(clients::table).values(card);
            assert_eq!(code(insert.execute(&mut world.conn)), "seal.moved");
        });
    }
    assert_eq!(stored(&mut world.conn), before);
}

#[test]
fn into_another_row() {
    let mut world = World::new();
    let (one, two) = (world.card(1), world.card(2));
    assert_moved(&mut world, "acme", &Card { id: two.id.clone(), ..one.clone() });
    assert_moved(&mut world, "acme", &Card { id: "new".into(), ..one.clone() });
    assert_moved(&mut world, "acme", &Card { email: one.email.clone(), ..two.clone() });
    // A deterministic cell is not bound to its row; its field is all the same.
    assert_moved(&mut world, "acme", &Card { tax_id: one.tax_id, ..two });
}

#[test]
fn into_another_column() {
    let mut world = World::new();
    let two = world.card(2);
    assert_moved(&mut world, "acme", &Card { email: two.notes.clone().unwrap(), ..two.clone() });
    assert_moved(&mut world, "acme", &Card { notes: Some(two.email.clone()), ..two.clone() });
    assert_moved(&mut world, "acme", &Card { notes: two.phone.clone(), ..two });
}

#[test]
fn into_another_firm() {
    let mut world = World::new();
    let card = Card { firm_id: "bolt".into(), ..world.card(2) };
    assert_moved(&mut world, "bolt", &card);
}

#[test]
fn into_another_table() {
    let mut world = World::new();
    let title: Title = matters::table.select(Title::as_select()).first(&mut world.conn).unwrap();
    let card = Card { email: title.title.clone(), ..world.card(2) };
    assert_moved(&mut world, "acme", &card);
    let title = Title { title: card.notes.clone().unwrap(), ..title };
    let stored = |conn: &mut SqliteConnection| -> Vec<Ciphertext<_>> {
        matters::table.select(matters::title).load(conn).unwrap()
    };
    let before = stored(&mut world.conn);
    let saved = world.acme.scope_sync(|| diesel::update(matters::table.find(1)).set(&title).execute(&mut world.conn));
    assert_eq!(code(saved), "seal.moved");
    assert_eq!(stored(&mut world.conn), before);
}

/// Cells without row binding belong to any row of their column, in their firm.
#[test]
fn of_unbound_cells_only_the_firm_and_column_are_known() {
    let mut world = World::new();
    let entry =
        |account: &str| Entry { firm_id: "acme".into(), account: account.into(), country: "de".into(), amount: None };
    let load = |conn: &mut SqliteConnection| -> Vec<ClosedEntry> {
        ledger::table.order(ledger::id).select(ClosedEntry::as_select()).load(conn).unwrap()
    };
    world.acme.scope_sync(|| {
        let all = vec![entry("DE 1"), entry("DE 2")];
        diesel::insert_into(ledger::table).values(&all).execute(&mut world.conn).unwrap();
    });
    let rows = load(&mut world.conn);
    let closed = Session::closed("acme");
    closed.scope_sync(|| {
        let swapped = ClosedEntry { account: rows[1].account.clone(), ..rows[0].clone() };
        diesel::update(ledger::table.find(1)).set(&swapped).execute(&mut world.conn).unwrap();
        let crossed = ClosedEntry { account: rows[1].country.clone(), ..rows[0].clone() };
        assert_eq!(code(diesel::update(ledger::table.find(1)).set(&crossed).execute(&mut world.conn)), "seal.moved");
    });
    assert_eq!(load(&mut world.conn)[0].account.open(&world.acme).unwrap(), "DE 2");
    // With its term: both rows are found by the value that they hold now.
    let found = |account: &str, conn: &mut SqliteConnection| {
        let found = ledger::table.filter(Entry::account().eq(&world.acme, account).unwrap());
        found.count().get_result::<i64>(conn).unwrap()
    };
    assert_eq!([found("de 1", &mut world.conn), found("de 2", &mut world.conn)], [0, 2]);
    let foreign = ClosedEntry { firm_id: "bolt".into(), ..rows[0].clone() };
    assert_eq!(world.bolt.seal(&foreign).unwrap_err().code(), "seal.moved");
}

/// What is opened first may go anywhere, as a new value.
#[test]
fn what_was_opened_is_free() {
    let mut world = World::new();
    let (one, mut two) = (world.card(1), world.card(2));
    two.visits = Protected::new(one.visits.open(&world.acme).unwrap());
    two.notes = Some(Protected::new(one.email.open(&world.acme).unwrap()));
    world.acme.scope_sync(|| {
        diesel::update(clients::table.find(&two.id)).set(&two).execute(&mut world.conn).unwrap();
        let saved: Client = clients::table.find(&two.id).select(Client::as_select()).first(&mut world.conn).unwrap();
        assert_eq!(saved, Client { visits: 1, notes: Some(client(1).email), ..client(2) });
    });
}

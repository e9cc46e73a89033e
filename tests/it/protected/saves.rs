//! Closed values are saved again as the cells that they are, with or without the right to open them.

use super::*;
use crate::ambient::code;

/// The bytes of a column, row by row.
type Cells = Vec<Option<Vec<u8>>>;

fn save(world: &mut World, session: &Session, card: &Card) -> &'static str {
    let row = clients::table.find(card.id.clone());
    code(session.scope_sync(|| diesel::update(row).set(card).execute(&mut world.conn)))
}

#[test]
fn closed_rows_are_saved_again_byte_for_byte() {
    for closed in [true, false] {
        let mut world = World::new();
        let session = if closed { Session::closed("acme") } else { world.acme.clone() };
        let before = stored(&mut world.conn);
        for n in 1..=3 {
            let card = Card { display_name: format!("renamed {n}"), ..world.card(n) };
            assert_eq!(save(&mut world, &session, &card), "ok");
        }
        assert_eq!(stored(&mut world.conn), before);
        let names: Vec<String> =
            clients::table.order(clients::id).select(clients::display_name).load(&mut world.conn).unwrap();
        assert_eq!(names, ["renamed 1", "renamed 2", "renamed 3"]);
        world.acme.scope_sync(|| {
            let found = clients::table.filter(Client::email().scoped_eq(client(2).email));
            let found: Client = found.select(Client::as_select()).first(&mut world.conn).unwrap();
            assert_eq!(found, Client { display_name: "renamed 2".into(), ..client(2) });
        });
    }
}

/// Out of the table and back, as a backup or an archive does it.
#[test]
fn closed_rows_are_inserted_again() {
    let mut world = World::new();
    let before = stored(&mut world.conn);
    let cards: Vec<Card> = (1..=3).map(|n| world.card(n)).collect();
    diesel::delete(matters::table).execute(&mut world.conn).unwrap();
    diesel::delete(clients::table).execute(&mut world.conn).unwrap();
    let insert = |conn: &mut SqliteConnection| diesel::insert_into(clients::table).values(&cards).execute(conn);
    assert_eq!(code(insert(&mut world.conn)), "keys.no_scope");
    Session::closed("acme").scope_sync(|| assert_eq!(insert(&mut world.conn).unwrap(), 3));
    assert_eq!(stored(&mut world.conn), before);
}

#[test]
fn the_explicit_form_saves_with_a_closed_session() {
    let mut world = World::new();
    let before = stored(&mut world.conn);
    let card = Card { display_name: "renamed".into(), ..world.card(1) };
    let sealed = Session::closed("acme").seal(&card).unwrap();
    diesel::update(clients::table.find(&card.id)).set(sealed).execute(&mut world.conn).unwrap();
    assert_eq!(stored(&mut world.conn), before);
    assert_eq!(world.card(1).display_name, "renamed");
}

#[test]
fn a_new_value_is_sealed_and_indexed_and_the_others_stay() {
    let mut world = World::new();
    let before = stored(&mut world.conn);
    let mut card = world.card(2);
    card.email = Protected::new("new@b.c".to_owned());
    card.phone = Some("555 77".to_owned().into());
    assert!(!card.email.is_closed());
    // New values take keys.
    assert_eq!(save(&mut world, &Session::closed("acme"), &card), "keys.closed_session");
    assert_eq!(stored(&mut world.conn), before);
    let acme = world.acme.clone();
    assert_eq!(save(&mut world, &acme, &card), "ok");
    let after = stored(&mut world.conn);
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]), "other rows");
    let changed = |part: fn(&(Cells, Cells)) -> &Cells| -> Vec<bool> {
        part(&before[1]).iter().zip(part(&after[1])).map(|(a, b)| a != b).collect()
    };
    // email, notes, intake, phone, visits, tax_id; the terms of email and phone.
    assert_eq!(changed(|row| &row.0), [true, false, false, true, false, false]);
    assert_eq!(changed(|row| &row.1), [true, true]);
    world.acme.scope_sync(|| {
        let found = clients::table.filter(Client::email().scoped_eq("NEW@b.c"));
        let found: Client = found.select(Client::as_select()).first(&mut world.conn).unwrap();
        assert_eq!(found, Client { email: "new@b.c".into(), phone: Some("555 77".into()), ..client(2) });
    });
}

#[test]
fn null_is_set_and_left_with_its_term() {
    let mut world = World::new();
    let load = |conn: &mut SqliteConnection| -> Nulling {
        clients::table.find(client(2).id).select(Nulling::as_select()).first(conn).unwrap()
    };
    let before = stored(&mut world.conn);
    let row = load(&mut world.conn);
    let closed = Session::closed("acme");
    let save = |row: &Nulling, conn: &mut SqliteConnection| {
        closed.scope_sync(|| diesel::update(clients::table.find(&row.id)).set(row).execute(conn).unwrap());
    };
    save(&row, &mut world.conn);
    assert_eq!(stored(&mut world.conn), before);
    save(&Nulling { notes: None, phone: None, ..row.clone() }, &mut world.conn);
    let after = stored(&mut world.conn);
    assert_eq!((&after[1].0[1], &after[1].0[3], &after[1].1[1]), (&None, &None, &None));
    // The row that was loaded before brings its cells back, since they are still the cells of this place.
    save(&row, &mut world.conn);
    assert_eq!(stored(&mut world.conn), before);
}

#[test]
fn an_unsealed_firm_of_new_values_is_checked_as_ever() {
    let mut world = World::new();
    let card = Card {
        firm_id: "bolt".into(),
        email: Protected::new("x".into()),
        notes: None,
        phone: None,
        intake: Protected::new(Json(client(1).intake)),
        visits: 1.into(),
        tax_id: Protected::new("x".into()),
        ..world.card(1)
    };
    let acme = world.acme.clone();
    assert_eq!(save(&mut world, &acme, &card), "seal.wrong_firm");
}

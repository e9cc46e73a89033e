//! Cells of another kind than the model declares, and plaintext where a cell should be.

use super::*;

#[test]
fn a_weaker_kind_is_refused_where_row_binding_is_declared() {
    let mut world = World::new();
    let column_bound = world.session.seal(&loose(1)).unwrap().value.into_bytes().unwrap();
    let deterministic = world.session.seal(&fixed(1)).unwrap().value.into_bytes().unwrap();
    assert_eq!((column_bound[0], deterministic[0]), (0xF6, 0xF7));
    for weaker in [column_bound, deterministic] {
        world.plant(&weaker);
        world.assert_refused("open.wrong_kind", "a weaker kind");
    }
}

#[test]
fn a_kind_byte_that_was_changed_back_does_not_authenticate() {
    let mut world = World::new();
    let mut column_bound = world.session.seal(&loose(1)).unwrap().value.into_bytes().unwrap();
    column_bound[0] = 0xF5;
    world.plant(&column_bound);
    world.assert_refused("open.unauthentic", "a column-bound cell that claims to be row-bound");
}

#[test]
fn every_other_kind_is_refused_by_weaker_models_too() {
    let world = World::new();
    let strong = world.session.seal(&left(1)).unwrap().value;
    let refused = |error: OpenError| {
        assert_eq!(error.code(), "open.wrong_kind");
        assert_places(&error, "left_cells.value");
    };
    refused(world.session.open(SealedLoose { id: 1, firm_id: "acme".into(), value: strong.clone() }).unwrap_err());
    refused(world.session.open(SealedFixed { id: 1, firm_id: "acme".into(), value: strong }).unwrap_err());
}

#[test]
fn plaintext_is_no_cell() {
    for planted in ["''", "'attorney'", "42", "X''", "X'00'", "X'FF'", "zeroblob(42)", "'{\"a\": 1}'", "3.25"] {
        let mut world = World::new();
        world.attack(&format!("UPDATE left_cells SET value = {planted} WHERE id = 1"));
        world.assert_refused("open.envelope", planted);
    }
}

#[test]
fn a_key_version_that_the_firm_never_had_is_told() {
    let mut world = World::new();
    let mut cell = world.session.seal(&left(1)).unwrap().value.into_bytes().unwrap();
    cell[1] = 2;
    world.plant(&cell);
    world.assert_refused("open.unknown_version", "version 2");
}

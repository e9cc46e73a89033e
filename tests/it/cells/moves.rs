//! Authentic cells in a place that is not theirs.

use super::*;

#[test]
fn cells_do_not_move_between_rows_columns_and_tables() {
    let copies = [
        ("another row", "UPDATE left_cells SET value = (SELECT value FROM left_cells WHERE id = 2) WHERE id = 1"),
        ("another column", "UPDATE left_cells SET value = other WHERE id = 1"),
        ("another table", "UPDATE left_cells SET value = (SELECT value FROM right_cells WHERE id = 1) WHERE id = 1"),
        ("the row renumbered", "UPDATE left_cells SET id = CASE id WHEN 1 THEN 9 ELSE 1 END"),
    ];
    for (attack, sql) in copies {
        let mut world = World::new();
        let (second, right) = (world.session.seal(&left(2)).unwrap(), world.session.seal(&right(1)).unwrap());
        diesel::insert_into(left_cells::table).values(second).execute(&mut world.conn).unwrap();
        diesel::insert_into(right_cells::table).values(right).execute(&mut world.conn).unwrap();
        diesel::sql_query(sql).execute(&mut world.conn).unwrap();
        world.assert_refused("open.unauthentic", attack);
    }
}

#[test]
fn cells_do_not_move_between_codecs() {
    let mut world = World::new();
    let text_as_bytes = left_bytes::table.find(1).select(SealedLeftBytes::as_select()).first(&mut world.conn).unwrap();
    let error = world.session.open(text_as_bytes).unwrap_err();
    assert_eq!(error.code(), "open.unauthentic");
    assert_places(&error, "left_bytes.value");
    let bytes_as_text = world.session.seal(&left_bytes_of(1)).unwrap().value.into_bytes().unwrap();
    world.plant(&bytes_as_text);
    world.assert_refused("open.unauthentic", "another codec");
}

#[test]
fn cells_do_not_move_between_firms() {
    let mut world = World::new();
    world.vault.blocking().create_firm("bolt").unwrap();
    let bolt = world.vault.blocking().session("bolt").unwrap();
    let foreign = bolt.seal(&Left { firm_id: "bolt".into(), ..left(1) }).unwrap();
    world.plant(foreign.value.as_bytes().unwrap());
    world.assert_refused("open.unauthentic", "another firm");
}

#[test]
fn a_row_given_to_another_firm_does_not_open() {
    let mut world = World::new();
    world.vault.blocking().create_firm("bolt").unwrap();
    world.attack("UPDATE left_cells SET firm_id = 'bolt' WHERE id = 1");
    assert_eq!(world.open().unwrap_err().code(), "open.wrong_firm");
    world.session = world.vault.blocking().session("bolt").unwrap();
    world.assert_refused("open.unauthentic", "the row given to another firm");
}

#[test]
fn a_session_of_the_wrong_firm_is_told_so() {
    let mut world = World::new();
    world.session = world.vault.blocking().session("bolt").unwrap();
    let error = world.open().unwrap_err();
    assert_eq!(error.code(), "open.wrong_firm");
    let text = error.to_string();
    assert!(text.contains("Left") && text.contains("text:acme") && text.contains("text:bolt"), "{text}");
    let platform = world.vault.blocking().platform().unwrap();
    world.session = platform;
    assert_eq!(world.open().unwrap_err().code(), "open.wrong_firm");
}

#[test]
fn a_handle_opens_a_cell_in_its_own_place_only() {
    let mut world = World::new();
    let (id, cell): (i64, fieldseal::Ciphertext<_>) =
        left_cells::table.select(Left::value().cell()).first(&mut world.conn).unwrap();
    assert_eq!(Left::value().open(&world.session, (id, cell.clone())).unwrap(), SECRET);
    let another_row = Left::value().open(&world.session, (2, cell.clone())).unwrap_err();
    assert_places(&another_row, "left_cells.value");
    let another_column = Left::other().open(&world.session, (id, Some(cell.clone()))).unwrap_err();
    assert_places(&another_column, "left_cells.other");
    let another_table = Right::value().open(&world.session, (id, cell.clone())).unwrap_err();
    assert_places(&another_table, "right_cells.value");
    world.vault.blocking().create_firm("bolt").unwrap();
    let bolt = world.vault.blocking().session("bolt").unwrap();
    let another_firm = Left::value().open(&bolt, (id, cell)).unwrap_err();
    for error in [another_row, another_column, another_table, another_firm] {
        assert_eq!(error.code(), "open.unauthentic");
    }
}

#[test]
fn an_optional_row_that_was_tampered_with_is_an_error_at_open() {
    let mut world = World::new();
    world.plant(&[0xF5, 1, 2, 3]);
    let query = left_cells::table.select(SealedLeft::as_select());
    let row: Option<SealedLeft> = query.first(&mut world.conn).optional().unwrap();
    assert_eq!(world.session.open(row).unwrap_err().code(), "open.envelope");
}

#[test]
fn one_bad_row_of_many_is_an_error_of_all() {
    let mut world = World::new();
    for id in 2..5 {
        let row = world.session.seal(&left(id)).unwrap();
        diesel::insert_into(left_cells::table).values(row).execute(&mut world.conn).unwrap();
    }
    world.attack("UPDATE left_cells SET value = other WHERE id = 3");
    let rows = left_cells::table.select(SealedLeft::as_select()).load(&mut world.conn).unwrap();
    assert_places(&world.session.open(rows.clone()).unwrap_err(), "left_cells.value");
    let error = world.vault.blocking().open(rows).unwrap_err();
    assert_eq!(error.code(), "open.unauthentic");
}

//! MIG-6, MIG-8 and MIG-9: what the clearing trigger does to what legacy writers write.

use super::{Scene, cell, term};

fn scene() -> Scene {
    let scene = Scene::new();
    scene.to_dual_write();
    scene.dual(1);
    scene
}

#[test]
fn a_legacy_update_clears_cell_and_term_of_its_value_only() {
    let scene = scene();
    scene.run("UPDATE clients SET email_plain = 'new@b.c' WHERE id = 1");
    assert_eq!(scene.email(1), [true, false, false]);
    let others = "SELECT 1 FROM clients WHERE amount IS NOT NULL AND intake IS NOT NULL";
    assert_eq!(scene.runtime.block_on(scene.client.query(others, &[])).unwrap().len(), 1);
}

#[test]
fn a_save_of_the_same_plaintext_changes_nothing() {
    let scene = scene();
    scene.run("UPDATE clients SET name = 'Eve', email_plain = email_plain, amount_plain = 1.0 WHERE id = 1");
    assert_eq!(scene.email(1), [true, true, true]);
}

#[test]
fn what_is_equal_and_another_image_is_a_change() {
    for (change, column) in [
        ("email_plain = 'ADA@b.c'", "email"),
        ("amount_plain = 1.00", "amount"),
        ("intake_plain = '{\"a\":1}'", "intake"),
    ] {
        let scene = scene();
        scene.run(&format!("UPDATE clients SET {change} WHERE id = 1"));
        let sql = format!("SELECT {column} IS NULL FROM clients");
        let cleared: bool = scene.runtime.block_on(scene.client.query_one(&sql, &[])).unwrap().get(0);
        assert!(cleared, "{change}");
    }
}

#[test]
fn a_writer_of_all_three_is_left_alone() {
    let scene = scene();
    let (cell, term) = (cell("bb"), term("77"));
    scene.run(&format!("UPDATE clients SET email_plain = 'x@y.z', email = {cell}, email_term = {term} WHERE id = 1"));
    assert_eq!(scene.email(1), [true, true, true]);
    scene.run("UPDATE clients SET email_plain = NULL, email = NULL, email_term = NULL WHERE id = 1");
    assert_eq!(scene.email(1), [false, false, false]);
}

#[test]
fn sessions_that_replicate_are_cleared_too() {
    let scene = scene();
    scene.run("SET session_replication_role = replica; UPDATE clients SET email_plain = 'new@b.c' WHERE id = 1");
    assert_eq!(scene.email(1), [true, false, false]);
}

#[test]
fn an_upsert_of_a_legacy_writer_clears_and_an_insert_is_unsealed() {
    let scene = scene();
    scene.run(
        "INSERT INTO clients (id, firm, email_plain) VALUES (1, 'a', 'up@b.c') \
         ON CONFLICT (id) DO UPDATE SET email_plain = excluded.email_plain",
    );
    assert_eq!(scene.email(1), [true, false, false]);
    scene.run("INSERT INTO clients (id, firm, email_plain) SELECT 7, 'a', 'copied@b.c'");
    assert_eq!(scene.email(7), [true, false, false]);
}

#[test]
fn a_new_key_or_firm_clears_what_is_bound_to_the_old() {
    for change in ["id = 2", "firm = 'b'"] {
        let scene = scene();
        scene.run(&format!("UPDATE clients SET {change} WHERE id = 1"));
        let id = if change.starts_with("id") { 2 } else { 1 };
        assert_eq!(scene.email(id), [true, false, false], "{change}");
    }
}

#[test]
fn a_new_key_of_a_value_that_is_sealed_only_is_refused() {
    let scene = scene();
    let cell = cell("bb");
    scene.run(&format!("UPDATE clients SET email_plain = NULL, email = {cell} WHERE id = 1"));
    let (code, said) = scene.refused("UPDATE clients SET id = 2 WHERE id = 1");
    assert_eq!(code, "FS006");
    assert!(!said.contains("ada@b.c") && !said.contains("Failing row"), "{said}");
}

#[test]
fn a_row_that_was_deleted_and_inserted_again_is_unsealed() {
    let scene = scene();
    scene.run("DELETE FROM clients; INSERT INTO clients (id, firm, email_plain) VALUES (1, 'a', 'ada@b.c')");
    assert_eq!(scene.email(1), [true, false, false]);
}

#[test]
fn null_over_a_value_that_is_sealed_only_is_refused() {
    let scene = scene();
    let cell = cell("bb");
    scene.run(&format!("UPDATE clients SET email_plain = NULL, email = {cell} WHERE id = 1"));
    assert_eq!(scene.refused("UPDATE clients SET name = 'x', email_plain = NULL WHERE id = 1").0, "FS005");
    scene.run("UPDATE clients SET name = 'x' WHERE id = 1");
    let (cell, term) = (super::cell("cc"), term("78"));
    scene.run(&format!("UPDATE clients SET email_plain = NULL, email = {cell}, email_term = {term} WHERE id = 1"));
    assert_eq!(scene.email(1), [false, true, true]);
}

#[test]
fn columns_are_not_dropped_while_a_late_writer_has_left_a_value_in_a_cell_only() {
    let scene = Scene::new();
    scene.expand();
    let cell = cell("bb");
    scene.run(&format!("INSERT INTO clients (id, firm, email) VALUES (1, 'a', {cell})"));
    let refused = scene.step(scene.job.roll_back("ops", "a test", super::patient())).unwrap_err();
    assert_eq!(refused.code(), "step.statement", "{refused}");
    assert_eq!(scene.email(1), [false, true, false]);
    scene.run("UPDATE clients SET email_plain = 'restored@b.c', email = NULL WHERE id = 1");
    scene.step(scene.job.roll_back("ops", "a test", super::patient())).unwrap();
}

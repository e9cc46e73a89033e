//! MIG-7 and MIG-8: what the fencing trigger refuses, and from which instant on.

use super::{Scene, cell, patient, term};

/// Row 1 is dual-written, row 2 was written by a legacy writer and never sealed.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.to_dual_write();
    scene.dual(1);
    scene.run("INSERT INTO clients (id, firm, email_plain) VALUES (2, 'a', 'legacy@b.c')");
    scene.verified();
    scene.step(scene.job.fence(patient())).unwrap();
    scene
}

#[test]
fn legacy_writes_are_refused_with_a_message_that_holds_no_value() {
    let scene = scene();
    for sql in [
        "INSERT INTO clients (id, firm, email_plain) VALUES (3, 'a', 'secret@b.c')",
        "UPDATE clients SET email_plain = 'secret@b.c' WHERE id = 1",
        "UPDATE clients SET email_plain = 'secret@b.c' WHERE id = 2",
        "UPDATE clients SET email_plain = NULL WHERE id = 1",
        "INSERT INTO clients (id, firm, email_plain) VALUES (1, 'a', 'secret@b.c') \
         ON CONFLICT (id) DO UPDATE SET email_plain = excluded.email_plain",
    ] {
        let (code, said) = scene.refused(sql);
        assert_eq!(code, "FS005", "{sql}");
        assert!(!said.contains("secret") && !said.contains("ada@"), "{said}");
    }
    assert_eq!((scene.email(1), scene.email(2)), ([true, true, true], [true, false, false]));
}

#[test]
fn a_late_dual_write_is_taken_without_its_plaintext() {
    let scene = scene();
    let (cell, term) = (cell("bb"), term("99"));
    scene
        .run(&format!("UPDATE clients SET email_plain = 'late@b.c', email = {cell}, email_term = {term} WHERE id = 1"));
    assert_eq!(scene.email(1), [false, true, true]);
    let insert = "INSERT INTO clients (id, firm, email_plain, email) VALUES (4, 'a', 'late@b.c', ";
    scene.run(&format!("{insert}{cell})"));
    assert_eq!(scene.email(4), [false, true, false]);
}

#[test]
fn a_write_of_the_first_phase_that_is_later_still_is_refused() {
    let scene = scene();
    let late = "UPDATE clients SET email_plain = 'late@b.c', email = NULL, email_term = NULL WHERE id = 1";
    assert_eq!(scene.refused(late).0, "FS005");
    assert_eq!(scene.email(1), [true, true, true]);
    scene.run("UPDATE clients SET email_plain = NULL, email = NULL, email_term = NULL WHERE id = 1");
    assert_eq!(scene.email(1), [false, false, false]);
}

#[test]
fn sealed_writes_sweeps_and_other_columns_pass() {
    let scene = scene();
    let (cell, term) = (cell("bb"), term("99"));
    scene.run("UPDATE clients SET name = 'Eve'");
    scene.run(&format!("UPDATE clients SET email = {cell}, email_term = {term} WHERE id = 2"));
    assert_eq!(scene.email(2), [true, true, true]);
    scene.run(&format!("UPDATE clients SET email_plain = NULL, email = {} WHERE id = 2", super::cell("cc")));
    assert_eq!(scene.email(2), [false, true, true]);
}

#[test]
fn a_value_that_is_not_sealed_yet_can_be_deleted_by_anybody() {
    let scene = scene();
    scene.run("UPDATE clients SET email_plain = NULL WHERE id = 2");
    assert_eq!(scene.email(2), [false, false, false]);
}

#[test]
fn the_jobs_own_clearing_says_that_it_is_one() {
    let scene = scene();
    scene.run("BEGIN; SET LOCAL fieldseal.migrate = 'on'; UPDATE clients SET email_plain = NULL WHERE id = 1; COMMIT");
    assert_eq!(scene.email(1), [false, true, true]);
}

#[test]
fn a_new_key_or_firm_of_a_sealed_value_is_refused() {
    let scene = scene();
    for change in ["id = 9", "firm = 'b'"] {
        assert_eq!(scene.refused(&format!("UPDATE clients SET {change} WHERE id = 1")).0, "FS006", "{change}");
    }
    scene.run("UPDATE clients SET id = 9 WHERE id = 2");
}

#[test]
fn a_writer_with_an_old_snapshot_is_bound_too() {
    let scene = Scene::new();
    scene.to_dual_write();
    scene.dual(1);
    scene.verified();
    let old = scene.another();
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM fieldseal_migrate.job";
    scene.runtime.block_on(old.batch_execute(begin)).unwrap();
    scene.step(scene.job.fence(patient())).unwrap();
    let shadow = "UPDATE clients SET email_plain = 'shadow@b.c' WHERE id = 1";
    let error = scene.runtime.block_on(old.batch_execute(shadow)).unwrap_err();
    assert_eq!(error.code().unwrap().code(), "FS005");
}

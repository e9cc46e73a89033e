//! The whole way forward and back, and what is refused on it.

use fieldseal::migrate::{Contract, RolledBack, StepError};

use super::{Scene, TABLE, cell, patient};

fn code<T>(result: Result<T, StepError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

/// Seals what is there, as a sweep does.
fn sweep(scene: &Scene) {
    for column in ["email", "amount", "intake"] {
        let cell = cell("dd");
        scene.run(&format!(
            "UPDATE clients SET {column} = {cell} WHERE {column}_plain IS NOT NULL AND {column} IS NULL"
        ));
    }
    scene.run(
        "UPDATE clients SET email_term = decode('01' || lpad(to_hex(id), 32, '0'), 'hex') WHERE email_term IS NULL",
    );
}

fn columns(scene: &Scene) -> String {
    let sql = "SELECT string_agg(attname || CASE WHEN attnotnull THEN '!' ELSE '' END, ' ' ORDER BY attname) FROM pg_attribute \
               WHERE attrelid = 'clients'::regclass AND attnum > 0 AND NOT attisdropped";
    scene.runtime.block_on(scene.client.query_one(sql, &[])).unwrap().get(0)
}

#[test]
fn a_table_goes_all_the_way_and_each_step_can_be_run_twice() {
    let scene = Scene::new();
    scene.run("INSERT INTO clients (id, firm, email_plain) VALUES (1, 'a', 'ada@b.c')");
    let (job, p) = (&scene.job, patient());
    for _ in 0..2 {
        scene.step(job.expand(p)).unwrap();
    }
    for _ in 0..2 {
        scene.step(job.dual_write(p)).unwrap();
    }
    sweep(&scene);
    scene.verified();
    for _ in 0..2 {
        scene.step(job.fence(p)).unwrap();
    }
    for _ in 0..2 {
        scene.step(job.validate(p)).unwrap();
    }
    scene.verified();
    for _ in 0..2 {
        scene.step(job.cut_over(p)).unwrap();
    }
    for _ in 0..2 {
        scene.step(job.contract(Contract::Drop, p)).unwrap();
    }
    assert_eq!(columns(&scene), "amount email! email_term! firm! id! intake name");
    let triggers = "SELECT string_agg(tgname, ' ' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = 'clients'::regclass";
    let left: String = scene.runtime.block_on(scene.client.query_one(triggers, &[])).unwrap().get(0);
    assert_eq!(left, "zzz_fieldseal_guard zzz_fieldseal_proposed");
    assert_eq!(pollster::block_on(scene.vault.admin().phases()).unwrap(), []);
}

#[test]
fn a_table_goes_back_from_every_step_to_what_it_was() {
    let scene = Scene::new();
    let before = columns(&scene);
    scene.run("INSERT INTO clients (id, firm, email_plain) VALUES (1, 'a', 'ada@b.c')");
    let (job, p) = (&scene.job, patient());
    scene.to_dual_write();
    sweep(&scene);
    scene.verified();
    scene.step(job.fence(p)).unwrap();
    scene.step(job.validate(p)).unwrap();
    scene.verified();
    scene.step(job.cut_over(p)).unwrap();
    let back = || scene.step(job.roll_back("ops", "a test", p));
    assert_eq!(back().unwrap(), RolledBack::ToValidated);
    assert_eq!(back().unwrap(), RolledBack::ToFenced);
    // A value that lies in its cell only by now.
    scene.run(&format!("UPDATE clients SET email_plain = NULL, email = {}", cell("ee")));
    assert_eq!(back().unwrap(), RolledBack::ToDualWrite);
    assert_eq!(code(back()), "step.incomplete");
    scene.run(&format!("UPDATE clients SET email_plain = 'ada@b.c', email = {}", cell("ff")));
    assert_eq!(back().unwrap(), RolledBack::ToExpanded);
    assert_eq!(back().unwrap(), RolledBack::ToNothing);
    assert_eq!(columns(&scene), before);
    assert_eq!(pollster::block_on(scene.vault.admin().phases()).unwrap(), []);
}

#[test]
fn a_contracted_table_gets_its_legacy_columns_again() {
    let scene = Scene::new();
    let (job, p) = (&scene.job, patient());
    scene.to_fence();
    scene.step(job.validate(p)).unwrap();
    scene.verified();
    scene.step(job.cut_over(p)).unwrap();
    scene.step(job.contract(Contract::Drop, p)).unwrap();
    scene.step(job.reopen(&["citext", "numeric", "json"], "ops", "a test", p)).unwrap();
    assert!(columns(&scene).contains("amount amount_plain email email_plain email_term"));
    assert_eq!(scene.refused("INSERT INTO clients (id, firm, email_plain) VALUES (1, 'a', 'x@y.z')").0, "FS005");
    assert_eq!(scene.step(job.roll_back("ops", "a test", p)).unwrap(), RolledBack::ToValidated);
}

#[test]
fn steps_are_taken_in_their_order_and_not_without_a_verification() {
    let scene = Scene::new();
    let (job, p) = (&scene.job, patient());
    scene.expand();
    assert_eq!(code(scene.step(job.fence(p))), "step.out_of_order");
    assert_eq!(code(scene.step(job.contract(Contract::Drop, p))), "step.out_of_order");
    scene.step(job.dual_write(p)).unwrap();
    assert_eq!(code(scene.step(job.fence(p))), "step.not_verified");
    scene.verified();
    scene.run("INSERT INTO clients (id, firm, email_plain) VALUES (1, 'a', 'ada@b.c')");
    scene.step(job.fence(p)).unwrap();
    assert_eq!(code(scene.step(job.validate(p))), "step.incomplete");
    assert_eq!(code(scene.step(job.cut_over(p))), "step.out_of_order");
}

#[test]
fn rows_in_quarantine_stop_the_fence() {
    let scene = Scene::new();
    scene.to_dual_write();
    scene.verified();
    scene.run(
        "INSERT INTO fieldseal_migrate.quarantine (job, row_key, column_name, firm, reason) \
         SELECT id, '[\"1\"]', 'email', 'text:a', 'unknown-firm' FROM fieldseal_migrate.job",
    );
    assert_eq!(code(scene.step(scene.job.fence(patient()))), "step.quarantined");
}

#[test]
fn a_trigger_that_was_disabled_or_outrun_stops_the_next_step() {
    let scene = Scene::new();
    scene.expand();
    scene.run("ALTER TABLE clients DISABLE TRIGGER zzz_fieldseal_a_transit");
    assert_eq!(code(scene.step(scene.job.dual_write(patient()))), "step.obstacles");
    scene.run("ALTER TABLE clients ENABLE TRIGGER zzz_fieldseal_a_transit");
    assert_eq!(code(scene.step(scene.job.dual_write(patient()))), "step.obstacles", "not in every session");
    scene.run("ALTER TABLE clients ENABLE ALWAYS TRIGGER zzz_fieldseal_a_transit");
    scene.run(
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER zzzz BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION late()",
    );
    assert_eq!(code(scene.step(scene.job.dual_write(patient()))), "step.obstacles");
    scene.run("DROP TRIGGER zzzz ON clients");
    scene.step(scene.job.dual_write(patient())).unwrap();
}

#[test]
fn what_can_not_be_migrated_is_said_before_anything_is_done() {
    for (change, wanted) in [
        (
            "ALTER TABLE clients ADD lower_mail text GENERATED ALWAYS AS (lower(email_plain::text)) STORED",
            "generated_from",
        ),
        ("ALTER TABLE clients DROP CONSTRAINT clients_pkey", "no_key"),
        (
            "ALTER TABLE clients DROP CONSTRAINT clients_pkey; ALTER TABLE clients ADD PRIMARY KEY (id, email_plain)",
            "in_key",
        ),
        ("CREATE RULE quiet AS ON DELETE TO clients DO INSTEAD NOTHING", "rule"),
        ("ALTER TABLE clients RENAME email_plain TO other", "no_column"),
        (
            "CREATE TABLE mails (m citext PRIMARY KEY); ALTER TABLE clients ADD FOREIGN KEY (email_plain) REFERENCES mails",
            "in_foreign_key",
        ),
    ] {
        let scene = Scene::of(TABLE);
        scene.run(change);
        let Err(StepError::Obstacles { obstacles, .. }) = scene.step(scene.job.expand(patient())) else {
            panic!("{change}")
        };
        assert!(obstacles.iter().any(|obstacle| obstacle.code == wanted), "{change}: {obstacles:?}");
        assert!(!columns(&scene).contains("email_term"));
    }
}

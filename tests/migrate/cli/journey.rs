//! A table from plaintext to cells and back, by commands alone.

use super::{Shell, write};

const TO_THE_FENCE: [&str; 6] = ["expand", "dual-write", "run", "verify", "fence", "sweep"];

#[test]
fn a_table_is_sealed_and_unsealed_by_commands_alone() {
    let shell = Shell::new(300);
    let before = plaintext(&shell);
    shell.steps(&TO_THE_FENCE[..3]);
    shell.sql("UPDATE clients SET notes_plain = 'late' WHERE email_plain = 'user9@example.com'");
    assert_eq!(shell.count("email IS NULL OR notes IS NULL AND notes_plain IS NOT NULL"), 1);
    shell.steps(&["run", "verify", "fence", "sweep", "validate"]);
    let early = shell.run(&["--json", "migrate", "cut-over", "clients"]);
    assert_eq!((early.code, early.failure().as_str()), (3, "step.not_verified"));
    shell.steps(&["verify", "cut-over", "contract"]);
    let columns = "SELECT string_agg(column_name::text, ' ' ORDER BY column_name) FROM information_schema.columns \
                   WHERE table_name = 'clients'";
    let row = shell.runtime.block_on(shell.client.query_one(columns, &[])).unwrap();
    assert_eq!(row.get::<_, String>(0), "email email_term firm_id id notes");
    // And back.
    let reopen = ["migrate", "reopen", "clients", "--type", "text", "--type", "text", "--reason", "a test"];
    shell.ok(&reopen);
    let early = shell.run(&["--json", "migrate", "run", "clients", "--kind", "unseal"]);
    assert_eq!((early.code, early.failure().as_str()), (3, "run.out_of_order"));
    for reached in ["validated", "fenced", "dual-write"] {
        let back = shell.ok(&["--json", "migrate", "rollback", "clients", "--reason", "a test"]);
        assert_eq!(back.json()["reached"], reached);
    }
    shell.ok(&["migrate", "run", "clients", "--kind", "unseal"]);
    let mut expected = before;
    expected.iter_mut().filter(|(email, _)| email == "user9@example.com").for_each(|row| row.1 = Some("late".into()));
    assert_eq!(plaintext(&shell), expected);
    for _ in 0..2 {
        shell.ok(&["migrate", "rollback", "clients", "--reason", "a test"]);
    }
    assert_eq!(plaintext(&shell), expected);
}

fn plaintext(shell: &Shell) -> Vec<(String, Option<String>)> {
    let sql = "SELECT email_plain, notes_plain FROM clients ORDER BY email_plain COLLATE \"C\"";
    let rows = shell.runtime.block_on(shell.client.query(sql, &[])).unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[test]
fn a_plan_changes_nothing_and_shows_what_the_steps_run() {
    let shell = Shell::new(10);
    let plan = shell.ok(&["plan", "clients"]).out;
    let tables = "SELECT count(*) FROM pg_namespace WHERE nspname = 'fieldseal_migrate'";
    assert_eq!(shell.runtime.block_on(shell.client.query_one(tables, &[])).unwrap().get::<_, i64>(0), 0);
    for part in [
        "-- 1. expand",
        "ADD COLUMN IF NOT EXISTS \"email\"",
        "CREATE UNIQUE INDEX CONCURRENTLY",
        "NOT VALID",
        "SHARE UPDATE EXCLUSIVE while the table is read",
        "DROP COLUMN IF EXISTS \"email_plain\"",
        "-- 10. contract",
    ] {
        assert!(plan.contains(part), "{part} is not in\n{plan}");
    }
    let dry = shell.ok(&["--json", "--dry-run", "migrate", "expand", "clients"]).json();
    assert_eq!((dry["steps"].as_array().unwrap().len(), dry["steps"][0]["done"].as_bool()), (1, Some(false)));
    shell.steps(&["expand"]);
    let plan = shell.ok(&["--json", "plan", "clients"]).json();
    let done: Vec<bool> =
        plan["steps"].as_array().unwrap().iter().map(|step| step["done"].as_bool().unwrap()).collect();
    assert_eq!((plan["at"].as_str(), done[0], done[1]), (Some("expanded"), true, false));
    assert_eq!(plan["facts"]["rows"], 10.0);
}

#[test]
fn a_plan_says_what_is_in_the_way_and_what_to_know() {
    let shell = Shell::new(10);
    shell.sql(
        "CREATE VIEW emails AS SELECT email_plain FROM clients; CREATE INDEX by_notes ON clients (notes_plain); \
         CREATE FUNCTION copy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER zzz_last BEFORE INSERT ON clients FOR EACH ROW EXECUTE FUNCTION copy(); \
         CREATE TRIGGER audit AFTER INSERT ON clients FOR EACH ROW EXECUTE FUNCTION copy()",
    );
    shell.sql("ALTER TRIGGER zzz_last ON clients RENAME TO zzz_zz_last");
    let ended = shell.run(&["--json", "plan", "clients"]);
    assert_eq!(ended.code, 4, "{}", ended.err);
    let plan = ended.json();
    let codes = |list: &serde_json::Value| {
        let mut codes: Vec<String> =
            list.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect();
        codes.sort();
        codes
    };
    assert_eq!(codes(&plan["obstacles"]), ["later_trigger"]);
    assert_eq!(codes(&plan["warnings"]), ["index", "trigger", "trigger", "view"]);
    let refused = shell.run(&["--json", "migrate", "expand", "clients"]);
    assert_eq!((refused.code, refused.failure().as_str()), (3, "step.obstacles"));
}

#[test]
fn a_report_is_taken_as_it_was_made_and_not_changed() {
    let shell = Shell::new(20);
    shell.steps(&["expand", "dual-write", "run"]);
    let report = shell.ok(&["--json", "migrate", "verify", "clients"]).out;
    write(&shell.at("report.json"), &report);
    let checked = shell.ok(&["migrate", "report", "report.json"]);
    assert!(checked.out.contains("20 rows looked at, 0 wrong") && checked.out.contains("clean"), "{}", checked.out);
    write(&shell.at("forged.json"), &report.replace("\"rows\":20", "\"rows\":21"));
    let forged = shell.run(&["--json", "migrate", "report", "forged.json"]);
    assert_eq!((forged.code, forged.failure().as_str()), (4, "report.not_authentic"));
    // Nor does a step take the word of whoever writes the job's tables.
    shell.sql("UPDATE fieldseal_migrate.event SET detail = replace(detail, '\"rows\":20', '\"rows\":21')");
    let refused = shell.run(&["--json", "migrate", "fence", "clients"]);
    assert_eq!((refused.code, refused.failure().as_str()), (3, "step.forged_report"));
}

#[test]
fn what_is_left_of_plaintext_is_told_until_it_is_gone() {
    let shell = Shell::new(1_000);
    shell.sql("CREATE INDEX by_email ON clients (email_plain); ANALYZE clients");
    shell.steps(&["expand", "dual-write", "run", "verify", "fence", "sweep", "validate", "verify", "cut-over"]);
    let contract = shell.ok(&["--json", "migrate", "contract", "clients", "--null", "--yes"]);
    assert_eq!(contract.json()["reached"], "contracted");
    assert_eq!(shell.count("email_plain IS NOT NULL OR notes_plain IS NOT NULL"), 0);
    let refused = shell.runtime.block_on(shell.client.batch_execute("UPDATE clients SET notes_plain = 'again'"));
    assert_eq!(refused.unwrap_err().code().unwrap().code(), "FS005");
    // The release of after has no legacy columns.
    let config = std::fs::read_to_string(shell.at("fieldseal.toml")).unwrap();
    let after: Vec<&str> = config.lines().filter(|line| !line.starts_with("legacy =")).collect();
    write(&shell.at("after.toml"), &after.join("\n"));
    shell.ok(&["--config", "after.toml", "doctor"]);
    let codes = |expected: i32| -> Vec<String> {
        let ended = shell.run(&["--json", "--config", "after.toml", "migrate", "residue", "clients"]);
        assert_eq!(ended.code, expected, "{}{}", ended.out, ended.err);
        let residue = ended.json();
        residue["traces"].as_array().unwrap().iter().map(|trace| trace["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(4), ["files", "stats", "stats", "index", "wal"]);
    shell.sql("ANALYZE clients");
    shell.sql("DROP INDEX by_email");
    assert_eq!(codes(4), ["files", "wal"]);
    shell.sql("VACUUM FULL clients");
    assert_eq!(codes(0), ["wal"]);
    // And then the columns go after all.
    shell.steps(&["contract"]);
    assert_eq!(codes(4), ["files", "wal"]);
    shell.sql("VACUUM FULL clients");
    shell.sql("CHECKPOINT");
    assert_eq!((codes(0), files_with(&shell, "@example.com")), (vec!["wal".to_owned()], 0));
}

/// Files of the table, its indexes and TOAST that hold the text.
fn files_with(shell: &Shell, text: &str) -> i64 {
    let sql = "SELECT count(*) FROM (SELECT pg_relation_filepath(oid) AS path FROM pg_class WHERE relfilenode <> 0 AND \
               (oid = 'clients'::regclass OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'clients'::regclass) OR \
               oid = (SELECT reltoastrelid FROM pg_class WHERE oid = 'clients'::regclass))) AS files \
               WHERE position(convert_to($1, 'UTF8') IN pg_read_binary_file(path)) > 0";
    shell.runtime.block_on(shell.client.query_one(sql, &[&text])).unwrap().get(0)
}

/// MIG-28: no file, no statistics and no index of the database holds any of 1,000 known plaintexts.
#[test]
fn a_contract_by_rewrite_leaves_no_plaintext() {
    let shell = Shell::new(1_000);
    shell.sql("CREATE INDEX by_notes ON clients (notes_plain); ANALYZE clients");
    shell.steps(&["expand", "dual-write", "rewrite", "verify", "fence", "sweep", "validate", "verify", "cut-over"]);
    assert!(files_of_all(&shell) > 0, "they can be found where they are");
    shell.ok(&["migrate", "contract", "clients", "--rewrite", "--yes"]);
    shell.sql("CHECKPOINT");
    assert_eq!(files_of_all(&shell), 0);
    let residue = shell.ok(&["--json", "migrate", "residue", "clients"]).json();
    let codes: Vec<&str> =
        residue["traces"].as_array().unwrap().iter().map(|trace| trace["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["wal"]);
    let stats = "SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND (most_common_vals::text LIKE '%example.com%' OR \
                 histogram_bounds::text LIKE '%example.com%')";
    assert_eq!(shell.runtime.block_on(shell.client.query_one(stats, &[])).unwrap().get::<_, i64>(0), 0);
    assert_eq!(shell.count("email IS NOT NULL AND email_term IS NOT NULL"), 1_000);
}

/// Files of the whole database in which any of the e-mails lies.
fn files_of_all(shell: &Shell) -> i64 {
    let sql = "SELECT count(*) FROM (SELECT 'base/' || oid AS dir FROM pg_database WHERE datname = current_database()) AS d, \
               pg_ls_dir(dir) AS file WHERE EXISTS (SELECT FROM generate_series(1, 1000) AS n WHERE position(convert_to('user' || n || \
               '@example.com', 'UTF8') IN pg_read_binary_file(dir || '/' || file)) > 0)";
    shell.runtime.block_on(shell.client.query_one(sql, &[])).unwrap().get(0)
}

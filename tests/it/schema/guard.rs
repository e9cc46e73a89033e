//! The guard: statements that would leave a cell in a foreign place fail, all others pass.

use fieldseal::schema::{Backend, migration};

use super::Setting;
use super::live::{Live, on_both};

const KEY: &str = "the row key changed";
const FIRM: &str = "the firm changed";
const UPSERT: &str = "the upsert would put a cell into another row";

/// Client 1 of firm 10 and client 2 of firm 20, each in a transaction of its own.
fn clients(live: &mut Live) {
    live.run(
        "INSERT INTO clients (id, firm_id, name, email, email_term, notes, city, city_term, tax, login, login_term)
            VALUES (1, 10, 'a', <r:1>, <t:1>, <r:2>, <c:3>, <t:3>, <d:4>, <r:5>, <t:5>)",
    )
    .unwrap();
    live.run("INSERT INTO clients (id, firm_id, name, email, email_term) VALUES (2, 20, 'b', <r:11>, <t:1>)").unwrap();
}

fn refuses(because: &str, statement: &str) {
    on_both(|live| {
        clients(live);
        let error = live.refused(statement);
        assert!(error.contains(because), "{statement}: {error}");
        assert!(!error.contains("f50"), "a value in: {error}");
    });
}

fn accepts(statement: &str) {
    on_both(|live| {
        clients(live);
        live.run(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    });
}

#[test]
fn ordinary_updates_pass() {
    accepts("UPDATE clients SET name = 'c' WHERE id = 1");
    accepts("UPDATE clients SET email = <r:21>, email_term = <t:21> WHERE id = 1");
    accepts("UPDATE clients SET id = 1, firm_id = 10 WHERE id = 1");
    accepts(
        "BEGIN; INSERT INTO remarks (id, firm_id, body) VALUES (1, 1, <c:9>); UPDATE clients SET notes = NULL; COMMIT",
    );
}

#[test]
fn a_new_row_key_needs_new_cells() {
    refuses(KEY, "UPDATE clients SET id = 3 WHERE id = 1");
    refuses(KEY, "UPDATE clients SET id = 3, email = <r:21>, notes = <r:22> WHERE id = 1");
    refuses(KEY, "UPDATE clients SET id = 3 WHERE id = 2");
    accepts("UPDATE clients SET id = 3, email = <r:21>, notes = <r:22>, login = <r:23> WHERE id = 1");
    accepts("UPDATE clients SET id = 3, email = <r:21>, notes = NULL, login = NULL, login_term = NULL WHERE id = 1");
    accepts("UPDATE clients SET id = 3, email = <r:21> WHERE id = 2");
}

#[test]
fn a_row_with_sealed_values_keeps_its_firm() {
    let cells = "email = <r:21>, notes = <r:22>, city = <c:23>, tax = <d:24>, login = <r:25>";
    refuses(FIRM, "UPDATE clients SET firm_id = 30 WHERE id = 1");
    refuses(FIRM, &format!("UPDATE clients SET firm_id = 30, {cells} WHERE id = 1"));
    // All of them anew, too: the row would be another firm's.
    refuses(
        FIRM,
        &format!("UPDATE clients SET firm_id = 30, {cells}, email_term = <t:21>, city_term = <t:23> WHERE id = 1"),
    );
}

#[test]
fn cells_that_are_bound_to_no_row_are_bound_to_the_firm() {
    on_both(|live| {
        live.run("INSERT INTO remarks (id, firm_id, body) VALUES (1, 10, <c:1>)").unwrap();
        live.run("UPDATE remarks SET id = 2").unwrap();
        assert!(live.refused("UPDATE remarks SET firm_id = 20").contains(FIRM));
        assert!(live.refused("UPDATE remarks SET firm_id = 20, body = <c:2>").contains(FIRM));
        live.run("UPDATE remarks SET body = <c:2>").unwrap();
        let upsert = "ON CONFLICT (id) DO UPDATE SET body = excluded.body";
        assert!(live.refused(&format!("INSERT INTO remarks VALUES (2, 30, <c:3>) {upsert}")).contains(UPSERT));
        live.run(&format!("INSERT INTO remarks VALUES (2, 10, <c:4>) {upsert}")).unwrap();
    });
}

#[test]
fn a_key_of_two_columns_is_one_key() {
    on_both(|live| {
        let table = "office.\"Our settings\"";
        live.run(&format!("INSERT INTO {table} VALUES ('a', 'b', 'nick', <r:1>)")).unwrap();
        assert!(live.refused(&format!("UPDATE {table} SET name = 'c'")).contains(KEY));
        live.run(&format!("UPDATE {table} SET name = 'c', area = '', value = <r:2>")).unwrap();
        let upsert = "ON CONFLICT (nick) DO UPDATE SET value = excluded.value";
        let error = live.refused(&format!("INSERT INTO {table} VALUES ('c', '', 'nick', <r:3>) {upsert}"));
        assert!(error.contains(UPSERT), "{error}");
        live.run(&format!("INSERT INTO {table} VALUES ('', 'c', 'nick', <r:4>) {upsert}")).unwrap();
    });
}

/// Proposes a client 9 of firm 10 whose e-mail or name is client 1's.
fn proposal(conflict: &str) -> String {
    format!(
        "INSERT INTO clients (id, firm_id, name, email, email_term, notes) VALUES (9, 10, 'a', <r:31>, <t:1>, <r:32>) \
         ON CONFLICT ({conflict}) "
    )
}

#[test]
fn an_upsert_does_not_put_a_cell_into_another_row() {
    for conflict in ["name", "email_term, firm_id"] {
        let free = if conflict == "name" { "<t:1>" } else { "'a'" };
        let upsert = proposal(conflict).replace(free, if conflict == "name" { "<t:31>" } else { "'z'" });
        refuses(UPSERT, &format!("{upsert} DO UPDATE SET email = excluded.email"));
        refuses(UPSERT, &format!("{upsert} DO UPDATE SET name = 'q', notes = excluded.email"));
        refuses(UPSERT, &format!("{upsert} DO UPDATE SET email = excluded.email, notes = excluded.notes RETURNING id"));
        refuses(KEY, &format!("{upsert} DO UPDATE SET id = excluded.id, email = excluded.email"));
        accepts(&format!("{upsert} DO NOTHING"));
        accepts(&format!("{upsert} DO UPDATE SET email_term = excluded.email_term, email = <r:41>"));
        accepts(&format!(
            "{upsert} DO UPDATE SET id = excluded.id, email = excluded.email, notes = excluded.notes, login = NULL, \
             login_term = NULL RETURNING id"
        ));
    }
}

#[test]
fn an_upsert_does_not_put_a_cell_into_another_firm() {
    refuses(
        UPSERT,
        "INSERT INTO clients (id, firm_id, name, email, email_term, city) VALUES (1, 20, 'z', <r:31>, <t:31>, <c:32>)
            ON CONFLICT (id) DO UPDATE SET city = excluded.city",
    );
    accepts(
        "INSERT INTO clients (id, firm_id, name, email, email_term, city) VALUES (9, 10, 'a', <r:31>, <t:31>, <c:32>)
            ON CONFLICT (name) DO UPDATE SET city = excluded.city",
    );
}

#[test]
fn an_upsert_on_the_row_key_passes() {
    accepts(
        "INSERT INTO clients (id, firm_id, name, email, email_term) VALUES (1, 10, 'z', <r:31>, <t:31>)
            ON CONFLICT (id) DO UPDATE SET email = excluded.email, email_term = excluded.email_term",
    );
}

#[test]
fn each_row_of_a_batch_is_looked_at() {
    let upsert = |rows: &str| {
        format!(
            "INSERT INTO clients (id, firm_id, name, email, email_term) VALUES {rows} \
             ON CONFLICT (name) DO UPDATE SET email = excluded.email"
        )
    };
    accepts(&upsert(
        "(5, 10, 'e', <r:31>, <t:31>), (1, 10, 'a', <r:32>, <t:32>), (6, 10, 'f', <r:33>, <t:33>), (2, 20, 'b', <r:34>, <t:34>)",
    ));
    refuses(
        UPSERT,
        &upsert("(5, 10, 'e', <r:31>, <t:31>), (1, 10, 'a', <r:32>, <t:32>), (6, 10, 'b', <r:33>, <t:33>)"),
    );
    refuses(UPSERT, &upsert("(6, 10, 'a', <r:31>, <t:31>), (5, 10, 'e', <r:32>, <t:32>)"));
    accepts(
        "INSERT INTO clients (id, firm_id, name, email, email_term) SELECT id + 100, firm_id + 100, name || '2', email, email_term FROM clients",
    );
}

#[test]
fn a_proposal_that_came_to_nothing_stands_in_nobodys_way() {
    let proposal = proposal("name");
    accepts(&format!("BEGIN; {proposal} DO NOTHING; UPDATE clients SET email = <r:41> WHERE id = 1; COMMIT"));
    accepts(&format!("BEGIN; {proposal} DO NOTHING; UPDATE clients SET name = 'q' WHERE id = 1; COMMIT"));
    accepts(&format!(
        "BEGIN; SAVEPOINT s; {proposal} DO NOTHING; ROLLBACK TO s; RELEASE s;
            UPDATE clients SET id = 3, email = <r:41>, notes = NULL, login = NULL WHERE id = 1; COMMIT"
    ));
    accepts(
        "BEGIN; INSERT INTO clients (id, firm_id, name, email, email_term) VALUES (9, 10, 'i', <r:31>, <t:31>);
            UPDATE clients SET name = 'j', notes = <r:32> WHERE id = 9; UPDATE clients SET notes = <r:33> WHERE id = 1; COMMIT",
    );
}

#[test]
fn an_upsert_is_refused_within_savepoints_too() {
    refuses(UPSERT, &format!("BEGIN; SAVEPOINT s; {} DO UPDATE SET email = excluded.email", proposal("name")));
}

#[test]
fn conflict_clauses_of_a_statement_do_not_reach_the_guard() {
    let mut live = Live::sqlite();
    clients(&mut live);
    for clause in ["OR IGNORE", "OR REPLACE", "OR FAIL", "OR ROLLBACK"] {
        let error = live.refused(&format!("UPDATE {clause} clients SET id = 3 WHERE id = 1"));
        assert!(error.contains(KEY), "{error}");
        let into = proposal("name").replace("INSERT", &format!("INSERT {clause}"));
        let error = live.refused(&format!("{into} DO UPDATE SET email = excluded.email"));
        assert!(error.contains(UPSERT), "{error}");
    }
    live.run("REPLACE INTO clients (id, firm_id, name, email, email_term) VALUES (7, 10, 'a', <r:51>, <t:51>)")
        .unwrap();
}

#[test]
fn another_triggers_insert_does_not_hide_a_proposal() {
    let mut live = Live::postgres();
    clients(&mut live);
    live.run(
        "CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO remarks (id, firm_id, body) VALUES (NEW.id, NEW.firm_id, <c:1>); RETURN NEW; END $$;
        CREATE TRIGGER aaa BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION remember();",
    )
    .unwrap();
    let error = live.refused(&format!("{} DO UPDATE SET email = excluded.email", proposal("name")));
    assert!(error.contains(UPSERT), "{error}");
}

#[test]
fn replication_roles_and_copy_meet_the_guard() {
    let mut live = Live::postgres();
    clients(&mut live);
    live.run("SET session_replication_role = replica").unwrap();
    assert!(live.refused("UPDATE clients SET id = 3 WHERE id = 1").contains(KEY));
    let upsert = format!("{} DO UPDATE SET email = excluded.email", proposal("name"));
    assert!(live.refused(&upsert).contains(UPSERT));
}

#[test]
fn equal_keys_of_other_bytes_are_other_keys() {
    let mut postgres = Live::postgres();
    let down = postgres.migration().down;
    postgres.run(&down).unwrap();
    postgres
        .run(
            "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            ALTER TABLE office.\"Our settings\" ALTER area TYPE text COLLATE caseless",
        )
        .unwrap();
    let mut sqlite = Live::sqlite();
    sqlite
        .run(
            "DROP TABLE office.\"Our settings\";
            CREATE TABLE office.\"Our settings\" (area text COLLATE NOCASE, name text, nick text UNIQUE, value blob);",
        )
        .unwrap();
    let up = migration::<Setting>(Backend::Sqlite).up;
    let guard = up.find("CREATE TABLE IF NOT EXISTS").unwrap();
    sqlite.run(&up[guard..]).unwrap();
    let up = postgres.migration().up;
    postgres.run(&up).unwrap();
    for mut live in [postgres, sqlite] {
        live.run("INSERT INTO office.\"Our settings\" VALUES ('a', 'b', 'nick', <r:1>)").unwrap();
        assert!(live.refused("UPDATE office.\"Our settings\" SET area = 'A'").contains(KEY));
        let upsert = "ON CONFLICT (nick) DO UPDATE SET value = excluded.value";
        let other =
            live.refused(&format!("INSERT INTO office.\"Our settings\" VALUES ('A', 'b', 'nick', <r:2>) {upsert}"));
        assert!(other.contains(UPSERT), "{other}");
    }
}

#[test]
fn each_refusal_has_a_code_and_names_the_table() {
    let mut live = Live::postgres();
    clients(&mut live);
    let upsert = format!("{} DO UPDATE SET email = excluded.email", proposal("name"));
    let statements =
        [("FS001", "UPDATE clients SET id = 3"), ("FS002", "UPDATE clients SET firm_id = 3"), ("FS003", &upsert)];
    for (code, statement) in statements {
        live.run(&format!(
            "DO $$ DECLARE of text; BEGIN
                {statement};
                RAISE 'accepted';
            EXCEPTION WHEN SQLSTATE '{code}' THEN
                GET STACKED DIAGNOSTICS of = TABLE_NAME;
                ASSERT of = 'clients';
            END $$"
        ))
        .unwrap();
    }
}

#[test]
fn merge_that_inserts_passes_and_a_new_key_by_merge_is_refused() {
    let mut live = Live::postgres();
    if live.number("current_setting('server_version_num')::bigint") < 150_000 {
        return;
    }
    clients(&mut live);
    let merge =
        "MERGE INTO clients USING (VALUES (1::bigint, 'a'), (8::bigint, 'h')) AS s (id, name) ON clients.name = s.name
        WHEN NOT MATCHED THEN INSERT (id, firm_id, name, email, email_term) VALUES (s.id, 10, s.name, <r:31>, <t:31>)";
    live.run(&format!("{merge} WHEN MATCHED THEN UPDATE SET notes = <r:32>")).unwrap();
    assert!(live.refused(&format!("{merge} WHEN MATCHED THEN UPDATE SET id = 77")).contains(KEY));
}

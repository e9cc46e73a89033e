//! Commands that need no migration.

use serde_json::Value;

use super::Shell;

#[test]
fn a_doctor_finds_what_is_missing() {
    let shell = Shell::new(1);
    let ill = shell.run(&["--json", "doctor"]);
    assert_eq!(ill.code, 4, "the sealed columns are not there");
    let findings = ill.json();
    let ill: Vec<&Value> = findings.as_array().unwrap().iter().filter(|finding| finding["health"] == "ill").collect();
    assert_eq!(ill.len(), 1);
    assert!(ill[0]["said"].as_str().unwrap().contains("email"), "{ill:?}");
    shell.steps(&["expand"]);
    shell.ok(&["doctor"]);
}

#[test]
fn a_cell_says_its_head_without_a_key() {
    let shell = Shell::new(3);
    shell.steps(&["expand", "dual-write", "run"]);
    let sql = "SELECT encode(email, 'hex'), encode(email_term, 'hex') FROM clients LIMIT 1";
    let row = shell.runtime.block_on(shell.client.query_one(sql, &[])).unwrap();
    let (cell, term): (String, String) = (row.get(0), row.get(1));
    std::fs::remove_file(shell.at("fieldseal.toml")).unwrap();
    let head = shell.ok(&["--json", "inspect", &cell]).json();
    assert!(head.to_string().contains("row-bound"), "{head}");
    shell.ok(&["--json", "inspect", "--term", &term]);
    assert_ne!(shell.run(&["inspect", "00ff"]).code, 0);
}

#[test]
fn status_is_one_page_without_anything_from_elsewhere() {
    let shell = Shell::new(12);
    shell.steps(&["expand", "dual-write", "run"]);
    shell.ok(&["keys", "rotate", "int:1"]);
    shell.ok(&["status", "--html", "status.html"]);
    let page = std::fs::read_to_string(shell.at("status.html")).unwrap();
    for outside in ["http://", "https://", "src=", "@import", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("clients.email") && page.contains("dual-write") && page.contains("<svg"), "{page}");
    assert!(!page.contains("example.com"), "no value is shown");
    let status = shell.ok(&["--json", "status"]).json();
    assert_eq!((status["firms"].as_u64(), status["migrations"][0]["phase"].as_str()), (Some(4), Some("dual-write")));
    let email = &status["columns"].as_array().unwrap().iter().find(|column| column["column"] == "email").unwrap();
    assert_eq!((email["rows"].as_u64(), email["older"].as_u64()), (Some(12), Some(4)));
}

#[test]
fn an_export_is_what_the_configuration_takes() {
    let shell = Shell::new(1);
    let exported = shell.ok(&["schema", "export"]).out;
    let config = std::fs::read_to_string(shell.at("fieldseal.toml")).unwrap();
    let head = config.split("[[table]]").next().unwrap();
    std::fs::write(shell.at("fieldseal.toml"), format!("{head}\n{exported}")).unwrap();
    assert_eq!(shell.ok(&["schema", "export"]).out, exported);
    let migration = shell.ok(&["schema", "migration", "postgres"]).out;
    assert!(migration.contains("CREATE DOMAIN") && migration.contains("-- down"), "{migration}");
}

#[test]
fn completions_and_manual_pages_name_the_commands() {
    let shell = Shell::new(1);
    for shell_name in ["bash", "zsh", "fish"] {
        assert!(shell.ok(&["completions", shell_name]).out.contains("cut-over"), "{shell_name}");
    }
    shell.ok(&["man", "pages"]);
    let pages: Vec<String> = std::fs::read_dir(shell.at("pages"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    for page in ["fieldseal.1", "fieldseal-migrate.1", "fieldseal-migrate-cut-over.1", "fieldseal-plan.1"] {
        assert!(pages.iter().any(|name| name == page), "{page} is not in {pages:?}");
    }
}

#[test]
fn backups_restores_and_shredding_by_commands() {
    let shell = Shell::new(1);
    shell.ok(&["keys", "backup", "keys.backup"]);
    shell.ok(&["keys", "restore", "keys.backup", "--verify"]);
    shell.ok(&["keys", "hold", "int:2", "--id", "case 7", "--reason", "a suit"]);
    let held = shell.run(&["--json", "keys", "shred", "request", "int:2", "--reason", "left", "--days", "1"]);
    assert_eq!(held.code, 0, "a request waits for the hold's end: {}", held.err);
    let early = shell.run(&["--json", "keys", "shred", "do", "int:2", "--yes"]);
    assert_eq!(early.code, 3, "{}", early.err);
    shell.ok(&["keys", "shred", "cancel", "int:2"]);
    shell.ok(&["keys", "release", "int:2", "--id", "case 7"]);
    shell.ok(&["keys", "suspend", "int:3", "--reason", "unpaid"]);
    assert!(shell.ok(&["keys", "show", "int:3"]).out.contains("unpaid"));
    shell.ok(&["keys", "reinstate", "int:3"]);
    let listed = shell.ok(&["--json", "keys", "list"]).json();
    assert!(listed.to_string().contains("int:3"), "{listed}");
}

//! What is refused, and by which exit code.

use super::{CLIENTS, Shell};

#[test]
fn exit_codes_are_those_of_the_manual() {
    let shell = Shell::new(5);
    assert_eq!(shell.run(&["migrate", "run"]).code, 2, "wrong usage");
    assert_eq!(shell.run(&["migrate", "run", "clients", "--kind", "shred"]).code, 2);
    let code = |arguments: &[&str]| {
        let ended = shell.run(arguments);
        (ended.code, ended.failure())
    };
    assert_eq!(code(&["--json", "migrate", "fence", "clients"]), (3, "step.not_begun".into()));
    assert_eq!(code(&["--json", "migrate", "status", "clients"]), (1, "run.no_job".into()));
    assert_eq!(code(&["--json", "migrate", "run", "people"]), (1, "cli.no_table".into()));
    assert_eq!(code(&["--json", "migrate", "run", "clients", "--columns", "phone"]), (1, "cli.no_column".into()));
    assert_eq!(code(&["--json", "plan", "clients", "--database", "other"]), (1, "cli.no_database".into()));
    assert_eq!(code(&["--json", "--config", "none.toml", "plan", "clients"]), (1, "config.read".into()));
    shell.steps(&["expand"]);
    assert_eq!(code(&["--json", "migrate", "contract", "clients"]), (3, "cli.not_confirmed".into()));
    assert_eq!(code(&["--json", "migrate", "contract", "clients", "--yes"]), (3, "step.out_of_order".into()));
    assert_eq!(code(&["--json", "--dry-run", "migrate", "pause", "clients"]), (3, "cli.no_dry_run".into()));
}

#[test]
fn what_only_the_services_code_can_do_is_refused() {
    for (from, to, expected) in [
        ("legacy = \"notes_plain\"", "legacy = \"notes_plain\"\nlegacy_custom = true", "subject.custom_legacy"),
        ("normalizer = \"email/1\"", "normalizer = \"ours/1\"", "subject.custom_normalizer"),
    ] {
        let shell = Shell::with(5, &CLIENTS.replace(from, to));
        let ended = shell.run(&["--json", "plan", "clients"]);
        assert_eq!((ended.code, ended.failure().as_str()), (3, expected));
        assert!(ended.err.contains("in the service's own binary"), "{}", ended.err);
    }
}

/// One operator waits for a lock; the other is told so at once, whatever step it wants.
#[test]
fn of_two_operators_one_is_refused() {
    let shell = Shell::new(5);
    shell.sql("BEGIN; LOCK TABLE clients IN ACCESS SHARE MODE");
    let first = shell.start(&["--json", "migrate", "expand", "clients", "--lock-timeout", "100"]);
    shell.wait_for("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted");
    for step in [&["expand"][..], &["rollback", "--reason", "no"]] {
        let mut arguments = vec!["--json", "migrate", step[0], "clients"];
        arguments.extend(&step[1..]);
        let second = shell.run(&arguments);
        assert_eq!((second.code, second.failure().as_str()), (3, "step.busy"));
    }
    shell.sql("COMMIT");
    let ended = super::Ended::from(first.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.json()["reached"].as_str()), (0, Some("expanded")));
}

impl Shell {
    /// Asks until the answer is yes.
    fn wait_for(&self, question: &str) {
        let yes = || -> bool { self.runtime.block_on(self.client.query_one(question, &[])).unwrap().get(0) };
        while !yes() {
            std::thread::yield_now();
        }
    }
}

//! Passes: what they tell, and how they are stopped, slowed and taken up.

use std::io::{BufRead, BufReader};
use std::process::Child;

use serde_json::Value;

use super::Shell;

/// Reads lines of JSON until one is of this event.
fn until(child: &mut Child, event: &str) -> Vec<Value> {
    let mut said = Vec::new();
    for line in BufReader::new(child.stdout.as_mut().unwrap()).lines() {
        let value: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let found = value["event"] == event;
        said.push(value);
        if found {
            return said;
        }
    }
    panic!("no {event} in {said:?}");
}

fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_terminated_pass_ends_after_its_chunk_and_the_next_goes_on() {
    let shell = Shell::new(2_000);
    shell.steps(&["expand", "dual-write"]);
    let mut child = shell.start(&["--json", "migrate", "run", "clients", "--rate", "100"]);
    let said = until(&mut child, "range");
    assert_eq!((&said[0]["event"], &said[0]["joined"]), (&Value::from("pass"), &Value::from(false)));
    signal(&child, "TERM");
    let ended = super::Ended::from(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.failure().as_str()), (5, "run.stopped"));
    assert!(shell.count("email IS NULL") > 0, "it was stopped in the middle");
    let rest = shell.ok(&["--json", "migrate", "run", "clients", "--unthrottled"]);
    let report: Value = serde_json::from_str(rest.out.lines().last().unwrap()).unwrap();
    assert_eq!((&report["event"], &report["report"]["pass"]), (&Value::from("report"), &Value::from(1)));
    assert_eq!((report["report"]["written"].as_i64(), shell.count("email IS NULL")), (Some(2_000), 0));
}

#[test]
fn operators_pause_throttle_and_abort_a_pass_of_others() {
    let shell = Shell::new(2_000);
    shell.steps(&["expand", "dual-write"]);
    let mut child = shell.start(&["--json", "migrate", "run", "clients", "--rate", "50"]);
    until(&mut child, "range");
    shell.ok(&["migrate", "pause", "clients"]);
    until(&mut child, "paused");
    let status = shell.ok(&["--json", "migrate", "status", "clients"]).json();
    assert_eq!((&status["state"], &status["step"]), (&Value::from("paused"), &Value::from("dual-write")));
    shell.ok(&["migrate", "throttle", "clients", "--rate", "70"]);
    shell.ok(&["migrate", "resume", "clients"]);
    until(&mut child, "resumed");
    let status = shell.ok(&["--json", "migrate", "status", "clients"]).json();
    assert_eq!(status["throttle"]["rows_per_second"], 70.0);
    shell.ok(&["migrate", "abort", "clients"]);
    let ended = super::Ended::from(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.failure().as_str()), (3, "run.aborted"));
    let refused = shell.run(&["--json", "migrate", "run", "clients"]);
    assert_eq!((refused.code, refused.failure().as_str()), (3, "run.aborted"));
}

#[test]
fn rows_in_quarantine_are_listed_mended_and_tried_again() {
    let shell = Shell::new(30);
    shell.sql("UPDATE clients SET firm_id = 9 WHERE email_plain LIKE 'user1%'");
    shell.steps(&["expand", "dual-write"]);
    let ended = shell.run(&["--json", "migrate", "run", "clients"]);
    assert_eq!(ended.code, 4, "{}", ended.err);
    let listed = shell.run(&["--json", "migrate", "quarantine", "clients", "--limit", "3"]);
    let rows = listed.json();
    assert_eq!((listed.code, rows.as_array().unwrap().len()), (4, 3));
    assert_eq!((&rows[0]["firm"], &rows[0]["reason"]), (&Value::from("int:9"), &Value::from("unknown-firm")));
    let text = shell.run(&["migrate", "quarantine", "clients"]).out;
    assert!(!text.contains("user1"), "no value is shown: {text}");
    shell.ok(&["keys", "create", "int:9"]);
    shell.ok(&["migrate", "quarantine", "clients", "--retry"]);
    assert_eq!(shell.ok(&["--json", "migrate", "quarantine", "clients"]).json(), Value::Array(vec![]));
    assert_eq!(shell.count("email IS NULL"), 0);
}

#[test]
fn a_rotated_key_is_moved_away_from_and_destroyed() {
    let shell = Shell::new(60);
    shell.steps(&[
        "expand",
        "dual-write",
        "run",
        "verify",
        "fence",
        "sweep",
        "validate",
        "verify",
        "cut-over",
        "contract",
    ]);
    shell.ok(&["keys", "rotate", "int:1"]);
    let refused = shell.run(&["keys", "retire", "int:1", "1"]);
    assert_eq!(refused.code, 0, "retiring warns and loses nothing: {}", refused.err);
    let found = shell.run(&["--json", "status"]);
    let retired = |status: &Value| -> i64 {
        let columns = status["columns"].as_array().unwrap();
        columns.iter().map(|column| column["retired"].as_i64().unwrap()).sum()
    };
    assert_eq!((found.code, retired(&found.json()) > 0), (4, true));
    let early = shell.run(&["keys", "destroy", "int:1", "1", "--yes"]);
    assert_eq!(early.code, 3, "rows name it: {}", early.err);
    shell.ok(&["migrate", "run", "clients", "--kind", "reseal", "--below", "2", "--firm", "int:1"]);
    let done = shell.ok(&["--json", "status"]);
    assert_eq!(retired(&done.json()), 0);
    let unbarred = shell.run(&["--json", "keys", "destroy", "int:1", "1", "--yes"]);
    assert_eq!((unbarred.code, unbarred.failure().as_str()), (3, "states.no_bar"));
    shell.sql(shell.ok(&["--json", "schema", "bar", "postgres"]).json()["up"].as_str().unwrap());
    shell.ok(&["keys", "destroy", "int:1", "1", "--yes"]);
    shell.ok(&["migrate", "verify", "clients", "--kind", "reseal"]);
}

//! The examples' data is as the examples say, and the quickstart runs, also over what an earlier run left.

#[path = "../../examples/quickstart/main.rs"]
mod quickstart;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use fieldseal::Normalizer;

use crate::support::watch::public::permit;

type Record = HashMap<String, String>;

#[test]
fn the_clients_are_a_thousand_of_three_firms_in_ten_languages() {
    let records = records();
    assert_eq!(records.len(), 1000);
    assert_eq!(distinct(&records, |record| record["firm"].clone()), 3);
    assert_eq!(distinct(&records, |record| record["language"].clone()), 10);
    assert!(records.iter().any(|record| record["notes"].is_empty()));
    assert!(records.iter().any(|record| record["notes"].contains('\n') && record["notes"].contains('"')));
    assert!(records.iter().any(|record| record["phone"].is_empty()));
}

#[test]
fn emails_are_unique_within_a_firm_only_and_reserved_for_examples() {
    let records = records();
    let normal = |record: &Record| Normalizer::Email.normalize(record["email"].as_bytes()).into_owned();
    assert_eq!(distinct(&records, |record| (record["firm"].clone(), normal(record))), records.len());
    assert!(distinct(&records, normal) < records.len());
    let reserved = ["example.org", "example.com", "example.net"];
    let is_reserved = |record: &Record| reserved.iter().any(|domain| record["email"].to_lowercase().ends_with(domain));
    assert!(records.iter().all(is_reserved));
}

#[test]
fn the_quickstart_runs_again_over_what_it_left() {
    let directory = tempfile::tempdir().unwrap();
    let first = run(directory.path()).unwrap();
    assert_eq!(first.matches("made now").count(), 4, "{first}");
    assert!(first.contains("999 equal the CSV file"), "{first}");
    let second = run(directory.path()).unwrap();
    assert_eq!(second.matches("found in the key store").count(), 4, "{second}");
    assert!(second.contains("1000 clients are there from an earlier run"), "{second}");
    assert!(second.contains("999 equal the CSV file"), "{second}");
}

#[test]
fn the_quickstart_makes_no_new_key_for_an_old_database() {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path()).unwrap();
    std::fs::remove_file(directory.path().join("fieldseal.key")).unwrap();
    let refused = run(directory.path()).unwrap_err();
    assert!(refused.starts_with("no key file at"), "{refused}");
}

fn run(directory: &Path) -> Result<String, String> {
    crate::support::sqlite::watch();
    let plain =
        |record: &Record| ["name", "language"].map(|column| permit("a plain column of the example", &record[column]));
    let _permits: Vec<_> = records().iter().map(plain).collect();
    let mut out = Vec::new();
    quickstart::run(&mut out, directory, true).map_err(|failure| failure.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

fn records() -> Vec<Record> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/clients.csv");
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

fn distinct<K: Eq + std::hash::Hash>(records: &[Record], of: impl Fn(&Record) -> K) -> usize {
    records.iter().map(of).collect::<HashSet<_>>().len()
}

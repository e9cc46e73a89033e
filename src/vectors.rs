//! The files of `tests/vectors/`, which another implementation of `spec/` made, against this crate's own code.
#![allow(clippy::unwrap_used, reason = "a test stops at the first failure, where it stands")]

mod backup;
mod blind_index;
mod cells;
mod classes;
mod encodings;
mod envelope;
mod form;
mod keys;
mod keys_invalid;
mod load;
mod local;
mod manifest;
mod padding;
mod phases;
mod providers;
mod standing;
mod stored;
mod suites;
mod world;
mod wycheproof;

use std::path::Path;

/// Checks every case of a file's text and tells how many there were.
type Walk = fn(&str) -> usize;

const FILES: [(&str, Walk); 11] = [
    ("aes_siv_rfc5297.json", suites::aes_siv),
    ("backup.json", backup::walk),
    ("blind_index.json", blind_index::terms),
    ("encodings.json", encodings::walk),
    ("envelope.json", envelope::valid),
    ("envelope_invalid.json", envelope::invalid),
    ("keys.json", keys::walk),
    ("keys_invalid.json", keys_invalid::walk),
    ("normalizers.json", blind_index::normalizers),
    ("padding.json", padding::walk),
    ("xaes.json", suites::xaes),
];

#[test]
fn every_vector_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    for (name, walk) in FILES {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(walk(&text) > 0, "{name} has no case");
    }
}

#[test]
fn every_file_of_the_folder_is_walked() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut known: Vec<&str> = FILES.iter().map(|(name, _)| *name).chain(["README.md"]).collect();
    known.sort_unstable();
    assert_eq!(names, known);
}

//! Heads in a directory that several processes share.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Barrier;

use fieldseal::FirmId;
use fieldseal::keys::{Anchor, FileAnchor, Head};
use pollster::block_on;

fn head(line: &str) -> Head {
    let hash = "ab".repeat(32);
    line.replace("hash", &hash).parse().unwrap()
}

fn firm() -> FirmId {
    FirmId::from("a/../b \u{e9}")
}

fn held(anchor: &FileAnchor) -> Option<Head> {
    block_on(anchor.heads(&[firm()])).unwrap().remove(0)
}

#[test]
fn heads_outlive_their_process_and_never_go_back() {
    let place = tempfile::tempdir().unwrap();
    let anchor = FileAnchor::open(place.path().join("heads")).unwrap();
    assert_eq!(held(&anchor), None);
    block_on(anchor.advance(&firm(), &head("5 hash 3 1"))).unwrap();
    block_on(anchor.advance(&firm(), &head("4 hash 2 1"))).unwrap();
    let again = FileAnchor::open(place.path().join("heads")).unwrap();
    assert_eq!(held(&again), Some(head("5 hash 3 1")));
    let forked = format!("5 {} 3 1", "cd".repeat(32)).parse().unwrap();
    assert_eq!(block_on(again.advance(&firm(), &forked)).unwrap_err().code(), "anchor.forked");
    block_on(again.advance(&firm(), &head("6 shredded 0 0"))).unwrap();
    assert_eq!(held(&anchor), Some(head("6 shredded 3 1")), "the numbers stay");
}

#[test]
fn the_directory_is_its_owners_alone() {
    let place = tempfile::tempdir().unwrap();
    let anchor = FileAnchor::open(place.path().join("heads")).unwrap();
    block_on(anchor.advance(&firm(), &head("1 hash 1 1"))).unwrap();
    assert_eq!(fs::metadata(place.path().join("heads")).unwrap().mode() & 0o777, 0o700);
    for file in fs::read_dir(place.path().join("heads")).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().mode() & 0o777, 0o600);
    }
}

#[test]
fn of_many_who_advance_at_once_the_highest_stays() {
    let place = tempfile::tempdir().unwrap();
    let start = Barrier::new(8);
    std::thread::scope(|scope| {
        for n in 1..=8 {
            let (start, path) = (&start, place.path());
            scope.spawn(move || {
                let anchor = FileAnchor::open(path).unwrap();
                start.wait();
                block_on(anchor.advance(&firm(), &head(&format!("{n} hash {n} 1")))).unwrap();
            });
        }
    });
    assert_eq!(held(&FileAnchor::open(place.path()).unwrap()), Some(head("8 hash 8 1")));
}

#[test]
fn a_file_that_is_no_head_or_another_firms_is_an_error_and_not_none() {
    let place = tempfile::tempdir().unwrap();
    let anchor = FileAnchor::open(place.path()).unwrap();
    block_on(anchor.advance(&firm(), &head("1 hash 1 1"))).unwrap();
    block_on(anchor.advance(&FirmId::from("other"), &head("9 hash 1 1"))).unwrap();
    let is_head = |path: &std::path::Path| path.file_name().unwrap().len() == 64;
    let files: Vec<_> = fs::read_dir(place.path()).unwrap().map(|file| file.unwrap().path()).collect();
    let [one, other] = &files.iter().filter(|path| is_head(path)).collect::<Vec<_>>()[..] else { panic!("two heads") };
    let (of_one, of_other) = (fs::read(one).unwrap(), fs::read(other).unwrap());
    fs::write(one, &of_other).unwrap();
    fs::write(other, &of_one).unwrap();
    assert_eq!(block_on(anchor.heads(&[firm()])).unwrap_err().code(), "anchor.malformed");
    fs::write(one, "").unwrap();
    fs::write(other, "").unwrap();
    assert_eq!(block_on(anchor.heads(&[firm()])).unwrap_err().code(), "anchor.malformed");
}

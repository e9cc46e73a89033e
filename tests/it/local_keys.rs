//! Key files: made once, never overwritten, and refused when others can reach them.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::Barrier;

use fieldseal::keys::{KeyProvider, LocalKeyError, LocalKeys};

struct Place {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kek");
    Place { _directory: directory, path }
}

impl Place {
    fn set_mode(&self, mode: u32) {
        fs::set_permissions(&self.path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn files(&self) -> usize {
        fs::read_dir(self.path.parent().unwrap()).unwrap().count()
    }
}

#[test]
fn a_key_is_made_once_and_opened_again() {
    let place = place();
    assert!(matches!(LocalKeys::open(&place.path), Err(LocalKeyError::NotFound { .. })));
    let made = LocalKeys::create(&place.path).unwrap();
    assert_eq!(made.id(), "local");
    assert_eq!(made.keks().len(), 1);
    assert!(made.keks()[0].as_str().starts_with("local:"), "{:?}", made.keks());
    assert_eq!(LocalKeys::open(&place.path).unwrap().keks(), made.keks());
    assert_eq!(LocalKeys::open_or_create(&place.path).unwrap().keks(), made.keks());
    assert_eq!(place.files(), 1, "the temporary file is gone");
}

#[test]
fn a_file_is_never_overwritten() {
    let place = place();
    fs::write(&place.path, "mine").unwrap();
    assert!(matches!(LocalKeys::create(&place.path), Err(LocalKeyError::Exists { .. })));
    assert_eq!(fs::read_to_string(&place.path).unwrap(), "mine");
    assert_eq!(place.files(), 1);
}

#[test]
fn the_file_is_its_owners_alone_and_in_the_specified_form() {
    let place = place();
    LocalKeys::create(&place.path).unwrap();
    assert_eq!(fs::metadata(&place.path).unwrap().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&place.path).unwrap();
    let hex = text.strip_prefix("fieldseal-local-key-v1 ").unwrap().strip_suffix('\n').unwrap();
    assert!(hex.len() == 64 && hex.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)));
}

#[test]
fn many_creators_make_one_key() {
    let place = place();
    let barrier = Barrier::new(8);
    let ids: Vec<_> = std::thread::scope(|scope| {
        let creator = || {
            barrier.wait();
            LocalKeys::open_or_create(&place.path).unwrap().keks()[0].clone()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(creator)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(place.files(), 1);
}

#[test]
fn a_file_open_to_others_is_refused_also_behind_a_link() {
    let place = place();
    LocalKeys::create(&place.path).unwrap();
    let link = place.path.with_file_name("link");
    symlink(&place.path, &link).unwrap();
    LocalKeys::open(&link).unwrap();
    for bit in [0o040, 0o020, 0o010, 0o004, 0o002, 0o001] {
        place.set_mode(0o600 | bit);
        for path in [&place.path, &link] {
            let refused = LocalKeys::open(path).unwrap_err();
            assert!(matches!(refused, LocalKeyError::OpenToOthers { mode, .. } if mode == 0o600 | bit), "{refused}");
        }
    }
    place.set_mode(0o400);
    LocalKeys::open(&place.path).unwrap();
}

#[test]
fn what_is_no_key_file_is_refused_without_a_word_of_it() {
    let place = place();
    for content in ["", "hunter2", "fieldseal-local-key-v1 hunter2\n", &"x".repeat(100_000)] {
        fs::write(&place.path, content).unwrap();
        place.set_mode(0o600);
        let refused = LocalKeys::open(&place.path).unwrap_err();
        assert!(matches!(refused, LocalKeyError::Malformed { .. }), "{refused}");
        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
        assert!(refused.to_string().contains(place.path.to_str().unwrap()));
    }
    place.set_mode(0o700);
    let directory = LocalKeys::open(place.path.parent().unwrap()).unwrap_err();
    assert!(matches!(directory, LocalKeyError::NotAFile { .. }), "{directory}");
}

#[test]
fn a_pipe_is_refused_without_waiting_for_its_writer() {
    let place = place();
    let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(&place.path).status().unwrap();
    assert!(made.success());
    let refused = LocalKeys::open(&place.path).unwrap_err();
    assert!(matches!(refused, LocalKeyError::NotAFile { .. }), "{refused}");
}

#[test]
fn debug_shows_no_key() {
    let place = place();
    let keys = LocalKeys::create(&place.path).unwrap();
    let text = fs::read_to_string(&place.path).unwrap();
    let hex = text.trim().rsplit(' ').next().unwrap();
    assert_eq!(format!("{keys:?}"), format!("LocalKeys([KekId({:?})])", keys.keks()[0].as_str()));
    assert!(!format!("{keys:?}").contains(&hex[..8]));
}

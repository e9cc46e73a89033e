//! The suite's own sources: which of them open databases.

use std::path::Path;

/// A file that opens a database past the watch, or a store without it, would make the whole check idle.
#[test]
fn the_suite_opens_databases_through_the_watch_only() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut looked_at = 0;
    each_file(&suite, &mut |path, text| {
        looked_at += 1;
        let name = path.strip_prefix(&suite).unwrap().display().to_string();
        if name.starts_with("support") || name.starts_with("leaks/watch") {
            return;
        }
        assert!(!text.contains("SqliteConnection::establish("), "{name}: open it by `support::sqlite`");
        let opens_store = text.contains("SqliteKeyStore::open(directory") || text.contains("SqliteKeyStore::open(self");
        assert!(!opens_store || text.contains("sqlite::watch()"), "{name}: call `support::sqlite::watch()` first");
        assert!(
            !text.contains("direct_url()") || name == "harness.rs",
            "{name}: connect by `url()`, through the watch"
        );
    });
    assert!(looked_at > 50, "only {looked_at} files");
}

fn each_file(directory: &Path, look: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_file(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

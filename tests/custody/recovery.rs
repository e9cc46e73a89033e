//! The database was restored from last week, step by step as docs/src/recovery.md has it: key store and rows went back
//! together, one process lives on, others have died, and an anchor remembers.

use std::fs::File;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use fieldseal::admin::{Overwrite, RestoreOptions, Verify};
use fieldseal::keys::store::SqliteKeyStore;
use fieldseal::keys::{FileAnchor, LocalKeys};
use fieldseal::{KeyError, Vault, danger};
use pollster::block_on;

use crate::process::{Process, ask, say};

/// A key store, a KEK and an anchor.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// A process of its own, with a vault over the place.
    fn process(&self) -> Process {
        let mut process = Process::start("live", &[]);
        process.tell(self.path().to_str().unwrap());
        process
    }

    /// The tables as they are now, in a file beside.
    fn copy(&self) -> PathBuf {
        let copy = self.path().join("last-week.db");
        let mut conn = SqliteConnection::establish(self.path().join("keys.db").to_str().unwrap()).unwrap();
        conn.batch_execute(&format!("VACUUM INTO '{}'", copy.display())).unwrap();
        copy
    }

    /// Puts the tables back as they were, under the connections of living processes.
    fn restore(&self, copy: &Path) {
        let mut conn = SqliteConnection::establish(self.path().join("keys.db").to_str().unwrap()).unwrap();
        let back = |table| format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM old.{table};");
        let (firms, keys) = (back("fieldseal_firms"), back("fieldseal_firm_keys"));
        // The keys of a firm need its row.
        let sql = format!(
            "ATTACH '{}' AS old; BEGIN IMMEDIATE; DELETE FROM fieldseal_firm_keys; {firms} {keys} COMMIT;",
            copy.display()
        );
        conn.batch_execute(&sql).unwrap();
    }
}

fn vault(at: &Path) -> Vault {
    let store = SqliteKeyStore::open(at.join("keys.db")).unwrap();
    block_on(store.migrate()).unwrap();
    let keys = LocalKeys::open_or_create(at.join("kek")).unwrap();
    let anchor = FileAnchor::open(at.join("heads")).unwrap();
    Vault::builder().provider(keys).store(store).anchor(anchor).build().unwrap()
}

/// In a child: does what the test says, a line at a time, over one vault.
pub(crate) fn live() {
    let at = PathBuf::from(ask().unwrap());
    let vault = vault(&at);
    block_on(vault.initialize()).unwrap();
    while let Some(line) = ask() {
        let (what, firm) = line.split_once(' ').unwrap_or((&line, ""));
        let done = match what {
            "create" => block_on(vault.create_firm(firm)).map(|_| "ok".to_owned()),
            "shred" => block_on(danger::shred_firm(&vault, firm)).map(|()| "ok".to_owned()),
            "load" => {
                block_on(vault.revoke(firm)).unwrap();
                block_on(vault.session(firm)).map(|_| "ok".to_owned())
            }
            "backup" => {
                let file = File::create(at.join("backup")).unwrap();
                Ok(block_on(vault.admin().backup(file)).unwrap().firms.to_string())
            }
            "would" => reinserted(&vault.admin().dry_run()),
            "reinsert" => reinserted(&vault.admin()),
            other => panic!("no such thing: {other}"),
        };
        say(&done.unwrap_or_else(|error| error.code().to_owned()));
    }
}

fn reinserted(admin: &fieldseal::admin::KeyAdmin) -> Result<String, KeyError> {
    let done = block_on(admin.reinsert())?;
    let names: Vec<String> = done.put_back.iter().map(ToString::to_string).collect();
    Ok(format!("{} back, {} left", names.join(" "), done.left.len()))
}

fn does(process: &mut Process, line: &str) -> String {
    process.tell(line);
    process.hear()
}

#[test]
fn a_database_of_last_week_gets_back_what_the_living_and_the_backup_hold() {
    let place = Place::new();
    let mut dies = place.process();
    assert_eq!(does(&mut dies, "create early"), "ok");
    assert_eq!(does(&mut dies, "create gone"), "ok");
    let last_week = place.copy();
    // The week: a backup knows `nightly`; only a process that lives knows `late` and that `gone` was shredded; only the
    // anchor knows `lost`.
    assert_eq!(does(&mut dies, "create nightly"), "ok");
    assert_eq!(does(&mut dies, "backup"), "3");
    assert_eq!(does(&mut dies, "create lost"), "ok");
    let mut lives = place.process();
    assert_eq!(does(&mut lives, "load early"), "ok");
    assert_eq!(does(&mut lives, "create late"), "ok");
    assert_eq!(does(&mut lives, "shred gone"), "ok");
    dies.signal("KILL");
    assert!(!dies.wait());
    place.restore(&last_week);

    // A process that is started now is not fooled.
    let mut cold = place.process();
    assert_eq!(does(&mut cold, "load early"), "ok");
    for firm in ["gone", "nightly", "late", "lost"] {
        assert_eq!(does(&mut cold, &format!("load {firm}")), "keys.tampered", "{firm}");
        assert_eq!(does(&mut cold, &format!("create {firm}")), "keys.tampered", "{firm}");
    }
    // Steps 2 and 3: every live process puts back what it holds.
    assert_eq!(does(&mut cold, "reinsert"), " back, 0 left");
    assert_eq!(does(&mut lives, "would"), "text:gone text:late back, 0 left");
    assert_eq!(does(&mut cold, "load late"), "keys.tampered", "it was only said");
    assert_eq!(does(&mut lives, "reinsert"), "text:gone text:late back, 0 left");
    assert_eq!(does(&mut cold, "load late"), "ok");
    assert_eq!(does(&mut cold, "load gone"), "keys.shredded");
    // Step 4: the last backup brings the rest, and does not bring back what was shredded.
    let vault = vault(place.path());
    let options = RestoreOptions::default().overwriting(Overwrite::IfNewer).verifying(Verify::Deep);
    let backup = || File::open(place.path().join("backup")).unwrap();
    let would = block_on(vault.admin().dry_run().restore(backup(), options)).unwrap();
    let restored = block_on(vault.admin().restore(backup(), options)).unwrap();
    assert_eq!((would.written, restored.written, restored.differences.len()), (1, 1, 1));
    assert_eq!(restored.differences[0].firm, "gone".into());
    assert_eq!(does(&mut cold, "load nightly"), "ok");
    assert_eq!(does(&mut cold, "load gone"), "keys.shredded");
    // Step 5: what nobody holds is named, and not made anew under other keys.
    assert_eq!(does(&mut cold, "load lost"), "keys.tampered");
    assert_eq!(block_on(danger::accept_rollback(&vault, "early")).unwrap(), None);
    assert_eq!(block_on(danger::accept_rollback(&vault, "lost")).unwrap_err().code(), "keys.unknown_firm");
}

/// The runbook's first lines say not to restart live processes: this is what is lost by it.
#[test]
fn without_a_live_process_a_shredding_is_remembered_by_the_anchor_alone() {
    let place = Place::new();
    let mut process = place.process();
    assert_eq!(does(&mut process, "create gone"), "ok");
    let last_week = place.copy();
    assert_eq!(does(&mut process, "shred gone"), "ok");
    process.signal("KILL");
    assert!(!process.wait());
    place.restore(&last_week);
    let mut cold = place.process();
    assert_eq!(does(&mut cold, "load gone"), "keys.tampered");
    let vault = vault(place.path());
    assert_eq!(block_on(danger::accept_rollback(&vault, "gone")).unwrap_err().code(), "keys.shredded");
}

//! Four processes under load, one of them stopped past its lease, while keys are rotated.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{SystemTime, UNIX_EPOCH};

use diesel::prelude::*;
use fieldseal::envelope::Head;
use fieldseal::keys::Purpose;
use fieldseal::{KeyError, OpenError, SealError, Session, Vault};
use pollster::block_on;

use super::service::{Entry, FIRM, SealedEntry, Service, entries, here};
use crate::process::{Process, ask, say};

const PROCESSES: i64 = 4;

const NUMBER: &str = "FIELDSEAL_TEST_PROCESS_NUMBER";

/// In a child: seals, inserts, looks up and opens until it is told to stop. Says at the end what it did.
pub(crate) fn worker() {
    let (vault, mut conn) = here();
    let number: i64 = std::env::var(NUMBER).unwrap().parse().unwrap();
    let mut work = Work { vault, session: None, next: number, sealed: 0, opened: 0, refused: 0 };
    let told = listen();
    say("ready");
    loop {
        match told.try_recv() {
            Ok(line) if line == "how far?" => {
                work.until_it_has_sealed(&mut conn);
                say(&format!("{}", work.sealed));
            }
            Ok(_) | Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => work.round(&mut conn),
        }
    }
    say(&format!("sealed {} opened {} refused {}", work.sealed, work.opened, work.refused));
}

fn listen() -> Receiver<String> {
    let (sender, told) = channel();
    std::thread::spawn(move || {
        while let Some(line) = ask() {
            let _ = sender.send(line);
        }
    });
    told
}

struct Work {
    vault: Vault,
    /// Kept for as long as it works, as a service's requests and streams keep theirs.
    session: Option<Session>,
    next: i64,
    sealed: u64,
    opened: u64,
    /// Rounds that ended because the process's lease had: it neither sealed nor opened.
    refused: u64,
}

/// A process without a lease neither seals nor opens. Everything else is a failure.
#[derive(Debug)]
struct LeaseEnded;

impl Work {
    fn round(&mut self, conn: &mut PgConnection) {
        if let Err(LeaseEnded) = self.write(conn).and_then(|()| self.read(conn)) {
            self.refused += 1;
            self.session = None;
        }
    }

    /// At least one more row.
    fn until_it_has_sealed(&mut self, conn: &mut PgConnection) {
        let before = self.sealed;
        while self.sealed == before {
            self.round(conn);
        }
    }

    fn session(&mut self) -> Result<Session, LeaseEnded> {
        if self.session.is_none() {
            self.session = Some(block_on(self.vault.session(FIRM)).map_err(judge_keys)?);
        }
        Ok(self.session.clone().expect("it was just made"))
    }

    fn write(&mut self, conn: &mut PgConnection) -> Result<(), LeaseEnded> {
        let session = self.session()?;
        let (id, firm) = (self.next, FIRM.to_owned());
        let entry = Entry { id, firm, begun: now(), body: format!("body {id}") };
        let sealed = session.seal(&entry).map_err(|error| match error {
            SealError::Keys(error) => judge_keys(error),
            error => panic!("not sealed: {error}"),
        })?;
        diesel::insert_into(entries::table).values(sealed).execute(conn).unwrap();
        self.next += PROCESSES;
        self.sealed += 1;
        Ok(())
    }

    /// Opens the newest rows, whoever wrote them, and finds the newest by its value.
    fn read(&mut self, conn: &mut PgConnection) -> Result<(), LeaseEnded> {
        let session = self.session()?;
        let newest = entries::table.select(SealedEntry::as_select()).order(entries::begun.desc()).limit(8);
        let rows: Vec<Entry> = session.open(newest.load(conn).unwrap()).map_err(|error| match error {
            OpenError::Keys(error) => judge_keys(error),
            error => panic!("not opened: {error}"),
        })?;
        self.opened += rows.len() as u64;
        let Some(newest) = rows.first() else { return Ok(()) };
        let predicate = Entry::body().eq(&session, newest.body.as_str()).map_err(|error| match error {
            fieldseal::LookupError::Keys(error) => judge_keys(error),
            error => panic!("not looked up: {error}"),
        })?;
        let found: Vec<i64> = entries::table.filter(predicate).select(entries::id).load(conn).unwrap();
        assert_eq!(found, [newest.id], "looked up by its value");
        Ok(())
    }
}

fn judge_keys(error: KeyError) -> LeaseEnded {
    assert_eq!(error.code(), "keys.lease_ended", "{error}");
    LeaseEnded
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

/// When which version's rotation had returned.
struct Returned {
    purpose: Purpose,
    version: u32,
    at: i64,
}

#[test]
fn four_processes_under_load_and_one_stopped_past_its_lease() {
    let service = Service::install("rotation_load");
    let mut workers: Vec<Process> =
        (0..PROCESSES).map(|number| service.process("rotation-worker", &[(NUMBER, &number.to_string())])).collect();
    for worker in &mut workers {
        assert_eq!(worker.hear(), "ready");
    }
    let mut returned = Vec::new();
    let mut rotate = |purpose| {
        let done = block_on(service.vault.admin().rotate(FIRM, purpose)).unwrap();
        returned.push(Returned { purpose, version: done.new, at: now() });
    };
    let progress = |workers: &mut [Process]| {
        for worker in workers.iter_mut() {
            worker.tell("how far?");
        }
        workers.iter_mut().for_each(|worker| assert!(worker.hear().parse::<u64>().unwrap() > 0));
    };
    progress(&mut workers);
    rotate(Purpose::Data);
    rotate(Purpose::Index);
    progress(&mut workers);

    // Stopped, it neither acknowledges nor renews: the rotations wait for the end of its lease, and no longer.
    workers[2].signal("STOP");
    rotate(Purpose::Data);
    rotate(Purpose::Index);
    rotate(Purpose::Data);
    let (others, stopped) = workers.split_at_mut(2);
    progress(others);
    progress(&mut stopped[1..]);
    stopped[0].signal("CONT");
    progress(&mut workers);
    rotate(Purpose::Data);
    progress(&mut workers);

    for worker in &mut workers {
        worker.tell("stop");
        let summary = worker.next().expect("a worker has failed: what it said is above");
        assert!(worker.wait(), "{summary}");
    }
    check(&service, &returned);
}

/// Every row opens, and what began to be sealed after a rotation had returned is under its version or a later one.
fn check(service: &Service, returned: &[Returned]) {
    let conn = &mut service.connect();
    let session = block_on(service.vault.session(FIRM)).unwrap();
    let rows: Vec<SealedEntry> = entries::table.select(SealedEntry::as_select()).load(conn).unwrap();
    for row in &rows {
        let data = Head::parse(row.body.as_bytes().unwrap()).unwrap().version();
        let index = u32::from(row.body_term.as_bytes().unwrap()[0]);
        for rotation in returned.iter().filter(|rotation| rotation.at < row.begun) {
            let version = if rotation.purpose == Purpose::Data { data } else { index };
            assert!(version >= rotation.version, "row {} began after {:?} was active", row.id, rotation.version);
        }
    }
    let versions: std::collections::BTreeSet<u32> =
        rows.iter().map(|row| Head::parse(row.body.as_bytes().unwrap()).unwrap().version()).collect();
    assert_eq!(versions.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5], "rows under every version");
    let count = rows.len();
    assert_eq!(session.open(rows).unwrap().len(), count);
}

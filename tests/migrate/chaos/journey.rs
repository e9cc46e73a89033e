//! The journey there and back, and what happens on the way.

#![allow(clippy::print_stdout, reason = "what a run came to is told where it fails")]

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use fieldseal::Vault;
use fieldseal::keys::store::PgKeyStore;
use fieldseal::migrate::{Job, Kind, Patience, RolledBack, RunError, StepError, Throttle, VerifyError};

use super::cluster::Cluster;
use super::ledger::Ledgers;
use super::{Draw, Row, SealedRow, chaos_rows, job, keys, options, vault_over};
use crate::process::Process;

/// What happens to a pass.
const EVENTS: [&str; 6] = [
    "a worker is killed",
    "another worker is killed",
    "a worker stands still for longer than its lease",
    "connections are cut",
    "the key service is down",
    "the server is killed",
];

struct World {
    cluster: Cluster,
    directory: tempfile::TempDir,
    vault: Vault,
    rows: i64,
    seed: u64,
    draw: Draw,
    writers: Vec<Process>,
    runtime: tokio::runtime::Runtime,
}

/// What may go away by itself.
trait Retried: std::fmt::Debug {
    fn is_retried(&self) -> bool;
}

macro_rules! retried {
    ($($error:ty),*) => {$(
        impl Retried for $error {
            fn is_retried(&self) -> bool {
                self.is_retryable()
            }
        }
    )*};
}

retried!(StepError, RunError, VerifyError);

fn of_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

impl World {
    fn new() -> Self {
        let rows = of_environment("FIELDSEAL_CHAOS_ROWS").unwrap_or(200_000) as i64;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let seed = of_environment("FIELDSEAL_CHAOS_SEED").unwrap_or(now.as_secs());
        println!("FIELDSEAL_CHAOS_SEED={seed} FIELDSEAL_CHAOS_ROWS={rows}");
        let (cluster, directory) = (Cluster::start(), tempfile::tempdir().unwrap());
        let store = PgKeyStore::new(cluster.url());
        store.migrate_blocking().unwrap();
        let vault = vault_over(store, &directory.path().join("keys"));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            vault.initialize().await.unwrap();
            for firm in 1..=3i64 {
                vault.create_firm(firm).await.unwrap();
            }
        });
        vault.register::<Row>().unwrap();
        let world = Self { cluster, directory, vault, rows, seed, draw: Draw::new(seed), writers: Vec::new(), runtime };
        world.sql(&format!(
            "CREATE TABLE chaos_rows (id bigint PRIMARY KEY, firm bigint NOT NULL, turn bigint NOT NULL, body_plain text); \
             INSERT INTO chaos_rows SELECT n, 1 + n % 3, 0, 'first ' || n FROM generate_series(0, {rows} - 1) n; ANALYZE chaos_rows"
        ));
        world
    }

    fn conn(&self) -> PgConnection {
        PgConnection::establish(self.cluster.url()).unwrap()
    }

    fn sql(&self, sql: &str) {
        diesel::connection::SimpleConnection::batch_execute(&mut self.conn(), sql).unwrap();
    }

    fn job(&self, kind: Kind) -> Job {
        job(&self.vault, self.cluster.url(), kind)
    }

    fn ledger(&self, writer: usize) -> PathBuf {
        self.directory.path().join(format!("ledger{writer}"))
    }

    fn start(&self, role: &str, settings: &[(&str, &str)]) -> Process {
        let (keys, rows, seed) = (self.directory.path().join("keys"), self.rows.to_string(), self.seed.to_string());
        let mut all = vec![
            ("CHAOS_URL", self.cluster.url()),
            ("CHAOS_KEYS", keys.to_str().unwrap()),
            ("CHAOS_ROWS", &rows),
            ("CHAOS_SEED", &seed),
        ];
        all.extend(settings);
        Process::start(role, &all)
    }

    /// Writers 0 and 1 are old releases, 2 and 3 the service: 0 and 2 share rows, and 1 and 3.
    fn start_writers(&mut self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            let (text, ledger) = (number.to_string(), self.ledger(number));
            let role = if number < 2 { "chaos-legacy" } else { "chaos-sealed" };
            let settings = [("CHAOS_WRITER", text.as_str()), ("CHAOS_LEDGER", ledger.to_str().unwrap())];
            let writer = self.start(role, &settings);
            self.writers.push(writer);
        }
    }

    /// Takes a step, for as long as the server and the key service are not there to take it.
    fn step<T, E: Retried>(&self, step: impl AsyncFn() -> Result<T, E>) -> T {
        let began = Instant::now();
        loop {
            match self.runtime.block_on(step()) {
                Err(error) if error.is_retried() && began.elapsed() < Duration::from_secs(60) => {}
                ended => return ended.unwrap(),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Everything that is written has to be what was acknowledged last. Writers wait meanwhile.
    fn check(&mut self, step: &str, plaintext: bool) {
        for writer in &mut self.writers {
            writer.tell("wait");
            while writer.hear() != "waits" {}
        }
        self.compare(step, plaintext);
        for writer in &mut self.writers {
            writer.tell("go");
        }
    }

    fn compare(&self, step: &str, plaintext: bool) {
        let paths: Vec<PathBuf> = (0..self.writers.len()).map(|writer| self.ledger(writer)).collect();
        let ledgers = Ledgers::read(&paths);
        let mut found = self.read_all();
        let ids: HashSet<i64> = (0..self.rows).chain(ledgers.ids()).chain(found.keys().copied()).collect();
        let mut wrong = Vec::new();
        for id in ids {
            let first = (id < self.rows).then(|| format!("first {id}"));
            wrong.extend(ledgers.allows(id, found.remove(&id), first.as_deref()).err());
        }
        wrong.truncate(5);
        assert!(wrong.is_empty(), "{step}: {wrong:#?}");
        if plaintext {
            self.compare_plaintext(step);
        }
        println!("{step}: {} writes acknowledged, {} not known", ledgers.acknowledged, ledgers.unknown);
    }

    /// What the service reads: by the phase, from cells or plaintext.
    fn read_all(&self) -> HashMap<i64, (i64, Option<String>)> {
        let sealed: Vec<SealedRow> = chaos_rows::table.select(SealedRow::as_select()).load(&mut self.conn()).unwrap();
        let opened = self.runtime.block_on(self.vault.open(sealed)).unwrap();
        opened.into_iter().map(|row| (row.id, (row.turn, row.body))).collect()
    }

    /// In these steps old releases read all values as well.
    fn compare_plaintext(&self, step: &str) {
        let all = self.read_all();
        let plain: Vec<(i64, Option<String>)> =
            chaos_rows::table.select((chaos_rows::id, chaos_rows::body_plain)).load(&mut self.conn()).unwrap();
        let wrong = plain.iter().filter(|(id, plain)| all[id].1 != *plain).take(5).collect::<Vec<_>>();
        assert!(wrong.is_empty(), "{step}: an old release reads {wrong:?}");
    }

    /// A pass by four workers, in which everything fails once at least.
    fn pass_with_chaos(&mut self, kind: &str) {
        let settings = [("CHAOS_KIND", kind)];
        let mut workers: Vec<Process> = (0..4).map(|_| self.start("chaos-worker", &settings)).collect();
        workers.iter_mut().for_each(|worker| while !worker.hear().starts_with("range") {});
        for event in self.shuffled() {
            println!("chaos: {}", EVENTS[event]);
            self.happen(event, &mut workers, &settings);
            std::thread::sleep(Duration::from_millis(300));
        }
        self.runtime.block_on(self.job(Kind::Seal).throttle(Throttle::none())).unwrap();
        for worker in &mut workers {
            // Cut off at its start, it found the pass over.
            while !worker.hear().starts_with("over") {}
        }
    }

    fn shuffled(&mut self) -> Vec<usize> {
        let mut events: Vec<usize> = (0..6).collect();
        for i in (1..events.len()).rev() {
            events.swap(i, self.draw.below(i as u64 + 1) as usize);
        }
        events
    }

    fn happen(&mut self, event: usize, workers: &mut [Process], settings: &[(&str, &str)]) {
        let one = self.draw.below(workers.len() as u64) as usize;
        match event {
            0 | 1 => {
                workers[one].signal("KILL");
                workers[one].wait();
                workers[one] = self.start("chaos-worker", settings);
            }
            2 => {
                workers[one].signal("STOP");
                std::thread::sleep(Duration::from_millis(2_500));
                workers[one].signal("CONT");
            }
            3 => self.sql(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE application_name = 'fieldseal-migrate' AND random() < 0.5",
            ),
            4 => self.fail_the_key_service(),
            _ => self.cluster.crash(),
        }
    }

    /// Processes ask it anew for every firm, and nobody answers for a while.
    fn fail_the_key_service(&self) {
        let down = keys::down(&self.directory.path().join("keys"));
        std::fs::write(&down, "").unwrap();
        for firm in 1..=3i64 {
            self.runtime.block_on(self.vault.revoke(firm)).unwrap();
        }
        std::thread::sleep(Duration::from_millis(700));
        std::fs::remove_file(down).unwrap();
    }

    fn slowly(&self, seconds: f64) {
        let throttle = Throttle::none().rows_per_second(self.rows as f64 / seconds);
        self.runtime.block_on(self.job(Kind::Seal).throttle(throttle)).unwrap();
    }

    /// Rows that others locked are left to another pass.
    fn sweep(&self, kind: Kind) {
        let began = Instant::now();
        while self.step(async || self.job(kind).run(options().workers(2)).await).left > 0 {
            assert!(began.elapsed() < Duration::from_secs(120), "rows are left for ever");
        }
    }

    fn verify(&self) {
        let began = Instant::now();
        while !self.step(async || self.job(Kind::Seal).verify(options().workers(2)).await).is_clean() {
            assert!(began.elapsed() < Duration::from_secs(120), "it never was clean");
        }
    }
}

#[test]
fn what_was_acknowledged_is_read_in_every_step_forward_and_back() {
    let mut world = World::new();
    let p = Patience::default();
    world.start_writers(0..2);
    world.step(async || world.job(Kind::Seal).expand(p).await);
    world.start_writers(2..4);
    world.check("expanded", true);
    world.step(async || world.job(Kind::Seal).dual_write(p).await);
    world.slowly(14.0);
    world.pass_with_chaos("seal");
    world.check("backfilled", true);
    world.sweep(Kind::Seal);
    world.verify();
    world.cluster.crash();
    world.step(async || world.job(Kind::Seal).fence(p).await);
    world.check("fenced", false);
    world.sweep(Kind::Seal);
    world.step(async || world.job(Kind::Seal).validate(p).await);
    world.verify();
    world.step(async || world.job(Kind::Seal).cut_over(p).await);
    world.check("cut over", false);
    for to in [RolledBack::ToValidated, RolledBack::ToFenced, RolledBack::ToDualWrite] {
        assert_eq!(world.step(async || world.job(Kind::Seal).roll_back("chaos", "a test", p).await), to);
    }
    world.check("back in dual-write", false);
    world.slowly(14.0);
    world.pass_with_chaos("unseal");
    world.sweep(Kind::Unseal);
    world.check("unsealed", true);
    assert_eq!(
        world.step(async || world.job(Kind::Seal).roll_back("chaos", "a test", p).await),
        RolledBack::ToExpanded
    );
    world.check("back in expanded", true);
}

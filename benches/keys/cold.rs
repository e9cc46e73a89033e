//! A process that begins with every firm at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fieldseal::Vault;
use fieldseal::keys::store::{MemoryKeyStore, SqliteKeyStore};
use fieldseal::keys::{CacheSettings, KeyStore};
use fieldseal::testing::{TestKeys, TestVault};
use futures_util::future::join_all;

use crate::harness::{Bench, rows};
use crate::provider::Slow;

const CALL: Duration = Duration::from_millis(20);
const AT_ONCE: u32 = 100;

pub(crate) fn measure(bench: &mut Bench) {
    let firms = rows(10_000, 200) as i64;
    // In memory where there is such a place: writing the firms one by one is not what is measured.
    let file = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let file = file.expect("there is a place for temporary files");
    let path = file.path().join("keys.db");
    fill(&path, firms);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime starts");
    let ideal = CALL.as_secs_f64() * (firms as f64 / f64::from(AT_ONCE));
    let took: Vec<f64> = (0..rows(5, 1)).map(|_| runtime.block_on(sessions(cold(&path), firms))).collect();
    bench.record(format!("cold {firms}"), "s", vec![ideal; took.len()], took);
}

/// Puts the firms into the file: made in memory, then written one by one.
fn fill(path: &std::path::Path, firms: i64) {
    let memory = Arc::new(MemoryKeyStore::new());
    let maker = TestVault::new().store(memory.clone()).explicit_firms().build().blocking();
    let store = SqliteKeyStore::open(path).expect("the path is plain");
    store.migrate_blocking().expect("the directory takes a file");
    for firm in 0..firms {
        maker.create_firm(firm).expect("a store in memory takes it");
    }
    let all = pollster::block_on(memory.firms(None, usize::MAX)).expect("it lists what it has");
    for record in pollster::block_on(memory.load(&all)).expect("it loads what it has").into_iter().flatten() {
        assert!(pollster::block_on(store.replace(None, &record)).expect("the file takes it"));
    }
}

fn cold(path: &std::path::Path) -> Vault {
    let mut settings = CacheSettings::default();
    settings.max_firms = 20_000;
    settings.provider.calls_at_once = AT_ONCE;
    settings.provider.calls_per_second = 100_000;
    settings.provider.deadline = Duration::from_secs(60);
    let store = SqliteKeyStore::open(path).expect("the path is plain");
    Vault::builder().provider(provider()).store(store).cache(settings).build().expect("the parts fit")
}

fn provider() -> Slow {
    Slow { inner: TestKeys::new(), time: CALL }
}

async fn sessions(vault: Vault, firms: i64) -> f64 {
    let began = Instant::now();
    let tasks = (0..firms).map(|firm| {
        let vault = vault.clone();
        tokio::spawn(async move { vault.session(firm).await.map(drop) })
    });
    for task in join_all(tasks).await {
        task.expect("it does not panic").expect("the firm exists");
    }
    began.elapsed().as_secs_f64()
}

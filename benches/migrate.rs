//! Sealing a table in place, against the least that moves the same bytes.
//!
//! - All work on one table, made anew for each: a uuid key, a firm, an e-mail address of 25 bytes with a unique term index,
//!   notes of 120 bytes; the domains' CHECKs, the indexes and the clearing trigger of a table in transit.
//! - `server` is one UPDATE that joins the sealed bytes from a table beside it. `client` reads the plaintext by chunks of
//!   the key, as ours does, and writes random bytes as long as the sealed ones, from arrays, while a second connection
//!   reads ahead. It compares nothing and keeps no checkpoint.
//! - `rewrite` copies the rows, sealed, into a shadow table that then takes the table's place, with its indexes and trigger.
//! - 1,000,000 rows, one run; `FIELDSEAL_BENCH_ROWS` lessens them. The server keeps its settings; the tests' throw-away
//!   clusters run without `fsync`.
//! - Then a job runs throttled while others read and update rows by their keys: the times of these, beside those of an idle
//!   server, and the most memory that this process took are printed.

#![allow(missing_docs, reason = "what `table!` makes at the root of a program")]
#![allow(clippy::print_stdout, reason = "a bench says what it measures")]

#[path = "migrate/bases.rs"]
mod bases;
#[path = "migrate/foreign.rs"]
mod foreign;
#[path = "support/harness.rs"]
mod harness;
#[path = "migrate/place.rs"]
mod place;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../tests/it/support"]
mod support {
    pub(crate) mod postgres;
    pub(crate) mod watch;
}

use fieldseal::migrate::{Patience, RunOptions};

use harness::Bench;
use place::Place;

/// Rows that are written by one statement, of ours and of the client-driven base.
const CHUNK: usize = 5_000;

fn main() {
    let rows = harness::rows(1_000_000, 10_000);
    // Dropped last: with it the server's database goes.
    let database = support::postgres::server().database("bench");
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let mut bench = Bench::new("migrate");
    runtime.block_on(measure(&mut bench, Place::new(&database), rows));
    bench.finish();
}

async fn measure(bench: &mut Bench, place: Place, rows: usize) {
    place.create(rows).await;
    let one = seal(&place, rows, 1).await;
    place.keep_sealed_bytes().await;
    place.reset().await;
    let server = bases::server(&place).await;
    place.reset().await;
    let client = bases::client(&place, rows).await;
    place.reset().await;
    let two = seal(&place, rows, 2).await;
    bench.record("in place vs client", "s", vec![client], vec![one]);
    bench.record("in place vs server", "s", vec![server], vec![one]);
    bench.record("two workers vs server", "s", vec![server], vec![two]);
    place.reset().await;
    bench.record("rewrite vs server", "s", vec![server], vec![rewrite(&place, rows).await]);
    place.reset().await;
    foreign::measure(&place).await;
    println!("memory at its most: {}", place::memory());
}

/// Seconds that it takes to write the whole table anew, its indexes and the change of places among them.
async fn rewrite(place: &Place, rows: usize) -> f64 {
    let begin = std::time::Instant::now();
    let report =
        place.job().rewrite(RunOptions::new().chunk(CHUNK), Patience::default()).await.expect("nothing is in the way");
    let took = begin.elapsed().as_secs_f64();
    assert_eq!(place.sealed().await, rows, "{report:?}");
    took
}

/// Seconds that the whole table takes.
async fn seal(place: &Place, rows: usize, workers: usize) -> f64 {
    let begin = std::time::Instant::now();
    let report = place.job().run(RunOptions::new().workers(workers).chunk(CHUNK)).await.expect("the job runs");
    let took = begin.elapsed().as_secs_f64();
    assert_eq!(place.sealed().await, rows, "{report:?}");
    took
}

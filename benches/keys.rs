//! Keys in use, cold and in memory.
//!
//! - `session open` is a session of a firm whose keys are held, against an `Arc` clone behind arc-swap, which is the least that
//!   hands out something that may be taken away. Asynchronous and blocking, firms named by integers and by text.
//! - `cold` is a process that opens a session of each of 10,000 existing firms at once, over a SQLite key store and a provider
//!   that takes 20 ms a call, 100 calls at once: two seconds, were there nothing else to do. Records are read in batches.
//! - `memory` is what a firm in the cache takes, with 1, 4 and 16 columns in use, against 2 KiB and 1 KiB a column.
//! - The first line says how often 1,000 firms in use call the provider in an hour, at default settings, on a clock that
//!   leaps.

#![allow(clippy::print_stdout, reason = "a bench says what it measures")]
#![allow(missing_docs, reason = "what `table!` makes at the root of a program")]

#[path = "keys/cold.rs"]
mod cold;
#[path = "support/harness.rs"]
mod harness;
#[path = "keys/hour.rs"]
mod hour;
#[path = "keys/memory.rs"]
mod memory;
#[path = "keys/provider.rs"]
mod provider;

use std::hint::black_box;
use std::sync::Arc;

use arc_swap::ArcSwap;
use fieldseal::Session;
use futures_util::FutureExt;
use harness::Bench;

/// Counts what is held. It costs `session open` two additions to shared numbers.
#[global_allocator]
static HEAP: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

fn main() {
    println!("1,000 firms in use: {} provider calls an hour", hour::calls());
    let mut bench = Bench::new("keys");
    session_open(&mut bench);
    memory::measure(&mut bench, &HEAP);
    cold::measure(&mut bench);
    bench.finish();
}

fn session_open(bench: &mut Bench) {
    let vault = fieldseal::testing::TestVault::new().explicit_firms().build();
    let blocking = vault.blocking();
    for number in 0..1000i64 {
        blocking.create_firm(number).expect("a store in memory takes it");
    }
    blocking.create_firm("acme").expect("a store in memory takes it");
    // Dropped with the loop's sessions, the keys stay in the cache.
    let held = ArcSwap::new(Arc::new([0u8; 64]));
    let base = || black_box(&held).load_full();
    let awaited = |firm: i64| -> Session {
        let session = vault.session(black_box(firm)).now_or_never();
        session.expect("the keys are held").expect("the keys are held")
    };
    bench.calls("session open", base, || awaited(7));
    bench.calls("session open, blocking", base, || blocking.session(black_box(7i64)).expect("the keys are held"));
    bench.calls("session open, firm by text", base, || blocking.session(black_box("acme")).expect("the keys are held"));
    bench.concurrent_calls("session open, 2 threads", 2, base, || awaited(7));
}

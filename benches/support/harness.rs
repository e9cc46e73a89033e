//! Two ways of doing one thing, measured side by side: many short rounds in turn, so that a noisy machine disturbs both
//! alike, and the medians compared.

#![allow(dead_code, reason = "each bench uses a part")]
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use serde_json::json;

/// Length of one round: short beside the machine's own disturbances, long beside the clock.
const ROUND: Duration = Duration::from_micros(250);

/// The rows of one bench, printed as a table and written to `target/fieldseal-bench/NAME.json`.
pub(crate) struct Bench {
    name: &'static str,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    unit: &'static str,
    base: f64,
    ours: f64,
}

impl Bench {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, rows: Vec::new() }
    }

    /// Measures one call of each, in nanoseconds.
    pub(crate) fn calls<A, B>(
        &mut self,
        name: impl Into<String>,
        mut base: impl FnMut() -> A,
        mut ours: impl FnMut() -> B,
    ) {
        let (base_calls, our_calls) = (calibrate(&mut base), calibrate(&mut ours));
        let (mut bases, mut all_ours) = (Vec::new(), Vec::new());
        for round in 0..rows(1001, 11) {
            in_turn(round, || bases.push(timed(&mut base, base_calls)), || all_ours.push(timed(&mut ours, our_calls)));
        }
        self.record(name, "ns", bases, all_ours);
    }

    /// Measures one call of each while `threads` threads make the same, in nanoseconds.
    pub(crate) fn concurrent_calls<A, B>(
        &mut self,
        name: impl Into<String>,
        threads: usize,
        base: impl Fn() -> A + Sync,
        ours: impl Fn() -> B + Sync,
    ) {
        let calls = calibrate(&mut || base());
        let barrier = Barrier::new(threads);
        let together = |call: &mut dyn FnMut() -> f64| {
            barrier.wait();
            call()
        };
        let work = || {
            let (mut bases, mut all_ours) = (Vec::new(), Vec::new());
            for round in 0..rows(1001, 11) {
                in_turn(
                    round,
                    || bases.push(together(&mut || timed(&mut || base(), calls))),
                    || all_ours.push(together(&mut || timed(&mut || ours(), calls))),
                );
            }
            (bases, all_ours)
        };
        let (bases, all_ours): (Vec<_>, Vec<_>) = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers.into_iter().map(|worker| worker.join().expect("a round does not panic")).unzip()
        });
        self.record(name, "ns", bases.concat(), all_ours.concat());
    }

    /// Takes measurements that were made in turn.
    pub(crate) fn record(&mut self, name: impl Into<String>, unit: &'static str, base: Vec<f64>, ours: Vec<f64>) {
        self.rows.push(Row { name: name.into(), unit, base: median(base), ours: median(ours) });
    }

    /// Prints the table and writes the file.
    pub(crate) fn finish(self) {
        println!("{:<28} {:>12} {:>12} {:>7}", self.name, "base", "ours", "ratio");
        for row in &self.rows {
            let (base, ours) = (number(row.base, row.unit), number(row.ours, row.unit));
            println!("{:<28} {base:>12} {ours:>12} {:>7.3}", row.name, row.ours / row.base);
        }
        let rows: Vec<_> = self.rows.iter().map(Row::json).collect();
        let path = directory().join(format!("{}.json", self.name));
        std::fs::write(path, serde_json::to_vec_pretty(&rows).expect("numbers and names are JSON"))
            .expect("the target directory takes files");
    }
}

impl Row {
    fn json(&self) -> serde_json::Value {
        let Self { name, unit, base, ours } = self;
        json!({ "name": name, "unit": unit, "base": base, "ours": ours, "ratio": ours / base })
    }
}

/// How many rows, rounds or repetitions to do: `full`, or what `FIELDSEAL_BENCH_ROWS` allows; `small` if it is no number.
pub(crate) fn rows(full: usize, small: usize) -> usize {
    match std::env::var("FIELDSEAL_BENCH_ROWS") {
        Err(_) => full,
        Ok(most) => most.parse::<usize>().unwrap_or(small).clamp(1, full),
    }
}

/// Where benches leave what they write.
pub(crate) fn directory() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("cargo's tmp lies in the target directory");
    let directory = target.join("fieldseal-bench");
    std::fs::create_dir_all(&directory).expect("the target directory takes directories");
    directory
}

/// Runs both; which of them goes first changes with the round.
fn in_turn(round: usize, mut base: impl FnMut(), mut ours: impl FnMut()) {
    if round.is_multiple_of(2) {
        base();
        ours();
    } else {
        ours();
        base();
    }
}

/// How many calls make a round.
fn calibrate<T>(call: &mut impl FnMut() -> T) -> u32 {
    let mut calls = 1;
    while calls < 1 << 20 && timed(call, calls) * f64::from(calls) < ROUND.as_nanos() as f64 {
        calls *= 2;
    }
    calls
}

/// Nanoseconds a call.
fn timed<T>(call: &mut impl FnMut() -> T, calls: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        std::hint::black_box(call());
    }
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn number(value: f64, unit: &str) -> String {
    if value < 100.0 { format!("{value:.2} {unit}") } else { format!("{value:.0} {unit}") }
}

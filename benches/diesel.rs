//! A sealed table through Diesel against the same rows in a plain one, on PostgreSQL and on SQLite: one indexed field of
//! 25 bytes and one of 120.
//!
//! - The plain table has an index on its text; the sealed one has all that `schema::migration` prints: domains, term
//!   index, guard triggers. `ours` includes sealing and opening, in a session that is held. Both sides use Diesel's own
//!   cache of prepared statements, which leaves batch inserts out.
//! - `insert N` is one statement of N rows that commits by itself, as a service does for what a request brings; tables are
//!   emptied before each batch. `select N` loads N rows by a range of keys, out of many; `lookup` one row by its text.
//! - The server keeps its settings, `synchronous_commit` too. Where it does not wait for the disk (`fsync = off`, as on the
//!   tests' throw-away servers), a commit costs nothing beside the statement: the hardest case for `insert 1`.
//! - Rows named `… cpu` are processor time of this process and of the server's process for its connection; the first lines
//!   say so where the latter can't be read. The server's other processes, which write its log out, are not in it.
//! - The server is found as the tests find theirs: `FIELDSEAL_TEST_DATABASE_URL`, Docker, or installed programs.

#![allow(missing_docs, reason = "what `table!` makes at the root of a program")]
#![allow(clippy::print_stdout, reason = "a bench says what it measures")]

#[path = "diesel/cpu.rs"]
mod cpu;
#[path = "diesel/database.rs"]
mod database;
#[path = "support/harness.rs"]
mod harness;
#[path = "diesel/tables.rs"]
mod tables;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../tests/it/support"]
mod support {
    pub(crate) mod postgres;
    pub(crate) mod watch;
}

use std::time::Instant;

use database::Database;
use harness::Bench;
use tables::{Plain, STORED, Sealed, Table};

fn main() {
    let mut bench = Bench::new("diesel");
    // Dropped last: with it the server's database goes.
    let server = database::server();
    measure(&mut bench, "postgres", database::postgres(&server));
    measure(&mut bench, "sqlite", database::sqlite());
    bench.finish();
}

/// All rows of one database.
fn measure<C>(bench: &mut Bench, name: &str, database: Database<C>)
where
    C: diesel::connection::SimpleConnection,
    Plain: Table<C>,
    Sealed: Table<C>,
{
    println!("{name}: cpu is that of {}", database.cpu);
    let mut pair = Pair { database, sides: [Box::new(Plain::new()), Box::new(Sealed::new())] };
    for (count, batch) in [(1, 64), (100, 4), (1000, 1)] {
        let empty = |pair: &mut Pair<C>, side| pair.empty(side);
        let insert = |table: &dyn Table<C>, conn: &mut C, n| table.insert(conn, n * count..(n + 1) * count);
        pair.compare(bench, &format!("insert {count} {name}"), batch, empty, insert);
    }
    pair.fill();
    for (count, batch) in [(1, 64), (100, 8), (1000, 1)] {
        let select =
            |table: &dyn Table<C>, conn: &mut C, n| table.select(conn, spread(n, count)..spread(n, count) + count);
        pair.compare(bench, &format!("select {count} {name}"), batch, |_, _| (), select);
    }
    let lookup = |table: &dyn Table<C>, conn: &mut C, n| table.lookup(conn, spread(n, 1));
    pair.compare(bench, &format!("lookup {name}"), 64, |_, _| (), lookup);
}

/// Somewhere among the stored rows, with `count` rows behind it.
fn spread(n: usize, count: usize) -> usize {
    n * 7919 % (STORED - count)
}

/// The plain table and the sealed one.
struct Pair<C> {
    database: Database<C>,
    sides: [Box<dyn Table<C>>; 2],
}

/// Nanoseconds that each call of a batch took.
struct Sample {
    wall: f64,
    cpu: f64,
}

impl<C: diesel::connection::SimpleConnection> Pair<C> {
    /// Measures one call on either side, by batches in turn.
    fn compare(
        &mut self,
        bench: &mut Bench,
        name: &str,
        batch: usize,
        prepare: impl Fn(&mut Self, usize),
        call: impl Fn(&dyn Table<C>, &mut C, usize),
    ) {
        let mut samples = [Vec::new(), Vec::new()];
        for round in 0..harness::rows(201, 5) {
            for side in if round.is_multiple_of(2) { [0, 1] } else { [1, 0] } {
                prepare(self, side);
                let numbers = (0..batch).map(|n| if name.starts_with("insert") { n } else { round * batch + n });
                samples[side].push(self.batch(side, numbers, &call));
            }
        }
        let of = |value: fn(&Sample) -> f64| samples.each_ref().map(|side| side.iter().map(value).collect::<Vec<_>>());
        let ([base_wall, our_wall], [base_cpu, our_cpu]) = (of(|s| s.wall), of(|s| s.cpu));
        bench.record(name, "ns", base_wall, our_wall);
        bench.record(format!("{name} cpu"), "ns", base_cpu, our_cpu);
    }

    fn batch(
        &mut self,
        side: usize,
        numbers: impl ExactSizeIterator<Item = usize>,
        call: &impl Fn(&dyn Table<C>, &mut C, usize),
    ) -> Sample {
        let (Database { conn, cpu, .. }, table) = (&mut self.database, &*self.sides[side]);
        let calls = numbers.len() as f64;
        let (start, cpu_start) = (Instant::now(), cpu.nanoseconds());
        numbers.for_each(|n| call(table, conn, n));
        let (wall, cpu_end) = (start.elapsed(), cpu.nanoseconds());
        Sample { wall: wall.as_nanos() as f64 / calls, cpu: (cpu_end - cpu_start) as f64 / calls }
    }

    /// Empties both tables. The row that stays is the first that a connection inserts after the catalogs have changed.
    fn empty(&mut self, side: usize) {
        let Database { conn, empty, .. } = &mut self.database;
        conn.batch_execute(empty).expect("the tables can be emptied");
        self.sides[side].insert(conn, STORED..STORED + 1);
    }

    fn fill(&mut self) {
        let Database { conn, empty, .. } = &mut self.database;
        conn.batch_execute(empty).expect("the tables can be emptied");
        for side in &self.sides {
            (0..STORED).step_by(1000).for_each(|first| side.insert(conn, first..first + 1000));
        }
        conn.batch_execute("ANALYZE").expect("the tables can be analyzed");
    }
}

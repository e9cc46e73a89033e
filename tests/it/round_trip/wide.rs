//! Tables of a column for each type, one table for each thing that a field may be, over every kind of connection.

mod macros;
mod stores;
mod tables;

use fieldseal::model::{Model, Seal};
use fieldseal::{Open, Session};
use tokio::runtime::Runtime;

use super::draw::{Coverage, Draw, EDGES, assert_hidden, cases};
use super::path::{Path, each_path};
use tables::{Closed, Indexed, May, Must, Narrow, Padded, Same};

/// A model with a field for each type.
trait Wide: Model + Seal<Sealed = Self::Twin> + Sized {
    type Twin: Open<Opened = Self> + Clone;

    const TABLE: &'static str;
    /// The sealed fields.
    const FIELDS: &'static [&'static str];

    fn draw(id: i64, draw: &mut Draw) -> Self;

    /// The fields that are not as they were written.
    fn changed(&self, written: &Self, session: &Session) -> Vec<&'static str>;

    /// The bytes that are sealed, by field; `None` for NULL.
    fn plaintexts(&self, session: &Session) -> Vec<Option<Vec<u8>>>;

    /// The bytes of each field's cell.
    fn cells(twin: &Self::Twin) -> Vec<Option<Vec<u8>>>;
}

/// A model with an index over its fields.
trait Looked: Wide {
    /// What is found among the rows by each value of this one.
    fn look_up(row: &Self, rows: &[Self], twins: &[Self::Twin], session: &Session) -> Vec<Found>;
}

/// What a lookup by one field of one row gives, as ids.
struct Found {
    field: &'static str,
    /// The rows that have the value, to the last bit.
    wanted: Vec<i64>,
    /// Those that `Handle::find` keeps of all.
    found: Vec<i64>,
    /// Those that have the value's term.
    candidates: Vec<i64>,
}

/// How rows get into their table.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Write {
    Insert,
    Batch,
    Copy,
    Returning,
    Update,
    Upsert,
}

/// A connection that writes and loads a model's twins. It awaits, whether it has to or not.
trait Stores<M: Wide> {
    /// Gives what the statements return.
    async fn write(&mut self, how: Write, old: Vec<M::Twin>, new: Vec<M::Twin>) -> Vec<M::Twin>;

    /// All rows, by their ids.
    async fn load(&mut self) -> Vec<M::Twin>;
}

/// What Diesel can do over a kind of connection.
trait Writes: Path {
    const WRITES: &'static [Write];
}

/// A kind of connection that has all tables.
trait Tables:
    Writes + Stores<Must> + Stores<May> + Stores<Indexed> + Stores<Narrow> + Stores<Same> + Stores<Padded> + Stores<Closed>
{
}

impl<P> Tables for P where
    P: Writes
        + Stores<Must>
        + Stores<May>
        + Stores<Indexed>
        + Stores<Narrow>
        + Stores<Same>
        + Stores<Padded>
        + Stores<Closed>
{
}

/// Each edge of each type comes up twice, and each way of writing.
const CASES: usize = 2 * EDGES;

/// Runs the cases over a connection, and sees that all that it can do was done with every type.
fn test<P: Tables>(runtime: &Runtime, mut path: P) {
    let session = fieldseal::testing::vault().blocking().session(7i64).unwrap();
    let mut coverage = Coverage::default();
    cases(CASES, |number, draw| runtime.block_on(case(number, draw, &session, &mut path, &mut coverage)));
    coverage.assert_is(wanted::<P>());
}

each_path!(tables::sql, test);

/// One case over one connection: every table.
async fn case<P: Tables>(number: usize, draw: &mut Draw, session: &Session, path: &mut P, coverage: &mut Coverage) {
    let how = P::WRITES[number % P::WRITES.len()];
    rows::<Must, P>(how, draw, session, path, coverage).await;
    rows::<May, P>(how, draw, session, path, coverage).await;
    rows::<Padded, P>(how, draw, session, path, coverage).await;
    // Lookups take the most time: of each edge by one of the two, then by the other.
    let by_all_bits = (number + number / EDGES).is_multiple_of(2);
    let (all, twins) = rows::<Indexed, P>(how, draw, session, path, coverage).await;
    for Found { field, wanted, found, candidates } in lookups(by_all_bits, &all, &twins, session) {
        assert_eq!((&found, &candidates), (&wanted, &wanted), "by {field}");
        coverage.compared(format!("eq {field}"));
    }
    let (all, twins) = rows::<Narrow, P>(how, draw, session, path, coverage).await;
    for Found { field, wanted, found, candidates } in lookups(!by_all_bits, &all, &twins, session) {
        assert_eq!(found, wanted, "by {field}");
        assert!(wanted.iter().all(|id| candidates.contains(id)), "a term of few bits leaves rows of {field} out");
        coverage.compared(format!("find {field}"));
    }
    let (all, twins) = rows::<Same, P>(how, draw, session, path, coverage).await;
    assert_cells_equal_as_values(&all, &twins, session);
    let (all, twins) = rows::<Closed, P>(how, draw, session, path, coverage).await;
    resaved(all, twins, session, path).await;
}

/// Lookups by the values of the first row, and by those of the third, which the fourth has as well.
fn lookups<M: Looked>(wanted: bool, rows: &[M], twins: &[M::Twin], session: &Session) -> Vec<Found> {
    let sought = [&rows[0], &rows[2]].into_iter().filter(|_| wanted);
    sought.flat_map(|row| M::look_up(row, rows, twins, session)).collect()
}

/// What one kind of connection has to have compared.
fn wanted<P: Tables>() -> Vec<String> {
    let lookups = Indexed::FIELDS.iter().map(|field| format!("eq {field}"));
    let finders = Narrow::FIELDS.iter().map(|field| format!("find {field}"));
    let tables = [
        fields::<P, Must>(),
        fields::<P, May>(),
        fields::<P, Indexed>(),
        fields::<P, Narrow>(),
        fields::<P, Same>(),
        fields::<P, Padded>(),
        fields::<P, Closed>(),
    ];
    tables.into_iter().flatten().chain(lookups).chain(finders).collect()
}

fn fields<P: Writes, M: Wide>() -> Vec<String> {
    let fields = || M::SCHEMA.columns.iter().map(|column| (column, format!("{}.{}", M::TABLE, column.column)));
    let written = P::WRITES.iter().flat_map(|how| fields().map(move |(_, field)| format!("{how:?} {field}")));
    let nulls = fields().filter(|(column, _)| column.nullable).map(|(_, field)| format!("NULL {field}"));
    written.chain(nulls).collect()
}

/// Four rows: one of edges, and the last with the values of the third. They are written in one way, and loaded.
async fn rows<M, P>(
    how: Write,
    draw: &mut Draw,
    session: &Session,
    path: &mut P,
    coverage: &mut Coverage,
) -> (Vec<M>, Vec<M::Twin>)
where
    M: Wide,
    P: Path + Stores<M>,
{
    let replaced = if matches!(how, Write::Update | Write::Upsert) { 1..5 } else { 1..1 };
    let olds = replaced.map(|id| session.seal(&M::draw(id, draw)).unwrap()).collect();
    let written =
        [draw.edges(|draw| M::draw(1, draw)), M::draw(2, draw), M::draw(4, &mut draw.clone()), M::draw(3, draw)];
    let [first, second, fourth, third] = written;
    let written = vec![first, second, third, fourth];
    let sealed = written.iter().map(|row| session.seal(row).unwrap()).collect();
    path.run(format!("DELETE FROM {}", M::TABLE)).await;
    let returned = path.write(how, olds, sealed).await;
    assert_eq!(returned.len(), if how == Write::Returning { 4 } else { 0 });
    let (shown, twins) = (path.shown(M::SCHEMA).await, path.load().await);
    assert_eq!(twins.len(), 4);
    for (twin, row) in twins.iter().chain(&returned).zip(written.iter().cycle()) {
        let read = session.open(twin.clone()).unwrap_or_else(|error| panic!("{} {how:?}: {error}", P::NAME));
        let changed = read.changed(row, session);
        assert!(changed.is_empty(), "{} {how:?} {}: {changed:?}", P::NAME, M::TABLE);
        let plaintexts: Vec<_> = M::FIELDS.iter().copied().zip(row.plaintexts(session)).collect();
        for (field, plaintext) in &plaintexts {
            match plaintext {
                Some(_) => coverage.compared(format!("{how:?} {}.{field}", M::TABLE)),
                None => coverage.compared(format!("NULL {}.{field}", M::TABLE)),
            }
        }
        assert_hidden(&shown, plaintexts);
    }
    (written, twins)
}

/// Deterministic cells of a column are equal where their values are, and only there.
fn assert_cells_equal_as_values<M: Wide>(rows: &[M], twins: &[M::Twin], session: &Session) {
    let values: Vec<_> = rows.iter().map(|row| row.plaintexts(session)).collect();
    let cells: Vec<_> = twins.iter().map(M::cells).collect();
    for (a, b) in (0..rows.len()).flat_map(|a| (0..a).map(move |b| (a, b))) {
        for (at, field) in M::FIELDS.iter().enumerate() {
            assert_eq!(cells[a][at] == cells[b][at], values[a][at] == values[b][at], "{field}");
        }
    }
}

/// Closed fields go back byte for byte, by a session without any keys, and open as before.
async fn resaved<M, P>(written: Vec<M>, twins: Vec<M::Twin>, session: &Session, path: &mut P)
where
    M: Wide,
    P: Path + Stores<M>,
{
    let porter = Session::closed(7i64);
    let again = |twin: &M::Twin| porter.seal(&porter.open(twin.clone()).unwrap()).unwrap();
    path.run(format!("DELETE FROM {}", M::TABLE)).await;
    path.write(Write::Insert, vec![], twins.iter().map(again).collect()).await;
    let loaded = path.load().await;
    for ((before, after), row) in twins.iter().zip(loaded).zip(written) {
        assert!(M::cells(before) == M::cells(&after), "{}: closed cells have other bytes", P::NAME);
        assert_eq!(session.open(after).unwrap().changed(&row, session), [""; 0]);
    }
}

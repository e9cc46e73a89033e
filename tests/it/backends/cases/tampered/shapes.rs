//! The shapes in which a query may ask for a row, each in both forms of the models.

use diesel::result::{Error as DieselError, UnexpectedNullError};
use fieldseal::Error;

use super::*;

/// What a shape gave: how many rows, or the code of the error.
pub(super) type Outcome = Result<usize, String>;

/// The code of our error within Diesel's, or which of Diesel's it is.
fn code(error: DieselError) -> String {
    match (&error, Error::find(&error)) {
        (_, Some(ours)) => ours.code().to_owned(),
        (DieselError::DeserializationError(cause), _) if cause.is::<UnexpectedNullError>() => "null".to_owned(),
        _ => format!("{error:?}"),
    }
}

/// Every shape that asks for the second victim, by name, with its outcome.
///
/// `$run` runs a query to its end; `$open` turns what Diesel loaded into models. So another form of the models goes
/// through the same shapes: it gives its types, its own `run`, and an `$open` that has nothing left to do.
macro_rules! shapes {
    ($conn:expr, $session:expr, $victim:ty, $visit:ty, $run:ident, |$rows:ident| $open:expr) => {{
        let (conn, mut outcomes) = ($conn, Vec::<(&str, Outcome)>::new());
        macro_rules! shape {
            ($name:literal, $loaded:expr, $count:expr) => {
                let outcome = match $loaded {
                    Ok($rows) => $open.map($count).map_err(code),
                    Err(error) => Err(code(error)),
                };
                outcomes.push(($name, outcome));
            };
        }
        let all = || victims::table.order(victims::id).select(<$victim>::as_select());
        let second = || victims::table.find(2i64).select(<$victim>::as_select());
        shape!("first, optional", $run!($session, second().first(conn)).optional(), one);
        shape!("get_result, optional", $run!($session, second().get_result(conn)).optional(), one);
        shape!("find, load", $run!($session, second().load(conn)), many);
        shape!("eq_any", $run!($session, all().filter(victims::id.eq_any([1i64, 2, 3])).load(conn)), many);
        shape!("every row", $run!($session, all().load(conn)), many);
        let boxed = victims::table.select(<$victim>::as_select()).into_boxed().filter(victims::id.eq(2i64));
        shape!("boxed, first, optional", $run!($session, boxed.first(conn)).optional(), one);
        let by_name = second().filter(Victim::name().eq($session, "victim 2").unwrap());
        shape!("by term, optional", $run!($session, by_name.first(conn)).optional(), one);
        let joined = visits::table.inner_join(victims::table).order(visits::id);
        let joined = joined.select((<$visit>::as_select(), <$victim>::as_select()));
        shape!("inner join", $run!($session, joined.load::<($visit, $victim)>(conn)), many);
        let update = diesel::update(victims::table.find(2i64)).set(victims::firm_id.eq(victims::firm_id));
        let update = update.returning(<$victim>::as_returning());
        shape!("returning, optional", $run!($session, update.get_result(conn)).optional(), one);
        outcomes
    }};
}

/// The shapes in which a missing row is `None` within a row that is there; the count is that of the victims.
macro_rules! left_joins {
    ($conn:expr, $session:expr, $victim:ty, $visit:ty, $run:ident, |$rows:ident| $open:expr) => {{
        let left = visits::table.left_join(victims::table).order(visits::id);
        let left = left.select((<$visit>::as_select(), Option::<$victim>::as_select()));
        let outcome = match $run!($session, left.load::<($visit, Option<$victim>)>($conn)) {
            Ok($rows) => $open.map_err(code),
            Err(error) => Err(code(error)),
        };
        outcome.map(|rows: Vec<(_, Option<_>)>| rows.into_iter().filter(|(_, victim)| victim.is_some()).count())
    }};
}

/// Runs a query that needs no scope.
macro_rules! unscoped {
    ($session:expr, $query:expr) => {
        go!($query)
    };
}

/// The explicit form: sealed twins are loaded and opened. A function, and so expanded once a backend.
pub(super) async fn explicit(conn: &mut Conn, session: &Session) -> (Vec<(&'static str, Outcome)>, Outcome) {
    let outcomes = shapes!(&mut *conn, session, SealedVictim, SealedVisit, unscoped, |rows| session
        .open(rows)
        .map_err(DieselError::from));
    let left = left_joins!(&mut *conn, session, SealedVictim, SealedVisit, unscoped, |rows| session
        .open(rows)
        .map_err(DieselError::from));
    (outcomes, left)
}

/// The ambient form: Diesel loads the models themselves.
pub(super) async fn ambient(conn: &mut Conn, session: &Session) -> (Vec<(&'static str, Outcome)>, Outcome) {
    let outcomes = shapes!(&mut *conn, session, AmbientVictim, AmbientVisit, scoped, |rows| Ok::<_, DieselError>(rows));
    let left = left_joins!(&mut *conn, session, AmbientVictim, AmbientVisit, scoped, |rows| Ok::<_, DieselError>(rows));
    (outcomes, left)
}

fn one<T>(row: Option<T>) -> usize {
    usize::from(row.is_some())
}

fn many<T>(rows: Vec<T>) -> usize {
    rows.len()
}

/// Both forms, all shapes.
pub(super) async fn assert_refused(conn: &mut Conn, session: &Session, attack: &str, expected: &str) {
    for (outcomes, left) in [explicit(conn, session).await, ambient(conn, session).await] {
        assert_shapes(attack, expected, &outcomes);
        assert_eq!(left, Err(expected.to_owned()), "{attack}: left join");
    }
}

pub(super) fn assert_shapes(attack: &str, expected: &str, outcomes: &[(&str, Outcome)]) {
    assert_eq!(outcomes.len(), 9);
    for (shape, outcome) in outcomes {
        assert_eq!(outcome.as_ref().unwrap_err(), expected, "{attack}: {shape}");
    }
}

pub(super) async fn assert_counts(conn: &mut Conn, session: &Session, expected: [usize; 9], left_expected: usize) {
    for (outcomes, left) in [explicit(conn, session).await, ambient(conn, session).await] {
        let counts: Vec<_> = outcomes.into_iter().map(|(_, outcome)| outcome.unwrap()).collect();
        assert_eq!((counts, left), (expected.to_vec(), Ok(left_expected)));
    }
}

//! Diesel's own connections.

macro_rules! go {
    ($query:expr) => {
        $query
    };
}

/// Runs a query of ambient models in a session's scope.
macro_rules! scoped {
    ($session:expr, $query:expr) => {
        $session.scope_sync(|| $query)
    };
}

/// `query` in a transaction of `conn`, named within it by `inner`.
macro_rules! transaction {
    ($conn:expr, |$inner:ident| $body:block) => {
        $conn.transaction(|$inner| $body)
    };
}

/// Inserts rows by one statement.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {
        diesel::insert_into($table).values($rows).execute($conn).unwrap()
    };
}

/// Runs a finder whose pages `query` loads.
macro_rules! search {
    ($finder:expr, $session:expr, |$page:ident| $query:expr) => {
        $finder.load($session, |$page| $query)
    };
}

/// The rows of a query as a stream.
macro_rules! stream {
    ($conn:expr, $query:expr) => {
        futures_util::stream::iter($query.load_iter::<_, diesel::connection::DefaultLoadingMode>($conn).unwrap())
    };
}

mod multi;
mod pg;
mod pool;
mod sqlite;

//! diesel-async's connections.

macro_rules! go {
    ($query:expr) => {
        $query.await
    };
}

/// Runs a query of ambient models in a session's scope.
macro_rules! scoped {
    ($session:expr, $query:expr) => {
        $session.scope(|| $query).await
    };
}

/// `query` in a transaction of `conn`, named within it by `inner`.
macro_rules! transaction {
    ($conn:expr, |$inner:ident| $body:block) => {
        diesel_async::AsyncConnection::transaction($conn, async |$inner| $body).await
    };
}

/// Runs a finder whose pages `query` loads.
macro_rules! search {
    ($finder:expr, $session:expr, |$page:ident| $query:expr) => {
        $finder.load_async($session, async |$page| $query.await).await
    };
}

/// The rows of a query as a stream.
macro_rules! stream {
    ($conn:expr, $query:expr) => {
        $query.load_stream($conn).await.unwrap()
    };
}

mod sqlite;

/// Inserts rows by one statement.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {
        diesel::insert_into($table).values($rows).execute($conn).await.unwrap()
    };
}

mod bb8;
mod deadpool;

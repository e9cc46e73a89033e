//! The cases, compiled for each kind of connection with its own `Conn`, `RunQueryDsl` and macros.

mod blocking {
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

    /// Runs a finder whose pages `query` loads.
    macro_rules! search {
        ($finder:expr, $session:expr, |$page:ident| $query:block) => {
            $finder.load($session, |$page| $query)
        };
    }

    /// Runs an upsert over a connection.
    macro_rules! upsert {
        ($conn:ident, $query:expr) => {
            $query
        };
    }

    mod pg;
    mod sqlite;

    /// Diesel has no upsert for several backends at once: the connection in use takes it.
    macro_rules! upsert {
        ($conn:ident, $query:expr) => {
            match $conn {
                crate::multi::AnyConnection::Postgres($conn) => $query,
                crate::multi::AnyConnection::Sqlite($conn) => $query,
            }
        };
    }

    mod multi;
}

mod asynchronous {
    //! diesel-async's connections.

    macro_rules! go {
        ($query:expr) => {
            $query.await
        };
    }

    macro_rules! scoped {
        ($session:expr, $query:expr) => {
            $session.scope(|| $query).await
        };
    }

    macro_rules! search {
        ($finder:expr, $session:expr, |$page:ident| $query:block) => {
            $finder.load_async($session, async |$page| $query.await).await
        };
    }

    macro_rules! upsert {
        ($conn:ident, $query:expr) => {
            $query.await
        };
    }

    mod pg;
    mod sqlite;
}

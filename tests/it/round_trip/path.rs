//! The kinds of connections that rows take.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use fieldseal::model::ModelSchema;
use fieldseal::schema::Backend;
use tokio::runtime::Runtime;

use crate::multi::AnyConnection;
use crate::support::postgres::{self, Database};

/// A kind of connection. It awaits, whether it has to or not.
pub(super) trait Path {
    const NAME: &'static str;

    fn backend(&self) -> Backend;

    async fn run(&mut self, sql: String);

    /// What a query gives in its text column `line`.
    async fn lines(&mut self, sql: String) -> Vec<String>;

    /// All rows of a model's table, as the database's own tools show them.
    async fn shown(&mut self, model: &ModelSchema) -> String {
        let (table, columns) = (model.table, model.columns.iter());
        let sql = match self.backend() {
            Backend::Sqlite => {
                let quoted = columns.map(|column| format!("quote(\"{}\")", column.column));
                format!("SELECT {} AS line FROM {table}", quoted.collect::<Vec<_>>().join(" || ',' || "))
            }
            _ => format!("SELECT t::text AS line FROM {table} t"),
        };
        self.lines(sql).await.join("\n")
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

macro_rules! path {
    ($conn:ty, $name:literal, $await:tt, |$this:ident| $backend:expr) => {
        impl Path for $conn {
            const NAME: &'static str = $name;

            fn backend(&self) -> Backend {
                let $this = self;
                $backend
            }

            async fn run(&mut self, sql: String) {
                path!(@await $await diesel::sql_query(sql).execute(self)).unwrap();
            }

            async fn lines(&mut self, sql: String) -> Vec<String> {
                let lines: Vec<Line> = path!(@await $await diesel::sql_query(sql).load(self)).unwrap();
                lines.into_iter().map(|line| line.line).collect()
            }
        }
    };
    (@await [] $query:expr) => { $query };
    (@await [await] $query:expr) => { $query.await };
}

mod blocking {
    use super::*;

    path!(PgConnection, "PgConnection", [], |_conn| Backend::Postgres);
    path!(SqliteConnection, "SqliteConnection", [], |_conn| Backend::Sqlite);
    path!(AnyConnection, "MultiConnection", [], |conn| match conn {
        AnyConnection::Postgres(_) => Backend::Postgres,
        AnyConnection::Sqlite(_) => Backend::Sqlite,
    });
}

mod asynchronous {
    use diesel_async::RunQueryDsl;

    use super::*;

    path!(AsyncPgConnection, "AsyncPgConnection", [await], |_conn| Backend::Postgres);
    path!(SyncConnectionWrapper<SqliteConnection>, "SyncConnectionWrapper", [await], |_conn| Backend::Sqlite);
}

pub(super) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A database in memory, made by the SQL that `sql` gives.
pub(super) fn sqlite(sql: fn(Backend) -> String) -> SqliteConnection {
    let mut conn = crate::support::sqlite::memory();
    conn.batch_execute(&sql(Backend::Sqlite)).unwrap();
    conn
}

/// A database made by the SQL that `sql` gives, and a connection to it.
pub(super) fn postgres(sql: fn(Backend) -> String) -> (Database, PgConnection) {
    let database = postgres::server().database("round_trip");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    conn.batch_execute(&sql(Backend::Postgres)).unwrap();
    (database, conn)
}

/// The tests of a topic, one a kind of connection: `$test` takes a runtime and a connection to the tables of `$sql`.
macro_rules! each_path {
    ($sql:path, $test:path) => {
        #[test]
        fn postgres() {
            let (_database, conn) = $crate::round_trip::path::postgres($sql);
            $test(&$crate::round_trip::path::runtime(), conn);
        }

        #[test]
        fn sqlite() {
            $test(&$crate::round_trip::path::runtime(), $crate::round_trip::path::sqlite($sql));
        }

        #[test]
        fn postgres_through_an_enum() {
            let (_database, conn) = $crate::round_trip::path::postgres($sql);
            $test(&$crate::round_trip::path::runtime(), $crate::multi::AnyConnection::Postgres(conn));
        }

        #[test]
        fn sqlite_through_an_enum() {
            let conn = $crate::multi::AnyConnection::Sqlite($crate::round_trip::path::sqlite($sql));
            $test(&$crate::round_trip::path::runtime(), conn);
        }

        #[test]
        fn postgres_asynchronously() {
            use diesel_async::{AsyncConnection, AsyncPgConnection};

            let (database, _) = $crate::round_trip::path::postgres($sql);
            let runtime = $crate::round_trip::path::runtime();
            let conn = runtime.block_on(<AsyncPgConnection as AsyncConnection>::establish(&database.url()));
            $test(&runtime, conn.unwrap());
        }

        #[test]
        fn sqlite_asynchronously() {
            use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;

            let conn = SyncConnectionWrapper::new($crate::round_trip::path::sqlite($sql));
            $test(&$crate::round_trip::path::runtime(), conn);
        }
    };
}

pub(super) use each_path;

//! Every shape that Diesel gives models and queries, with sealed fields in it: rows go to real databases and come back.
//!
//! A file a shape. [`on_both`] compiles a test for PostgreSQL and for SQLite, since a Diesel query is one backend's;
//! afterwards it reads every table as the database's own tools show it, and finds cells and no plaintext.

use crate::support::watch::public::permit;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use fieldseal::Session;
use fieldseal::schema::{Backend, Models, migration};

use crate::support::postgres::{self, Database};

/// A test on both databases. `$tables` is a function from a [`Backend`] to the SQL that makes the tables.
macro_rules! on_both {
    ($(fn $name:ident($conn:ident, $session:ident) of $tables:path $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "some tests need nothing of their file")]
            use super::*;
            use fieldseal::schema::Backend;

            #[test]
            fn postgres() {
                let mut db = crate::shapes::Postgres::new(stringify!($name), &$tables(Backend::Postgres));
                let ($conn, $session) = (&mut db.conn, &crate::shapes::session());
                $body
                crate::shapes::assert_sealed_everywhere($conn);
            }

            #[test]
            fn sqlite() {
                let $conn = &mut crate::shapes::sqlite(&$tables(Backend::Sqlite));
                let $session = &crate::shapes::session();
                $body
                crate::shapes::assert_sealed_everywhere($conn);
            }
        }
    )*};
}

mod associations;
mod asynchronous;
mod base;
mod collations;
mod columns;
mod conversions;
mod copy;
mod embed;
mod forms;
mod joins;
mod loaders;
mod namespaces;
mod none;
mod patches;
mod queries;
mod select_expression;
mod transactions;
mod updates;
mod upserts;
mod wide;

/// In every sealed value of these tests, and in nothing else.
const SECRET: &str = "plaintext-of-the-shapes";

/// A value to be sealed.
fn secret(what: impl std::fmt::Display) -> String {
    format!("{SECRET}-{what}")
}

/// A session of the firm that owns the rows of these tests.
fn session() -> Session {
    fieldseal::testing::vault().blocking().session("acme").unwrap()
}

/// `CREATE TABLE`s of plain columns, and after them the sealed columns and guards of the models.
fn tables<M: Models>(backend: Backend, plain: &str) -> String {
    format!("{plain};\n{}", migration::<M>(backend).up)
}

/// A PostgreSQL database of its own for a test.
struct Postgres {
    // Dropped in this order: a database goes once nobody is connected to it.
    conn: PgConnection,
    database: Database,
}

impl Postgres {
    fn new(hint: &str, sql: &str) -> Self {
        let database = postgres::server().database(hint);
        let mut conn = PgConnection::establish(&database.url()).unwrap();
        conn.batch_execute(sql).unwrap();
        Self { conn, database }
    }
}

fn sqlite(sql: &str) -> SqliteConnection {
    let mut conn = crate::support::sqlite::memory();
    conn.batch_execute(sql).unwrap();
    conn
}

/// A database that shows its rows as its own tools do.
trait Shows: Connection {
    /// Queries of one text column, `line`, that show a table each.
    fn every_table(&mut self) -> Vec<String>;
}

impl Shows for PgConnection {
    fn every_table(&mut self) -> Vec<String> {
        let tables = "SELECT format('SELECT t::text AS line FROM %I.%I t', schemaname, tablename) AS line FROM pg_tables \
                      WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
        lines(diesel::sql_query(tables).load(self))
    }
}

impl Shows for SqliteConnection {
    fn every_table(&mut self) -> Vec<String> {
        let tables = "SELECT 'SELECT ' || (SELECT group_concat('quote(\"' || name || '\")', '||'',''||') \
                      FROM pragma_table_info(t.name)) || ' AS line FROM \"' || t.name || '\"' AS line \
                      FROM sqlite_master t WHERE t.type = 'table'";
        lines(diesel::sql_query(tables).load(self))
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Nullable<Text>)]
    line: Option<String>,
}

fn lines(result: QueryResult<Vec<Line>>) -> Vec<String> {
    result.unwrap().into_iter().filter_map(|line| line.line).collect()
}

/// Every row of every table, as the database shows it.
fn shown<C>(conn: &mut C) -> String
where
    C: Shows + diesel::connection::LoadConnection,
    diesel::query_builder::SqlQuery: for<'q> diesel::query_dsl::LoadQuery<'q, C, Line>,
{
    let queries = conn.every_table();
    queries.iter().flat_map(|query| lines(diesel::sql_query(query).load(conn))).collect::<Vec<_>>().join("\n")
}

/// Panics where a table shows plaintext, or where no table shows a cell.
fn assert_sealed_everywhere<C>(conn: &mut C)
where
    C: Shows + diesel::connection::LoadConnection,
    diesel::query_builder::SqlQuery: for<'q> diesel::query_dsl::LoadQuery<'q, C, Line>,
{
    let shown = shown(conn).to_lowercase();
    for spelling in [SECRET.to_owned(), hex::encode(SECRET)] {
        assert!(!shown.contains(&spelling), "a table shows plaintext");
    }
    let cell = |kind: &str| shown.contains(&format!(r"\\x{kind}")) || shown.contains(&format!("x'{kind}"));
    assert!(["f5", "f6", "f7"].into_iter().any(cell), "no table shows a cell:\n{shown}");
}

#[test]
fn plaintext_would_be_seen() {
    let plain = |bytes: &str| {
        let insert = format!("INSERT INTO t VALUES ('x', '{}')", secret(1));
        format!("CREATE TABLE t (a TEXT, b {bytes}); {}", insert.replace("'x'", "'\u{f5}'"))
    };
    let why = "the look at the tables must find it";
    let _permits = [permit(why, secret(1)), permit(why, "\u{f5}")];
    let looks = |look: &mut dyn FnMut()| std::panic::catch_unwind(std::panic::AssertUnwindSafe(look));
    let mut db = Postgres::new("plaintext_would_be_seen", &plain("bytea"));
    assert!(looks(&mut || assert_sealed_everywhere(&mut db.conn)).is_err());
    assert!(shown(&mut db.conn).contains(&hex::encode(SECRET)));
    let mut conn = sqlite(&plain("BLOB"));
    assert!(looks(&mut || assert_sealed_everywhere(&mut conn)).is_err());
    assert!(shown(&mut conn).contains(SECRET));
}

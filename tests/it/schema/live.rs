//! A migrated database of either kind, spoken to in SQL.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use fieldseal::schema::{Backend, Migration, migration};

use super::{All, TABLES};
use crate::support::postgres::{Database, server};

pub(crate) enum Live {
    Postgres { conn: PgConnection, database: Database },
    Sqlite(SqliteConnection),
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Runs a test on PostgreSQL and on SQLite.
pub(crate) fn on_both(test: impl Fn(&mut Live)) {
    test(&mut Live::postgres());
    test(&mut Live::sqlite());
}

impl Live {
    pub(crate) fn postgres() -> Self {
        let database = server().database("schema");
        let conn = PgConnection::establish(&database.url()).unwrap();
        Self::Postgres { conn, database }.migrated("CREATE SCHEMA office;")
    }

    pub(crate) fn sqlite() -> Self {
        let conn = crate::support::sqlite::memory();
        Self::Sqlite(conn).migrated("ATTACH ':memory:' AS office;")
    }

    fn migrated(mut self, office: &str) -> Self {
        self.run(office).unwrap();
        self.run(TABLES).unwrap();
        let up = self.migration().up;
        self.run(&up).unwrap_or_else(|error| panic!("{error}\n{up}"));
        self
    }

    pub(crate) fn migration(&self) -> Migration {
        migration::<All>(match self {
            Self::Postgres { .. } => Backend::Postgres,
            Self::Sqlite(_) => Backend::Sqlite,
        })
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Postgres { database, .. } => database.url(),
            Self::Sqlite(_) => panic!("a database in memory has no URL"),
        }
    }

    /// Runs statements, in which `<r:1>` is a row-bound cell, `<c:1>` a column-bound and `<d:1>` a deterministic one,
    /// and `<t:1>` a term; each number is a cell of its own.
    pub(crate) fn run(&mut self, sql: &str) -> Result<(), String> {
        let sql = self.expand(sql);
        match self {
            Self::Postgres { conn, .. } => conn.batch_execute(&sql),
            Self::Sqlite(conn) => conn.batch_execute(&sql),
        }
        .map_err(|error| error.to_string())
    }

    pub(crate) fn number(&mut self, sql: &str) -> i64 {
        let query = sql_query(format!("SELECT ({}) AS number", self.expand(sql)));
        let row: Number = match self {
            Self::Postgres { conn, .. } => query.get_result(conn),
            Self::Sqlite(conn) => query.get_result(conn),
        }
        .unwrap();
        row.number
    }

    /// Runs statements that are to fail, and gives the error.
    pub(crate) fn refused(&mut self, sql: &str) -> String {
        self.run(sql).expect_err(&format!("accepted: {sql}"))
    }

    fn expand(&self, sql: &str) -> String {
        let mut out = String::new();
        let mut rest = sql;
        while let Some((before, token)) = rest.split_once('<').filter(|(_, token)| token.get(1..2) == Some(":")) {
            let (token, after) = token.split_once('>').unwrap();
            out += before;
            out += &self.blob(&bytes(&token[..1], &token[2..]));
            rest = after;
        }
        out + rest
    }

    pub(crate) fn blob(&self, bytes: &[u8]) -> String {
        match self {
            Self::Postgres { .. } => format!("'\\x{}'::bytea", hex::encode(bytes)),
            Self::Sqlite(_) => format!("X'{}'", hex::encode(bytes)),
        }
    }
}

/// Bytes of the right shape: head, then the number in the place of the nonce.
fn bytes(what: &str, number: &str) -> Vec<u8> {
    let (head, len) = match what {
        "r" => (vec![0xF5, 1], 50),
        "c" => (vec![0xF6, 1], 50),
        "d" => (vec![0xF7, 1], 26),
        "t" => (vec![1], 17),
        _ => panic!("`{what}` is no kind of cell"),
    };
    let number: u8 = number.parse().unwrap();
    let mut bytes = head;
    bytes.resize(len, number);
    bytes
}

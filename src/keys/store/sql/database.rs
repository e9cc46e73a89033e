//! The few things that the store asks of a connection, the same for every driver.

use diesel::QueryResult;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

/// A connection. Rows are concrete types, so that the store's logic is compiled once and needs no generics.
pub(in crate::keys::store) trait Database {
    /// Runs statements without binds or results.
    fn batch(&mut self, sql: &str) -> QueryResult<()>;
    /// Runs a statement and counts the rows it touched. Placeholders are `$1` and so on, each used first in its order.
    fn execute(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<usize>;
    fn numbers(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<Vec<NumberRow>>;
    fn names(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<Vec<NameRow>>;
    fn firms(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<Vec<FirmRow>>;
    fn firm_keys(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<Vec<KeyRow>>;
    fn changes(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<Vec<ChangeRow>>;
    fn processes(&mut self, sql: String) -> QueryResult<Vec<ProcessRow>>;
}

/// A value for a placeholder.
#[derive(Clone)]
pub(in crate::keys::store) enum Bind {
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

#[derive(QueryableByName)]
pub(in crate::keys::store) struct NumberRow {
    #[diesel(sql_type = BigInt)]
    pub(super) number: i64,
}

#[derive(QueryableByName)]
pub(in crate::keys::store) struct NameRow {
    #[diesel(sql_type = Text)]
    pub(super) name: String,
}

#[derive(QueryableByName, Clone)]
pub(in crate::keys::store) struct FirmRow {
    #[diesel(sql_type = Text)]
    pub(super) firm: String,
    #[diesel(sql_type = BigInt)]
    pub(super) generation: i64,
    #[diesel(sql_type = Nullable<Binary>)]
    pub(super) tombstone: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(super) master_version: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) provider: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) kek: Option<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    pub(super) wrapped: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    pub(super) endorsement: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    pub(super) manifest: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    pub(super) standing: Option<Vec<u8>>,
}

#[derive(QueryableByName, Clone)]
pub(in crate::keys::store) struct KeyRow {
    #[diesel(sql_type = Text)]
    pub(super) firm: String,
    #[diesel(sql_type = Text)]
    pub(super) purpose: String,
    #[diesel(sql_type = BigInt)]
    pub(super) version: i64,
    #[diesel(sql_type = Binary)]
    pub(super) wrapped: Vec<u8>,
}

#[derive(QueryableByName)]
pub(in crate::keys::store) struct ChangeRow {
    #[diesel(sql_type = BigInt)]
    pub(super) epoch: i64,
    #[diesel(sql_type = Text)]
    pub(super) firm: String,
    #[diesel(sql_type = Text)]
    pub(super) what: String,
}

#[derive(QueryableByName)]
pub(in crate::keys::store) struct ProcessRow {
    #[diesel(sql_type = Text)]
    pub(super) id: String,
    #[diesel(sql_type = BigInt)]
    pub(super) beat: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) acknowledged: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) lease_millis: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) started: i64,
    #[diesel(sql_type = Text)]
    pub(super) host: String,
    #[diesel(sql_type = BigInt)]
    pub(super) pid: i64,
    #[diesel(sql_type = Text)]
    pub(super) release: String,
    #[diesel(sql_type = Text)]
    pub(super) info: String,
}

/// Implements [`Database`] for a Diesel connection. `sql_query` is never cached, so that no statement outlives its
/// transaction: a pooler in transaction mode gives the next one another connection.
macro_rules! database {
    ($connection:ty) => {
        const _: () = {
            use diesel::connection::SimpleConnection;
            use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
            use diesel::sql_types::{BigInt, Binary, Nullable, Text};
            use diesel::{Connection, QueryResult, RunQueryDsl, sql_query};

            use $crate::keys::store::sql::{
                Bind, ChangeRow, Database, FirmRow, KeyRow, NameRow, NumberRow, ProcessRow,
            };

            type Query = BoxedSqlQuery<'static, <$connection as Connection>::Backend, SqlQuery>;

            fn bound(sql: String, binds: Vec<Bind>) -> Query {
                let query = sql_query(sql).into_boxed();
                binds.into_iter().fold(query, |query, bind| match bind {
                    Bind::Number(number) => query.bind::<Nullable<BigInt>, _>(number),
                    Bind::Text(text) => query.bind::<Nullable<Text>, _>(text),
                    Bind::Bytes(bytes) => query.bind::<Nullable<Binary>, _>(bytes),
                })
            }

            impl Database for $connection {
                fn batch(&mut self, sql: &str) -> QueryResult<()> {
                    self.batch_execute(sql)
                }

                fn execute(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<usize> {
                    bound(sql, binds).execute(self)
                }

                fn numbers(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<Vec<NumberRow>> {
                    bound(sql, binds).load(self)
                }

                fn names(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<Vec<NameRow>> {
                    bound(sql, binds).load(self)
                }

                fn firms(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<Vec<FirmRow>> {
                    bound(sql, binds).load(self)
                }

                fn firm_keys(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<Vec<KeyRow>> {
                    bound(sql, binds).load(self)
                }

                fn changes(&mut self, sql: String, binds: Vec<Bind>) -> QueryResult<Vec<ChangeRow>> {
                    bound(sql, binds).load(self)
                }

                fn processes(&mut self, sql: String) -> QueryResult<Vec<ProcessRow>> {
                    bound(sql, Vec::new()).load(self)
                }
            }
        };
    };
}

pub(in crate::keys::store) use database;

//! What the catalogs say of a table.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::{KeyColumn, PairColumns, PlainColumn, Sort, Table};
use crate::migrate::Subject;
use crate::migrate::subject::SubjectColumn;
use crate::migrate::transform::{OldFirm, Wants};
use crate::schema::sql::{ident, idents};

/// A table that passes can't work on.
#[derive(Debug, thiserror::Error)]
pub(in crate::migrate) enum TableError {
    #[error(transparent)]
    Database(#[from] tokio_postgres::Error),
    #[error("the table is not there")]
    Missing,
    #[error("the table has no unique index over columns that are NOT NULL")]
    NoKey,
}

/// By which rows are addressed: the primary key, or else the narrowest unique index that every row is in.
const KEY: &str = "\
SELECT array_agg(a.attname::text ORDER BY k.n) FROM pg_catalog.pg_index i \
CROSS JOIN LATERAL unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS k (att, n) \
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.att \
WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL \
GROUP BY i.indexrelid, i.indisprimary HAVING bool_and(a.attnotnull) \
ORDER BY i.indisprimary DESC, count(*), i.indexrelid LIMIT 1";

const CASTS: &str = "\
SELECT a.attname::text, pg_catalog.format_type(a.atttypid, NULL) FROM pg_catalog.pg_attribute a \
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped";

/// Rows of all partitions, by the planner's estimate.
const ESTIMATE: &str = "\
SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 FROM pg_catalog.pg_partition_tree($1::oid::regclass) p \
JOIN pg_catalog.pg_class c ON c.oid = p.relid WHERE p.isleaf OR p.relid = $1::oid AND c.relkind <> 'p'";

const ESTIMATE_ONE: &str = "SELECT greatest(reltuples, 0)::float8 FROM pg_catalog.pg_class WHERE oid = $1::oid";

impl Table {
    /// The table of `subject`, as it is now.
    pub(in crate::migrate) async fn find(
        client: &Client,
        subject: &Subject,
        wants: &Wants,
    ) -> Result<Self, TableError> {
        let quoted = quoted(subject.table());
        let row = client.query_one("SELECT to_regclass($1::text)::oid", &[&quoted]).await?;
        let oid: u32 = row.get::<_, Option<u32>>(0).ok_or(TableError::Missing)?;
        let key = client.query_opt(KEY, &[&oid]).await?.ok_or(TableError::NoKey)?;
        let id: Vec<String> = key.get(0);
        let types = Types::read(client, oid, &quoted).await?;
        let keys = |names: Vec<String>| names.into_iter().map(|name| types.key(name)).collect::<Result<Vec<_>, _>>();
        let firm = subject.firm_column().map(|name| types.key(name.to_owned())).transpose()?;
        let old_firm = match wants.old.as_ref().map(|old| &old.firm) {
            Some(OldFirm::Column(name)) => Some(types.key(name.clone())?),
            _ => None,
        };
        Ok(Self {
            estimate: estimate(client, oid).await?,
            id: keys(id)?,
            place: keys(subject.model().row.iter().map(|name| (*name).to_owned()).collect())?,
            old_place: keys(wants.old.as_ref().map(|old| old.row.clone()).unwrap_or_default())?,
            pairs: subject.columns.iter().map(|column| types.pair(column)).collect::<Result<_, _>>()?,
            quoted,
            oid,
            firm,
            old_firm,
        })
    }
}

/// A table's name as models write it, quoted.
pub(in crate::migrate) fn quoted(table: &str) -> String {
    match table.split_once('.') {
        Some((schema, name)) => format!("{}.{}", ident(schema), ident(name)),
        None => ident(table),
    }
}

async fn estimate(client: &Client, oid: u32) -> Result<f64, tokio_postgres::Error> {
    let parts: f64 = client.query_one(ESTIMATE, &[&oid]).await?.get(0);
    if parts > 0.0 {
        return Ok(parts);
    }
    Ok(client.query_one(ESTIMATE_ONE, &[&oid]).await?.get(0))
}

/// The columns' types: their names for casts, and what they are beneath domains.
struct Types {
    casts: std::collections::HashMap<String, String>,
    base: Vec<(String, Type)>,
}

impl Types {
    async fn read(client: &Client, oid: u32, quoted: &str) -> Result<Self, TableError> {
        let rows = client.query(CASTS, &[&oid]).await?;
        let casts: std::collections::HashMap<String, String> =
            rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let names = idents(casts.keys().map(String::as_str));
        // A statement's description names the type beneath a domain.
        let statement = client.prepare(&format!("SELECT {names} FROM {quoted}")).await?;
        let base = statement.columns().iter().map(|column| (column.name().to_owned(), column.type_().clone()));
        Ok(Self { casts, base: base.collect() })
    }

    fn base(&self, name: &str) -> Result<&Type, TableError> {
        self.base.iter().find(|(column, _)| column == name).map(|(_, base)| base).ok_or(TableError::Missing)
    }

    fn cast(&self, name: &str) -> Result<String, TableError> {
        self.casts.get(name).cloned().ok_or(TableError::Missing)
    }

    fn key(&self, name: String) -> Result<KeyColumn, TableError> {
        let sort = match *self.base(&name)? {
            Type::UUID => Sort::Uuid,
            Type::INT2 | Type::INT4 | Type::INT8 => Sort::Integer,
            Type::BPCHAR => Sort::Padded,
            _ => Sort::Text,
        };
        Ok(KeyColumn { cast: self.cast(&name)?, sort, name })
    }

    /// The legacy column may be gone, or not there yet.
    fn pair(&self, column: &SubjectColumn) -> Result<PairColumns, TableError> {
        let schema = column.column.schema();
        let plain = schema.legacy.filter(|legacy| self.casts.contains_key(legacy.column)).map(|legacy| {
            let bytes = *self.base(legacy.column)? == Type::BYTEA;
            Ok::<_, TableError>(PlainColumn { name: legacy.column.to_owned(), cast: self.cast(legacy.column)?, bytes })
        });
        let term = schema.index.map(|index| self.cast(index.column).map(|_| index.column.to_owned()));
        self.cast(schema.column)?;
        Ok(PairColumns { plain: plain.transpose()?, sealed: schema.column.to_owned(), term: term.transpose()? })
    }
}

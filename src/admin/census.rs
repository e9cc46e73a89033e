//! Which key versions stored cells and terms name.

use diesel::result::Error as DieselError;

use super::KeyAdmin;
use super::rows::{Asks, Rows};
use crate::clock::Clock;
use crate::context::FirmId;
use crate::keys::Purpose;
use crate::schema::{self, Backend, HeadFact, SchemaError, Table};

/// What a firm's stored cells and terms name: for each column, which version how often.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Census {
    /// The firm.
    pub firm: FirmId,
    /// A line for each column and version that occurs in it.
    pub counts: Vec<HeadCount>,
}

/// How many rows of a column name a version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeadCount {
    /// The table's SQL name.
    pub table: &'static str,
    /// The column's SQL name.
    pub column: String,
    /// Data for cells, index for terms.
    pub purpose: Purpose,
    /// The version.
    pub version: u32,
    /// Rows.
    pub rows: u64,
}

impl Census {
    /// The lowest version that a row names; `None` when none does.
    #[must_use]
    pub fn lowest(&self, purpose: Purpose) -> Option<u32> {
        self.of(purpose).map(|count| count.version).min()
    }

    /// The highest version that a row names: the next one made is above it.
    #[must_use]
    pub fn highest(&self, purpose: Purpose) -> Option<u32> {
        self.of(purpose).map(|count| count.version).max()
    }

    /// The lines of one purpose.
    pub fn of(&self, purpose: Purpose) -> impl Iterator<Item = &HeadCount> {
        self.counts.iter().filter(move |count| count.purpose == purpose)
    }
}

/// Rows that can't be counted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CensusError {
    /// Nobody said which tables hold sealed columns.
    #[error("no model is registered: register every model of the service, so that its tables are looked through")]
    NoModels,
    /// No database was named, or one that can't be read so.
    #[error("rows can be counted in PostgreSQL and SQLite, and one such database at least has to be named")]
    Unsupported,
    /// A column holds something else than cells or terms.
    #[error("{rows} rows of `{table}.{column}` hold bytes that name no key version: nobody can say what they are")]
    NotSealed {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
        /// How many.
        rows: u64,
    },
    /// The connection is in a transaction: it would see an old state, and commit nothing.
    #[error("the connection is in a transaction: lend one that is in none")]
    InTransaction,
    /// Transactions that may still write old cells did not end.
    #[error("{count} transactions that began before are still running: end them, or wait longer")]
    OldTransactions {
        /// How many.
        count: usize,
    },
    /// Row-level security hides rows from this role.
    #[error("row-level security hides rows of `{table}` from this role: use one that has BYPASSRLS, or owns the table")]
    RowSecurity {
        /// The table.
        table: &'static str,
    },
    /// The models contradict each other.
    #[error(transparent)]
    Models(SchemaError),
    /// The database could not be asked.
    #[error("the database refused a query for key versions")]
    Query(#[from] DieselError),
}

impl CensusError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoModels => "census.no_models",
            Self::Unsupported => "census.unsupported",
            Self::NotSealed { .. } => "census.not_sealed",
            Self::InTransaction => "census.in_transaction",
            Self::OldTransactions { .. } => "census.old_transactions",
            Self::RowSecurity { .. } => "census.row_security",
            Self::Models(error) => error.code(),
            Self::Query(_) => "census.query",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::OldTransactions { .. })
    }
}

impl KeyAdmin {
    /// Counts which key versions the firm's cells and terms name, in the tables of all registered models. Each table is read
    /// once for each of its columns; only the first bytes of values are looked at, in the database.
    ///
    /// # Errors
    /// [`CensusError`].
    pub async fn census(&self, firm: impl Into<FirmId>, rows: &mut Rows<'_>) -> Result<Census, CensusError> {
        let (firm, tables) = (firm.into(), self.tables()?);
        let mut counts = Vec::new();
        for database in &mut rows.databases {
            let backend = lent(&mut **database)?;
            for table in &tables {
                counts.extend(count(&mut **database, backend, table, &firm).await?);
            }
        }
        if rows.databases.is_empty() { Err(CensusError::Unsupported) } else { Ok(Census { firm, counts: sum(counts) }) }
    }

    /// The tables of the registered models.
    pub(super) fn tables(&self) -> Result<Vec<Table>, CensusError> {
        match self.vault.models() {
            none if none.is_empty() => Err(CensusError::NoModels),
            models => Table::all(&models).map_err(CensusError::Models),
        }
    }
}

/// The database behind a connection in no transaction.
pub(super) fn lent(database: &mut dyn Asks) -> Result<Backend, CensusError> {
    if database.is_in_transaction() {
        return Err(CensusError::InTransaction);
    }
    database.backend()?.ok_or(CensusError::Unsupported)
}

async fn count(
    database: &mut dyn Asks,
    backend: Backend,
    table: &Table,
    firm: &FirmId,
) -> Result<Vec<HeadCount>, CensusError> {
    let Some(query) = schema::census(table, backend, firm) else { return Ok(Vec::new()) };
    unfiltered(database, backend, table).await?;
    let facts = database.ask(query).await?;
    facts.into_iter().map(|fact| head_count(table.full_name, HeadFact::of(fact))).collect()
}

/// Refuses a table of which the database shows only some rows: none would be counted of what is hidden.
pub(super) async fn unfiltered(database: &mut dyn Asks, backend: Backend, table: &Table) -> Result<(), CensusError> {
    let Some(query) = schema::filtered(table, backend) else { return Ok(()) };
    match database.ask(query).await?.as_slice() {
        [] => Ok(()),
        _ => Err(CensusError::RowSecurity { table: table.full_name }),
    }
}

fn head_count(table: &'static str, fact: HeadFact) -> Result<HeadCount, CensusError> {
    let HeadFact { column, of_terms, version, rows } = fact;
    let purpose = if of_terms { Purpose::Index } else { Purpose::Data };
    match version {
        Some(version) => Ok(HeadCount { table, column, purpose, version, rows }),
        None => Err(CensusError::NotSealed { table, column, rows }),
    }
}

/// One line a column and version, over all databases.
fn sum(mut counts: Vec<HeadCount>) -> Vec<HeadCount> {
    counts.sort_by(|a, b| (a.table, &a.column, a.version).cmp(&(b.table, &b.column, b.version)));
    counts.dedup_by(|next, kept| {
        let same = (next.table, &next.column, next.version) == (kept.table, &kept.column, kept.version);
        if same {
            kept.rows += next.rows;
        }
        same
    });
    counts
}

/// Waits until every transaction that runs now has ended. SQLite has one writer at a time, which a write before this has
/// waited for.
pub(super) async fn outlast(
    database: &mut dyn Asks,
    patience: std::time::Duration,
    clock: &dyn Clock,
) -> Result<(), CensusError> {
    if lent(database)? != Backend::Postgres {
        return Ok(());
    }
    let began = clock.elapsed();
    let mut old = transactions(database).await?;
    while !old.is_empty() {
        if clock.elapsed().saturating_sub(began) >= patience {
            return Err(CensusError::OldTransactions { count: old.len() });
        }
        database.pause().await;
        let running = transactions(database).await?;
        old.retain(|transaction| running.contains(transaction));
    }
    Ok(())
}

async fn transactions(database: &mut dyn Asks) -> Result<Vec<(String, String)>, CensusError> {
    let facts = database.ask(TRANSACTIONS.to_owned()).await?;
    Ok(facts.into_iter().map(schema::transaction).collect())
}

/// Every other transaction in this database, also idle and prepared ones. Each holds a lock on its virtual id, which
/// every role may see; vacuums write no rows.
const TRANSACTIONS: &str = "\
SELECT 'running' AS kind, l.virtualtransaction AS name, '' AS a, '' AS b, '' AS c, '' AS d
FROM pg_locks l JOIN pg_stat_activity s USING (pid)
WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid()
    AND s.datname = current_database() AND coalesce(s.backend_type, '') <> 'autovacuum worker'
UNION ALL
SELECT 'prepared', p.gid, '', '', '', '' FROM pg_prepared_xacts p WHERE p.database = current_database()";

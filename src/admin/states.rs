//! What becomes of versions that seal no more: retired, and at last destroyed.

use super::{Census, CensusError, KeyAdmin, Rows, Step, census};
use crate::context::FirmId;
use crate::keys::change::Opened;
use crate::keys::{KeyError, KeyState, Purpose, StateError};
use crate::schema;

/// A version's state that can't be changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateChangeError {
    /// The firm's keys can't be had or written, or the other processes not be waited for.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The state that it has does not allow it.
    #[error("the state of {} key {version} of firm {firm} can't be changed", purpose.as_str())]
    State {
        /// The firm.
        firm: FirmId,
        /// What the key is for.
        purpose: Purpose,
        /// Its version.
        version: u32,
        /// Why not.
        source: StateError,
    },
    /// Rows still name the version.
    #[error(
        "{rows} rows of `{table}.{column}` name {} key {version} of firm {firm}: re-encrypt them first",
        purpose.as_str()
    )]
    InUse {
        /// The firm.
        firm: FirmId,
        /// What the key is for.
        purpose: Purpose,
        /// The version.
        version: u32,
        /// A table.
        table: &'static str,
        /// A column of it.
        column: String,
        /// How many rows of it.
        rows: u64,
    },
    /// The database would take a cell of a destroyed version, which nobody could open.
    #[error(
        "`{table}` has no bar against destroyed versions: run what `fieldseal::schema::bar` prints, or run it again, as it is \
         of another release"
    )]
    NoBar {
        /// The table.
        table: &'static str,
    },
    /// The rows can't be counted.
    #[error(transparent)]
    Census(#[from] CensusError),
}

impl StateChangeError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::State { .. } => "states.state",
            Self::InUse { .. } => "states.in_use",
            Self::NoBar { .. } => "states.no_bar",
            Self::Census(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_retryable(),
            Self::Census(error) => error.is_retryable(),
            _ => false,
        }
    }
}

impl KeyAdmin {
    /// Retires a superseded version: it opens as before, and every use is counted and warned of, as event
    /// `fieldseal.open.retired`. Retiring a retired version changes nothing.
    ///
    /// # Errors
    /// [`StateChangeError`].
    pub async fn retire(
        &self,
        firm: impl Into<FirmId>,
        purpose: Purpose,
        version: u32,
    ) -> Result<(), StateChangeError> {
        let firm = firm.into();
        self.settle(Some(&firm)).await?;
        self.advance(&firm, purpose, version, KeyState::Retired).await?;
        Ok(self.settle(Some(&firm)).await?)
    }

    /// Destroys a retired version for good: its wrapped key is deleted, its number stays taken. Destroying a destroyed version
    /// changes nothing.
    ///
    /// In this order: it bars the version in the database, which from then on takes no cell or term of it; waits until every
    /// transaction that began before has ended; looks through all rows of the registered models; and only when none
    /// names the version, deletes the key. A call that is cut off, or refused, leaves the version barred and retired.
    ///
    /// `rows` must be all databases that hold rows of the firm, and every model that has a table there must be registered: what
    /// nobody names is not looked through.
    ///
    /// # Errors
    /// [`StateChangeError`]; [`StateChangeError::InUse`] while a row names the version.
    ///
    /// # Security
    /// Backups of the key store still hold the wrapped key.
    pub async fn destroy(
        &self,
        firm: impl Into<FirmId>,
        purpose: Purpose,
        version: u32,
        rows: &mut Rows<'_>,
    ) -> Result<(), StateChangeError> {
        let firm = firm.into();
        let mut opened = self.custody.opened(&firm).await?;
        if opened.state(purpose, version) != Some(KeyState::Destroyed) {
            step(&firm, purpose, version, opened.advance(purpose, version, KeyState::Destroyed))?;
            self.settle(Some(&firm)).await?;
            self.bar(&firm, purpose, version, rows).await?;
            self.unused(&firm, purpose, version, rows).await?;
            self.advance(&firm, purpose, version, KeyState::Destroyed).await?;
        }
        Ok(self.settle(Some(&firm)).await?)
    }

    /// Refuses cells of this firm under a lower data-key version from now on, in every process: a leaked old key can't
    /// forge any. It never falls again (KEY-17).
    ///
    /// `census` must name no lower version, and have been taken when no process sealed under one any more: see
    /// [`census`](Self::census).
    ///
    /// # Errors
    /// [`StateChangeError`].
    pub async fn set_min_open_version(
        &self,
        firm: impl Into<FirmId>,
        version: u32,
        census: &Census,
    ) -> Result<(), StateChangeError> {
        let firm = firm.into();
        let purpose = Purpose::Data;
        let foreign = (census.firm != firm).then_some(Err(StateError::ForeignCensus));
        step(&firm, purpose, version, foreign.unwrap_or(Ok(())))?;
        refuse_used(census, purpose, |named| named < version)?;
        let raised = self.change(&firm, |opened| {
            let raised = step(&firm, purpose, version, opened.raise_minimum(version))?;
            Ok::<_, StateChangeError>(raised.then_some(()))
        });
        if raised.await?.is_some() {
            self.tell(Some(&firm), Step::RaiseMinimum { version });
        }
        Ok(self.settle(Some(&firm)).await?)
    }

    /// Moves a version to its next state, unless it is there.
    async fn advance(
        &self,
        firm: &FirmId,
        purpose: Purpose,
        version: u32,
        to: KeyState,
    ) -> Result<(), StateChangeError> {
        let moved = self.change(firm, |opened: &mut Opened| {
            if opened.state(purpose, version) == Some(to) {
                return Ok::<_, StateChangeError>(None);
            }
            step(firm, purpose, version, opened.advance(purpose, version, to)).map(Some)
        });
        if moved.await?.is_some() {
            self.tell(Some(firm), Step::Move { purpose, version, to });
        }
        Ok(())
    }

    /// Has the databases take no cell or term of the version, and waits for transactions that do not know it yet.
    async fn bar(
        &self,
        firm: &FirmId,
        purpose: Purpose,
        version: u32,
        rows: &mut Rows<'_>,
    ) -> Result<(), StateChangeError> {
        let tables = self.tables()?;
        self.tell(Some(firm), Step::Bar { purpose, version });
        for database in &mut rows.databases {
            let (database, patience) = (&mut **database, rows.patience);
            let backend = census::lent(database)?;
            for table in &tables {
                let facts = database.ask(schema::facts_query(table, backend)).await.map_err(CensusError::from)?;
                if !schema::is_barred(table, backend, &facts) {
                    return Err(StateChangeError::NoBar { table: table.full_name });
                }
                if !self.is_dry() {
                    let bar = schema::bar_version(table, firm, purpose.as_str(), version);
                    database.ask(bar).await.map_err(CensusError::from)?;
                }
            }
            if !self.is_dry() {
                census::outlast(database, patience, &*self.custody.clock()).await?;
            }
        }
        Ok(())
    }

    /// Refuses a version that a row names.
    async fn unused(
        &self,
        firm: &FirmId,
        purpose: Purpose,
        version: u32,
        rows: &mut Rows<'_>,
    ) -> Result<(), StateChangeError> {
        self.tell(Some(firm), Step::Count);
        refuse_used(&self.census(firm.clone(), rows).await?, purpose, |named| named == version)
    }
}

fn refuse_used(census: &Census, purpose: Purpose, refused: impl Fn(u32) -> bool) -> Result<(), StateChangeError> {
    match census.of(purpose).find(|count| refused(count.version)) {
        None => Ok(()),
        Some(count) => Err(StateChangeError::InUse {
            firm: census.firm.clone(),
            purpose,
            version: count.version,
            table: count.table,
            column: count.column.clone(),
            rows: count.rows,
        }),
    }
}

fn step<T>(firm: &FirmId, purpose: Purpose, version: u32, done: Result<T, StateError>) -> Result<T, StateChangeError> {
    done.map_err(|source| StateChangeError::State { firm: firm.clone(), purpose, version, source })
}

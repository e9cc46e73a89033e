//! What a shredding looks through, and changes, in the databases of rows.

use super::ShredError;
use crate::admin::certificate::{PlaintextLeft, TermsFound};
use crate::admin::rows::{Asks, Rows};
use crate::admin::{CensusError, KeyAdmin, Step, census};
use crate::context::FirmId;
use crate::schema::{self, Backend, Table};

/// The databases of a service's rows, and the columns in them that hold plaintext.
pub struct ShredData<'d, 'c> {
    rows: &'d mut Rows<'c>,
    legacy: Vec<LegacyColumn>,
    leave_plaintext: bool,
}

/// A column that holds in the clear what a sealed column is to hold, such as one that a migration has not dropped yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyColumn {
    /// The table's SQL name, as its models write it.
    pub table: String,
    /// The column's SQL name.
    pub column: String,
}

impl LegacyColumn {
    /// The column of a registered model's table.
    pub fn new(table: impl Into<String>, column: impl Into<String>) -> Self {
        Self { table: table.into(), column: column.into() }
    }
}

impl<'d, 'c> ShredData<'d, 'c> {
    /// The databases that hold the firm's rows: all of them, since terms in others stay.
    pub fn of(rows: &'d mut Rows<'c>) -> Self {
        Self { rows, legacy: Vec::new(), leave_plaintext: false }
    }

    /// Columns of plaintext that the service knows of: a shredding is refused while they hold values of the firm.
    #[must_use]
    pub fn legacy(mut self, columns: impl IntoIterator<Item = LegacyColumn>) -> Self {
        self.legacy.extend(columns);
        self
    }

    /// Shreds although plaintext is left, and lists it in the certificate.
    #[must_use]
    pub fn leave_plaintext(self) -> Self {
        Self { leave_plaintext: true, ..self }
    }
}

/// What lies in the databases before the keys are destroyed.
#[derive(Default)]
pub(in crate::admin) struct Found {
    pub(in crate::admin) terms: Vec<TermsFound>,
    pub(in crate::admin) plaintext: Vec<PlaintextLeft>,
}

impl KeyAdmin {
    /// Counts terms and plaintext, and refuses what could not be cleared afterwards.
    pub(super) async fn look_through(&self, firm: &FirmId, data: &mut ShredData<'_, '_>) -> Result<Found, ShredError> {
        self.tell(Some(firm), Step::Count);
        let tables = self.tables()?;
        let mut found = Found::default();
        if data.rows.databases.is_empty() {
            return Err(CensusError::Unsupported.into());
        }
        for database in &mut data.rows.databases {
            let backend = census::lent(&mut **database)?;
            for table in &tables {
                census::unfiltered(&mut **database, backend, table).await?;
                nullable(&mut **database, backend, table).await?;
                found.terms(&mut **database, backend, table, firm).await?;
            }
            for column in &data.legacy {
                found.plaintext(&mut **database, backend, &tables, column, firm).await?;
            }
        }
        found.refuse_plaintext(firm, data.leave_plaintext)?;
        Ok(found)
    }

    /// Sets the firm's terms in global indexes to NULL, a batch a transaction, and gives those that are left: none.
    pub(super) async fn clear_terms(
        &self,
        firm: &FirmId,
        data: &mut ShredData<'_, '_>,
    ) -> Result<Vec<TermsFound>, ShredError> {
        let tables = self.tables()?;
        let mut left = Found::default();
        if data.rows.databases.is_empty() {
            return Err(CensusError::Unsupported.into());
        }
        for database in &mut data.rows.databases {
            let backend = census::lent(&mut **database)?;
            for table in &tables {
                census::unfiltered(&mut **database, backend, table).await?;
                nullable(&mut **database, backend, table).await?;
                for (column, query) in schema::clear_terms(table, backend, firm) {
                    while !database.ask(query.clone()).await.map_err(CensusError::from)?.is_empty() {
                        self.tell(Some(firm), Step::ClearTerms { table: table.full_name, column });
                    }
                }
                left.terms(&mut **database, backend, table, firm).await?;
            }
        }
        Ok(left.terms)
    }
}

impl Found {
    async fn terms(
        &mut self,
        database: &mut dyn Asks,
        backend: Backend,
        table: &Table,
        firm: &FirmId,
    ) -> Result<(), CensusError> {
        for (column, query) in schema::count_terms(table, backend, firm) {
            let rows = schema::counted(database.ask(query).await?);
            let found = TermsFound { table: table.full_name.to_owned(), column: column.to_owned(), rows };
            let same = |term: &&mut TermsFound| (&term.table, &term.column) == (&found.table, &found.column);
            match self.terms.iter_mut().find(same) {
                Some(term) => term.rows += found.rows,
                None => self.terms.push(found),
            }
        }
        Ok(())
    }

    async fn plaintext(
        &mut self,
        database: &mut dyn Asks,
        backend: Backend,
        tables: &[Table],
        column: &LegacyColumn,
        firm: &FirmId,
    ) -> Result<(), ShredError> {
        let table = tables.iter().find(|table| table.full_name == column.table);
        let query = table.and_then(|table| schema::count_values(table, backend, &column.column, firm));
        let unknown = || ShredError::UnknownColumn { column: format!("{}.{}", column.table, column.column) };
        let rows = schema::counted(database.ask(query.ok_or_else(unknown)?).await.map_err(CensusError::from)?);
        if rows > 0 {
            let (table, column) = (column.table.clone(), column.column.clone());
            self.plaintext.push(PlaintextLeft { table, column, rows });
        }
        Ok(())
    }

    fn refuse_plaintext(&self, firm: &FirmId, leave: bool) -> Result<(), ShredError> {
        if leave || self.plaintext.is_empty() {
            return Ok(());
        }
        let name = |left: &PlaintextLeft| format!("{}.{} ({} rows)", left.table, left.column, left.rows);
        let columns = self.plaintext.iter().map(name).collect::<Vec<_>>().join(", ");
        Err(ShredError::Plaintext { firm: firm.clone(), columns })
    }
}

/// Refuses a table whose global terms can't be set to NULL, before anything is destroyed.
async fn nullable(database: &mut dyn Asks, backend: Backend, table: &Table) -> Result<(), ShredError> {
    if schema::global_terms(table).is_empty() {
        return Ok(());
    }
    let facts = database.ask(schema::facts_query(table, backend)).await.map_err(CensusError::from)?;
    let fixed = schema::not_null_terms(table, &facts);
    if fixed.is_empty() { Ok(()) } else { Err(ShredError::NotNull { columns: fixed.join(", ") }) }
}

impl std::fmt::Debug for ShredData<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShredData").field("rows", &self.rows).field("legacy", &self.legacy).finish_non_exhaustive()
    }
}

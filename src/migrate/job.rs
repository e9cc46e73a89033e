//! A job: what is done to a table, and where the table is.

use super::postgres::Postgres;
use super::subject::Subject;
use super::transform::{OldBinding, OldFirm};
use crate::context::FirmId;
use crate::session::Vault;

/// What a job makes of the cells of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Legacy plaintext, or home-made ciphertext, becomes sealed.
    Seal,
    /// Sealed cells become plaintext in their legacy column.
    Unseal,
    /// Cells below a data-key version, or of another suite or padding, are sealed anew.
    Reseal,
    /// Terms are computed anew under the active index key.
    Reindex,
    /// Cells of another row key, firm or pinned name are sealed for the place where they are.
    Rebind,
}

impl Kind {
    /// Its name in stores and command lines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Unseal => "unseal",
            Self::Reseal => "reseal",
            Self::Reindex => "reindex",
            Self::Rebind => "rebind",
        }
    }
}

/// The database that holds a job's table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Target {
    /// A PostgreSQL database.
    Postgres(Postgres),
}

impl From<Postgres> for Target {
    fn from(postgres: Postgres) -> Self {
        Self::Postgres(postgres)
    }
}

/// One piece of work on one table.
///
/// Any number of operators and workers, on any number of machines, may hold the same job: what it has come to lies in the
/// table's own database, under its name.
#[derive(Debug, Clone)]
pub struct Job {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) subject: Subject,
    pub(super) target: Target,
    pub(super) vault: Vault,
    /// What cells were bound to, of a job that binds them anew.
    pub(super) before: Option<std::sync::Arc<Before>>,
}

/// What a table's cells were bound to before.
#[derive(Debug, Clone)]
pub(super) struct Before {
    pub(super) subject: Subject,
    pub(super) binding: OldBinding,
}

/// The firm whose keys cells were sealed under before a job that binds them anew.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormerFirm {
    /// The row's firm of now.
    Same,
    /// The firm that this column of the row names.
    Column(String),
    /// This one, of all rows.
    One(FirmId),
}

impl Job {
    /// A job on the table of `subject`, named after the table and what is done to it.
    #[must_use]
    pub fn new(vault: &Vault, kind: Kind, subject: Subject, target: impl Into<Target>) -> Self {
        let name = format!("{}-{}", kind.as_str(), subject.table());
        Self { name, kind, subject, target: target.into(), vault: vault.clone(), before: None }
    }

    /// A job that binds cells anew: `before` describes the same columns, in the same order, under the names that they were
    /// sealed for; `row` names the columns of the row key of then, none for cells that were bound to no row.
    ///
    /// Rows that move to another firm keep that firm in a column until they are bound anew.
    #[must_use]
    pub fn rebinding(
        vault: &Vault,
        before: Subject,
        row: &[&str],
        firm: FormerFirm,
        now: Subject,
        target: impl Into<Target>,
    ) -> Self {
        let firm = match firm {
            FormerFirm::Same => OldFirm::Same,
            FormerFirm::Column(column) => OldFirm::Column(column),
            FormerFirm::One(firm) => OldFirm::One(firm),
        };
        let binding = OldBinding { row: row.iter().map(|&column| column.to_owned()).collect(), firm };
        let before = Some(std::sync::Arc::new(Before { subject: before, binding }));
        Self { before, ..Self::new(vault, Kind::Rebind, now, target) }
    }

    /// The job under a name of its own.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it makes of cells.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it works on.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }
}

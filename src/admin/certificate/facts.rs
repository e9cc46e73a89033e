//! What a certificate says.

mod making;

use serde::{Deserialize, Serialize};

/// What a certificate says. New fields may come; none goes or changes its meaning under one `format`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShredFacts {
    /// `fieldseal/v1/shred-certificate`.
    pub format: String,
    /// The firm, in its canonical form.
    pub firm: String,
    /// The generation of the tombstone.
    pub generation: u64,
    /// When the keys were destroyed: Unix seconds.
    pub when: u64,
    /// Who requested it; `None`: it was done at once, by `danger::shred_firm`.
    pub requested: Option<Requested>,
    /// Whether the list of versions was verified under the firm's master key; `false`: its provider was not asked or not
    /// reached, and the list is as the key store had it.
    pub manifest_verified: bool,
    /// The wrapped master key that was deleted.
    pub master: MasterGone,
    /// Every version that the firm had, with the commitment to its key.
    pub versions: Vec<VersionGone>,
    /// The sealed columns of the registered models, in which the firm's cells are unreadable.
    pub columns: Vec<ColumnGone>,
    /// The firm's terms in global indexes before: they are under the platform's key.
    pub terms: Vec<TermsFound>,
    /// Plaintext that was left on purpose.
    pub plaintext: Vec<PlaintextLeft>,
    /// What may still hold the wrapped master key, and what to do about it.
    pub still_held: Vec<StillHeld>,
    /// What was done after the keys were destroyed; `None` until then.
    pub complete: Option<Completion>,
}

/// Who requested a shredding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Requested {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When: Unix seconds.
    pub requested: u64,
    /// From when on it could be done: Unix seconds.
    pub due: u64,
}

/// A wrapped master key that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MasterGone {
    /// Its version.
    pub version: u32,
    /// The provider that wrapped it.
    pub provider: String,
    /// The KEK that wrapped it.
    pub kek: String,
    /// The commitment to it, hex; empty where the manifest could not be read.
    pub commitment: String,
}

/// A version of a data or index key that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionGone {
    /// `data` or `index`.
    pub purpose: String,
    /// Its number.
    pub version: u32,
    /// Its last state.
    pub state: String,
    /// When it was made: Unix seconds.
    pub created: u64,
    /// The commitment to the key, hex.
    pub commitment: String,
}

/// A sealed column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnGone {
    /// The table's SQL name.
    pub table: String,
    /// The column's SQL name.
    pub column: String,
}

/// Terms of a firm in a global index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TermsFound {
    /// The table's SQL name.
    pub table: String,
    /// The term column's SQL name.
    pub column: String,
    /// Rows that had a term.
    pub rows: u64,
}

/// Plaintext of a firm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlaintextLeft {
    /// The table's SQL name.
    pub table: String,
    /// The column's SQL name.
    pub column: String,
    /// Rows that have a value.
    pub rows: u64,
}

/// A place where the wrapped master key may still be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StillHeld {
    /// `kek`, `key-store-backups`, `key-store-log`, `escrow`.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// What was done after the keys were destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Completion {
    /// When it was done: Unix seconds.
    pub when: u64,
    /// The epoch that every process had acknowledged, or whose lease had ended.
    pub epoch: u64,
    /// The processes that lived then.
    pub processes: Vec<Acknowledged>,
    /// The firm's terms that were left in global indexes: no rows.
    pub terms_left: Vec<TermsFound>,
}

/// A process that holds nothing of the firm any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Acknowledged {
    /// Its id in the fleet.
    pub id: String,
    /// Its machine.
    pub host: String,
    /// Its process id there.
    pub pid: u32,
    /// It holds nothing from before this epoch.
    pub epoch: u64,
}

pub(super) const FORMAT: &str = "fieldseal/v1/shred-certificate";

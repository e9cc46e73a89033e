//! What a model says of its table, as constants: for checks, migrations and operators.

use super::form::same;
use super::pad::{Padding, is_fixed};
use crate::envelope::Kind;

/// A model's table: which columns are sealed, how, and what they are bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelSchema {
    /// The Rust name of the model.
    pub model: &'static str,
    /// The table's SQL name.
    pub table: &'static str,
    /// The table's stable id in key derivation: its SQL name unless pinned.
    pub table_id: &'static str,
    /// Who owns the rows.
    pub owner: Owner,
    /// SQL names of the row-key columns; empty for `row = none`.
    pub row: &'static [&'static str],
    /// The sealed columns.
    pub columns: &'static [ColumnSchema],
}

/// Who owns a model's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Owner {
    /// The service itself: `firm = platform`.
    Platform,
    /// The firm that this column names.
    Column(&'static str),
}

/// A sealed column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnSchema {
    /// The Rust name of the field.
    pub field: &'static str,
    /// The column's SQL name.
    pub column: &'static str,
    /// The column's stable id in key derivation: its SQL name unless pinned.
    pub column_id: &'static str,
    /// Id of the stored form.
    pub codec: &'static str,
    /// Stem of the PostgreSQL domains of the stored form.
    pub domain: &'static str,
    /// How cells are sealed.
    pub kind: Kind,
    /// How far the stored form is padded.
    pub pad: Option<Padding>,
    /// Whether the field is an `Option`.
    pub nullable: bool,
    /// The blind index over the column.
    pub index: Option<IndexSchema>,
    /// The column that is being migrated from.
    pub legacy: Option<LegacySchema>,
}

/// The column that held a value before it was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LegacySchema {
    /// The column's SQL name.
    pub column: &'static str,
    /// Whether it holds home-made ciphertext, which a function of the service reads (`legacy_with`), not plaintext.
    pub custom: bool,
}

#[doc(hidden)]
impl LegacySchema {
    pub const fn new(column: &'static str, custom: bool) -> Self {
        Self { column, custom }
    }
}

/// A blind index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexSchema {
    /// SQL name of the term column.
    pub column: &'static str,
    /// The index's stable id in key derivation: the term column's SQL name unless pinned.
    pub index_id: &'static str,
    /// Id of the normalizer.
    pub normalizer: &'static str,
    /// Bits kept of the HMAC.
    pub bits: u32,
    /// Whether a firm's terms (all terms, if global) are unique.
    pub unique: bool,
    /// Whether terms are computed under the platform's key, for all firms alike.
    pub global: bool,
}

#[doc(hidden)]
impl ModelSchema {
    pub const fn new(
        model: &'static str,
        table: &'static str,
        table_id: &'static str,
        owner: Owner,
        row: &'static [&'static str],
        columns: &'static [ColumnSchema],
    ) -> Self {
        assert!(is_id(table_id), "`table_id` is 1 to 255 bytes without control characters");
        check_ids(columns);
        Self { model, table, table_id, owner, row, columns }
    }
}

/// Whether a name can be an id in key derivation: for good, so that one slip of the editor is worth a refusal.
const fn is_id(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        // U+0080 to U+009F are control characters too.
        if bytes[i].is_ascii_control() || bytes[i] == 0xC2 && bytes[i + 1] < 0xA0 {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty() && bytes.len() <= 255
}

/// Two columns of one id would share a key, so that their cells could be exchanged; two indexes would share their terms.
const fn check_ids(columns: &[ColumnSchema]) {
    let mut i = 0;
    while i < columns.len() {
        assert!(is_id(columns[i].column_id), "`column_id` is 1 to 255 bytes without control characters");
        if let Some(index) = &columns[i].index {
            assert!(is_id(index.index_id), "an index's `id` is 1 to 255 bytes without control characters");
            assert!(is_id(index.normalizer), "a normalizer's id is 1 to 255 bytes without control characters");
            assert!(!same(index.normalizer, "custom/"), "a custom normalizer needs an id: `custom(\"id\", function)`");
        }
        let mut j = i + 1;
        while j < columns.len() {
            assert!(
                !same(columns[i].column_id, columns[j].column_id),
                "two sealed columns have the same `column_id`: give each its own, or their cells would open in each other's place"
            );
            if let (Some(a), Some(b)) = (&columns[i].index, &columns[j].index) {
                assert!(!same(a.index_id, b.index_id), "two blind indexes have the same `id`: give each its own");
            }
            j += 1;
        }
        i += 1;
    }
}

#[doc(hidden)]
impl ColumnSchema {
    #[allow(clippy::too_many_arguments, reason = "called by generated code only")]
    pub const fn new(
        field: &'static str,
        column: &'static str,
        column_id: &'static str,
        codec: &'static str,
        domain: &'static str,
        kind: Kind,
        nullable: bool,
        index: Option<IndexSchema>,
    ) -> Self {
        Self { field, column, column_id, codec, domain, kind, pad: None, nullable, index, legacy: None }
    }

    /// The column, in transit from another.
    #[must_use]
    pub const fn in_transit(self, legacy: LegacySchema) -> Self {
        Self { legacy: Some(legacy), ..self }
    }

    /// The column, padded.
    #[must_use]
    pub const fn padded(self, pad: Padding) -> Self {
        assert!(
            !is_fixed(self.codec),
            "all values of this type are of one length, which padding can't hide: drop `pad`"
        );
        Self { pad: Some(pad), ..self }
    }
}

/// What stands in an array of columns until its own are there.
pub(crate) const NO_COLUMN: ColumnSchema = ColumnSchema::new("", "", "", "", "", Kind::RowBound, false, None);

/// How many columns a model and its parts have.
#[doc(hidden)]
#[must_use]
pub const fn column_count(lists: &[&[ColumnSchema]]) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < lists.len() {
        count += lists[i].len();
        i += 1;
    }
    count
}

/// The columns of a model and of its parts, one behind the other.
#[doc(hidden)]
#[must_use]
pub const fn spliced<const N: usize>(lists: &[&[ColumnSchema]]) -> [ColumnSchema; N] {
    let mut all = [NO_COLUMN; N];
    let (mut i, mut list) = (0, 0);
    while list < lists.len() {
        let mut j = 0;
        while j < lists[list].len() {
            all[i] = lists[list][j];
            (i, j) = (i + 1, j + 1);
        }
        list += 1;
    }
    all
}

#[doc(hidden)]
impl IndexSchema {
    pub const fn new(
        column: &'static str,
        index_id: &'static str,
        normalizer: &'static str,
        bits: u32,
        unique: bool,
        global: bool,
    ) -> Self {
        Self { column, index_id, normalizer, bits, unique, global }
    }
}

impl ModelSchema {
    /// The sealed columns whose values may still lie in a legacy column.
    pub fn legacy_columns(&self) -> impl Iterator<Item = &'static ColumnSchema> {
        self.columns.iter().filter(|column| column.legacy.is_some())
    }

    /// The sealed column of this SQL name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static ColumnSchema> {
        self.columns.iter().find(|column| column.column == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn column(id: &'static str, index: Option<IndexSchema>) -> ColumnSchema {
        ColumnSchema::new(id, id, id, "text", "fieldseal_text", Kind::RowBound, false, index)
    }

    #[test]
    #[should_panic(expected = "the same `column_id`")]
    fn two_columns_of_one_id_are_refused() {
        check_ids(&[column("a", None), column("b", None), column("a", None)]);
    }

    #[test]
    fn ids_are_neither_empty_nor_unprintable() {
        assert!(is_id("übung") && is_id("a\u{A0}"));
        assert!(!["", "a\0", "\u{85}", &"x".repeat(256)].into_iter().any(is_id));
    }

    #[test]
    #[should_panic(expected = "the same `id`")]
    fn two_indexes_of_one_id_are_refused() {
        let index = IndexSchema::new("term", "i", "none/1", 128, false, false);
        check_ids(&[column("a", Some(index)), column("b", Some(index))]);
    }
}

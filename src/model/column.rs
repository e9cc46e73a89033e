//! The statics behind a model's sealed columns and indexes.

use crate::context::{ColumnPlace, IndexPlace};
use crate::index::Normalizer;

use super::form::same;
use super::schema::{ColumnSchema, IndexSchema, ModelSchema, NO_COLUMN, Owner};
use crate::envelope::Kind;

/// A sealed column of a model: generated, one static a field.
#[derive(Debug)]
pub struct Column {
    pub(crate) model: &'static ModelSchema,
    pub(crate) schema: &'static ColumnSchema,
    pub(crate) place: ColumnPlace,
}

/// A blind index of a model: generated, one static an indexed field.
#[derive(Debug)]
pub struct Index {
    pub(crate) model: &'static ModelSchema,
    pub(crate) column: &'static ColumnSchema,
    pub(crate) schema: &'static IndexSchema,
    pub(crate) place: IndexPlace,
    pub(crate) normalizer: Normalizer,
}

#[doc(hidden)]
impl Column {
    /// The column at `position` of the model's schema.
    ///
    /// # Panics
    /// At compile time, if equal values of a deterministic column may have different cells.
    #[must_use]
    pub const fn new(model: &'static ModelSchema, position: usize) -> Self {
        let schema = &model.columns[position];
        assert!(!matches!(schema.kind, Kind::Deterministic) || equal_values_meet(schema.codec), "{}", UNEQUAL);
        let place = ColumnPlace::new(model.table_id, schema.column_id, schema.codec, schema.kind, schema.pad.is_some());
        Self { model, schema, place }
    }
}

#[doc(hidden)]
impl Index {
    /// The index of the column at `position` of the model's schema.
    ///
    /// # Panics
    /// At compile time, if that column has none, or if its equal values may have different terms.
    #[must_use]
    pub const fn new(model: &'static ModelSchema, position: usize, normalizer: Normalizer) -> Self {
        let column = &model.columns[position];
        let Some(schema) = &column.index else { panic!("the column has no index") };
        assert!(equal_values_meet(column.codec), "{}", UNEQUAL);
        assert!(
            same(column.codec, "text") || matches!(normalizer, Normalizer::None),
            "only text can be normalized: bytes that happen to be UTF-8 would be changed and values meet that differ; drop `normalize`"
        );
        let place = IndexPlace::new(model.table_id, schema.index_id, column.codec, normalizer.id(), schema.bits);
        Self { model, column, schema, place, normalizer }
    }
}

/// Whether equal values always have the same stored form (spec/envelope.md, ENV-28). JSON is refused by the derive.
const fn equal_values_meet(codec: &str) -> bool {
    !same(codec, "decimal") && !same(codec, "f64")
}

const UNEQUAL: &str = "equal decimals and floats may have different bytes (1.0 and 1.00, 0.0 and -0.0) and would not meet: drop \
     `deterministic` or `index`, or keep the value as an integer of its smallest unit";
/// The statics of all columns of a model, in the order of its schema.
#[doc(hidden)]
#[must_use]
pub const fn columns<const N: usize>(model: &'static ModelSchema) -> [Column; N] {
    let mut columns = [const { Column::new(&NO_MODEL, 0) }; N];
    let mut i = 0;
    while i < N {
        columns[i] = Column::new(model, i);
        i += 1;
    }
    columns
}

/// The statics of a model's indexes, in the order of its columns; the normalizers are those of the model's own columns
/// and then of its parts'.
#[doc(hidden)]
#[must_use]
pub const fn indexes<const N: usize>(
    model: &'static ModelSchema,
    normalizers: &[&[Option<Normalizer>]],
) -> [Option<Index>; N] {
    let mut indexes = [const { None }; N];
    let (mut i, mut list) = (0, 0);
    while list < normalizers.len() {
        let mut j = 0;
        while j < normalizers[list].len() {
            if let Some(normalizer) = normalizers[list][j] {
                indexes[i] = Some(Index::new(model, i, normalizer));
            }
            (i, j) = (i + 1, j + 1);
        }
        list += 1;
    }
    indexes
}

/// What stands in an array of statics until its own are there.
const NO_MODEL: ModelSchema =
    ModelSchema { model: "", table: "", table_id: "", owner: Owner::Platform, row: &[], columns: &[NO_COLUMN] };

impl Column {
    /// What the model says of the column.
    #[must_use]
    pub fn schema(&self) -> &'static ColumnSchema {
        self.schema
    }

    /// Whether cells of `other` open here: two structs may describe one table.
    pub(crate) fn is_place_of(&self, other: &Self) -> bool {
        let place = |Self { place, .. }: &Self| (place.table, place.column, place.codec, place.kind, place.padded);
        place(self) == place(other)
    }
}

/// Marks an index under each firm's own key.
#[derive(Debug, Clone, Copy)]
pub struct FirmScope;

/// Marks an index under the platform's key: one membership oracle over all firms.
#[derive(Debug, Clone, Copy)]
pub struct GlobalScope;

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: IndexSchema = IndexSchema::new("n_term", "n_term", "trim/1", 128, false, false);
    const COLUMNS: &[ColumnSchema] =
        &[ColumnSchema::new("n", "n", "n", "i64", "fieldseal_bigint", Kind::RowBound, false, Some(INDEX))];
    static MODEL: ModelSchema = ModelSchema::new("M", "m", "m", Owner::Platform, &["id"], COLUMNS);

    // 9, 10 and 32 end in bytes that are white space as text.
    #[test]
    #[should_panic(expected = "only text can be normalized")]
    fn a_normalizer_over_integers_is_refused() {
        let _ = Index::new(&MODEL, 0, Normalizer::Trim);
    }

    fn of(codec: &'static str, kind: Kind) -> &'static ModelSchema {
        let column = ColumnSchema::new("n", "n", "n", codec, "fieldseal_numeric", kind, false, Some(INDEX));
        let columns = Box::leak(Box::new([column]));
        Box::leak(Box::new(ModelSchema::new("M", "m", "m", Owner::Platform, &["id"], columns)))
    }

    #[test]
    #[should_panic(expected = "would not meet")]
    fn an_index_over_decimals_is_refused() {
        let _ = Index::new(of("decimal", Kind::RowBound), 0, Normalizer::None);
    }

    #[test]
    #[should_panic(expected = "would not meet")]
    fn deterministic_floats_are_refused() {
        let _ = Column::new(of("f64", Kind::Deterministic), 0);
    }
}

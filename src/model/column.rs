//! The statics behind a model's sealed columns and indexes.

use crate::context::{ColumnPlace, IndexPlace};
use crate::index::Normalizer;

use super::form::same;
use super::schema::{ColumnSchema, IndexSchema, ModelSchema};

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
    #[must_use]
    pub const fn new(model: &'static ModelSchema, position: usize) -> Self {
        let schema = &model.columns[position];
        let place = ColumnPlace::new(model.table_id, schema.column_id, schema.codec, schema.kind);
        Self { model, schema, place }
    }
}

#[doc(hidden)]
impl Index {
    /// The index of the column at `position` of the model's schema.
    ///
    /// # Panics
    /// At compile time, if that column has none.
    #[must_use]
    pub const fn new(model: &'static ModelSchema, position: usize, normalizer: Normalizer) -> Self {
        let column = &model.columns[position];
        let Some(schema) = &column.index else { panic!("the column has no index") };
        assert!(
            same(column.codec, "text") || matches!(normalizer, Normalizer::None),
            "only text can be normalized: bytes that happen to be UTF-8 would be changed and values meet that differ; drop `normalize`"
        );
        let place = IndexPlace::new(model.table_id, schema.index_id, column.codec, normalizer.id(), schema.bits);
        Self { model, column, schema, place, normalizer }
    }
}

impl Column {
    /// What the model says of the column.
    #[must_use]
    pub fn schema(&self) -> &'static ColumnSchema {
        self.schema
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
    use super::super::schema::Owner;
    use super::*;
    use crate::envelope::Kind;

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
}

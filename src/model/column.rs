//! The statics behind a model's sealed columns and indexes.

use crate::context::{ColumnPlace, IndexPlace};
use crate::index::Normalizer;

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

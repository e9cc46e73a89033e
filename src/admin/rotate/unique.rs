//! Indexes that a rotation of their key would make let a value in twice.

use super::RotateError;
use crate::admin::KeyAdmin;
use crate::context::FirmId;
use crate::keys::Purpose;
use crate::model::{IndexSchema, ModelSchema, Owner};

impl KeyAdmin {
    /// Refuses to rotate an index key over a unique index. Without models it can't be told: refused too.
    pub(super) fn check_unique(&self, firm: &FirmId, purpose: Purpose) -> Result<(), RotateError> {
        match purpose {
            Purpose::Data => Ok(()),
            Purpose::Index => check(firm, &self.vault.models()),
        }
    }
}

fn check(firm: &FirmId, models: &[&'static ModelSchema]) -> Result<(), RotateError> {
    if models.is_empty() {
        return Err(RotateError::NoModels);
    }
    let indexes = models.iter().flat_map(|model| indexes(model).map(move |index| (*model, index)));
    let unique = indexes.filter(|(_, index)| index.unique).find(|(model, index)| is_under(firm, model, index));
    match unique {
        None => Ok(()),
        Some((model, index)) => Err(RotateError::UniqueIndex { table: model.table, index: index.column }),
    }
}

fn indexes(model: &'static ModelSchema) -> impl Iterator<Item = &'static IndexSchema> {
    model.columns.iter().filter_map(|column| column.index.as_ref())
}

/// Whether the index's terms are computed under a key of this firm.
fn is_under(firm: &FirmId, model: &ModelSchema, index: &IndexSchema) -> bool {
    let of_platform = index.global || model.owner == Owner::Platform;
    of_platform == (*firm == FirmId::Platform)
}

//! Whose rows a session may seal and open.

use super::CellKeys;
use crate::context::FirmId;
use crate::model::error::{OpenError, SealError};
use crate::model::firm_key::FirmKey;
use crate::model::schema::{ModelSchema, Owner};
use crate::model::seal::Model;

impl CellKeys {
    /// Refuses to seal a value of another firm.
    #[doc(hidden)]
    pub fn check_seal(&self, model: &'static ModelSchema, row: &(impl FirmKey + ?Sized)) -> Result<(), SealError> {
        if row.is_firm(&self.firm) {
            return Ok(());
        }
        let (session, row) = (self.firm.clone(), row.firm_id());
        Err(SealError::WrongFirm { model: model.model, session, row })
    }

    /// Refuses to seal a form without a firm column for an owner of the other sort: platform or firm.
    #[doc(hidden)]
    pub fn check_seal_owner<M: Model + ?Sized>(&self) -> Result<(), SealError> {
        let model = M::SCHEMA;
        match model.owner {
            Owner::Platform => self.check_seal(model, &FirmId::Platform),
            Owner::Column(_) if self.firm == FirmId::Platform => Err(SealError::PlatformSession { model: model.model }),
            // Under such keys no row of the table could ever be opened.
            Owner::Column(_) if !M::can_be_owned_by(&self.firm) => {
                Err(SealError::FirmSort { model: model.model, session: self.firm.clone() })
            }
            Owner::Column(_) => Ok(()),
        }
    }

    /// Refuses to open a row of another firm.
    #[doc(hidden)]
    pub fn check_open(&self, model: &'static ModelSchema, row: &(impl FirmKey + ?Sized)) -> Result<(), OpenError> {
        if row.is_firm(&self.firm) {
            return Ok(());
        }
        let (session, row) = (self.firm.clone(), row.firm_id());
        let error = OpenError::WrongFirm { model: model.model, session, row };
        self.report(model.table, "", &error);
        Err(error)
    }

    /// Refuses to open cells of an owner of another sort than the keys', and says so: without it they would only not be
    /// authentic.
    pub(crate) fn check_open_owner<M: Model + ?Sized>(&self) -> Result<(), OpenError> {
        let model = M::SCHEMA;
        match model.owner {
            Owner::Platform => self.check_open(model, &FirmId::Platform),
            // A cell does not tell its firm; opening it does.
            Owner::Column(_) if M::can_be_owned_by(&self.firm) => Ok(()),
            Owner::Column(_) => {
                let error = OpenError::FirmSort { model: model.model, session: self.firm.clone() };
                self.report(model.table, "", &error);
                Err(error)
            }
        }
    }
}

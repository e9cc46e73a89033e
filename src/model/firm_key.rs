//! The field that names a row's firm.

use uuid::Uuid;

use crate::context::FirmId;

/// A field that names the firm of its row: `Uuid`, `i64`, `i32`, text, or a newtype of one that [derives](macro@crate::FirmKey) it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't name a firm",
    label = "named by `#[encrypted(firm = …)]`",
    note = "firms are named by Uuid, i64, i32 or text; a newtype of one derives `fieldseal::FirmKey`"
)]
pub trait FirmKey {
    /// The firm.
    fn firm_id(&self) -> FirmId;

    /// Whether this is `firm`; override it where `firm_id` allocates.
    fn is_firm(&self, firm: &FirmId) -> bool {
        self.firm_id() == *firm
    }

    /// The field's value for `firm`, if it can name that firm. Changesets of forms without the firm's field set it, so
    /// that the database refuses an update of another firm's row; without it (the default) they don't.
    fn from_firm(_firm: &FirmId) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// Whether a field of this type can name `firm` at all. Sealing and looking up in a session of another sort of firm (a
    /// UUID where the column holds integers) is refused: nobody could open such a cell, and no row would be found.
    fn can_name(_firm: &FirmId) -> bool
    where
        Self: Sized,
    {
        true
    }
}

impl FirmKey for FirmId {
    fn firm_id(&self) -> FirmId {
        self.clone()
    }

    fn is_firm(&self, firm: &FirmId) -> bool {
        self == firm
    }

    fn from_firm(firm: &FirmId) -> Option<Self> {
        Some(firm.clone())
    }
}

impl FirmKey for Uuid {
    fn firm_id(&self) -> FirmId {
        FirmId::from(self)
    }

    fn from_firm(firm: &FirmId) -> Option<Self> {
        if let FirmId::Uuid(id) = firm { Some(*id) } else { None }
    }
    fn can_name(firm: &FirmId) -> bool {
        Self::from_firm(firm).is_some()
    }
}

impl FirmKey for i64 {
    fn firm_id(&self) -> FirmId {
        FirmId::from(self)
    }

    fn from_firm(firm: &FirmId) -> Option<Self> {
        if let FirmId::Int(id) = firm { Some(*id) } else { None }
    }
    fn can_name(firm: &FirmId) -> bool {
        Self::from_firm(firm).is_some()
    }
}

impl FirmKey for i32 {
    fn firm_id(&self) -> FirmId {
        FirmId::from(self)
    }

    fn from_firm(firm: &FirmId) -> Option<Self> {
        if let FirmId::Int(id) = firm { Self::try_from(*id).ok() } else { None }
    }
    fn can_name(firm: &FirmId) -> bool {
        Self::from_firm(firm).is_some()
    }
}

impl FirmKey for str {
    fn firm_id(&self) -> FirmId {
        FirmId::from(self)
    }

    fn is_firm(&self, firm: &FirmId) -> bool {
        matches!(firm, FirmId::Text(text) if text == self)
    }
}

impl FirmKey for String {
    fn firm_id(&self) -> FirmId {
        self.as_str().firm_id()
    }

    fn is_firm(&self, firm: &FirmId) -> bool {
        self.as_str().is_firm(firm)
    }

    fn from_firm(firm: &FirmId) -> Option<Self> {
        if let FirmId::Text(id) = firm { Some(id.clone()) } else { None }
    }
    fn can_name(firm: &FirmId) -> bool {
        matches!(firm, FirmId::Text(_))
    }
}

impl<T: FirmKey + ?Sized> FirmKey for &T {
    fn firm_id(&self) -> FirmId {
        T::firm_id(self)
    }

    fn is_firm(&self, firm: &FirmId) -> bool {
        T::is_firm(self, firm)
    }
}

//! Ids that can't be mixed up, and texts that don't show.

use std::fmt;

use diesel_derive_newtype::DieselNewType;
use fieldseal::{Decode, Encode, RowKeyPart};
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($id:ident),* $(,)?) => {
        $(
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, DieselNewType, RowKeyPart)]
            #[serde(transparent)]
            pub struct $id(pub i32);
        )*
    };
}

ids!(PersonId, LocalUserId, PrivateMessageId, RegistrationApplicationId);

/// An e-mail address as its owner writes it. The index compares addresses without regard to case.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    pub fn parse(address: &str) -> Option<Self> {
        let (user, host) = address.trim().split_once('@')?;
        let valid = !user.is_empty() && host.contains('.') && !address.trim().contains(char::is_whitespace);
        valid.then(|| Self(address.trim().to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

/// A text that belongs neither into logs nor into answers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, DieselNewType, Encode, Decode)]
#[serde(transparent)]
pub struct SensitiveString(String);

impl SensitiveString {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SensitiveString {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for SensitiveString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SensitiveString(..)")
    }
}

//! The ids: UUIDs as text, one type for each table.

use std::fmt;

use diesel_derive_newtype::DieselNewType;
use fieldseal::RowKeyPart;
use uuid::Uuid;

macro_rules! ids {
    ($($name:ident)*) => {$(
        #[derive(Clone, Debug, DieselNewType, Eq, Hash, PartialEq, RowKeyPart)]
        pub(crate) struct $name(String);

        impl $name {
            pub(crate) fn random() -> Self {
                Self(Uuid::new_v4().to_string())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! { CipherId DeviceId FolderId UserId }

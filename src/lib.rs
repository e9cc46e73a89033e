//! Field encryption for Rust services on Diesel.
//!
//! Mark a model's fields; they lie in the database as ciphertext under keys of the firm (tenant) that owns the row,
//! wrapped by a KMS, with keyed blind-index columns for lookups.
//!
//! | you want to | use |
//! | --- | --- |
//! | mark a model's fields | [`derive(Encrypted)`](macro@Encrypted) |
//! | seal newtypes and enums, name firms and rows by newtypes | [`derive(Encode)`](macro@Encode), [`derive(Decode)`](macro@Decode), [`derive(FirmKey)`](macro@FirmKey), [`derive(RowKeyPart)`](macro@RowKeyPart) |
//! | reach keys | [`Vault`], [`Session`], [`BlockingVault`] |
//! | seal and open rows | [`Session::seal`], [`Session::open`], [`Session::seal_for`] |
//! | look up, update or open one column | [`Handle`], as `Client::email()` |
//! | declare columns in `table!` | [`sql_types`], [`schema_types`] |
//! | leave queries as they are | `#[encrypted(ambient)]`, [`Session::scope`], [`Vault::install_platform`] |
//! | keep a field closed until asked | [`Protected`], [`Session::closed`] |
//! | move keys between KEKs and providers, give customers their own | [`keys::Providers`], [`admin::KeyAdmin`] |
//! | keep the KEK in AWS KMS, Vault or an HSM | `keys::AwsKms`, `keys::VaultTransit`, `keys::Pkcs11`, by features |
//! | hold keys elsewhere | [`keys::KeyProvider`], [`keys::KeyStore`] |
//! | rotate, retire and destroy keys | [`Vault::admin`], [`admin`] |
//! | use several databases by one connection type | [`multi_connection!`] |
//! | print a migration, check a database | [`schema`], [`Vault::check_schema`] |
//! | tell errors apart | [`Error`], [`SealError`], [`OpenError`], [`LookupError`], [`KeyError`] |

// Generated code names the crate, also within the crate itself.
extern crate self as fieldseal;

pub mod admin;
#[cfg(feature = "cli")]
pub mod cli;
pub mod clock;
mod context;
pub mod danger;
pub mod envelope;
mod error;
mod fleet;
mod index;
pub mod keys;
#[cfg(feature = "migrate")]
pub mod migrate;
pub mod model;
mod multi;
#[cfg(test)]
mod outputs;
pub mod random;
pub mod schema;
mod secret;
mod session;
mod sql;
mod suite;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod vectors;

pub use context::{FirmId, InvalidFirmId, RowKey, RowKeyPart, RowPlace};
pub use error::Error;
#[doc = include_str!("encrypted.md")]
pub use fieldseal_derive::Encrypted;
#[doc = include_str!("model/codec/derived.md")]
pub use fieldseal_derive::{Decode, Encode};
#[doc = include_str!("model/codec/derived_keys.md")]
pub use fieldseal_derive::{FirmKey, RowKeyPart};
pub use fleet::FleetSettings;
pub use index::Normalizer;
#[cfg(feature = "local-keys")]
pub use keys::LocalKeys;
pub use keys::{Creation, KeyError};
pub use model::{
    CodecError, Decode, Encode, FirmKey, Handle, HasFirm, Json, LookupError, Model, Open, OpenError, Plain, Protected,
    Seal, SealError, SealFor,
};
pub use session::{
    BlockingVault, BuildError, CreateFirms, GlobalIndex, OpenManyError, Scoped, Session, Vault, VaultBuilder,
    WhenRolledBack,
};
pub use sql::{Ciphertext, Term, schema_types};

/// SQL types for `table!`.
pub mod sql_types {
    pub use crate::sql::{BlindIndexed, Encrypted, Json, StoredForm, TextArray, Timestamptz, Uuid};
}

#[doc(hidden)]
pub mod __private {
    pub use diesel;
    pub use zeroize::Zeroizing;

    pub use crate::schema::{Fact, WhichDatabase};
    pub use crate::sql::{Dialect, Word};
}

// The README's code is tested as the documentation's is, with lines that the README does not show.
#[cfg(doctest)]
#[doc = include_str!("../tests/readme.md")]
struct Readme;

/// The guide's code, page by page.
#[cfg(doctest)]
mod guide {
    macro_rules! pages {
        ($($page:ident $file:literal;)*) => {$(
            #[doc = include_str!(concat!("../docs/src/", $file))]
            struct $page;
        )*};
    }

    pages! {
        Introduction "introduction.md";
        Explicit "explicit.md";
        Ambient "ambient.md";
        Forms "forms.md";
        JoinsAndViews "joins-and-views.md";
        Types "types.md";
        Protected "protected.md";
        Transit "transit.md";
        Migrating "migrating.md";
        CommandLine "cli.md";
        Kek "kek.md";
        Byok "byok.md";
        Rotation "rotation.md";
        Providers "providers.md";
        KeyCache "key-cache.md";
        Shredding "shredding.md";
        Testing "testing.md";
        Fleet "fleet.md";
        Services "services.md";
        PasswordManager "services/passwords.md";
        Registry "services/registry.md";
        Forum "services/forum.md";
        Recovery "recovery.md";
        Versions "versions.md";
    }
}

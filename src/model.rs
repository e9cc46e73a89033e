//! What `#[derive(Encrypted)]` implements and generates code against: codecs, schemas, sealing and opening, handles.

mod ahead;
#[doc(hidden)]
pub mod ambient;
pub(crate) mod cell;
mod change;
mod codec;
mod column;
mod embed;
mod error;
mod field;
mod finder;
mod firm_key;
mod form;
mod handle;
mod open;
mod pad;
pub(crate) mod parallel;
mod protected;
mod refusal;
mod schema;
mod seal;
mod sealed_for;
mod shown;
pub(crate) mod stored;
mod transit;

pub use cell::CellKeys;
#[doc(hidden)]
pub use change::NoChange;
pub use codec::{CodecError, Decode, Encode, Json, JsonRef};
pub use column::{Column, FirmScope, GlobalScope, Index};
#[doc(hidden)]
pub use column::{columns, indexes};
#[doc(hidden)]
pub use embed::{Embedded, Embeds, OpenEmbedded, PartOf, SealEmbedded};
pub use error::{LookupError, OpenError, SealError};
#[doc(hidden)]
pub use field::{OpenField, SealField, loaded_as, stored_as};
pub use finder::{After, Candidate, Finder, Page, PagedFinder, candidate_cell};
pub use firm_key::FirmKey;
#[doc(hidden)]
pub use form::{
    HoldsCells, HoldsTerms, KeyPart, check_changes_firm, check_form, check_not_legacy, check_part, check_plain,
    form_column, index_at, part_column, present, same,
};
#[doc(hidden)]
pub use handle::Sealed;
pub use handle::{FullWidth, Handle, IndexedColumn, NullableColumn, SealedColumn, Settable, TermKeys, TermSlot};
pub use open::{HasFirm, Open, Plain};
pub use pad::Padding;
pub use protected::Protected;
#[doc(hidden)]
pub use refusal::{
    Beside, BesideNothing, DeriveAsChangeset, DeriveInsertable, OnTheTwin, OpenAfterLoading, SealBeforeInsert,
    SealBeforeSave, SealBeforeUpdate, SealWithItsModel, WithoutRowKey, on_the_twin,
};
pub use schema::{ColumnSchema, IndexSchema, LegacySchema, ModelSchema, Owner};
#[doc(hidden)]
pub use schema::{column_count, spliced};
pub use seal::{Model, Seal, SealFor};
#[doc(hidden)]
pub use sealed_for::{CellFor, Is, KeyIs, RowTest, SealedFor, cell_for, key_is};
#[doc(hidden)]
pub use shown::{ShownKey, column_of, model_of, open_joined, open_shown};
#[doc(hidden)]
pub use transit::{
    EqInTransit, HoldsCellsInTransit, HoldsLegacy, HoldsTermsInTransit, InTransit, JsonText, LegacyBind, LegacyColumn,
    LegacyHook, Pair, Settled, Unsealed, candidate_in_transit, eq_in_transit, legacy_form, legacy_value, pair,
};
pub use transit::{HomeMade, Legacy, LegacyError};

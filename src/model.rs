//! What `#[derive(Encrypted)]` implements and generates code against: codecs, schemas, sealing and opening, handles.

pub(crate) mod cell;
mod change;
mod codec;
mod column;
mod error;
mod finder;
mod firm_key;
mod form;
mod handle;
mod open;
mod schema;
mod seal;

pub use cell::CellKeys;
#[doc(hidden)]
pub use change::NoChange;
pub use codec::{CodecError, Decode, Encode, Json, JsonRef};
pub use column::{Column, FirmScope, GlobalScope, Index};
pub use error::{LookupError, OpenError, SealError};
pub use finder::{After, Candidate, Finder, Page, PagedFinder, candidate_cell};
pub use firm_key::FirmKey;
#[doc(hidden)]
pub use form::{
    HoldsCells, HoldsTerms, KeyPart, check_changes_firm, check_form, check_plain, form_column, index_at, present, same,
};
pub use handle::{FullWidth, Handle, IndexedColumn, SealedColumn, Settable, TermKeys, TermSlot};
pub use open::{HasFirm, Open, Plain};
pub use schema::{ColumnSchema, IndexSchema, ModelSchema, Owner};
pub use seal::{Model, OpenAfterLoading, Seal, SealFirst, SealFirstIn, SealFor};

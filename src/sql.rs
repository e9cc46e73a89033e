//! What Diesel sees: SQL types for `table!`, and the sealed values that it binds and loads.

mod dialect;
mod plain;
mod types;
mod value;

#[doc(hidden)]
pub use dialect::{Dialect, Word};
pub use types::{BlindIndexed, Encrypted, Json, StoredForm, TextArray, Timestamptz, Uuid, schema_types};
pub use value::{Ciphertext, Term};
pub(crate) use value::{Deferred, boxed};

//! What Diesel sees: SQL types for `table!`, and the sealed values that it binds and loads.

mod types;
mod value;

pub use types::{BlindIndexed, Encrypted, Json, StoredForm, TextArray, Timestamptz, Uuid, schema_types};
pub use value::{Ciphertext, Term};
pub(crate) use value::{Deferred, boxed};

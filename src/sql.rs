//! What Diesel sees: SQL types for `table!`, and the sealed values that it binds and loads.

mod types;
mod value;

pub use types::{BlindIndexed, Encrypted, Json, StoredForm, Uuid, schema_types};
pub use value::{Ciphertext, Term};

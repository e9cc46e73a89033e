//! Why a value was not sealed, opened or looked up: each names table and column, none a value.

mod lookup;
mod open;
mod seal;

pub use lookup::LookupError;
pub(crate) use lookup::Unasked;
pub use open::OpenError;
pub use seal::SealError;

//! What the user wrote in `#[encrypted(…)]` and `#[diesel(…)]`, not yet checked against the struct.

mod container;
mod diesel;
mod field;

pub(crate) use container::{Container, Firm, Row};
pub(crate) use diesel::{DieselContainer, DieselField};
pub(crate) use field::{Field, Index, Normalizer};

use syn::meta::ParseNestedMeta;
use syn::{Ident, LitStr, Result};

/// `key = ident`.
fn ident(meta: &ParseNestedMeta) -> Result<Ident> {
    meta.value()?.parse()
}

/// `key = "text"`.
fn text(meta: &ParseNestedMeta) -> Result<LitStr> {
    meta.value()?.parse()
}

/// Sets an option that may be given once.
fn once<T>(place: &mut Option<T>, meta: &ParseNestedMeta, value: T) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(meta.error("given twice")),
    }
}

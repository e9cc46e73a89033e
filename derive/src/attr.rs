//! What the user wrote in `#[encrypted(…)]` and `#[diesel(…)]`, not yet checked against the struct.

mod container;
mod diesel;
mod field;
mod index;

pub(crate) use container::{Container, Firm, Row};
pub(crate) use diesel::{DieselContainer, DieselField};
pub(crate) use field::{Field, Of, Pad, RowOf};
pub(crate) use index::{Index, Normalizer};

use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitStr, Result, Token};

/// `key = ident`.
fn ident(meta: &ParseNestedMeta) -> Result<Ident> {
    value(meta, "<name>")
}

/// `key = "text"`.
pub(crate) fn text(meta: &ParseNestedMeta) -> Result<LitStr> {
    value(meta, "\"…\"")
}

/// An option that is one word.
fn word(meta: &ParseNestedMeta) -> Result<Ident> {
    if meta.input.peek(Token![=]) {
        return Err(meta.error(format!("`{}` takes no value", name(meta))));
    }
    meta.path.require_ident().cloned()
}

/// `key = value`, where the value looks like `what`.
fn value<T: Parse>(meta: &ParseNestedMeta, what: &str) -> Result<T> {
    let key = name(meta);
    let input = after_equals(meta, &format!("`{key}` takes a value: `{key} = {what}`"))?;
    input.parse().map_err(|error| Error::new(error.span(), format!("write `{key} = {what}`")))
}

/// What stands behind `key =`.
fn after_equals<'m>(meta: &ParseNestedMeta<'m>, message: &str) -> Result<ParseStream<'m>> {
    meta.value().map_err(|_| meta.error(message))
}

fn name(meta: &ParseNestedMeta) -> String {
    meta.path.get_ident().map(Ident::to_string).unwrap_or_default()
}

/// Sets an option that may be given once.
pub(crate) fn once<T>(place: &mut Option<T>, meta: &ParseNestedMeta, value: T) -> Result<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(meta.error(format!("`{}` is given twice", name(meta)))),
    }
}

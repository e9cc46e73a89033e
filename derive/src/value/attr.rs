//! `#[encrypted(…)]` above a newtype, above an enum and on its variants.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, Ident, LitStr, Result};

use super::names::Case;
use crate::attr::{once, text};

/// Options of the whole type.
#[derive(Default)]
pub(super) struct Container {
    pub(super) try_from: Option<Ident>,
    pub(super) rename_all: Option<(Ident, Case)>,
}

impl Container {
    pub(super) fn parse(attrs: &[Attribute]) -> Result<Self> {
        let mut this = Self::default();
        each(attrs, |meta| match meta.path.get_ident().cloned() {
            Some(key) if key == "try_from" => once(&mut this.try_from, meta, key),
            Some(key) if key == "rename_all" => {
                let case = text(meta)?;
                once(&mut this.rename_all, meta, (key, Case::parse(&case)?))
            }
            _ => Err(meta.error("expected `try_from` above a newtype, or `rename_all = \"…\"` above an enum")),
        })?;
        Ok(this)
    }
}

/// The text that a variant is given by name.
pub(super) fn rename(attrs: &[Attribute]) -> Result<Option<LitStr>> {
    let mut rename = None;
    each(attrs, |meta| {
        if !meta.path.is_ident("rename") {
            return Err(meta.error("expected `rename = \"…\"` on a variant"));
        }
        once(&mut rename, meta, text(meta)?)
    })?;
    Ok(rename)
}

/// Refuses options where there are none.
pub(super) fn none(attrs: &[Attribute], instead: &str) -> Result<()> {
    let encrypted = attrs.iter().find(|attr| attr.path().is_ident("encrypted"));
    encrypted.map_or(Ok(()), |attr| Err(Error::new_spanned(attr, format!("no options here: {instead}"))))
}

fn each(attrs: &[Attribute], mut option: impl FnMut(&ParseNestedMeta) -> Result<()>) -> Result<()> {
    let mut encrypted = attrs.iter().filter(|attr| attr.path().is_ident("encrypted"));
    encrypted.try_for_each(|attr| attr.parse_nested_meta(|meta| option(&meta)))
}

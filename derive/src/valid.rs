//! Combinations that make no sense, each with what to write instead. All are reported at once.

mod ambient;
mod embed;
mod fields;
mod keys;
mod legacy;
mod names;
mod shown;
mod structs;

use proc_macro2::Span;
use syn::{Error, Ident, Result};

use crate::ast::Input;

pub(crate) fn check(input: &Input) -> Result<()> {
    let mut errors = Errors(None);
    structs::check(input, &mut errors);
    ambient::check(input, &mut errors);
    keys::firm(input, &mut errors);
    keys::row(input, &mut errors);
    names::check(input, &mut errors);
    for (field, sealed) in input.marked_fields() {
        match &sealed.attr.of {
            None if field.diesel.embed => embed::field(input, field, sealed, &mut errors),
            None => {
                fields::check(input, field, sealed, &mut errors);
                legacy::check(input, field, sealed, &mut errors);
            }
            Some(of) => shown::check(input, field, sealed, of, &mut errors),
        }
    }
    errors.0.map_or(Ok(()), Err)
}

struct Errors(Option<Error>);

impl Errors {
    fn add(&mut self, span: Span, message: impl std::fmt::Display) {
        let error = Error::new(span, message);
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    fn refuse(&mut self, ident: Option<&Ident>, message: impl std::fmt::Display) {
        if let Some(ident) = ident {
            self.add(ident.span(), message);
        }
    }
}

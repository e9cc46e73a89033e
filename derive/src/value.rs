//! `Encode`, `Decode`, `FirmKey` and `RowKeyPart` for newtypes, which do as their field does, and the first two for enums.

mod attr;
mod codec;
mod key;
mod names;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Generics, Member, Result, Type, parse_quote};

pub(crate) use codec::{decode, encode};
pub(crate) use key::{firm_key, row_key_part};

/// A struct of one field.
struct Newtype<'a> {
    member: Member,
    ty: &'a Type,
}

impl<'a> Newtype<'a> {
    /// The only field of `input`, else what to do instead.
    fn parse(input: &'a DeriveInput, derive: &str, several: &str) -> Result<Self> {
        let refused = |message: String| Err(Error::new(input.ident.span(), message));
        let name = &input.ident;
        let Data::Struct(data) = &input.data else {
            return refused(format!(
                "`{derive}` is derived for newtypes: structs of one field, as `struct {name}(Uuid);`"
            ));
        };
        let mut fields = data.fields.members().zip(&data.fields);
        match (fields.next(), fields.next()) {
            (Some((member, field)), None) => {
                attr::none(&field.attrs, "write options above the struct")?;
                Ok(Self { member, ty: &field.ty })
            }
            (None, _) => refused(format!("`{name}` has no field, so nothing to take `{derive}` from")),
            _ => refused(format!("`{name}` has several fields and `{derive}` is derived for newtypes: {several}")),
        }
    }

    /// The value around `inner`.
    fn of(&self, inner: &TokenStream) -> TokenStream {
        let member = &self.member;
        quote!(Self { #member: #inner })
    }

    /// The generics with what the field must implement, where it is generic: elsewhere the error is at the field.
    fn bounded(&self, generics: &Generics, bound: &TokenStream) -> Generics {
        let (mut generics, ty) = (generics.clone(), self.ty);
        if generics.type_params().next().is_some() {
            generics.make_where_clause().predicates.push(parse_quote!(#ty: #bound));
        }
        generics
    }
}

/// Where an error about `tokens` belongs; generated code all the same, which lints leave alone.
fn at(tokens: &impl ToTokens) -> Span {
    Span::call_site().located_at(tokens.span())
}

fn is_unit(fields: &Fields) -> bool {
    matches!(fields, Fields::Unit)
}

//! Diesel's own derives beside ours, which would write plaintext if its columns took any. We ask for them in the type of a
//! constant: so the answer comes before what rustc says of each field.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{GenericParam, Type, parse_quote};

use super::{at, generics, key_fields};
use crate::ast::Input;

pub(super) fn expand(input: &Input) -> TokenStream {
    let is_generic = !input.generics.params.iter().all(|param| matches!(param, GenericParam::Lifetime(_)));
    if input.is_view || is_generic {
        return quote!();
    }
    let insert = inserts_cells(input) && !is_ours(input, "Insertable");
    let update = updates_cells(input) && !is_ours(input, "AsChangeset");
    let insert = insert.then(|| check(input, &quote!(INSERTABLE)));
    let update = update.then(|| check(input, &quote!(AS_CHANGESET)));
    quote!(#insert #update)
}

/// Whether an insert writes cells: of what holds none, Diesel's own derive is none of our business.
pub(super) fn inserts_cells(input: &Input) -> bool {
    input.fields.iter().any(|field| field.sealed.is_some() && field.diesel.skip_insertion.is_none())
}

/// Whether an update writes cells.
pub(super) fn updates_cells(input: &Input) -> bool {
    input.changed_fields().any(|field| field.sealed.is_some())
}

/// Whether the struct implements the trait by this derive.
fn is_ours(input: &Input, name: &str) -> bool {
    input.is_ambient() && key_fields(input).is_empty() && input.derives(name)
}

fn check(input: &Input, of: &TokenStream) -> TokenStream {
    let (name, table) = (input.name, &input.table);
    let (_, arguments, _) = input.generics.split_for_impl();
    let ty: Type = parse_quote!(#name #arguments);
    let (ty, span) = (generics::without_lifetimes(&ty), at(name));
    quote_spanned! {span=>
        const _: [(); {
            use ::fieldseal::model::BesideNothing as _;
            ::fieldseal::model::on_the_twin(&::fieldseal::model::Beside::<#ty, #table::table>::#of);
            0
        }] = [];
    }
}

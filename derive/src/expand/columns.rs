//! The columns' types in `table!`, checked before anything of Diesel's is: its own message would not say what to write.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::{at, diesel, generics, stored_form};
use crate::ast::{Field, Input, Sealed, unraw};

pub(super) fn expand(input: &Input) -> TokenStream {
    // Generics would have to be declared with their bounds: their forms are left to Diesel.
    if input.generics.type_params().next().is_some() {
        return quote!();
    }
    let checks = input.sealed_fields().map(|(field, sealed)| checks(input, field, sealed));
    let embedded = input.embedded_fields().map(|(field, _)| embedded(input, field));
    let firm = input.firm_field().and_then(|firm| input.field(firm)).map(firm);
    quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_qualifications, clippy::all, reason = "generated: nobody can write it otherwise")]
        const _: () = { #firm #(#checks)* #(#embedded)* };
    }
}

fn checks(input: &Input, field: &Field, sealed: &Sealed) -> TokenStream {
    let form = stored_form(sealed);
    let (holds_cells, holds_terms) = match sealed.legacy() {
        None => (quote!(HoldsCells), quote!(HoldsTerms)),
        Some(_) => (quote!(HoldsCellsInTransit), quote!(HoldsTermsInTransit)),
    };
    let cells = check(input, field.column(), &holds_cells, &form, at(field.name));
    let terms = sealed.attr.index.as_ref().map(|index| {
        let term = &index.column;
        check(input, term, &holds_terms, &form, at(term))
    });
    let legacy = sealed
        .legacy()
        .map(|legacy| check(input, legacy, &quote!(HoldsLegacy), &super::transit::marker(sealed), at(legacy)));
    quote!(#cells #terms #legacy)
}

/// The owning firm's type names firms.
fn firm(field: &Field) -> TokenStream {
    let (ty, span) = (generics::without_lifetimes(field.ty), at(field.ty));
    quote_spanned! {span=>
        #[allow(dead_code, reason = "its bound is all there is to it")]
        fn __firm() where #ty: ::fieldseal::FirmKey {}
    }
}

/// An embedded struct is one that may stand here.
fn embedded(input: &Input, field: &Field) -> TokenStream {
    let (ty, span) = (field.ty, at(field.ty));
    let (generics, _, _) = input.generics.split_for_impl();
    let name = format_ident!("__embed_{}", unraw(field.name));
    let model = if input.is_view { quote!(()) } else { super::model(input) };
    let writes = (!input.is_view && input.writes())
        .then(|| quote_spanned!(span=> #ty: ::fieldseal::model::SealEmbedded<#model>,));
    let loads = input.loads().then(|| quote_spanned!(span=> #ty: ::fieldseal::model::OpenEmbedded<#model>,));
    quote_spanned! {span=>
        #[allow(dead_code, non_snake_case, reason = "its bounds are all there is to it, and its name is the column's")]
        fn #name #generics () where #writes #loads {}
    }
}

// A bound of a function is checked where it is written, and before any function's body.
fn check(input: &Input, column: &Ident, holds: &TokenStream, form: &TokenStream, span: Span) -> TokenStream {
    let (diesel, table, name) = (diesel(), &input.table, format_ident!("__{}", unraw(column)));
    quote_spanned! {span=>
        #[allow(dead_code, non_snake_case, reason = "its bounds are all there is to it, and its name is the column's")]
        fn #name() where <#table::#column as #diesel::Expression>::SqlType: ::fieldseal::model::#holds<#form> {}
    }
}

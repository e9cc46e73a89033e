//! Statements of a struct whose twin does not derive what they take: the message says where to write the derive.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, parse_quote};

use super::{beside, diesel, generics, twin};
use crate::ast::Input;

pub(super) fn expand(input: &Input) -> TokenStream {
    // No part is written by itself, and no view at all.
    if input.is_part() || input.is_view {
        return quote!();
    }
    let insert = (!input.derives("Insertable")).then(|| {
        let refused = refused(input, beside::inserts_cells(input));
        let (one, many) = (each(input, &refused, insertable), refused.iter().map(|one| batch(input, one)));
        quote!(#one #(#many)*)
    });
    let update = (!input.derives("AsChangeset")).then(|| {
        let refused = refused(input, beside::updates_cells(input));
        each(input, &refused, changeset)
    });
    quote!(#insert #update)
}

/// A type and its generics.
type Refused = (TokenStream, Generics);

/// The twin, and the struct if it writes cells.
fn refused(input: &Input, writes_cells: bool) -> Vec<Refused> {
    let (name, twin) = (input.name, twin::path(input));
    let (_, arguments, _) = input.generics.split_for_impl();
    let with_lifetime = |generics: &Generics| generics::with(generics, parse_quote!('__derive));
    let own = writes_cells.then(|| (quote!(#name #arguments), with_lifetime(input.generics)));
    own.into_iter().chain([(twin, with_lifetime(&generics::twin(input)))]).collect()
}

/// For each, and for references to it.
fn each(input: &Input, refused: &[Refused], one: fn(&Input, &Refused) -> TokenStream) -> TokenStream {
    let borrowed = |(this, generics): &Refused| (quote!(&'__derive #this), generics.clone());
    refused.iter().cloned().chain(refused.iter().map(borrowed)).map(|refused| one(input, &refused)).collect()
}

fn insertable(input: &Input, (this, generics): &Refused) -> TokenStream {
    let (diesel, table) = (diesel(), &input.table);
    let (impl_generics, _, bounds) = generics.split_for_impl();
    let predicates = bounds.iter().flat_map(|bounds| &bounds.predicates);
    quote! {
        impl #impl_generics #diesel::Insertable<#table::table> for #this
        where Self: ::fieldseal::model::DeriveInsertable<'__derive>, #(#predicates,)*
        {
            type Values = ::fieldseal::model::NoChange<#table::table>;
            fn values(self) -> Self::Values { ::core::unreachable!() }
        }
    }
}

/// What Diesel asks of many at once.
fn batch(input: &Input, (this, generics): &Refused) -> TokenStream {
    let (diesel, table) = (diesel(), &input.table);
    let (impl_generics, _, bounds) = generics.split_for_impl();
    let predicates = bounds.iter().flat_map(|bounds| &bounds.predicates);
    quote! {
        impl #impl_generics #diesel::internal::derives::insertable::UndecoratedInsertRecord<#table::table> for #this
        where Self: ::fieldseal::model::DeriveInsertable<'__derive>, #(#predicates,)* {}
    }
}

fn changeset(input: &Input, (this, generics): &Refused) -> TokenStream {
    let (diesel, table) = (diesel(), &input.table);
    let (impl_generics, _, bounds) = generics.split_for_impl();
    let predicates = bounds.iter().flat_map(|bounds| &bounds.predicates);
    quote! {
        impl #impl_generics #diesel::query_builder::AsChangeset for #this
        where Self: ::fieldseal::model::DeriveAsChangeset<'__derive>, #(#predicates,)*
        {
            type Target = #table::table;
            type Changeset = ::fieldseal::model::NoChange<#table::table>;
            fn as_changeset(self) -> Self::Changeset { ::core::unreachable!() }
        }
    }
}

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
    let insert = (!input.derives("Insertable")).then(|| each(input, beside::inserts_cells(input), insertable));
    let update = (!input.derives("AsChangeset")).then(|| each(input, beside::updates_cells(input), changeset));
    quote!(#insert #update)
}

/// For the twin, for the struct if it writes cells, and for references to them.
fn each(input: &Input, writes_cells: bool, one: fn(&Input, &TokenStream, &Generics) -> TokenStream) -> TokenStream {
    let (name, twin) = (input.name, twin::path(input));
    let (_, arguments, _) = input.generics.split_for_impl();
    let both = |this: TokenStream, generics: &Generics| {
        let generics = generics::with(generics, parse_quote!('__derive));
        let (owned, borrowed) = (one(input, &this, &generics), one(input, &quote!(&'__derive #this), &generics));
        quote!(#owned #borrowed)
    };
    let own = writes_cells.then(|| both(quote!(#name #arguments), input.generics));
    let sealed = both(twin, &generics::twin(input));
    quote!(#own #sealed)
}

fn insertable(input: &Input, this: &TokenStream, generics: &Generics) -> TokenStream {
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

fn changeset(input: &Input, this: &TokenStream, generics: &Generics) -> TokenStream {
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

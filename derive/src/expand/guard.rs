//! Writing the plaintext struct does not compile, and the message says what to write.

use proc_macro2::TokenStream;
use quote::quote;

use super::diesel;
use crate::ast::Input;

pub(super) fn expand(input: &Input) -> TokenStream {
    let insert = input.derives("Insertable").then(|| insertable(input));
    let update = input.derives("AsChangeset").then(|| changeset(input));
    quote!(#insert #update)
}

// The lifetime keeps a bound that is always false legal: without a parameter rustc refuses the impl itself.
fn insertable(input: &Input) -> TokenStream {
    let (diesel, name, table) = (diesel(), input.name, &input.table);
    let mut generics = input.generics.clone();
    let (_, arguments, _) = input.generics.split_for_impl();
    generics.params.insert(0, syn::parse_quote!('__seal_first));
    let (impl_generics, _, _) = generics.split_for_impl();
    let mut by_value = input.generics.clone();
    by_value.params.push(syn::parse_quote!(__Table));
    let (by_value_generics, _, _) = by_value.split_for_impl();
    quote! {
        impl #impl_generics #diesel::Insertable<#table::table> for &'__seal_first #name #arguments
        where
            &'__seal_first #name #arguments: ::fieldseal::model::SealFirst,
        {
            type Values = ();
            fn values(self) -> Self::Values {}
        }
        impl #by_value_generics #diesel::Insertable<__Table> for #name #arguments
        where
            #name #arguments: ::fieldseal::model::SealFirstByValue<__Table>,
        {
            type Values = ();
            fn values(self) -> Self::Values {}
        }
    }
}

fn changeset(input: &Input) -> TokenStream {
    let (diesel, name, table) = (diesel(), input.name, &input.table);
    let mut generics = input.generics.clone();
    let (_, arguments, _) = input.generics.split_for_impl();
    generics.params.insert(0, syn::parse_quote!('__seal_first));
    let (impl_generics, _, _) = generics.split_for_impl();
    quote! {
        impl #impl_generics #diesel::query_builder::AsChangeset for &'__seal_first #name #arguments
        where
            &'__seal_first #name #arguments: ::fieldseal::model::SealFirst,
        {
            type Target = #table::table;
            type Changeset = ();
            fn as_changeset(self) -> Self::Changeset {}
        }
    }
}

//! Writing or loading the plaintext struct does not compile, and the message says what to write.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Generics, TypeGenerics, parse_quote};

use super::{diesel, generics, key_fields, twin};
use crate::ast::Input;

pub(super) fn expand(input: &Input) -> TokenStream {
    // Diesel writes and loads these as they are. Forms without their key can't be written: their cells have no place.
    if input.is_ambient() && (input.is_view || key_fields(input).is_empty()) {
        return quote!();
    }
    let insert = input.derives("Insertable").then(|| insertable(input));
    let update = input.derives("AsChangeset").then(|| changeset(input));
    let saves = input.derives("AsChangeset") && input.derives("Identifiable");
    let save = saves.then(|| save_changes(input));
    let select = (input.derives("Selectable") || input.derives("HasQuery")).then(|| selectable(input));
    quote!(#insert #update #save #select)
}

// A lifetime keeps a bound that is always false legal: without a parameter rustc refuses the impl itself. The twin's
// associated types keep Diesel from complaining about more than that bound.
fn insertable(input: &Input) -> TokenStream {
    let (diesel, name, table, twin) = (diesel(), input.name, &input.table, twin::path(input));
    let (generics, arguments, bounds) = parts(input);
    let (impl_generics, _, _) = generics.split_for_impl();
    let refusal = refusal(input, "SealBeforeInsert");
    // Of a generic twin Diesel knows by its own bounds alone whether it can be inserted.
    let generic = input.generics.type_params().next().is_some();
    let bounds = if generic { quote!(#bounds #twin: #diesel::Insertable<#table::table>,) } else { bounds };
    let values = quote! {
        type Values = <#twin as #diesel::Insertable<#table::table>>::Values;
        fn values(self) -> Self::Values { ::core::unreachable!() }
    };
    quote! {
        impl #impl_generics #diesel::Insertable<#table::table> for &'__seal_first #name #arguments
        where #refusal #bounds { #values }
        impl #impl_generics #diesel::Insertable<#table::table> for #name #arguments
        where #refusal #bounds { #values }
        impl #impl_generics #diesel::internal::derives::insertable::UndecoratedInsertRecord<#table::table> for #name #arguments
        where #refusal #bounds {}
    }
}

fn changeset(input: &Input) -> TokenStream {
    let (diesel, name, table, twin) = (diesel(), input.name, &input.table, twin::path(input));
    let (generics, arguments, bounds) = parts(input);
    let (impl_generics, _, _) = generics.split_for_impl();
    let refusal = refusal(input, "SealBeforeUpdate");
    let changeset = quote! {
        type Target = #table::table;
        type Changeset = <#twin as #diesel::query_builder::AsChangeset>::Changeset;
        fn as_changeset(self) -> Self::Changeset { ::core::unreachable!() }
    };
    quote! {
        impl #impl_generics #diesel::query_builder::AsChangeset for &'__seal_first #name #arguments
        where #refusal #bounds { #changeset }
        impl #impl_generics #diesel::query_builder::AsChangeset for #name #arguments
        where #refusal #bounds { #changeset }
    }
}

// Nor can `SaveChangesDsl`.
fn save_changes(input: &Input) -> TokenStream {
    let (diesel, name, vis) = (diesel(), input.name, input.vis);
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        impl #impl_generics #name #arguments #bounds {
            #[doc(hidden)]
            #[allow(dead_code, reason = "there to be refused")]
            #vis fn save_changes<'__seal_first, __T>(&self, _: &mut impl ?::core::marker::Sized) -> #diesel::QueryResult<__T>
            where
                Self: ::fieldseal::model::SealBeforeSave<'__seal_first>,
            {
                ::core::unreachable!()
            }
        }
    }
}

// Diesel's trait `SelectableHelper` can't be guarded so that our message is seen; functions that go before it can.
fn selectable(input: &Input) -> TokenStream {
    let (diesel, name, twin, vis) = (diesel(), input.name, twin::path(input), input.vis);
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    let functions = ["as_select", "as_returning"].map(|name| {
        let function = format_ident!("{name}");
        quote! {
            #[doc(hidden)]
            #[allow(dead_code, reason = "there to be refused")]
            #vis fn #function<'__open, __DB>() -> #diesel::dsl::AsSelect<#twin, __DB>
            where
                Self: ::fieldseal::model::OpenAfterLoading<'__open>,
                #twin: #diesel::Selectable<__DB>,
                __DB: #diesel::backend::Backend,
            {
                ::core::unreachable!()
            }
        }
    });
    quote!(impl #impl_generics #name #arguments #bounds { #(#functions)* })
}

/// The bound that is never met: of this name, or of parts.
fn refusal(input: &Input, name: &str) -> TokenStream {
    let name = format_ident!("{}", if input.is_part() { "SealWithItsModel" } else { name });
    quote!(Self: ::fieldseal::model::#name<'__seal_first>,)
}

/// Generics with the lifetime, the struct's arguments, its bounds.
fn parts<'i>(input: &'i Input) -> (Generics, TypeGenerics<'i>, TokenStream) {
    let (_, arguments, bounds) = input.generics.split_for_impl();
    let predicates = bounds.iter().flat_map(|bounds| &bounds.predicates);
    (generics::with(input.generics, parse_quote!('__seal_first)), arguments, quote!(#(#predicates,)*))
}

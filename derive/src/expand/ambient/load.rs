//! Loading, by each of Diesel's traits that the twin derives.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse_quote;

use super::closed;
use crate::ast::Input;
use crate::expand::{diesel, generics, open, twin};

pub(super) fn expand(input: &Input) -> TokenStream {
    let has_query = input.derives("HasQuery");
    let queryable = (has_query || input.derives("Queryable")).then(|| queryable(input));
    let selectable = (has_query || input.derives("Selectable")).then(|| selectable(input));
    let by_name = input.derives("QueryableByName").then(|| by_name(input));
    let query = has_query.then(|| query(input));
    quote!(#queryable #selectable #by_name #query)
}

fn queryable(input: &Input) -> TokenStream {
    let (diesel, twin, open) = (diesel(), twin::path(input), open(input));
    let of = quote!(#diesel::deserialize::Queryable<__ST, __DB>);
    let body = quote! {
        type Row = <#twin as #of>::Row;
        fn build(__row: Self::Row) -> #diesel::deserialize::Result<Self> {
            let __sealed = <#twin as #of>::build(__row)?;
            #open
        }
    };
    implementation(input, &["__ST", "__DB"], &of, &quote!(#twin: #of,), &body)
}

fn selectable(input: &Input) -> TokenStream {
    let (diesel, twin) = (diesel(), twin::path(input));
    let of = quote!(#diesel::expression::Selectable<__DB>);
    let body = quote! {
        type SelectExpression = <#twin as #of>::SelectExpression;
        fn construct_selection() -> Self::SelectExpression { <#twin as #of>::construct_selection() }
    };
    implementation(input, &["__DB"], &of, &quote!(#twin: #of,), &body)
}

fn by_name(input: &Input) -> TokenStream {
    let (diesel, twin, open) = (diesel(), twin::path(input), open(input));
    let of = quote!(#diesel::deserialize::QueryableByName<__DB>);
    let body = quote! {
        fn build<'__row>(__row: &impl #diesel::row::NamedRow<'__row, __DB>) -> #diesel::deserialize::Result<Self> {
            let __sealed = <#twin as #of>::build(__row)?;
            #open
        }
    };
    implementation(input, &["__DB"], &of, &quote!(#twin: #of,), &body)
}

fn query(input: &Input) -> TokenStream {
    let (diesel, twin) = (diesel(), twin::path(input));
    let of = quote!(#diesel::HasQuery<__DB>);
    let body = quote! {
        type BaseQuery = <#twin as #of>::BaseQuery;
        fn base_query() -> Self::BaseQuery { <#twin as #of>::base_query() }
    };
    // With the twin's bound the base query would be any type, and Diesel selects from it.
    implementation(input, &["__DB"], &of, &quote!(), &body)
}

/// One of Diesel's traits for the struct, with parameters of its own.
fn implementation(
    input: &Input,
    params: &[&str],
    of: &TokenStream,
    bound: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let (diesel, name) = (diesel(), input.name);
    let (_, arguments, _) = input.generics.split_for_impl();
    let generics = params.iter().fold(input.generics.clone(), |generics, param| {
        let param = format_ident!("{param}");
        generics::with(&generics, parse_quote!(#param))
    });
    let (impl_generics, _, bounds) = generics.split_for_impl();
    let own = bounds.iter().flat_map(|bounds| &bounds.predicates);
    quote! {
        impl #impl_generics #of for #name #arguments
        where __DB: #diesel::backend::Backend, #bound #(#own,)*
        { #body }
    }
}

/// Opens `__sealed` with the keys in scope; without any if all its cells stay closed and the row names its firm.
fn open(input: &Input) -> TokenStream {
    let (schema, closed) = (open::schema(input), closed(input));
    let firm = if input.container.firm.is_some() {
        quote!(|__sealed| (#closed).then(|| ::fieldseal::HasFirm::firm(__sealed)))
    } else {
        quote!(|_| ::core::option::Option::None)
    };
    quote!(::fieldseal::model::ambient::open(#schema, __sealed, #firm))
}

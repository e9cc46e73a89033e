//! Column handles of a model: `Client::email()`.

use std::iter;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::Visibility;

use super::{cell_type, column, diesel, embed, index, key_part, plain, split_key, stored_form, transit, wrapped};
use crate::ast::{Field, Input, Sealed, unraw};

pub(super) fn expand(input: &Input) -> TokenStream {
    // A borrowed part describes what an owned one, or the model, has handles for.
    let describes = input.is_model() || (input.is_part() && input.generics.params.is_empty());
    if !describes {
        return quote!();
    }
    input.sealed_fields().map(|(field, sealed)| handle(input, field, sealed)).collect()
}

fn handle(input: &Input, field: &Field, sealed: &Sealed) -> TokenStream {
    let (name, vis) = (input.name, visibility(input.vis, field.vis));
    let marker = format_ident!("__Column_{}", unraw(field.name));
    let function = sealed.attr.handle.as_ref().unwrap_or(field.name);
    let doc = format!("The sealed column `{}`: for queries, updates and single cells.", field.column_name());
    let column = sealed_column(input, field, sealed, &marker);
    let indexed = indexed_column(input, field, sealed, &marker);
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types, reason = "named after its field")]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy, ::core::default::Default)]
        #vis struct #marker;
        #column
        #indexed
        impl #name {
            #[doc = #doc]
            #[must_use]
            #vis fn #function() -> ::fieldseal::Handle<#marker> { ::fieldseal::Handle::new() }
        }
    }
}

/// Where both the struct and its field are seen: the field's type need not be seen elsewhere.
fn visibility<'v>(of_struct: &'v Visibility, of_field: &'v Visibility) -> &'v Visibility {
    let rank = |vis: &Visibility| match vis {
        Visibility::Inherited => 0,
        Visibility::Restricted(to) if to.path.is_ident("self") => 0,
        Visibility::Restricted(to) if to.path.is_ident("crate") => 2,
        Visibility::Restricted(_) => 1,
        Visibility::Public(_) => 3,
    };
    if rank(of_struct) < rank(of_field) { of_struct } else { of_field }
}

fn sealed_column(input: &Input, field: &Field, sealed: &Sealed, marker: &syn::Ident) -> TokenStream {
    let (form, key) = (stored_form(sealed), super::schema::row_key(input));
    let value = if sealed.legacy().is_some() { transit::value_type(sealed) } else { cell_type(sealed) };
    let (plain, cell, model) = (plain(sealed), cell(input, field, sealed), super::model(input));
    let (column, place) = (column(input, field.name), place(input));
    let (types, values): (Vec<_>, Vec<_>) = changes(input, field, sealed).into_iter().unzip();
    let (split, term, open) = (split_key(input.row().len()), term(input, field, sealed), open(input, field, sealed));
    let (sealed_value, traits) = (sealed_value(input, field, sealed), column_traits(input, field, sealed, marker));
    let pass = sealed.legacy().map(|_| quote!(let _ = &__cell;));
    quote! {
        impl ::fieldseal::model::SealedColumn for #marker {
            type Form = #form;
            type Plain = #plain;
            type Value = #value;
            type Key = #key;
            type Model = #model;
            type Cell = #cell;
            type Changes = (#(#types,)*);
            #open
            fn column() -> &'static ::fieldseal::model::Column { #column }
            fn place(__key: &Self::Key) -> ::fieldseal::RowPlace { #place }
            fn changes(
                __firm: &::fieldseal::FirmId,
                __key: Self::Key,
                __cell: Self::Value,
                __term: ::core::option::Option<::fieldseal::Term<Self::Form>>,
            ) -> Self::Changes {
                #split
                let _ = &__term;
                #pass
                (#(#values,)*)
            }
            fn term<__V>(__keys: &::fieldseal::model::CellKeys, __value: &__V)
                -> ::core::result::Result<::core::option::Option<::fieldseal::Term<Self::Form>>, ::fieldseal::SealError>
            where
                __V: ::fieldseal::Encode<Form = Self::Form> + ?::core::marker::Sized,
            {
                #term
            }
            #sealed_value
        }
        #traits
    }
}

/// How a value is sealed for its assignments, where a cell and its term are not all.
fn sealed_value(input: &Input, field: &Field, sealed: &Sealed) -> TokenStream {
    if sealed.legacy().is_none() {
        return quote!();
    }
    let pair = transit::pair(input, field.name);
    quote! {
        fn sealed<__V>(__keys: &::fieldseal::model::CellKeys, __row: &::fieldseal::RowPlace, __value: &__V)
            -> ::core::result::Result<::fieldseal::model::Sealed<Self>, ::fieldseal::SealError>
        where
            __V: ::fieldseal::Encode<Form = Self::Form> + ?::core::marker::Sized,
        {
            __keys.seal_pair(#pair, __row, __value).map(|__set| (__set, ::core::option::Option::None))
        }
    }
}

/// Whether the column takes NULL, and whether its cell says all.
fn column_traits(input: &Input, field: &Field, sealed: &Sealed, marker: &syn::Ident) -> TokenStream {
    let null = match sealed.legacy() {
        None => quote!({
            let _ = __keys;
            ::core::result::Result::Ok((::core::option::Option::None, ::core::option::Option::None))
        }),
        Some(_) => {
            let pair = transit::pair(input, field.name);
            quote!(__keys.null_pair(#pair).map(|__set| (__set, ::core::option::Option::None)))
        }
    };
    let nullable = (sealed.options > 0).then(|| {
        quote! {
            impl ::fieldseal::model::NullableColumn for #marker {
                fn null(__keys: &::fieldseal::model::CellKeys)
                    -> ::core::result::Result<::fieldseal::model::Sealed<Self>, ::fieldseal::SealError> { #null }
            }
        }
    });
    let settled = sealed.legacy().is_none().then(|| quote!(impl ::fieldseal::model::Settled for #marker {}));
    quote!(#nullable #settled)
}

fn place(input: &Input) -> TokenStream {
    if input.row().is_empty() {
        quote!({
            let () = __key;
            ::fieldseal::RowPlace::none()
        })
    } else {
        quote!(::fieldseal::RowPlace::of(__key))
    }
}

/// How a selected cell is opened.
fn open(input: &Input, field: &Field, sealed: &Sealed) -> TokenStream {
    if sealed.legacy().is_some() {
        return open_in_transit(input, field, sealed);
    }
    let column = column(input, field.name);
    let (loaded, split) = if input.row().is_empty() {
        (quote!(Self::Value), quote!((::fieldseal::RowPlace::none(), __loaded)))
    } else {
        (quote!((Self::Key, Self::Value)), quote!((Self::place(&__loaded.0), __loaded.1)))
    };
    let one = quote!(__keys.open_cell(#column, &__row, __cell));
    let (opened, open) = match sealed.options {
        0 => (quote!(Self::Plain), one),
        _ => (wrapped(quote!(Self::Plain), 1), quote!(__cell.map(|__cell| #one).transpose())),
    };
    quote! {
        type Loaded = #loaded;
        type Opened = #opened;
        fn open(__keys: &::fieldseal::model::CellKeys, __loaded: Self::Loaded)
            -> ::core::result::Result<Self::Opened, ::fieldseal::OpenError> {
            let (__row, __cell) = #split;
            #open
        }
    }
}

fn open_in_transit(input: &Input, field: &Field, sealed: &Sealed) -> TokenStream {
    let (pair, cell, legacy) = (transit::pair(input, field.name), cell_type(sealed), transit::legacy_type(sealed));
    let (loaded, split) = if input.row().is_empty() {
        (quote!((#cell, #legacy)), quote!((::fieldseal::RowPlace::none(), __loaded.0, __loaded.1)))
    } else {
        (quote!((Self::Key, #cell, #legacy)), quote!((Self::place(&__loaded.0), __loaded.1, __loaded.2)))
    };
    let (opened, function) = match sealed.options {
        0 => (quote!(Self::Plain), quote!(open_required)),
        _ => (wrapped(quote!(Self::Plain), 1), quote!(open_pair)),
    };
    quote! {
        type Loaded = #loaded;
        type Opened = #opened;
        fn open(__keys: &::fieldseal::model::CellKeys, __loaded: Self::Loaded)
            -> ::core::result::Result<Self::Opened, ::fieldseal::OpenError> {
            let (__row, __cell, __plain) = #split;
            __keys.#function(#pair, &__row, __cell, __plain)
        }
    }
}

/// The columns of the row key, and their types.
fn rows(input: &Input) -> Vec<(syn::Ident, TokenStream)> {
    if input.is_part() {
        return super::model_row(input);
    }
    let own = |name| input.field(name).map(|field| (field.column().clone(), field.ty.to_token_stream()));
    input.row().iter().filter_map(own).collect()
}

/// Row key and cell as columns.
fn cell(input: &Input, field: &Field, sealed: &Sealed) -> TokenStream {
    let (table, column) = (&input.table, field.column());
    let row: Vec<_> = rows(input).into_iter().map(|(column, _)| column).collect();
    let legacy = sealed.legacy().map(|legacy| quote!(, #table::#legacy));
    match row.as_slice() {
        [] if legacy.is_some() => quote!((#table::#column #legacy)),
        [] => quote!(#table::#column),
        [single] => quote!((#table::#single, #table::#column #legacy)),
        all => quote!(((#(#table::#all),*), #table::#column #legacy)),
    }
}

/// The assignments of cell and term: the cell's holds in the row of its key and firm only.
fn changes(input: &Input, field: &Field, sealed: &Sealed) -> Vec<(TokenStream, TokenStream)> {
    let (diesel, table) = (diesel(), &input.table);
    let assign = |column: &syn::Ident, ty: TokenStream, value: TokenStream| {
        let eq = quote!(#diesel::dsl::Eq<#table::#column, #ty>);
        (eq, quote!(#diesel::ExpressionMethods::eq(#table::#column, #value)))
    };
    let (ty, value) = cell_for(input, field, sealed);
    let cell = assign(field.column(), ty, value);
    if let Some(legacy) = sealed.legacy() {
        let marker = transit::marker(sealed);
        let plain = assign(legacy, quote!(::fieldseal::model::Legacy<#marker>), quote!(__cell.plain));
        let term = sealed.attr.index.as_ref().map(|index| {
            let form = stored_form(sealed);
            let ty = wrapped(quote!(::fieldseal::Term<#form>), 1);
            // A term that could not be made stands beside a cell that could not.
            assign(&index.column, ty, quote!(__cell.term.or(__term)))
        });
        return iter::once(cell).chain(term).chain(iter::once(plain)).collect();
    }
    let term = sealed.attr.index.as_ref().map(|index| {
        let form = stored_form(sealed);
        let (ty, value) = match sealed.options {
            0 => (quote!(::fieldseal::Term<#form>), quote!(::fieldseal::model::present(__term))),
            _ => (wrapped(quote!(::fieldseal::Term<#form>), 1), quote!(__term)),
        };
        assign(&index.column, ty, value)
    });
    iter::once(cell).chain(term).collect()
}

/// The cell for the row and the firm that it is bound to.
fn cell_for(input: &Input, field: &Field, sealed: &Sealed) -> (TokenStream, TokenStream) {
    let (table, column, cell, model) = (&input.table, field.column(), cell_type(sealed), super::model(input));
    let keys = rows(input).into_iter().enumerate();
    let (types, tests): (Vec<_>, Vec<_>) = keys
        .map(|(i, (column, ty))| {
            let part = key_part(i);
            let test = quote!(::fieldseal::model::key_is(#table::#column, #part));
            (quote!(::fieldseal::model::Is<#table::#column, #ty>), test)
        })
        .unzip();
    let firm = quote!(<#model as ::fieldseal::Model>::FirmTest);
    let value = if sealed.legacy().is_some() { quote!(__cell.cell) } else { quote!(__cell) };
    (
        quote!(::fieldseal::model::CellFor<#table::#column, #cell, (#(#types,)*), #firm>),
        quote!(::fieldseal::model::cell_for(
            #table::#column, #value, (#(#tests,)*), <#model as ::fieldseal::Model>::firm_test(__firm),
        )),
    )
}

fn term(input: &Input, field: &Field, sealed: &Sealed) -> TokenStream {
    match &sealed.attr.index {
        None => quote! {
            let _ = (__keys, __value);
            ::core::result::Result::Ok(::core::option::Option::None)
        },
        Some(_) => {
            let index = index(input, field.name);
            quote!(__keys.value_term(#index, __value).map(::core::option::Option::Some))
        }
    }
}

fn indexed_column(input: &Input, field: &Field, sealed: &Sealed, marker: &syn::Ident) -> TokenStream {
    let Some(index) = &sealed.attr.index else { return quote!() };
    let (table, term) = (&input.table, &index.column);
    let scope = if index.is_global() { quote!(GlobalScope) } else { quote!(FirmScope) };
    let position = super::index(input, field.name);
    let full = index.bits.as_ref().is_none_or(|bits| bits.base10_parse::<u32>().is_ok_and(|bits| bits == 128));
    let full = full.then(|| quote!(impl ::fieldseal::model::FullWidth for #marker {}));
    let candidate = input.loads().then(|| candidate(input, field, sealed, marker));
    let found = found(input, field, sealed, term);
    quote! {
        impl ::fieldseal::model::IndexedColumn for #marker {
            type TermColumn = #table::#term;
            type Scope = ::fieldseal::model::#scope;
            fn index() -> &'static ::fieldseal::model::Index { #position }
            #found
        }
        #full
        #candidate
    }
}

/// The predicate of lookups.
fn found(input: &Input, field: &Field, sealed: &Sealed, term: &syn::Ident) -> TokenStream {
    let (diesel, table, column, form) = (diesel(), &input.table, field.column(), stored_form(sealed));
    let any = quote!(#diesel::dsl::EqAny<#table::#term, ::std::vec::Vec<::fieldseal::Term<#form>>>);
    let terms = quote!(#diesel::ExpressionMethods::eq_any(#table::#term, __terms));
    let (ty, exact, value) = match sealed.legacy() {
        None => (
            any,
            quote!(),
            quote!({
                let _ = __unsealed;
                #terms
            }),
        ),
        Some(legacy) => {
            let marker = transit::marker(sealed);
            let sql = quote!(<#table::#legacy as #diesel::Expression>::SqlType);
            let bound =
                quote!(<::fieldseal::model::Legacy<#marker> as #diesel::expression::AsExpression<#sql>>::Expression);
            (
                quote!(::fieldseal::model::EqInTransit<#any, #table::#column, #table::#legacy, #bound>),
                quote!(const EXACT: bool = <#sql as ::fieldseal::model::HoldsLegacy<#marker>>::EXACT;),
                quote!(::fieldseal::model::eq_in_transit::<#marker, _, _, _>(
                    #terms, #table::#column, #table::#legacy, __unsealed,
                )),
            )
        }
    };
    quote! {
        type Found = #ty;
        #exact
        fn found(
            __terms: ::std::vec::Vec<::fieldseal::Term<Self::Form>>,
            __unsealed: ::fieldseal::model::Unsealed,
        ) -> Self::Found { #value }
    }
}

/// The twin as a candidate of a lookup, to be opened and re-checked.
fn candidate(input: &Input, field: &Field, sealed: &Sealed, marker: &syn::Ident) -> TokenStream {
    let (name, struct_name, model) = (field.name, input.name, super::model(input));
    let (header, part, key) = if input.is_part() {
        let twin = quote!(<#model as ::fieldseal::Seal>::Sealed);
        let embeds = quote!(::fieldseal::model::Embeds<'__embeds, #struct_name, #model>);
        (
            quote!(impl<'__embeds> ::fieldseal::model::Candidate<#marker> for #twin where #twin: #embeds),
            quote!(<Self as #embeds>::part(self)),
            quote!(<Self as #embeds>::row_key(self)),
        )
    } else {
        let twin = &input.sealed;
        (quote!(impl ::fieldseal::model::Candidate<#marker> for #twin), quote!(self), embed::own_key(input))
    };
    let cell = match super::options(sealed) {
        0 => quote!(::core::option::Option::Some(&#part.#name)),
        _ => quote!(#part.#name.as_ref()),
    };
    let candidate = match sealed.legacy() {
        None => quote!(::fieldseal::model::candidate_cell::<#marker>(__keys, &#key, #cell)),
        Some(legacy) => {
            let pair = transit::pair(input, field.name);
            quote!(::fieldseal::model::candidate_in_transit::<#marker, _>(__keys, #pair, &#key, #cell, &#part.#legacy))
        }
    };
    quote! {
        #header {
            fn cell(&self, __keys: &::fieldseal::model::CellKeys) -> ::core::result::Result<
                ::core::option::Option<<#marker as ::fieldseal::model::SealedColumn>::Plain>,
                ::fieldseal::OpenError,
            > {
                #candidate
            }
        }
    }
}

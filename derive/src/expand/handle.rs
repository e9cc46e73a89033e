//! Column handles of a model: `Client::email()`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{cell_type, column, diesel, index, stored_form, wrapped};
use crate::ast::{Field, Input, Sealed, unraw};

pub(super) fn expand(input: &Input) -> TokenStream {
    if !input.is_model() {
        return quote!();
    }
    input.sealed_fields().map(|(field, sealed)| handle(input, field, sealed)).collect()
}

fn handle(input: &Input, field: &Field, sealed: &Sealed) -> TokenStream {
    let (name, vis) = (input.name, input.vis);
    let marker = format_ident!("__Column_{}", unraw(field.name));
    let function = sealed.attr.handle.as_ref().unwrap_or(field.name);
    let doc = format!("The sealed column `{}`: for queries, updates and single cells.", field.column_name());
    let column = sealed_column(input, field, sealed, &marker);
    let indexed = indexed_column(input, field, sealed, &marker);
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #[derive(Debug, Clone, Copy, Default)]
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

fn sealed_column(input: &Input, field: &Field, sealed: &Sealed, marker: &syn::Ident) -> TokenStream {
    let (form, value, inner) = (stored_form(sealed), cell_type(sealed), sealed.inner);
    let plain = if sealed.attr.json.is_some() { quote!(::fieldseal::Json<#inner>) } else { quote!(#inner) };
    let (key, column, cell) = (super::schema::row_key(input), column(input, field.name), cell(input, field));
    let place = if input.row().is_empty() {
        quote!({
            let () = key;
            ::fieldseal::RowPlace::none()
        })
    } else {
        quote!(::fieldseal::RowPlace::of(key))
    };
    let (types, values): (Vec<_>, Vec<_>) = changes(input, field, sealed).into_iter().unzip();
    let split = split_key(input);
    let term = term(input, field, sealed);
    let (loaded, bind) = if input.row().is_empty() {
        (quote!(Self::Value), quote!(let (row, cell) = (::fieldseal::RowPlace::none(), loaded);))
    } else {
        (quote!((Self::Key, Self::Value)), quote!(let (row, cell) = (Self::place(&loaded.0), loaded.1);))
    };
    let (opened, open) = match sealed.options {
        0 => (quote!(Self::Plain), quote!(keys.open_cell(#column, &row, cell))),
        _ => {
            (wrapped(quote!(Self::Plain), 1), quote!(cell.map(|cell| keys.open_cell(#column, &row, cell)).transpose()))
        }
    };
    quote! {
        impl ::fieldseal::model::SealedColumn for #marker {
            type Form = #form;
            type Plain = #plain;
            type Value = #value;
            type Key = #key;
            type Cell = #cell;
            type Loaded = #loaded;
            type Opened = #opened;
            type Changes = (#(#types,)*);
            fn column() -> &'static ::fieldseal::model::Column { #column }
            fn place(key: &Self::Key) -> ::fieldseal::RowPlace { #place }
            fn open(keys: &::fieldseal::model::CellKeys, loaded: Self::Loaded)
                -> ::core::result::Result<Self::Opened, ::fieldseal::OpenError> {
                #bind
                #open
            }
            fn changes(
                key: Self::Key,
                cell: Self::Value,
                term: ::core::option::Option<::fieldseal::Term<Self::Form>>,
            ) -> Self::Changes {
                #split
                let _ = &term;
                (#(#values,)*)
            }
            fn term<V>(keys: &::fieldseal::model::CellKeys, value: &V)
                -> ::core::result::Result<::core::option::Option<::fieldseal::Term<Self::Form>>, ::fieldseal::SealError>
            where
                V: ::fieldseal::Encode<Form = Self::Form> + ?::core::marker::Sized,
            {
                #term
            }
        }
    }
}

/// Row key and cell as columns.
fn cell(input: &Input, field: &Field) -> TokenStream {
    let (table, column) = (&input.table, field.column());
    let row: Vec<_> = input.row().iter().filter_map(|name| Some(input.field(name)?.column().clone())).collect();
    match row.as_slice() {
        [] => quote!(#table::#column),
        [single] => quote!((#table::#single, #table::#column)),
        all => quote!(((#(#table::#all),*), #table::#column)),
    }
}

/// Binds each part of `key` to a name.
fn split_key(input: &Input) -> TokenStream {
    let parts: Vec<_> = (0..input.row().len()).map(|i| format_ident!("__key_{i}")).collect();
    match parts.as_slice() {
        [] => quote!(let () = key;),
        [single] => quote!(let #single = key;),
        all => quote!(let (#(#all),*) = key;),
    }
}

fn changes(input: &Input, field: &Field, sealed: &Sealed) -> Vec<(TokenStream, TokenStream)> {
    let (diesel, table) = (diesel(), &input.table);
    let assign = |column: &syn::Ident, ty: TokenStream, value: TokenStream| {
        let eq = quote!(#diesel::dsl::Eq<#table::#column, #ty>);
        (eq, quote!(#diesel::ExpressionMethods::eq(#table::#column, #value)))
    };
    let rows = input.row();
    let keys = rows.iter().filter_map(|name| input.field(name)).enumerate().map(|(i, row)| {
        let (part, ty) = (format_ident!("__key_{i}"), row.ty);
        assign(row.column(), quote!(#ty), quote!(#part))
    });
    let mut changes: Vec<_> = keys.collect();
    changes.push(assign(field.column(), cell_type(sealed), quote!(cell)));
    if let Some(index) = &sealed.attr.index {
        let form = stored_form(sealed);
        let (ty, value) = match sealed.options {
            0 => (quote!(::fieldseal::Term<#form>), quote!(::fieldseal::model::present(term))),
            _ => (wrapped(quote!(::fieldseal::Term<#form>), 1), quote!(term)),
        };
        changes.push(assign(&index.column, ty, value));
    }
    changes
}

fn term(input: &Input, field: &Field, sealed: &Sealed) -> TokenStream {
    match &sealed.attr.index {
        None => quote! {
            let _ = (keys, value);
            ::core::result::Result::Ok(::core::option::Option::None)
        },
        Some(_) => {
            let index = index(input, field.name);
            quote!(keys.term(#index, value).map(::core::option::Option::Some))
        }
    }
}

fn indexed_column(input: &Input, field: &Field, sealed: &Sealed, marker: &syn::Ident) -> TokenStream {
    let Some(index) = &sealed.attr.index else { return quote!() };
    let (table, term) = (&input.table, &index.column);
    let scope = if index.global.is_some() { quote!(GlobalScope) } else { quote!(FirmScope) };
    let position = super::index(input, field.name);
    let full = index.bits.as_ref().is_none_or(|bits| bits.base10_parse::<u32>().is_ok_and(|bits| bits == 128));
    let full = full.then(|| quote!(impl ::fieldseal::model::FullWidth for #marker {}));
    let candidate = input.loads().then(|| candidate(input, field, sealed, marker));
    quote! {
        impl ::fieldseal::model::IndexedColumn for #marker {
            type TermColumn = #table::#term;
            type Scope = ::fieldseal::model::#scope;
            fn index() -> &'static ::fieldseal::model::Index { #position }
        }
        #full
        #candidate
    }
}

/// The twin as a candidate of a lookup, to be opened and re-checked.
fn candidate(input: &Input, field: &Field, sealed: &Sealed, marker: &syn::Ident) -> TokenStream {
    let (twin, name) = (&input.sealed, field.name);
    let row = input.row();
    let key = match row.as_slice() {
        [] => quote!(()),
        [single] => quote!(::core::clone::Clone::clone(&self.#single)),
        all => quote!((#(::core::clone::Clone::clone(&self.#all)),*)),
    };
    let cell = match sealed.options {
        0 => quote!(::core::option::Option::Some(&self.#name)),
        _ => quote!(self.#name.as_ref()),
    };
    quote! {
        impl ::fieldseal::model::Candidate<#marker> for #twin {
            fn cell(&self, keys: &::fieldseal::model::CellKeys) -> ::core::result::Result<
                ::core::option::Option<<#marker as ::fieldseal::model::SealedColumn>::Plain>,
                ::fieldseal::OpenError,
            > {
                ::fieldseal::model::candidate_cell::<#marker>(keys, &#key, #cell)
            }
        }
    }
}

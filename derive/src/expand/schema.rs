//! `SCHEMA`, the static columns and indexes of a model; a form's checks against its model.

mod agree;
mod column;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Ident, Type};

use super::{at, diesel, embed, model, position, sql_name};
use crate::ast::Input;
use crate::attr::Firm;

pub(super) fn expand(input: &Input) -> TokenStream {
    match () {
        () if input.is_view => quote!(),
        () if input.is_part() => agree::part(input),
        () if input.is_model() => model_schema(input),
        () => agree::form(input),
    }
}

fn model_schema(input: &Input) -> TokenStream {
    let (name, table) = (input.name, input.table_name());
    let table_id = input.table_id();
    let table_id = input.container.table_id.as_ref().map_or_else(|| quote!(#table_id), |id| quote!(#id));
    let owner = owner(input);
    let row = input.row();
    let row = row.iter().filter_map(|name| input.field(name)).map(|field| sql_name(input, field.column()));
    let (columns, normalizers) = column::columns(input);
    let positions = input.sealed_fields().enumerate().map(|(i, (field, _))| {
        let position = position(field.name);
        quote!(const #position: usize = #i;)
    });
    let parts: Vec<_> = input.embedded_fields().map(|(field, _)| embed::part_of(input, field)).collect();
    let (key, model_name) = (row_key(input), name.to_string());
    let ((firm_type, firm_value), (test_type, test_value)) = (firm_change(input), firm_test(input));
    let (can_own, check_key, hooks) = (can_own(input), check_key(input), super::transit::hooks(input));
    quote! {
        #(#positions)*
        const __COLUMN_LISTS: &[&[::fieldseal::model::ColumnSchema]] = &[&[#(#columns),*], #(#parts::COLUMNS),*];
        const __COUNT: usize = ::fieldseal::model::column_count(__COLUMN_LISTS);
        const __COLUMN_SCHEMAS: [::fieldseal::model::ColumnSchema; __COUNT] = ::fieldseal::model::spliced(__COLUMN_LISTS);
        const __SCHEMA: ::fieldseal::model::ModelSchema =
            ::fieldseal::model::ModelSchema::new(#model_name, #table, #table_id, #owner, &[#(#row),*], &__COLUMN_SCHEMAS);
        static __COLUMNS: [::fieldseal::model::Column; __COUNT] = ::fieldseal::model::columns(&__SCHEMA);
        static __INDEXES: [::core::option::Option<::fieldseal::model::Index>; __COUNT] =
            ::fieldseal::model::indexes(&__SCHEMA, &[&[#(#normalizers),*], #(#parts::NORMALIZERS),*]);
        impl #name {
            /// What the model says of its table.
            pub const SCHEMA: &'static ::fieldseal::model::ModelSchema = &__SCHEMA;
        }
        impl ::fieldseal::Model for #name {
            const SCHEMA: &'static ::fieldseal::model::ModelSchema = &__SCHEMA;
            type RowKey = #key;
            type FirmChange = ::core::option::Option<#firm_type>;
            fn firm_change(__firm: &::fieldseal::FirmId) -> Self::FirmChange { #firm_value }
            type FirmTest = ::core::option::Option<#test_type>;
            fn firm_test(__firm: &::fieldseal::FirmId) -> Self::FirmTest { #test_value }
            fn can_be_owned_by(__firm: &::fieldseal::FirmId) -> bool { #can_own }
            #check_key
            #hooks
            fn columns() -> &'static [::fieldseal::model::Column] { &__COLUMNS }
            fn indexes() -> &'static [::core::option::Option<::fieldseal::model::Index>] { &__INDEXES }
        }
    }
}

fn owner(input: &Input) -> TokenStream {
    let column = input.firm_field().and_then(|firm| input.field(firm)).map(|field| sql_name(input, field.column()));
    match (&input.container.firm, column) {
        (Some(Firm::Field(_)), Some(column)) => quote!(::fieldseal::model::Owner::Column(#column)),
        _ => quote!(::fieldseal::model::Owner::Platform),
    }
}

/// Whether the firm's column can name a firm.
fn can_own(input: &Input) -> TokenStream {
    match input.firm_field().and_then(|firm| input.field(firm)) {
        None => quote!(*__firm == ::fieldseal::FirmId::Platform),
        Some(field) => {
            let (ty, span) = (field.ty, at(field.ty));
            quote_spanned!(span=> <#ty as ::fieldseal::FirmKey>::can_name(__firm))
        }
    }
}

/// Where the firm is a part of the row key, a key of another firm's row is refused.
fn check_key(input: &Input) -> TokenStream {
    let rows = input.row();
    let Some(at) = input.firm_field().and_then(|firm| rows.iter().position(|name| name == firm)) else {
        return quote!();
    };
    let index = syn::Index::from(at);
    let firm = if rows.len() == 1 { quote!(__key) } else { quote!(&__key.#index) };
    quote! {
        fn check_key(__keys: &::fieldseal::model::CellKeys, __key: &Self::RowKey)
            -> ::core::result::Result<(), ::fieldseal::SealError> {
            __keys.check_seal(&__SCHEMA, #firm)
        }
    }
}

/// The assignment of the owning firm.
fn firm_change(input: &Input) -> (TokenStream, TokenStream) {
    let (diesel, table) = (diesel(), &input.table);
    let assign = quote!(#diesel::ExpressionMethods::eq);
    of_firm(input, &assign, |column, ty| quote!(#diesel::dsl::Eq<#table::#column, #ty>))
}

/// The test that a row is the owning firm's.
fn firm_test(input: &Input) -> (TokenStream, TokenStream) {
    let table = &input.table;
    let test = quote!(::fieldseal::model::key_is);
    of_firm(input, &test, |column, ty| quote!(::fieldseal::model::Is<#table::#column, #ty>))
}

/// What `function` makes of the firm's column and its value, if the column is there to be named.
fn of_firm(
    input: &Input,
    function: &TokenStream,
    result: impl Fn(&Ident, &Type) -> TokenStream,
) -> (TokenStream, TokenStream) {
    let table = &input.table;
    // As a part of the row key it goes with it.
    let own = input.firm_field().filter(|firm| !input.row().contains(firm)).and_then(|firm| input.field(firm));
    if let Some(firm) = own {
        let (column, ty, span) = (firm.column(), firm.ty, at(firm.ty));
        let value = quote_spanned! {span=>
            <#ty as ::fieldseal::FirmKey>::from_firm(__firm).map(|__firm| #function(#table::#column, __firm))
        };
        return (result(column, ty), value);
    }
    let never = quote!({
        let _ = __firm;
        ::core::option::Option::None
    });
    (quote!(::fieldseal::model::NoChange<#table::table>), never)
}

/// The row key's Rust type: one field's, a tuple, or `()`.
pub(super) fn row_key(input: &Input) -> TokenStream {
    if input.is_part() {
        let model = model(input);
        return quote!(<#model as ::fieldseal::Model>::RowKey);
    }
    let row = input.row();
    let types: Vec<_> = row.iter().filter_map(|name| input.field(name)).map(|field| field.ty).collect();
    match types.as_slice() {
        [single] => quote!(#single),
        all => quote!((#(#all),*)),
    }
}

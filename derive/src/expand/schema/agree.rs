//! A form and a part against their model, at compile time: they can't disagree.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::column::columns;
use crate::ast::{Field, Input};
use crate::expand::{model, position, sql_name};

/// A form can't disagree with its model: on which columns are sealed, indexed, part of the row key, or the firm's.
pub(super) fn form(input: &Input) -> TokenStream {
    let model = model(input);
    let firm = input.firm_field().and_then(|firm| input.field(firm));
    let firm = firm.map_or_else(|| quote!(""), |field| sql_name(input, field.column()));
    let positions = input.sealed_fields().map(|(field, sealed)| {
        let (position, column) = (position(field.name), sql_name(input, field.column()));
        let term = sealed.attr.index.as_ref().map_or_else(|| quote!(""), |index| sql_name(input, &index.column));
        let legacy = sealed.legacy().map_or_else(|| quote!(""), |legacy| sql_name(input, legacy));
        let (span, custom) = (field.name.span(), sealed.attr.legacy_with.is_some());
        quote_spanned!(span=> const #position: usize = ::fieldseal::model::form_column(
            <#model as ::fieldseal::Model>::SCHEMA, #column, #term, #legacy, #custom,
        );)
    });
    let plain = plain_fields(input).map(|(column, span)| {
        quote_spanned!(span=> const _: () =
            {
                ::fieldseal::model::check_plain(<#model as ::fieldseal::Model>::SCHEMA, #column, #firm);
                ::fieldseal::model::check_not_legacy(<#model as ::fieldseal::Model>::SCHEMA, #column);
            };)
    });
    let writes_cells = input.marked_fields().any(|(_, sealed)| sealed.attr.of.is_none());
    let changes = (input.loads() && input.derives("AsChangeset") && writes_cells).then(|| {
        let span = input.name.span();
        quote_spanned!(span=> const _: () =
            ::fieldseal::model::check_changes_firm(<#model as ::fieldseal::Model>::SCHEMA, #firm);)
    });
    let check = check_form(input, &firm);
    quote!(#(#positions)* #(#plain)* #changes #check)
}

/// A part's columns: described here, and to be found in the model's schema.
pub(super) fn part(input: &Input) -> TokenStream {
    let (model, (columns, normalizers)) = (model(input), columns(input));
    let positions = input.sealed_fields().enumerate().map(|(i, (field, _))| {
        let (position, span) = (position(field.name), field.name.span());
        quote_spanned!(span=> const #position: usize =
            ::fieldseal::model::part_column(<#model as ::fieldseal::Model>::SCHEMA, &__PART_COLUMNS[#i]);)
    });
    let plain = plain_fields(input).map(|(column, span)| {
        quote_spanned!(span=> const _: () =
            {
                ::fieldseal::model::check_part(<#model as ::fieldseal::Model>::SCHEMA, #column);
                ::fieldseal::model::check_not_legacy(<#model as ::fieldseal::Model>::SCHEMA, #column);
            };)
    });
    let check = check_form(input, &quote!(""));
    quote! {
        const __PART_COLUMNS: &[::fieldseal::model::ColumnSchema] = &[#(#columns),*];
        const __PART_NORMALIZERS: &[::core::option::Option<::fieldseal::Normalizer>] = &[#(#normalizers),*];
        #(#positions)*
        #(#plain)*
        #check
    }
}

/// The columns of plain fields, and where they stand.
fn plain_fields(input: &Input) -> impl Iterator<Item = (TokenStream, proc_macro2::Span)> {
    let plain = |field: &&Field| field.sealed.is_none() && !field.diesel.embed && !field.diesel.computed;
    input.fields.iter().filter(plain).map(|field| (sql_name(input, field.column()), field.name.span()))
}

/// The table and row key of a form or part are its model's.
fn check_form(input: &Input, firm: &TokenStream) -> TokenStream {
    let (model, row) = (model(input), input.row());
    let row = row.iter().map(|name| sql_name(input, input.field(name).map_or(name, Field::column)));
    let (table, span) = (input.table_name(), input.name.span());
    quote_spanned! {span=>
        const _: () =
            ::fieldseal::model::check_form(<#model as ::fieldseal::Model>::SCHEMA, #table, #firm, &[#(#row),*]);
    }
}

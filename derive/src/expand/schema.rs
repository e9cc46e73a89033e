//! `SCHEMA`, the static columns and indexes of a model; a form's checks against its model.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{at, diesel, model, position, sql_name, stored_form};
use crate::ast::{Field, Input, Sealed, unraw};
use crate::attr::{Firm, Index, Normalizer};

pub(super) fn expand(input: &Input) -> TokenStream {
    if input.is_model() { self::model_schema(input) } else { form_checks(input) }
}

fn model_schema(input: &Input) -> TokenStream {
    let (name, table) = (input.name, input.table_name());
    let table_id = input.table_id();
    let table_id = input.container.table_id.as_ref().map_or_else(|| quote!(#table_id), |id| quote!(#id));
    let owner = owner(input);
    let row = input.row();
    let row = row.iter().filter_map(|name| input.field(name)).map(|field| sql_name(input, field.column()));
    let (columns, positions, statics, indexes) = columns(input);
    let count = columns.len();
    let (key, model_name) = (row_key(input), name.to_string());
    let (firm_type, firm_value) = firm_change(input);
    quote! {
        #(#positions)*
        const __COLUMN_SCHEMAS: &[::fieldseal::model::ColumnSchema] = &[#(#columns),*];
        const __SCHEMA: ::fieldseal::model::ModelSchema =
            ::fieldseal::model::ModelSchema::new(#model_name, #table, #table_id, #owner, &[#(#row),*], __COLUMN_SCHEMAS);
        static __COLUMNS: [::fieldseal::model::Column; #count] = [#(#statics),*];
        static __INDEXES: [::core::option::Option<::fieldseal::model::Index>; #count] = [#(#indexes),*];
        impl #name {
            /// What the model says of its table.
            pub const SCHEMA: &'static ::fieldseal::model::ModelSchema = &__SCHEMA;
        }
        impl ::fieldseal::Model for #name {
            const SCHEMA: &'static ::fieldseal::model::ModelSchema = &__SCHEMA;
            type RowKey = #key;
            type FirmChange = ::core::option::Option<#firm_type>;
            fn firm_change(__firm: &::fieldseal::FirmId) -> Self::FirmChange { #firm_value }
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

/// The assignment of the owning firm.
fn firm_change(input: &Input) -> (TokenStream, TokenStream) {
    let (diesel, table) = (diesel(), &input.table);
    // As a part of the row key it is assigned with it.
    let own = input.firm_field().filter(|firm| !input.row().contains(firm)).and_then(|firm| input.field(firm));
    if let Some(firm) = own.filter(|firm| firm.diesel.serialize_as.is_none()) {
        let (column, ty, span) = (firm.column(), firm.ty, at(firm.ty));
        let value = quote_spanned! {span=>
            <#ty as ::fieldseal::FirmKey>::from_firm(__firm)
                .map(|__firm| #diesel::ExpressionMethods::eq(#table::#column, __firm))
        };
        return (quote!(#diesel::dsl::Eq<#table::#column, #ty>), value);
    }
    let never = quote!({
        let _ = __firm;
        ::core::option::Option::None
    });
    (quote!(::fieldseal::model::NoChange<#table::table>), never)
}

/// The row key's Rust type: one field's, a tuple, or `()`.
pub(super) fn row_key(input: &Input) -> TokenStream {
    let row = input.row();
    let types: Vec<_> = row.iter().filter_map(|name| input.field(name)).map(|field| field.ty).collect();
    match types.as_slice() {
        [single] => quote!(#single),
        all => quote!((#(#all),*)),
    }
}

type Parts = (Vec<TokenStream>, Vec<TokenStream>, Vec<TokenStream>, Vec<TokenStream>);

fn columns(input: &Input) -> Parts {
    let (mut columns, mut positions, mut statics, mut indexes) = Parts::default();
    for (i, (field, sealed)) in input.sealed_fields().enumerate() {
        let position = position(field.name);
        positions.push(quote!(const #position: usize = #i;));
        columns.push(column_schema(input, field, sealed));
        statics.push(quote!(::fieldseal::model::Column::new(&__SCHEMA, #i)));
        indexes.push(match &sealed.attr.index {
            None => quote!(::core::option::Option::None),
            Some(index) => {
                let normalizer = normalizer(index);
                quote!(::core::option::Option::Some(::fieldseal::model::Index::new(&__SCHEMA, #i, #normalizer)))
            }
        });
    }
    (columns, positions, statics, indexes)
}

fn column_schema(input: &Input, field: &Field, sealed: &Sealed) -> TokenStream {
    let (name, column, form) = (unraw(field.name), sql_name(input, field.column()), stored_form(sealed));
    let column_id = sealed.attr.column_id.as_ref().map_or_else(|| quote!(#column), |id| quote!(#id));
    let (kind, nullable) = (kind(input, sealed), sealed.options > 0);
    let index = sealed.attr.index.as_ref().map_or_else(
        || quote!(::core::option::Option::None),
        |index| {
            let index = index_schema(input, index);
            quote!(::core::option::Option::Some(#index))
        },
    );
    let span = at(sealed.inner);
    let form = quote_spanned!(span=> <#form as ::fieldseal::sql_types::StoredForm>);
    let not_bool = (sealed.attr.deterministic.is_some() || sealed.attr.index.is_some()).then(|| {
        quote_spanned!(span=> ::core::assert!(
            !::fieldseal::model::same(#form::CODEC, "bool"),
            "a deterministic or indexed bool is no secret: two values tell all"
        );)
    });
    quote! {{
        #not_bool
        ::fieldseal::model::ColumnSchema::new(
            #name,
            #column,
            #column_id,
            #form::CODEC,
            #form::DOMAIN,
            ::fieldseal::envelope::Kind::#kind,
            #nullable,
            #index,
        )
    }}
}

fn kind(input: &Input, sealed: &Sealed) -> TokenStream {
    if sealed.attr.deterministic.is_some() {
        quote!(Deterministic)
    } else if input.row().is_empty() {
        quote!(ColumnBound)
    } else {
        quote!(RowBound)
    }
}

fn index_schema(input: &Input, index: &Index) -> TokenStream {
    let column = sql_name(input, &index.column);
    let id = index.index_id.as_ref().map_or_else(|| quote!(#column), |id| quote!(#id));
    let bits = index.bits.as_ref().map_or_else(|| quote!(128), |bits| quote!(#bits));
    let (unique, global, normalizer) = (index.unique.is_some(), index.is_global(), normalizer(index));
    quote!(::fieldseal::model::IndexSchema::new(#column, #id, #normalizer.id(), #bits, #unique, #global))
}

fn normalizer(index: &Index) -> TokenStream {
    match &index.normalizer {
        None => quote!(::fieldseal::Normalizer::None),
        Some((_, Normalizer::Builtin(name))) => {
            let name = syn::Ident::new(name, proc_macro2::Span::call_site());
            quote!(::fieldseal::Normalizer::#name)
        }
        Some((_, Normalizer::Custom(id, function))) => {
            let id = format!("custom/{}", id.value());
            quote!(::fieldseal::Normalizer::Custom { id: #id, apply: #function })
        }
    }
}

/// A form can't disagree with its model: on which columns are sealed, indexed, part of the row key, or the firm's.
fn form_checks(input: &Input) -> TokenStream {
    let model = model(input);
    let firm = input.firm_field().and_then(|firm| input.field(firm));
    let firm = firm.map_or_else(|| quote!(""), |field| sql_name(input, field.column()));
    let positions = input.sealed_fields().map(|(field, sealed)| {
        let (position, column) = (position(field.name), sql_name(input, field.column()));
        let term = sealed.attr.index.as_ref().map_or_else(|| quote!(""), |index| sql_name(input, &index.column));
        let span = field.name.span();
        quote_spanned!(span=> const #position: usize =
            ::fieldseal::model::form_column(<#model as ::fieldseal::Model>::SCHEMA, #column, #term);)
    });
    let plain = input
        .fields
        .iter()
        .filter(|field| field.sealed.is_none() && !field.diesel.embed && !field.diesel.computed)
        .map(|field| {
            let (column, span) = (sql_name(input, field.column()), field.name.span());
            quote_spanned!(span=> const _: () =
            ::fieldseal::model::check_plain(<#model as ::fieldseal::Model>::SCHEMA, #column, #firm);)
        });
    let row = input.row();
    let row = row.iter().map(|name| sql_name(input, input.field(name).map_or(name, Field::column)));
    let (table, span) = (input.table_name(), input.name.span());
    let changes =
        (input.loads() && input.derives("AsChangeset") && input.sealed_fields().next().is_some()).then(|| {
            quote_spanned!(span=> const _: () =
            ::fieldseal::model::check_changes_firm(<#model as ::fieldseal::Model>::SCHEMA, #firm);)
        });
    quote_spanned! {span=>
        #(#positions)*
        #(#plain)*
        #changes
        const _: () =
            ::fieldseal::model::check_form(<#model as ::fieldseal::Model>::SCHEMA, #table, #firm, &[#(#row),*]);
    }
}

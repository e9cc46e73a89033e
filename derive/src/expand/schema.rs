//! `SCHEMA`, the static columns and indexes of a model; a form's checks against its model.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;

use super::{diesel, model, position, stored_form};
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
    let row: Vec<_> =
        input.row().iter().filter_map(|r| input.field(r)).map(|field| sql_name(input, field.column())).collect();
    let (columns, positions, statics, indexes) = columns(input);
    let count = columns.len();
    let (key, model_name) = (row_key(input), name.to_string());
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
    let span = syn::spanned::Spanned::span(sealed.inner);
    let not_bool = (sealed.attr.deterministic.is_some() || sealed.attr.index.is_some()).then(|| {
        quote_spanned!(span=> assert!(
            !::fieldseal::model::same(<#form as ::fieldseal::sql_types::StoredForm>::CODEC, "bool"),
            "a deterministic or indexed bool is no secret: two values tell all"
        );)
    });
    quote! {{
        #not_bool
        ::fieldseal::model::ColumnSchema::new(
            #name,
            #column,
            #column_id,
            <#form as ::fieldseal::sql_types::StoredForm>::CODEC,
            <#form as ::fieldseal::sql_types::StoredForm>::DOMAIN,
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
    let (unique, global, normalizer) = (index.unique.is_some(), index.global.is_some(), normalizer(index));
    quote!(::fieldseal::model::IndexSchema::new(#column, #id, #normalizer.id(), #bits, #unique, #global))
}

/// A column's name in SQL, which `#[sql_name]` in `table!` may say other than its name in Rust.
fn sql_name(input: &Input, column: &Ident) -> TokenStream {
    let (diesel, table) = (diesel(), &input.table);
    quote!(<#table::#column as #diesel::Column>::NAME)
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
    let positions = input.sealed_fields().map(|(field, sealed)| {
        let (position, column) = (position(field.name), sql_name(input, field.column()));
        let index = sealed.attr.index.as_ref().map_or(quote!(""), |index| sql_name(input, &index.column));
        let span = field.name.span();
        quote_spanned!(span=> const #position: usize =
            ::fieldseal::model::form_column(<#model as ::fieldseal::Model>::SCHEMA, #column, #index);)
    });
    let plain = input.fields.iter().filter(|f| f.sealed.is_none() && !f.diesel.embed && !f.diesel.computed);
    let plain: Vec<_> = plain.map(|field| sql_name(input, field.column())).collect();
    let firm = input.firm_field().and_then(|firm| input.field(firm));
    let firm = firm.map_or(quote!(""), |field| sql_name(input, field.column()));
    let row = input.row();
    let row = row.iter().map(|name| sql_name(input, input.field(name).map_or(name, Field::column)));
    let (table, span) = (input.table_name(), input.name.span());
    quote_spanned! {span=>
        #(#positions)*
        const _: () = ::fieldseal::model::check_form(
            <#model as ::fieldseal::Model>::SCHEMA, #table, &[#(#plain),*], #firm, &[#(#row),*]
        );
    }
}

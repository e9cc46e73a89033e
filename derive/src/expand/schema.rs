//! `SCHEMA`, the static columns and indexes of a model; a form's checks against its model.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{at, diesel, embed, model, position, sql_name, stored_form};
use crate::ast::{Field, Input, Sealed, unraw};
use crate::attr::{Firm, Index, Normalizer, Pad};

pub(super) fn expand(input: &Input) -> TokenStream {
    match () {
        () if input.is_view => quote!(),
        () if input.is_part() => part_columns(input),
        () if input.is_model() => model_schema(input),
        () => form_checks(input),
    }
}

fn model_schema(input: &Input) -> TokenStream {
    let (name, table) = (input.name, input.table_name());
    let table_id = input.table_id();
    let table_id = input.container.table_id.as_ref().map_or_else(|| quote!(#table_id), |id| quote!(#id));
    let owner = owner(input);
    let row = input.row();
    let row = row.iter().filter_map(|name| input.field(name)).map(|field| sql_name(input, field.column()));
    let (columns, normalizers) = columns(input);
    let positions = input.sealed_fields().enumerate().map(|(i, (field, _))| {
        let position = position(field.name);
        quote!(const #position: usize = #i;)
    });
    let parts: Vec<_> = input.embedded_fields().map(|(field, _)| embed::part_of(input, field)).collect();
    let (key, model_name) = (row_key(input), name.to_string());
    let (firm_type, firm_value) = firm_change(input);
    let (can_own, check_key) = (can_own(input), check_key(input));
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
            fn can_be_owned_by(__firm: &::fieldseal::FirmId) -> bool { #can_own }
            #check_key
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

/// What the struct says of its own columns, and the normalizers of their indexes.
fn columns(input: &Input) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let normalizer = |sealed: &Sealed| match &sealed.attr.index {
        None => quote!(::core::option::Option::None),
        Some(index) => {
            let normalizer = normalizer(index);
            quote!(::core::option::Option::Some(#normalizer))
        }
    };
    input.sealed_fields().map(|(field, sealed)| (column_schema(input, field, sealed), normalizer(sealed))).unzip()
}

/// A part's columns: described here, and to be found in the model's schema.
fn part_columns(input: &Input) -> TokenStream {
    let (model, (columns, normalizers)) = (model(input), columns(input));
    let positions = input.sealed_fields().enumerate().map(|(i, (field, _))| {
        let (position, span) = (position(field.name), field.name.span());
        quote_spanned!(span=> const #position: usize =
            ::fieldseal::model::part_column(<#model as ::fieldseal::Model>::SCHEMA, &__PART_COLUMNS[#i]);)
    });
    let plain = plain_fields(input).map(|(column, span)| {
        quote_spanned!(span=> const _: () =
            ::fieldseal::model::check_part(<#model as ::fieldseal::Model>::SCHEMA, #column);)
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
    let pad = sealed.attr.pad.as_ref().map(|pad| {
        let padding = match pad {
            Pad::Padme(_) => quote!(Padme),
            Pad::Multiple(bytes) => quote!(Multiple(#bytes)),
        };
        quote_spanned!(proc_macro2::Span::call_site().located_at(pad.span())=> .padded(::fieldseal::model::Padding::#padding))
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
        )#pad
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
    let plain = plain_fields(input).map(|(column, span)| {
        quote_spanned!(span=> const _: () =
            ::fieldseal::model::check_plain(<#model as ::fieldseal::Model>::SCHEMA, #column, #firm);)
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

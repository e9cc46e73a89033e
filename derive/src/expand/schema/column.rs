//! What a struct says of each of its sealed columns.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::ast::{Field, Input, Sealed, unraw};
use crate::attr::{Index, Normalizer, Pad};
use crate::expand::{at, sql_name, stored_form};

/// What the struct says of its own columns, and the normalizers of their indexes.
pub(super) fn columns(input: &Input) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let normalizer = |sealed: &Sealed| match &sealed.attr.index {
        None => quote!(::core::option::Option::None),
        Some(index) => {
            let normalizer = normalizer(index);
            quote!(::core::option::Option::Some(#normalizer))
        }
    };
    input.sealed_fields().map(|(field, sealed)| (column_schema(input, field, sealed), normalizer(sealed))).unzip()
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
    let legacy = sealed.legacy().map(|legacy| {
        let (legacy, custom) = (sql_name(input, legacy), sealed.attr.legacy_with.is_some());
        quote!(.in_transit(::fieldseal::model::LegacySchema::new(#legacy, #custom)))
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
        )#pad #legacy
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

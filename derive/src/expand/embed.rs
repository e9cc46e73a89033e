//! Structs within structs: what a part gives to the struct around it, and how a whole struct is opened there.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::parse_quote;

use super::{ambient, at, changeset, generics, model, open, seal, twin};
use crate::ast::{Field, Input};

pub(super) fn expand(input: &Input) -> TokenStream {
    let embeds: TokenStream =
        input.embedded_fields().filter(|_| input.is_model()).map(|(field, _)| embeds(input, field)).collect();
    if input.is_part() {
        let (embedded, part) = (embedded(input), part(input));
        return quote!(#embedded #part);
    }
    if input.loads() {
        let (embedded, whole) = (embedded(input), whole(input));
        return quote!(#embeds #embedded #whole);
    }
    embeds
}

/// An embedded field's type as a part of this model.
pub(super) fn part_of(input: &Input, field: &Field) -> TokenStream {
    let (ty, span, model) = (field.ty, at(field.ty), model(input));
    quote_spanned!(span=> <#ty as ::fieldseal::model::PartOf<#model>>)
}

/// An embedded field's type, to be sealed.
pub(super) fn seals(input: &Input, field: &Field) -> TokenStream {
    let (ty, span, model) = (field.ty, at(field.ty), model(input));
    quote_spanned!(span=> <#ty as ::fieldseal::model::SealEmbedded<#model>>)
}

/// An embedded field's type, to be opened. No part belongs to a view.
pub(super) fn opens(input: &Input, field: &Field) -> TokenStream {
    let (ty, span) = (field.ty, at(field.ty));
    let model = if input.is_view { quote!(()) } else { model(input) };
    quote_spanned!(span=> <#ty as ::fieldseal::model::OpenEmbedded<#model>>)
}

/// The row key that the twin holds.
pub(super) fn own_key(input: &Input) -> TokenStream {
    let row = input.row();
    match row.as_slice() {
        [] => quote!(()),
        [single] => quote!(::core::clone::Clone::clone(&self.#single)),
        all => quote!((#(::core::clone::Clone::clone(&self.#all)),*)),
    }
}

fn embedded(input: &Input) -> TokenStream {
    let (name, twin, schema) = (input.name, twin::path(input), open::schema(input));
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        impl #impl_generics ::fieldseal::model::Embedded for #name #arguments #bounds {
            type Sealed = #twin;
            fn model() -> &'static ::fieldseal::model::ModelSchema { #schema }
        }
    }
}

/// A struct that holds its row opens as it does anywhere.
fn whole(input: &Input) -> TokenStream {
    let (name, closed, param) = (input.name, ambient::closed(input), format_ident!("__M"));
    let (_, arguments, bounds) = input.generics.split_for_impl();
    let generics = generics::with(input.generics, parse_quote!(#param: ?::core::marker::Sized));
    let (impl_generics, _, _) = generics.split_for_impl();
    quote! {
        impl #impl_generics ::fieldseal::model::OpenEmbedded<#param> for #name #arguments #bounds {
            const CLOSED: bool = #closed;
            fn open_embedded(
                __sealed: Self::Sealed,
                __keys: &::fieldseal::model::CellKeys,
                _: &::fieldseal::RowPlace,
            ) -> ::core::result::Result<Self, ::fieldseal::OpenError> {
                ::fieldseal::Open::open(__sealed, __keys)
            }
        }
    }
}

/// A part is described, sealed and opened for the struct around it.
fn part(input: &Input) -> TokenStream {
    let (name, sealed, twin, model) = (input.name, &input.sealed, twin::path(input), model(input));
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    let twin_generics = generics::twin(input);
    let (twin_impl_generics, _, twin_bounds) = twin_generics.split_for_impl();
    let (fields, failed, writes_cell) = (seal::fields(input), ambient::failed(input), changeset::writes_cell(input));
    let opens = input.loads().then(|| part_opens(input));
    quote! {
        impl #impl_generics ::fieldseal::model::PartOf<#model> for #name #arguments #bounds {
            const COLUMNS: &'static [::fieldseal::model::ColumnSchema] = __PART_COLUMNS;
            const NORMALIZERS: &'static [::core::option::Option<::fieldseal::Normalizer>] = __PART_NORMALIZERS;
        }
        impl #twin_impl_generics #twin #twin_bounds {
            fn __writes_cell(&self) -> bool { #writes_cell }
        }
        impl #impl_generics ::fieldseal::model::SealEmbedded<#model> for #name #arguments #bounds {
            fn seal_embedded(&self, __keys: &::fieldseal::model::CellKeys, __row: &::fieldseal::RowPlace)
                -> ::core::result::Result<Self::Sealed, ::fieldseal::SealError> {
                ::core::result::Result::Ok(#sealed { #fields })
            }
            fn failed(&self, __failure: &::fieldseal::model::ambient::Failure) -> Self::Sealed { #failed }
            fn writes_cell(__sealed: &Self::Sealed) -> bool { __sealed.__writes_cell() }
        }
        #opens
    }
}

fn part_opens(input: &Input) -> TokenStream {
    let (name, twin, model) = (input.name, twin::path(input), model(input));
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    let (closed, fields) = (ambient::closed(input), open::fields(input));
    quote! {
        impl #impl_generics #twin #bounds {
            fn __open(self, __keys: &::fieldseal::model::CellKeys, __row: &::fieldseal::RowPlace)
                -> ::core::result::Result<#name #arguments, ::fieldseal::OpenError> {
                ::core::result::Result::Ok(#name { #fields })
            }
        }
        impl #impl_generics ::fieldseal::model::OpenEmbedded<#model> for #name #arguments #bounds {
            const CLOSED: bool = #closed;
            fn open_embedded(
                __sealed: Self::Sealed,
                __keys: &::fieldseal::model::CellKeys,
                __row: &::fieldseal::RowPlace,
            ) -> ::core::result::Result<Self, ::fieldseal::OpenError> {
                __sealed.__open(__keys, __row)
            }
        }
    }
}

/// A model's twin holds its parts, in which lookups re-check cells.
fn embeds(input: &Input, field: &Field) -> TokenStream {
    let (twin, name, ty, key, model) = (&input.sealed, field.name, field.ty, own_key(input), model(input));
    quote! {
        impl<'__embeds> ::fieldseal::model::Embeds<'__embeds, #ty, #model> for #twin {
            fn part(&self) -> &<#ty as ::fieldseal::model::Embedded>::Sealed { &self.#name }
            fn row_key(&self) -> <#model as ::fieldseal::Model>::RowKey { #key }
        }
    }
}

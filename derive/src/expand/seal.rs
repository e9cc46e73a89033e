//! `Seal`, or `SealFor` for forms that do not hold their row key.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{at, carried_firm, column, index, key_fields, key_part, model, own, own_row, split_key, twin};
use crate::ast::{Field, Input, Sealed};
use crate::attr::Firm;

pub(super) fn expand(input: &Input) -> TokenStream {
    if !super::seals(input) {
        return quote!();
    }
    let keys = key_fields(input);
    let (name, sealed) = (input.name, &input.sealed);
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    let twin = twin::path(input);
    let check = check_firm(input);
    let (bindings, fields) = (super::transit::bindings(input), self::fields(input));
    let firm = carried_firm(input).map(|(name, _)| {
        let model = model(input);
        quote!(#name: <#model as ::fieldseal::Model>::firm_change(__keys.firm()),)
    });
    if keys.is_empty() {
        let row = own_row(input);
        return quote! {
            impl #impl_generics ::fieldseal::model::Seal for #name #arguments #bounds {
                type Sealed = #twin;
                fn seal(&self, __keys: &::fieldseal::model::CellKeys)
                    -> ::core::result::Result<Self::Sealed, ::fieldseal::SealError> {
                    #check
                    let __row = #row;
                    #bindings
                    ::core::result::Result::Ok(#sealed { #fields #firm })
                }
            }
        };
    }
    let (model, split) = (model(input), split_key(keys.len()));
    let carried =
        keys.iter().enumerate().map(|(i, (name, _))| (name, key_part(i))).map(|(name, part)| quote!(#name: #part));
    quote! {
        impl #impl_generics ::fieldseal::model::SealFor for #name #arguments #bounds {
            type Key = <#model as ::fieldseal::Model>::RowKey;
            type Sealed = #twin;
            fn seal_for(&self, __keys: &::fieldseal::model::CellKeys, __key: Self::Key)
                -> ::core::result::Result<Self::Sealed, ::fieldseal::SealError> {
                #check
                let __row = ::fieldseal::RowPlace::of(&__key);
                #split
                #bindings
                ::core::result::Result::Ok(#sealed { #fields #(#carried,)* #firm })
            }
        }
    }
}

/// The twin's fields, sealed for `__row`, and their terms.
pub(super) fn fields(input: &Input) -> TokenStream {
    let fields = input.fields.iter().map(|field| self::field(input, field));
    let terms = input.sealed_fields().filter_map(|(field, sealed)| term(input, field, sealed));
    quote!(#(#fields,)* #(#terms,)*)
}

fn check_firm(input: &Input) -> TokenStream {
    let model = model(input);
    let schema = quote!(<#model as ::fieldseal::Model>::SCHEMA);
    match (&input.container.firm, input.firm_field()) {
        (Some(Firm::Platform(_)), _) => quote!(__keys.check_seal(#schema, &::fieldseal::FirmId::Platform)?;),
        (_, Some(firm)) => {
            let firm = own(input, firm);
            quote!(__keys.check_seal(#schema, #firm)?;)
        }
        _ if key_fields(input).is_empty() => quote!(__keys.check_seal_owner::<#model>()?;),
        _ => quote!(<#model as ::fieldseal::Model>::check_key(__keys, &__key)?;),
    }
}

fn field(input: &Input, field: &Field) -> TokenStream {
    let name = field.name;
    let Some(sealed) = &field.sealed else {
        return quote!(#name: ::core::clone::Clone::clone(&self.#name));
    };
    if field.diesel.embed {
        let part = super::embed::seals(input, field);
        return quote!(#name: #part::seal_embedded(&self.#name, __keys, &__row)?);
    }
    if let Some(legacy) = sealed.legacy() {
        return super::transit::fields(field, sealed, legacy);
    }
    let (column, value) = (column(input, name), as_encode(sealed));
    let span = at(sealed.inner);
    let one = quote_spanned!(span=> __keys.seal_cell(#column, &__row, #value)?);
    let sealed = mapped(sealed, quote!(&self.#name), one);
    quote!(#name: #sealed)
}

fn term(input: &Input, field: &Field, sealed: &Sealed) -> Option<TokenStream> {
    let term = &sealed.attr.index.as_ref().filter(|_| sealed.legacy().is_none())?.column;
    let (column, index, name) = (column(input, field.name), index(input, field.name), field.name);
    let (value, span) = (as_encode(sealed), at(sealed.inner));
    let one = quote_spanned!(span=> __keys.term(#column, #index, &__row, #value)?);
    let value = mapped(sealed, quote!(&self.#name), one);
    Some(quote!(#term: #value))
}

/// `__value: &Inner` as something that encodes.
pub(super) fn as_encode(sealed: &Sealed) -> TokenStream {
    let span = at(sealed.inner);
    match &sealed.attr.stored_as {
        _ if sealed.attr.json.is_some() => quote_spanned!(span=> &::fieldseal::model::JsonRef(__value)),
        Some(stored_as) => quote_spanned!(span=> &::fieldseal::model::stored_as::<#stored_as, _>(__value)),
        None => quote_spanned!(span=> __value),
    }
}

/// Applies `one` to `__value` within the field's `Option`s.
fn mapped(sealed: &Sealed, field: TokenStream, one: TokenStream) -> TokenStream {
    let (some, none) = (quote!(::core::option::Option::Some), quote!(::core::option::Option::None));
    match sealed.options {
        0 => quote!({ let __value = #field; #one }),
        1 => quote!(match #field { #some(__value) => #some(#one), #none => #none }),
        _ => {
            quote!(match #field { #some(#some(__value)) => #some(#some(#one)), #some(#none) => #some(#none), #none => #none })
        }
    }
}

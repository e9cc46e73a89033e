//! `Seal`, or `SealFor` for forms that do not hold their row key.

use proc_macro2::TokenStream;
use quote::quote;

use super::{column, index, key_fields, model, twin};
use crate::ast::{Field, Input, Sealed};
use crate::attr::Firm;

pub(super) fn expand(input: &Input) -> TokenStream {
    let keys = key_fields(input);
    let (name, sealed) = (input.name, &input.sealed);
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    let twin = twin::path(input);
    let check = check_firm(input);
    let fields = input.fields.iter().map(|field| self::field(input, field));
    let terms = input.sealed_fields().filter_map(|(field, sealed)| term(input, field, sealed));
    if keys.is_empty() {
        let row = own_row(input);
        return quote! {
            impl #impl_generics ::fieldseal::model::Seal for #name #arguments #bounds {
                type Sealed = #twin;
                fn seal(&self, keys: &::fieldseal::model::CellKeys)
                    -> ::core::result::Result<Self::Sealed, ::fieldseal::SealError> {
                    #check
                    let row = #row;
                    ::core::result::Result::Ok(#sealed { #(#fields,)* #(#terms,)* })
                }
            }
        };
    }
    let (model, names) = (model(input), keys.iter().map(|(name, _)| name));
    let split = if keys.len() == 1 { quote!(let #(#names)* = key;) } else { quote!(let (#(#names),*) = key;) };
    let names = keys.iter().map(|(name, _)| name);
    quote! {
        impl #impl_generics ::fieldseal::model::SealFor for #name #arguments #bounds {
            type Key = <#model as ::fieldseal::Model>::RowKey;
            type Sealed = #twin;
            fn seal_for(&self, keys: &::fieldseal::model::CellKeys, key: Self::Key)
                -> ::core::result::Result<Self::Sealed, ::fieldseal::SealError> {
                #check
                let row = ::fieldseal::RowPlace::of(&key);
                #split
                ::core::result::Result::Ok(#sealed { #(#fields,)* #(#terms,)* #(#names,)* })
            }
        }
    }
}

fn check_firm(input: &Input) -> TokenStream {
    let model = model(input);
    let schema = quote!(<#model as ::fieldseal::Model>::SCHEMA);
    match (&input.container.firm, input.firm_field()) {
        (Some(Firm::Platform), _) => quote!(keys.check_seal(#schema, &::fieldseal::FirmId::Platform)?;),
        (_, Some(firm)) => quote!(keys.check_seal(#schema, &self.#firm)?;),
        _ => quote!(keys.check_seal_owner(#schema)?;),
    }
}

/// The row key that the struct itself holds.
fn own_row(input: &Input) -> TokenStream {
    let row = input.row();
    match row.as_slice() {
        [] => quote!(::fieldseal::RowPlace::none()),
        [single] => quote!(::fieldseal::RowPlace::of(&self.#single)),
        all => quote!(::fieldseal::RowPlace::of(&(#(&self.#all),*))),
    }
}

fn field(input: &Input, field: &Field) -> TokenStream {
    let name = field.name;
    let Some(sealed) = &field.sealed else {
        return quote!(#name: ::core::clone::Clone::clone(&self.#name));
    };
    let (column, value) = (column(input, name), as_encode(sealed));
    let one = quote!(keys.seal_cell(#column, &row, #value)?);
    let sealed = mapped(sealed, quote!(&self.#name), one);
    quote!(#name: #sealed)
}

fn term(input: &Input, field: &Field, sealed: &Sealed) -> Option<TokenStream> {
    let term = &sealed.attr.index.as_ref()?.column;
    let (index, value, name) = (index(input, field.name), as_encode(sealed), field.name);
    let one = quote!(keys.term(#index, #value)?);
    let value = mapped(sealed, quote!(&self.#name), one);
    Some(quote!(#term: #value))
}

/// `value: &Inner` as something that encodes.
fn as_encode(sealed: &Sealed) -> TokenStream {
    if sealed.attr.json.is_some() { quote!(&::fieldseal::model::JsonRef(value)) } else { quote!(value) }
}

/// Applies `one` to `value` within the field's `Option`s.
fn mapped(sealed: &Sealed, field: TokenStream, one: TokenStream) -> TokenStream {
    let (some, none) = (quote!(::core::option::Option::Some), quote!(::core::option::Option::None));
    match sealed.options {
        0 => quote!({ let value = #field; #one }),
        1 => quote!(match #field { #some(value) => #some(#one), #none => #none }),
        _ => {
            quote!(match #field { #some(#some(value)) => #some(#some(#one)), #some(#none) => #some(#none), #none => #none })
        }
    }
}

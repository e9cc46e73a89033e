//! Fields in transit: cell, term and legacy value are made together and opened together.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::{at, model, plain, position, seal, stored_form, wrapped};
use crate::ast::{Field, Input, Sealed, unraw};

/// What the legacy column's values are marked by: the stored form, or home-made.
pub(super) fn marker(sealed: &Sealed) -> TokenStream {
    if sealed.attr.legacy_with.is_some() { quote!(::fieldseal::model::HomeMade) } else { stored_form(sealed) }
}

/// The legacy value's type in the twin.
pub(super) fn legacy_type(sealed: &Sealed) -> TokenStream {
    let (marker, span) = (marker(sealed), at(sealed.inner));
    wrapped(quote_spanned!(span=> ::fieldseal::model::Legacy<#marker>), usize::from(sealed.options > 1))
}

/// The three values of a pair, before they are told apart.
pub(super) fn value_type(sealed: &Sealed) -> TokenStream {
    let (form, marker, span) = (stored_form(sealed), marker(sealed), at(sealed.inner));
    quote_spanned!(span=> ::fieldseal::model::InTransit<#form, #marker>)
}

/// What the model knows of the pair.
pub(super) fn pair(input: &Input, field: &Ident) -> TokenStream {
    let (model, position) = (model(input), position(field));
    quote!(::fieldseal::model::pair::<#model>(#position))
}

/// What a binding of this field's part is called.
fn bound(what: &str, field: &Field) -> Ident {
    format_ident!("__{what}_of_{}", unraw(field.name))
}

/// Binds the three values of every field in transit, each by one look at the phase.
pub(super) fn bindings(input: &Input) -> TokenStream {
    let fields = input.sealed_fields().filter(|(_, sealed)| sealed.legacy().is_some());
    fields.map(|(field, sealed)| binding(input, field, sealed)).collect()
}

fn binding(input: &Input, field: &Field, sealed: &Sealed) -> TokenStream {
    let (name, ty, pair) = (field.name, value_type(sealed), pair(input, field.name));
    let (value, span) = (seal::as_encode(sealed), at(sealed.inner));
    let one = quote_spanned!(span=> __keys.seal_pair(#pair, &__row, #value)?);
    let null = if leaves_none(input, field, sealed) {
        quote!(::fieldseal::model::InTransit::null())
    } else {
        quote!(__keys.null_pair(#pair)?)
    };
    let (some, none) = (quote!(::core::option::Option::Some), quote!(::core::option::Option::None));
    let (ty, sealed_value, split) = match sealed.options {
        0 => (ty, quote!({ let __value = &self.#name; #one }), quote!(split)),
        1 => (ty, quote!(match &self.#name { #some(__value) => #one, #none => #null }), quote!(split)),
        _ => (
            quote!(::core::option::Option<#ty>),
            quote!(match &self.#name {
                #some(#some(__value)) => #some(#one),
                #some(#none) => #some(__keys.null_pair(#pair)?),
                #none => #none,
            }),
            quote!(split_patch),
        ),
    };
    let [cell, term, plain] = ["__cell", "__term", "__plain"].map(|what| bound(&what[2..], field));
    let values = value_type(sealed);
    quote! {
        let __set: #ty = #sealed_value;
        let (#cell, #term, #plain) = <#values>::#split(__set);
        let _ = &#term;
    }
}

/// Whether `None` sets nothing: in what only updates.
fn leaves_none(input: &Input, field: &Field, sealed: &Sealed) -> bool {
    sealed.options == 1 && skips(input, field, sealed) && !input.derives("Insertable")
}

/// Whether an update leaves the columns as they are where there is no value.
pub(super) fn skips(input: &Input, field: &Field, sealed: &Sealed) -> bool {
    let as_null = field.diesel.treat_none_as_null.unwrap_or(input.diesel.treat_none_as_null);
    input.derives("AsChangeset") && !as_null && sealed.options > 0
}

/// Whether the twin sets the columns.
pub(super) fn sets(input: &Input, field: &Field, sealed: &Sealed, legacy: &Ident) -> TokenStream {
    let name = field.name;
    match sealed.options {
        _ if !skips(input, field, sealed) => quote!(true),
        1 => quote!((self.#name.is_some() || self.#legacy.is_some())),
        _ => quote!(self.#name.is_some()),
    }
}

/// The twin's fields, of what is bound.
pub(super) fn fields(field: &Field, sealed: &Sealed, legacy: &Ident) -> TokenStream {
    let (name, [cell, term, plain]) = (field.name, ["cell", "term", "plain"].map(|what| bound(what, field)));
    let term = sealed.attr.index.as_ref().map(|index| {
        let column = &index.column;
        quote!(, #column: #term)
    });
    quote!(#name: #cell, #legacy: #plain #term)
}

/// The struct's field, opened.
pub(super) fn open(input: &Input, field: &Field, sealed: &Sealed, legacy: &Ident, opened: TokenStream) -> TokenStream {
    let (name, ty, pair, span) = (field.name, plain(sealed), pair(input, field.name), at(sealed.inner));
    let call = |function: &str| {
        let function = format_ident!("{function}");
        quote_spanned!(span=> __keys.#function::<#ty, _>(#pair, &__row, self.#name, self.#legacy)?)
    };
    if sealed.options == 0 {
        let one = call("open_required");
        return quote!(#name: { let __opened = #one; #opened });
    }
    let one = call("open_pair");
    quote!(#name: match #one {
        ::core::option::Option::Some(__opened) => ::core::option::Option::Some(#opened),
        ::core::option::Option::None => ::core::option::Option::None,
    })
}

/// What reads and writes home-made ciphertext, for each of the model's own columns.
pub(super) fn hooks(input: &Input) -> TokenStream {
    if input.sealed_fields().all(|(_, sealed)| sealed.attr.legacy_with.is_none()) {
        return quote!();
    }
    let hooks = input.sealed_fields().map(|(_, sealed)| hook(sealed));
    quote! {
        fn legacy_hooks() -> &'static [::core::option::Option<::fieldseal::model::LegacyHook>] {
            const __HOOKS: &[::core::option::Option<::fieldseal::model::LegacyHook>] = &[#(#hooks),*];
            __HOOKS
        }
    }
}

fn hook(sealed: &Sealed) -> TokenStream {
    let Some(read) = sealed.attr.legacy_with.as_ref().and_then(|with| with.function.as_ref()) else {
        return quote!(::core::option::Option::None);
    };
    let (inner, value, span) = (sealed.inner, seal::as_encode(sealed), at(read));
    let read = quote_spanned! {span=> |__bytes: &[u8]| {
        let __read: ::core::result::Result<#inner, _> = #read(__bytes);
        let __value = &__read.map_err(|_| ::fieldseal::model::LegacyError::Refused)?;
        ::fieldseal::model::legacy_form(#value)
    }};
    let write = sealed.attr.legacy_write.as_ref().map(|write| {
        let (ty, span) = (plain(sealed), at(write));
        let value = quote_spanned!(span=> ::fieldseal::model::legacy_value::<#ty>(__stored)?);
        let value = match &sealed.attr.stored_as {
            _ if sealed.attr.json.is_some() => quote!(#value.0),
            Some(_) => quote_spanned!(span=> ::core::convert::TryInto::<#inner>::try_into(#value)
                .map_err(|_| ::fieldseal::model::LegacyError::NotWritten)?),
            None => value,
        };
        quote_spanned! {span=> .writing(|__stored: &[u8]| {
            let __value: #inner = #value;
            let __written: ::core::result::Result<::std::vec::Vec<u8>, _> = #write(&__value);
            __written.map_err(|_| ::fieldseal::model::LegacyError::NotWritten)
        })}
    });
    quote!(::core::option::Option::Some(::fieldseal::model::LegacyHook::new(#read) #write))
}

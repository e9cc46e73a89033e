//! The generated code. Each part is one file; all of it lies in one `const _` but for the twin.

mod changeset;
mod guard;
mod handle;
mod open;
mod schema;
mod seal;
mod twin;

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::Ident;

use crate::ast::{Input, Sealed};

pub(crate) fn expand(input: &Input) -> TokenStream {
    let twin = twin::expand(input);
    let parts = [
        schema::expand(input),
        seal::expand(input),
        open::expand(input),
        changeset::expand(input),
        guard::expand(input),
        handle::expand(input),
    ];
    quote! {
        #twin
        #[automatically_derived]
        #[allow(unused_qualifications, clippy::all)]
        const _: () = { #(#parts)* };
    }
}

/// Diesel, as fieldseal re-exports it: users need not name it alike.
fn diesel() -> TokenStream {
    quote!(::fieldseal::__private::diesel)
}

/// The model: the struct itself, or the one that a form points at.
fn model(input: &Input) -> TokenStream {
    let name = input.name;
    input.container.model.as_ref().map_or_else(|| quote!(#name), |model| quote!(#model))
}

/// `Option`s around a type.
fn wrapped(mut ty: TokenStream, options: usize) -> TokenStream {
    for _ in 0..options {
        ty = quote!(::core::option::Option<#ty>);
    }
    ty
}

/// The stored form of a sealed field.
fn stored_form(sealed: &Sealed) -> TokenStream {
    let inner = without_lifetimes(sealed.inner.to_token_stream());
    if sealed.attr.json.is_some() {
        quote!(::fieldseal::sql_types::Json)
    } else {
        quote!(<#inner as ::fieldseal::Encode>::Form)
    }
}

/// The type with `'static` for every lifetime: twins own their cells and have none, and a stored form depends on none.
fn without_lifetimes(tokens: TokenStream) -> TokenStream {
    let mut after_quote = false;
    let replace = |token| {
        let is_name = std::mem::replace(&mut after_quote, matches!(&token, TokenTree::Punct(p) if p.as_char() == '\''));
        match token {
            TokenTree::Ident(name) if is_name => TokenTree::Ident(Ident::new("static", name.span())),
            TokenTree::Group(group) => {
                TokenTree::Group(Group::new(group.delimiter(), without_lifetimes(group.stream())))
            }
            token => token,
        }
    };
    tokens.into_iter().map(replace).collect()
}

/// A sealed field's cell, with its `Option`s.
fn cell_type(sealed: &Sealed) -> TokenStream {
    let form = stored_form(sealed);
    wrapped(quote!(::fieldseal::Ciphertext<#form>), sealed.options)
}

/// A sealed field's term, with its `Option`s.
fn term_type(sealed: &Sealed) -> TokenStream {
    let form = stored_form(sealed);
    wrapped(quote!(::fieldseal::Term<#form>), sealed.options)
}

/// The constant that holds a sealed field's position in its model's schema.
fn position(field: &Ident) -> Ident {
    format_ident!("__POSITION_{}", crate::ast::unraw(field).to_uppercase())
}

/// The static column of a sealed field.
fn column(input: &Input, field: &Ident) -> TokenStream {
    let (model, position) = (model(input), position(field));
    quote!(&<#model as ::fieldseal::Model>::columns()[#position])
}

/// The static index of an indexed field.
fn index(input: &Input, field: &Ident) -> TokenStream {
    let (model, position) = (model(input), position(field));
    quote!(::fieldseal::model::index_at(<#model as ::fieldseal::Model>::indexes(), #position))
}

/// The fields that a form without its row key gets in its twin: name and type.
fn key_fields(input: &Input) -> Vec<(Ident, TokenStream)> {
    if input.is_model() || input.holds_row() {
        return Vec::new();
    }
    let (model, row) = (model(input), input.row());
    let key = quote!(<#model as ::fieldseal::Model>::RowKey);
    let single = row.len() == 1;
    let part = |i: usize| if single { key.clone() } else { quote!(<#key as ::fieldseal::model::KeyPart<#i>>::Part) };
    row.into_iter().enumerate().map(|(i, name)| (name, part(i))).collect()
}

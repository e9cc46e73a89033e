//! The generated code. Each part is one file; all of it lies in `const _` but for the twin.

mod ambient;
mod beside;
mod changeset;
mod columns;
mod embed;
mod generics;
mod guard;
mod handle;
mod open;
mod schema;
mod seal;
mod transit;
mod twin;
mod underived;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use crate::ast::{Field, Input, Sealed};

pub(crate) fn expand(input: &Input) -> TokenStream {
    let twin = twin::expand(input);
    let beside = beside::expand(input);
    let columns = columns::expand(input);
    let parts = [
        schema::expand(input),
        seal::expand(input),
        open::expand(input),
        changeset::expand(input),
        guard::expand(input),
        underived::expand(input),
        ambient::expand(input),
        handle::expand(input),
        embed::expand(input),
    ];
    quote! {
        #beside
        #columns
        #twin
        #[automatically_derived]
        #[allow(
            deprecated, non_upper_case_globals, unused_qualifications, clippy::all,
            reason = "generated: nobody can write it otherwise"
        )]
        const _: () = { #(#parts)* };
    }
}

/// Diesel, as fieldseal re-exports it: users need not name it alike.
fn diesel() -> TokenStream {
    quote!(::fieldseal::__private::diesel)
}

/// Where an error about `tokens` belongs; generated code all the same, which lints leave alone.
fn at(tokens: &impl syn::spanned::Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}

/// A reference to a field, in place of which a type of no use is reported.
fn own(input: &Input, name: &Ident) -> TokenStream {
    let span = input.field(name).map_or_else(Span::call_site, |field| at(field.ty));
    let mut name = name.clone();
    name.set_span(span);
    quote_spanned!(span=> &self.#name)
}

/// The place of the row whose key the struct holds.
fn own_row(input: &Input) -> TokenStream {
    let row: Vec<_> = input.row().iter().map(|name| own(input, name)).collect();
    match row.as_slice() {
        [] => quote!(::fieldseal::RowPlace::none()),
        [single] => quote!(::fieldseal::RowPlace::of(#single)),
        all => quote!(::fieldseal::RowPlace::of(&(#(#all),*))),
    }
}

/// The model: the struct itself, or the one that a form points at.
fn model(input: &Input) -> TokenStream {
    let name = input.name;
    input.container.model.as_ref().map_or_else(|| quote!(#name), |model| quote!(#model))
}

/// `Option`s around a type.
fn wrapped(ty: TokenStream, options: usize) -> TokenStream {
    (0..options).fold(ty, |ty, _| {
        let span = at(&ty);
        quote_spanned!(span=> ::core::option::Option<#ty>)
    })
}

/// The stored form of a sealed field.
fn stored_form(sealed: &Sealed) -> TokenStream {
    if sealed.attr.json.is_some() {
        return quote!(::fieldseal::sql_types::Json);
    }
    let written = sealed.attr.stored_as.as_ref().unwrap_or(sealed.inner);
    let (inner, span) = (generics::without_lifetimes(written), at(written));
    quote_spanned!(span=> <#inner as ::fieldseal::model::SealField>::Form)
}

/// The type that one cell opens to.
fn plain(sealed: &Sealed) -> TokenStream {
    let (inner, span) = (sealed.inner, at(sealed.inner));
    match &sealed.attr.stored_as {
        _ if sealed.attr.json.is_some() => quote_spanned!(span=> ::fieldseal::Json<#inner>),
        Some(stored_as) => quote!(#stored_as),
        None => quote_spanned!(span=> <#inner as ::fieldseal::model::OpenField>::Plain),
    }
}

/// A sealed field's cell, in so many `Option`s.
fn cell_in(sealed: &Sealed, options: usize) -> TokenStream {
    let (form, span) = (stored_form(sealed), at(sealed.inner));
    wrapped(quote_spanned!(span=> ::fieldseal::Ciphertext<#form>), options)
}

/// A sealed field's term, in so many `Option`s.
fn term_in(sealed: &Sealed, options: usize) -> TokenStream {
    let (form, span) = (stored_form(sealed), at(sealed.inner));
    wrapped(quote_spanned!(span=> ::fieldseal::Term<#form>), options)
}

/// A sealed field's cell, in its `Option`s; in transit it may be NULL beside a legacy value.
fn cell_type(sealed: &Sealed) -> TokenStream {
    cell_in(sealed, options(sealed))
}

/// The `Option`s of a sealed field's cell and term in the twin.
fn options(sealed: &Sealed) -> usize {
    if sealed.legacy().is_some() { sealed.options.max(1) } else { sealed.options }
}

/// A field's type in the twin.
fn twin_type(field: &Field) -> TokenStream {
    match &field.sealed {
        None => quote::ToTokens::to_token_stream(field.ty),
        Some(_) if field.diesel.embed => {
            let (ty, span) = (field.ty, at(field.ty));
            quote_spanned!(span=> <#ty as ::fieldseal::model::Embedded>::Sealed)
        }
        Some(sealed) => cell_type(sealed),
    }
}

/// Whether the struct is sealed as a whole. Cells and rows that are only shown are not this struct's to write.
fn seals(input: &Input) -> bool {
    let shows_rows = input.embedded_fields().next().is_some() && !input.is_model() && !input.writes();
    !(input.is_part() || input.is_view || shows_rows || input.shown_fields().next().is_some())
}

/// The constant that holds a sealed field's position in its model's schema.
fn position(field: &Ident) -> Ident {
    format_ident!("__POSITION_{}", crate::ast::unraw(field))
}

/// The twin's field that holds the row key of a shown cell, where no field of the struct does.
fn selected_row(field: &crate::ast::Field) -> Ident {
    format_ident!("__row_of_{}", crate::ast::unraw(field.name))
}

/// A column's SQL name, as `table!` has it: a column may have another there than in Rust.
fn sql_name(input: &Input, column: &Ident) -> TokenStream {
    let (diesel, table) = (diesel(), &input.table);
    quote!(<#table::#column as #diesel::query_source::Column>::NAME)
}

/// What a part of `__key` is bound to. The names of generated bindings begin with `__`, since a `use clients::dsl::*`
/// may have put a unit struct of any column's name into scope, which a binding can't shadow.
fn key_part(i: usize) -> Ident {
    format_ident!("__key_{i}")
}

/// Binds each part of `__key` to a name.
fn split_key(parts: usize) -> TokenStream {
    let names = (0..parts).map(key_part);
    match parts {
        0 => quote!(let () = __key;),
        1 => quote!(let #(#names)* = __key;),
        _ => quote!(let (#(#names),*) = __key;),
    }
}

/// The field in which a form without the firm's column carries the firm for its changeset. A form that is loaded has
/// none, since Diesel would look for its column: it must hold the firm's own.
fn carried_firm(input: &Input) -> Option<(Ident, TokenStream)> {
    let carries = !input.is_model()
        && !input.is_part()
        && input.firm_field().is_none()
        && input.derives("AsChangeset")
        && !input.loads();
    let model = model(input);
    carries.then(|| (format_ident!("__firm"), quote!(<#model as ::fieldseal::Model>::FirmChange)))
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
    if input.is_model() || input.is_part() || input.is_view || input.holds_row() {
        return Vec::new();
    }
    model_row(input)
}

/// The row key's columns of the model that the struct points at: name and type.
fn model_row(input: &Input) -> Vec<(Ident, TokenStream)> {
    let (model, row) = (model(input), input.row());
    let key = quote!(<#model as ::fieldseal::Model>::RowKey);
    let single = row.len() == 1;
    let part = |i: usize| if single { key.clone() } else { quote!(<#key as ::fieldseal::model::KeyPart<#i>>::Part) };
    row.into_iter().enumerate().map(|(i, name)| (name, part(i))).collect()
}

//! `AsChangeset` of twins. Written here rather than derived by Diesel, since a changeset with cells also sets the row
//! key that they are bound to: in an update of another row the database refuses, or the row stays readable.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Ident, Lifetime};

use super::{cell_type, diesel, key_fields, stored_form, term_type, twin};
use crate::ast::{Field, Input, Sealed};

pub(super) fn expand(input: &Input) -> TokenStream {
    if !input.derives("AsChangeset") {
        return quote!();
    }
    let owned = implementation(input, None);
    let borrowed = implementation(input, Some(&Lifetime::new("'__update", input.name.span())));
    quote!(#owned #borrowed)
}

fn implementation(input: &Input, by_ref: Option<&Lifetime>) -> TokenStream {
    let (diesel, table) = (diesel(), &input.table);
    let (types, values): (Vec<_>, Vec<_>) = changes(input, by_ref).into_iter().unzip();
    let twin = twin::path(input);
    let mut generics = twin::generics(input);
    let this = match by_ref {
        None => quote!(#twin),
        Some(lifetime) => {
            generics.params.insert(0, syn::parse_quote!(#lifetime));
            quote!(&#lifetime #twin)
        }
    };
    let (impl_generics, _, bounds) = generics.split_for_impl();
    let writes_cell = writes_cell(input);
    quote! {
        impl #impl_generics #diesel::query_builder::AsChangeset for #this #bounds {
            type Target = #table::table;
            type Changeset = <(#(#types,)*) as #diesel::query_builder::AsChangeset>::Changeset;
            fn as_changeset(self) -> Self::Changeset {
                let writes_cell: bool = #writes_cell;
                #diesel::query_builder::AsChangeset::as_changeset((#(#values,)*))
            }
        }
    }
}

/// Types and values of the assignments.
fn changes(input: &Input, by_ref: Option<&Lifetime>) -> Vec<(TokenStream, TokenStream)> {
    let written = input.fields.iter().filter(|field| !is_skipped(input, field));
    let mut changes: Vec<_> = written.flat_map(|field| field_changes(input, field, by_ref)).collect();
    changes.extend(key_changes(input, by_ref));
    changes
}

/// Diesel skips the primary key; the firm of a row never changes by a patch.
fn is_skipped(input: &Input, field: &Field) -> bool {
    let keys = &input.diesel.primary_key;
    let primary = if keys.is_empty() { field.column() == "id" } else { keys.contains(field.column()) };
    primary || field.diesel.skip_update || input.firm_field() == Some(field.name) || input.row().contains(field.name)
}

fn field_changes(input: &Input, field: &Field, by_ref: Option<&Lifetime>) -> Vec<(TokenStream, TokenStream)> {
    let name = field.name;
    if field.diesel.embed {
        let (ty, reference) = (field.ty, by_ref.map(|lifetime| quote!(&#lifetime)));
        let borrow = by_ref.map(|_| quote!(&));
        return vec![(quote!(#reference #ty), quote!(#borrow self.#name))];
    }
    let as_null = field.diesel.treat_none_as_null.unwrap_or(input.diesel.treat_none_as_null);
    let cell = match &field.sealed {
        None => assignment(
            input,
            field.column(),
            name,
            Value::of(field.ty.to_token_stream(), plain_options(field), as_null),
            by_ref,
        ),
        Some(sealed) => assignment(input, field.column(), name, Value::cell(sealed, as_null), by_ref),
    };
    let term = field.sealed.as_ref().and_then(|sealed| {
        let column = &sealed.attr.index.as_ref()?.column;
        Some(assignment(input, column, column, Value::term(sealed, as_null), by_ref))
    });
    [Some(cell), term].into_iter().flatten().collect()
}

/// A field's type; where its outer `Option` means "leave as it is", the type within.
struct Value {
    ty: TokenStream,
    skips: bool,
}

impl Value {
    fn of(ty: TokenStream, inner: Option<TokenStream>, as_null: bool) -> Self {
        match inner {
            Some(inner) if !as_null => Self { ty: inner, skips: true },
            _ => Self { ty, skips: false },
        }
    }

    fn cell(sealed: &Sealed, as_null: bool) -> Self {
        let form = stored_form(sealed);
        Self::of(cell_type(sealed), within(sealed, quote!(::fieldseal::Ciphertext<#form>)), as_null)
    }

    fn term(sealed: &Sealed, as_null: bool) -> Self {
        let form = stored_form(sealed);
        Self::of(term_type(sealed), within(sealed, quote!(::fieldseal::Term<#form>)), as_null)
    }
}

fn within(sealed: &Sealed, ty: TokenStream) -> Option<TokenStream> {
    (sealed.options > 0).then(|| super::wrapped(ty, sealed.options - 1))
}

fn plain_options(field: &Field) -> Option<TokenStream> {
    crate::ast::option(field.ty).map(ToTokens::to_token_stream)
}

fn assignment(
    input: &Input,
    column: &Ident,
    field: &Ident,
    value: Value,
    by_ref: Option<&Lifetime>,
) -> (TokenStream, TokenStream) {
    let (diesel, table, ty) = (diesel(), &input.table, value.ty);
    let reference = by_ref.map(|lifetime| quote!(&#lifetime));
    let eq = quote!(#diesel::dsl::Eq<#table::#column, #reference #ty>);
    let assign = |value| quote!(#diesel::ExpressionMethods::eq(#table::#column, #value));
    match (value.skips, by_ref) {
        (true, None) => {
            let one = assign(quote!(value));
            (quote!(::core::option::Option<#eq>), quote!(self.#field.map(|value| #one)))
        }
        (true, Some(_)) => {
            let one = assign(quote!(value));
            (quote!(::core::option::Option<#eq>), quote!(self.#field.as_ref().map(|value| #one)))
        }
        (false, None) => (eq, assign(quote!(self.#field))),
        (false, Some(_)) => (eq, assign(quote!(&self.#field))),
    }
}

/// The row key, set to itself whenever a cell is written.
fn key_changes(input: &Input, by_ref: Option<&Lifetime>) -> Vec<(TokenStream, TokenStream)> {
    let carried = key_fields(input);
    let own = input.row().into_iter().filter_map(|name| {
        let field = input.field(&name)?;
        Some((name, field.column().clone(), field.ty.to_token_stream()))
    });
    let keys = own.chain(carried.into_iter().map(|(name, ty)| (name.clone(), name, ty)));
    let (diesel, table) = (diesel(), &input.table);
    keys.map(|(name, column, ty)| {
        let reference = by_ref.map(|lifetime| quote!(&#lifetime));
        let value = by_ref.map_or_else(|| quote!(::core::clone::Clone::clone(&self.#name)), |_| quote!(&self.#name));
        let eq = quote!(#diesel::dsl::Eq<#table::#column, #reference #ty>);
        let assign = quote!(#diesel::ExpressionMethods::eq(#table::#column, #value));
        (quote!(::core::option::Option<#eq>), quote!(writes_cell.then(|| #assign)))
    })
    .collect()
}

/// Whether the changeset holds a cell.
fn writes_cell(input: &Input) -> TokenStream {
    let options = input.sealed_fields().map(|(field, sealed)| {
        let name = field.name;
        if sealed.options == 0 { quote!(|| true) } else { quote!(|| self.#name.is_some()) }
    });
    quote!(false #(#options)*)
}

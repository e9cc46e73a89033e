//! `AsChangeset` of twins. Written here rather than derived by Diesel, since a changeset with cells also sets the row
//! key and the firm that they are bound to: in an update of another row, or of another firm's, the database refuses, or
//! the row stays readable.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Ident, Lifetime, parse_quote};

use super::{carried_firm, cell_in, diesel, generics, key_fields, term_in, transit, twin, twin_type, wrapped};
use crate::ast::{Field, Input, Sealed};

pub(super) fn expand(input: &Input) -> TokenStream {
    if !input.derives("AsChangeset") {
        return quote!();
    }
    let owned = implementation(input, None);
    // A value that is converted on the way is given away; Diesel's own derive does the same.
    let converts = input.changed_fields().any(|field| field.diesel.serialize_as.is_some());
    let borrowed = (!converts).then(|| implementation(input, Some(&Lifetime::new("'__update", input.name.span()))));
    quote!(#owned #borrowed)
}

fn implementation(input: &Input, by_ref: Option<&Lifetime>) -> TokenStream {
    let (diesel, table, twin) = (diesel(), &input.table, twin::path(input));
    let (types, values): (Vec<_>, Vec<_>) = changes(input, by_ref).into_iter().unzip();
    let mut generics = generics::twin(input);
    let this = match by_ref {
        None => quote!(#twin),
        Some(lifetime) => {
            generics = generics::with(&generics, parse_quote!(#lifetime));
            quote!(&#lifetime #twin)
        }
    };
    let (impl_generics, _, bounds) = generics.split_for_impl();
    let (writes_cell, sets) = (writes_cell(input), sets_flags(input));
    quote! {
        impl #impl_generics #diesel::query_builder::AsChangeset for #this #bounds {
            type Target = #table::table;
            type Changeset = <(#(#types,)*) as #diesel::query_builder::AsChangeset>::Changeset;
            fn as_changeset(self) -> Self::Changeset {
                let __writes_cell: bool = #writes_cell;
                #sets
                #diesel::query_builder::AsChangeset::as_changeset((#(#values,)*))
            }
        }
    }
}

/// Types and values of the assignments.
fn changes(input: &Input, by_ref: Option<&Lifetime>) -> Vec<(TokenStream, TokenStream)> {
    let fields = input.changed_fields().flat_map(|field| field_changes(input, field, by_ref));
    fields.chain(key_changes(input, by_ref)).chain(carried_firm_change(input)).collect()
}

fn field_changes(input: &Input, field: &Field, by_ref: Option<&Lifetime>) -> Vec<(TokenStream, TokenStream)> {
    let name = field.name;
    if field.diesel.embed {
        let (ty, reference) = (twin_type(field), by_ref.map(|lifetime| quote!(&#lifetime)));
        let borrow = by_ref.map(|_| quote!(&));
        return vec![(quote!(#reference #ty), quote!(#borrow self.#name))];
    }
    let as_null = field.diesel.treat_none_as_null.unwrap_or(input.diesel.treat_none_as_null);
    let Some(sealed) = &field.sealed else {
        return vec![assignment(input, field.column(), name, Value::plain(field, as_null), by_ref)];
    };
    if let Some(legacy) = sealed.legacy() {
        return transit_changes(input, field, sealed, legacy, by_ref);
    }
    let cell = assignment(input, field.column(), name, Value::sealed(sealed, cell_in, as_null), by_ref);
    let term =
        sealed.attr.index.as_ref().map(|index| {
            assignment(input, &index.column, &index.column, Value::sealed(sealed, term_in, as_null), by_ref)
        });
    [Some(cell), term].into_iter().flatten().collect()
}

/// Cell, term and legacy value, set together or not at all.
fn transit_changes(
    input: &Input,
    field: &Field,
    sealed: &Sealed,
    legacy: &Ident,
    by_ref: Option<&Lifetime>,
) -> Vec<(TokenStream, TokenStream)> {
    let marker = transit::marker(sealed);
    let cell = (field.column(), field.name, cell_in(sealed, 1));
    let term = sealed.attr.index.as_ref().map(|index| (&index.column, &index.column, term_in(sealed, 1)));
    let plain = (legacy, legacy, quote!(::fieldseal::model::Legacy<#marker>));
    let (diesel, table) = (diesel(), &input.table);
    let reference = by_ref.map(|lifetime| quote!(&#lifetime));
    let borrow = by_ref.map(|_| quote!(&));
    let one = |(column, name, ty): (&Ident, &Ident, TokenStream)| {
        let eq = quote!(#diesel::dsl::Eq<#table::#column, #reference #ty>);
        let assign = |value: TokenStream| quote!(#diesel::ExpressionMethods::eq(#table::#column, #value));
        if sealed.options > 1 {
            let (one, borrow) = (assign(quote!(__value)), by_ref.map(|_| quote!(.as_ref())));
            return (wrapped(eq, 1), quote!(self.#name #borrow.map(|__value| #one)));
        }
        let flag = sets_flag(field);
        let value = assign(quote!(#borrow self.#name));
        (wrapped(eq, 1), quote!(#flag.then(|| #value)))
    };
    [Some(cell), term, Some(plain)].into_iter().flatten().map(one).collect()
}

/// What says whether a field in transit is set.
fn sets_flag(field: &Field) -> Ident {
    quote::format_ident!("__sets_{}", crate::ast::unraw(field.name))
}

/// Says of each field in transit whether it is set, before its parts are moved.
fn sets_flags(input: &Input) -> TokenStream {
    let one = |(field, sealed): (&Field, &Sealed)| {
        let legacy = sealed.legacy().filter(|_| sealed.options < 2)?;
        let (flag, sets) = (sets_flag(field), transit::sets(input, field, sealed, legacy));
        Some(quote!(let #flag: bool = #sets;))
    };
    let changed = input.changed_fields().filter(|field| !field.diesel.embed);
    changed.filter_map(|field| one((field, field.sealed.as_ref()?))).collect()
}

/// A field's type; where its outer `Option` means "leave as it is", the type within.
struct Value {
    ty: TokenStream,
    skips: bool,
    converts: bool,
}

impl Value {
    fn plain(field: &Field, as_null: bool) -> Self {
        let (ty, converts) = match &field.diesel.serialize_as {
            Some(ty) => (ty, true),
            None => (field.ty, false),
        };
        let skips = !as_null && crate::ast::option(field.ty).is_some();
        let within = crate::ast::option(ty).filter(|_| skips).unwrap_or(ty);
        Self { ty: within.to_token_stream(), skips, converts }
    }

    /// `of` is the type of the cell, or of the term.
    fn sealed(sealed: &Sealed, of: fn(&Sealed, usize) -> TokenStream, as_null: bool) -> Self {
        let skips = !as_null && sealed.options > 0;
        Self { ty: of(sealed, sealed.options - usize::from(skips)), skips, converts: false }
    }
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
    let assign = |one: TokenStream| {
        let one = if value.converts { quote!(::core::convert::Into::<#ty>::into(#one)) } else { one };
        quote!(#diesel::ExpressionMethods::eq(#table::#column, #one))
    };
    if value.skips {
        let (one, borrow) = (assign(quote!(__value)), by_ref.map(|_| quote!(.as_ref())));
        return (wrapped(eq, 1), quote!(self.#field #borrow.map(|__value| #one)));
    }
    let borrow = by_ref.map(|_| quote!(&));
    (eq, assign(quote!(#borrow self.#field)))
}

/// Row key and firm, set to themselves whenever a cell is written.
fn key_changes(input: &Input, by_ref: Option<&Lifetime>) -> Vec<(TokenStream, TokenStream)> {
    let row = input.row();
    let firm = input.firm_field().filter(|firm| !row.contains(firm)).cloned();
    let own = row.into_iter().chain(firm).filter_map(|name| {
        let field = input.field(&name)?;
        Some((name, field.column().clone(), field.ty.to_token_stream()))
    });
    let carried = key_fields(input).into_iter().map(|(name, ty)| (name.clone(), name, ty));
    let (diesel, table) = (diesel(), &input.table);
    own.chain(carried)
        .map(|(name, column, ty)| {
            let reference = by_ref.map(|lifetime| quote!(&#lifetime));
            let value =
                by_ref.map_or_else(|| quote!(::core::clone::Clone::clone(&self.#name)), |_| quote!(&self.#name));
            let eq = quote!(#diesel::dsl::Eq<#table::#column, #reference #ty>);
            let assign = quote!(#diesel::ExpressionMethods::eq(#table::#column, #value));
            (wrapped(eq, 1), quote!(__writes_cell.then(|| #assign)))
        })
        .collect()
}

/// The firm of a form that does not hold it.
fn carried_firm_change(input: &Input) -> Option<(TokenStream, TokenStream)> {
    let (name, ty) = carried_firm(input)?;
    let value =
        quote!(if __writes_cell { ::core::clone::Clone::clone(&self.#name) } else { ::core::option::Option::None });
    Some((ty, value))
}

/// Whether the changeset holds a cell.
pub(super) fn writes_cell(input: &Input) -> TokenStream {
    let sealed = input.changed_fields().filter_map(|field| Some((field, field.sealed.as_ref()?)));
    let one = sealed.map(|(field, sealed)| {
        if field.diesel.embed {
            let (name, part) = (field.name, super::embed::seals(input, field));
            return quote!(|| #part::writes_cell(&self.#name));
        }
        if let Some(legacy) = sealed.legacy() {
            let sets = transit::sets(input, field, sealed, legacy);
            return quote!(|| #sets);
        }
        let (name, as_null) = (field.name, field.diesel.treat_none_as_null.unwrap_or(input.diesel.treat_none_as_null));
        if sealed.options == 0 || as_null { quote!(|| true) } else { quote!(|| self.#name.is_some()) }
    });
    quote!(false #(#one)*)
}

//! The sealed twin: the struct that Diesel reads and writes.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericParam, Generics, Path};

use super::{cell_type, diesel, key_fields, term_type};
use crate::ast::{Field, Input};

/// Diesel derives that are named without a path.
const DIESEL: [&str; 7] =
    ["Insertable", "Queryable", "Selectable", "QueryableByName", "Identifiable", "Associations", "HasQuery"];

pub(super) fn expand(input: &Input) -> TokenStream {
    let (vis, sealed, name) = (input.vis, &input.sealed, input.name);
    let derives = input.container.derives.iter().filter(|path| !is(path, "AsChangeset")).map(derive);
    let attrs = if reads_attributes(input) { input.diesel.attrs.as_slice() } else { &[] };
    let none = none_as_default(input);
    let fields = input.fields.iter().map(|field| self::field(input, field));
    let terms = input.sealed_fields().filter_map(|(field, sealed)| {
        let (column, ty) = (&sealed.attr.index.as_ref()?.column, term_type(sealed));
        let vis = field.vis;
        let doc = format!("Blind-index term of `{}`.", field.name);
        Some(quote!(#[doc = #doc] #vis #column: #ty))
    });
    let keys = key_fields(input)
        .into_iter()
        .map(|(key, ty)| quote!(#[doc = "The row that the cells are bound to."] #vis #key: #ty));
    let doc = format!("Sealed twin of [`{name}`]: what Diesel reads and writes.");
    let generics = generics(input);
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, #(#derives),*)]
        #(#attrs)*
        #none
        #vis struct #sealed #generics { #(#fields,)* #(#terms,)* #(#keys,)* }
    }
}

/// Without a Diesel derive nothing knows the attribute `diesel`.
fn reads_attributes(input: &Input) -> bool {
    DIESEL.iter().any(|name| input.derives(name))
}

fn field(input: &Input, field: &Field) -> TokenStream {
    let (vis, name) = (field.vis, field.name);
    let attrs = if reads_attributes(input) { field.diesel.attrs.as_slice() } else { &[] };
    let ty = field.sealed.as_ref().map_or_else(|| field.ty.to_token_stream(), cell_type);
    let doc = format!("`{name}`{}.", if field.sealed.is_some() { ", sealed" } else { "" });
    quote!(#[doc = #doc] #(#attrs)* #vis #name: #ty)
}

fn is(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

fn derive(path: &Path) -> TokenStream {
    match path.get_ident() {
        Some(name) if DIESEL.iter().any(|diesel| name == diesel) => {
            let diesel = diesel();
            quote!(#diesel::prelude::#name)
        }
        _ => quote!(#path),
    }
}

/// Diesel would write DEFAULT for `None`, which blocks COPY and lets a database DEFAULT put plaintext there.
fn none_as_default(input: &Input) -> TokenStream {
    if input.derives("Insertable") && input.diesel.treat_none_as_default_value.is_none() {
        quote!(#[diesel(treat_none_as_default_value = false)])
    } else {
        quote!()
    }
}

/// The struct's generics, less the lifetimes that only sealed fields used: cells own their bytes.
pub(super) fn generics(input: &Input) -> Generics {
    let used = used_names(input);
    let mut generics = input.generics.clone();
    generics.params = generics.params.into_iter().filter(|param| keeps(param, &used)).collect();
    generics
}

/// The twin with its generics as arguments.
pub(super) fn path(input: &Input) -> TokenStream {
    let (sealed, generics) = (&input.sealed, generics(input));
    let (_, arguments, _) = generics.split_for_impl();
    quote!(#sealed #arguments)
}

fn keeps(param: &GenericParam, used: &HashSet<String>) -> bool {
    match param {
        GenericParam::Lifetime(lifetime) => used.contains(&lifetime.lifetime.ident.to_string()),
        // A cell's stored form depends on them.
        GenericParam::Type(_) | GenericParam::Const(_) => true,
    }
}

fn used_names(input: &Input) -> HashSet<String> {
    let mut names = HashSet::new();
    for field in input.fields.iter().filter(|field| field.sealed.is_none()) {
        collect(field.ty.to_token_stream(), &mut names);
    }
    names
}

fn collect(tokens: TokenStream, names: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                names.insert(name.to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), names),
            _ => {}
        }
    }
}

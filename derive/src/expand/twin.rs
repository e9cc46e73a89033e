//! The sealed twin: the struct that Diesel reads and writes.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Path;

use super::{carried_firm, cell_type, diesel, generics, key_fields, term_in};
use crate::ast::{Field, Input, Sealed, unraw};

/// Diesel derives that are named without a path.
const DIESEL: [&str; 7] =
    ["Insertable", "Queryable", "Selectable", "QueryableByName", "Identifiable", "Associations", "HasQuery"];

pub(super) fn expand(input: &Input) -> TokenStream {
    let (vis, sealed, name) = (input.vis, &input.sealed, input.name);
    let derives = input.container.derives.iter().filter(|path| !is_ours(path)).map(derive);
    let attrs = if reads_attributes(input) { input.diesel.attrs.as_slice() } else { &[] };
    let none = none_as_default(input);
    let fields = input.fields.iter().map(|field| self::field(input, field));
    let terms = input.sealed_fields().filter_map(|(field, sealed)| term(input, field, sealed));
    let keys = key_fields(input)
        .into_iter()
        .map(|(key, ty)| quote!(#[doc = "The row that the cells are bound to."] #vis #key: #ty));
    let firm = carried_firm(input).map(|(name, ty)| {
        let skip = input.derives("Insertable").then(|| quote!(#[diesel(skip_insertion)]));
        quote!(#[doc(hidden)] #skip #name: #ty,)
    });
    let doc = format!("Sealed twin of [`{name}`]: what Diesel reads and writes.");
    let generics = generics::twin(input);
    let bounds = &generics.where_clause;
    quote! {
        #[doc = #doc]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, #(#derives),*)]
        #(#attrs)*
        #none
        #vis struct #sealed #generics #bounds { #(#fields,)* #(#terms,)* #(#keys,)* #firm }
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
    let doc = format!("`{}`{}.", unraw(name), if field.sealed.is_some() { ", sealed" } else { "" });
    quote!(#[doc = #doc] #(#attrs)* #vis #name: #ty)
}

/// A term goes where its cell goes.
fn term(input: &Input, field: &Field, sealed: &Sealed) -> Option<TokenStream> {
    let (column, ty) = (&sealed.attr.index.as_ref()?.column, term_in(sealed, sealed.options));
    let with_cell = field.diesel.insertion.iter().filter(|_| reads_attributes(input));
    let (vis, doc) = (field.vis, format!("Blind-index term of `{}`.", unraw(field.name)));
    Some(quote!(#[doc = #doc] #(#[diesel(#with_cell)])* #vis #column: #ty))
}

/// Derived here for every twin.
fn is_ours(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| ["AsChangeset", "Clone", "Debug"].iter().any(|ours| last.ident == ours))
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

/// The twin with its generics as arguments.
pub(super) fn path(input: &Input) -> TokenStream {
    let (sealed, generics) = (&input.sealed, generics::twin(input));
    let (_, arguments, _) = generics.split_for_impl();
    quote!(#sealed #arguments)
}

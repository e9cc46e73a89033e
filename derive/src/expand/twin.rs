//! The sealed twin: the struct that Diesel reads and writes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

use super::{carried_firm, diesel, generics, key_fields, options, selected_row, term_in, transit, twin_type, wrapped};
use crate::ast::{Field, Input, Sealed, unraw};
use crate::attr::RowOf;

/// Diesel derives that are named without a path.
const DIESEL: [&str; 7] =
    ["Insertable", "Queryable", "Selectable", "QueryableByName", "Identifiable", "Associations", "HasQuery"];

pub(super) fn expand(input: &Input) -> TokenStream {
    let (vis, sealed, name) = (input.vis, &input.sealed, input.name);
    let derives = input.container.derives.iter().filter(|path| !is_ours(path)).map(derive);
    let attrs = if reads_attributes(input) { input.diesel.attrs.as_slice() } else { &[] };
    let none = none_as_null(input);
    let fields = input.fields.iter().map(|field| self::field(input, field));
    let terms = input.sealed_fields().filter_map(|(field, sealed)| term(input, field, sealed));
    let legacy = input.sealed_fields().filter_map(|(field, sealed)| legacy(input, field, sealed));
    let keys = key_fields(input)
        .into_iter()
        .map(|(key, ty)| quote!(#[doc = "The row that the cells are bound to."] #vis #key: #ty));
    let firm = carried_firm(input).map(|(name, ty)| {
        let skip = input.derives("Insertable").then(|| quote!(#[diesel(skip_insertion)]));
        quote!(#[doc(hidden)] #skip #name: #ty,)
    });
    let rows = input.marked_fields().filter_map(|(field, sealed)| row_of(field, sealed));
    let doc = format!("Sealed twin of [`{name}`]: what Diesel reads and writes.");
    let generics = generics::twin(input);
    let bounds = &generics.where_clause;
    quote! {
        #[doc = #doc]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, #(#derives),*)]
        #(#attrs)*
        #none
        #vis struct #sealed #generics #bounds { #(#fields,)* #(#terms,)* #(#legacy,)* #(#keys,)* #(#rows,)* #firm }
    }
}

/// Without a Diesel derive nothing knows the attribute `diesel`.
fn reads_attributes(input: &Input) -> bool {
    DIESEL.iter().any(|name| input.derives(name))
}

fn field(input: &Input, field: &Field) -> TokenStream {
    let (vis, name) = (field.vis, field.name);
    let attrs = if reads_attributes(input) { field.diesel.attrs.as_slice() } else { &[] };
    let ty = twin_type(field);
    let none = none_as_default(input, field);
    let doc = format!("`{}`{}.", unraw(name), if field.sealed.is_some() { ", sealed" } else { "" });
    quote!(#[doc = #doc] #(#attrs)* #none #vis #name: #ty)
}

/// A term goes where its cell goes.
fn term(input: &Input, field: &Field, sealed: &Sealed) -> Option<TokenStream> {
    let (column, ty) = (&sealed.attr.index.as_ref()?.column, term_in(sealed, options(sealed)));
    let with_cell = field.diesel.insertion.iter().filter(|_| reads_attributes(input));
    let (vis, doc) = (field.vis, format!("Blind-index term of `{}`.", unraw(field.name)));
    Some(quote!(#[doc = #doc] #(#[diesel(#with_cell)])* #vis #column: #ty))
}

/// A legacy value goes where its cell goes.
fn legacy(input: &Input, field: &Field, sealed: &Sealed) -> Option<TokenStream> {
    let (column, ty) = (sealed.legacy()?, transit::legacy_type(sealed));
    let with_cell = field.diesel.insertion.iter().filter(|_| reads_attributes(input));
    let (vis, doc) = (field.vis, format!("What is not sealed yet of `{}`.", unraw(field.name)));
    Some(quote!(#[doc = #doc] #(#[diesel(#with_cell)])* #vis #column: #ty))
}

/// The row key of a cell of another model, where no field of the struct holds it.
fn row_of(field: &Field, sealed: &Sealed) -> Option<TokenStream> {
    let (Some(of), Some(RowOf::Selected(row))) = (&sealed.attr.of, &sealed.attr.row) else { return None };
    let (name, model) = (selected_row(field), of.model());
    let ty = wrapped(quote!(<#model as ::fieldseal::Model>::RowKey), RowOf::is_nullable(row).into());
    Some(quote!(#[doc(hidden)] #[diesel(select_expression = #row)] #name: #ty))
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
fn none_as_null(input: &Input) -> Option<TokenStream> {
    chooses_none(input).then(|| quote!(#[diesel(treat_none_as_default_value = false)]))
}

/// A plain field's `None` means what it does without sealing: DEFAULT.
fn none_as_default(input: &Input, field: &Field) -> Option<TokenStream> {
    let plain = field.sealed.is_none() && !field.diesel.embed && crate::ast::option(field.ty).is_some();
    let applies = chooses_none(input) && plain && !field.diesel.none_as_default_value;
    applies.then(|| quote!(#[diesel(treat_none_as_default_value = true)]))
}

/// Whether the struct leaves it to this derive what `None` inserts.
fn chooses_none(input: &Input) -> bool {
    input.derives("Insertable") && input.diesel.treat_none_as_default_value.is_none()
}

/// The twin with its generics as arguments.
pub(super) fn path(input: &Input) -> TokenStream {
    let (sealed, generics) = (&input.sealed, generics::twin(input));
    let (_, arguments, _) = generics.split_for_impl();
    quote!(#sealed #arguments)
}

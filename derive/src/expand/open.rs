//! `Open` and `HasFirm` of twins that are loaded.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::{at, column, generics, model, own, own_row, selected_row, twin};
use crate::ast::{self, Field, Input, Sealed, unraw};
use crate::attr::{Firm, Of, Row, RowOf};

pub(super) fn expand(input: &Input) -> TokenStream {
    let has_firm = has_firm(input);
    if !input.loads() || input.is_part() {
        return has_firm;
    }
    let (name, twin, schema) = (input.name, twin::path(input), schema(input));
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    let check = check_firm(input, &schema);
    let (row, keys, fields) = (own_row(input), shown_keys(input), fields(input));
    quote! {
        #has_firm
        impl #impl_generics ::fieldseal::Open for #twin #bounds {
            type Opened = #name #arguments;
            fn open(self, __keys: &::fieldseal::model::CellKeys)
                -> ::core::result::Result<Self::Opened, ::fieldseal::OpenError> {
                #check
                let __row = #row;
                #keys
                ::core::result::Result::Ok(#name { #fields })
            }
        }
    }
}

/// The struct's fields, opened in `__row`.
pub(super) fn fields(input: &Input) -> TokenStream {
    let fields = input.fields.iter().map(|field| self::field(input, field));
    quote!(#(#fields,)*)
}

/// The schema of the struct's model; for a view that of the first row or cell that it shows.
pub(super) fn schema(input: &Input) -> TokenStream {
    if let Some((field, sealed)) = input.marked_fields().next().filter(|_| input.is_view) {
        let ty = field.ty;
        return match &sealed.attr.of {
            Some(Of(handle)) => quote!(::fieldseal::model::model_of(#handle())),
            None => quote!(<#ty as ::fieldseal::model::Embedded>::model()),
        };
    }
    let model = model(input);
    quote!(<#model as ::fieldseal::Model>::SCHEMA)
}

fn check_firm(input: &Input, schema: &TokenStream) -> TokenStream {
    match (&input.container.firm, input.firm_field()) {
        (Some(Firm::Platform(_)), _) => quote!(__keys.check_open(#schema, &::fieldseal::FirmId::Platform)?;),
        (_, Some(firm)) => {
            let firm = own(input, firm);
            quote!(__keys.check_open(#schema, #firm)?;)
        }
        _ => quote!(),
    }
}

fn has_firm(input: &Input) -> TokenStream {
    let twin = twin::path(input);
    let generics = generics::twin(input);
    let (impl_generics, _, bounds) = generics.split_for_impl();
    let firm = match (&input.container.firm, input.firm_field()) {
        (Some(Firm::Platform(_)), _) => quote!(::fieldseal::FirmId::Platform),
        (_, Some(firm)) => {
            let firm = own(input, firm);
            quote!(::fieldseal::FirmKey::firm_id(#firm))
        }
        _ => return quote!(),
    };
    quote! {
        impl #impl_generics ::fieldseal::model::HasFirm for #twin #bounds {
            fn firm(&self) -> ::fieldseal::FirmId { #firm }
        }
    }
}

fn field(input: &Input, field: &Field) -> TokenStream {
    let name = field.name;
    let Some(sealed) = &field.sealed else { return quote!(#name: self.#name) };
    if let Some(of) = &sealed.attr.of {
        return shown(field, sealed, of, shown_nullable(input, sealed));
    }
    if field.diesel.embed {
        let embedded = super::embed::opens(input, field);
        return quote!(#name: #embedded::open_embedded(self.#name, __keys, &__row)?);
    }
    let column = column(input, name);
    if let Some(legacy) = sealed.legacy() {
        let opened = opened(sealed, &column, |_| quote!(__opened));
        return super::transit::open(input, field, sealed, legacy, opened);
    }
    let term = term(sealed);
    let open = |ty: TokenStream| {
        let span = at(sealed.inner);
        quote_spanned!(span=> __keys.open_field::<#ty>(#column, &__row, __cell, #term)?)
    };
    let one = opened(sealed, &column, open);
    let (some, none) = (quote!(::core::option::Option::Some), quote!(::core::option::Option::None));
    match sealed.options {
        0 => quote!(#name: { let __cell = self.#name; #one }),
        _ => quote!(#name: match self.#name { #some(__cell) => #some(#one), #none => #none }),
    }
}

/// What was loaded beside the cell, which a closed value keeps.
fn term(sealed: &Sealed) -> TokenStream {
    match (&sealed.attr.index, sealed.options) {
        (None, _) => quote!(::core::option::Option::None),
        (Some(index), options) => {
            let term = &index.column;
            if options == 0 { quote!(::core::option::Option::Some(self.#term)) } else { quote!(self.#term) }
        }
    }
}

/// The field's value, of what `open` gives as a type.
fn opened(sealed: &Sealed, column: &TokenStream, open: impl Fn(TokenStream) -> TokenStream) -> TokenStream {
    let (inner, span) = (sealed.inner, at(sealed.inner));
    if sealed.attr.json.is_some() {
        let value = open(quote_spanned!(span=> ::fieldseal::Json<#inner>));
        return quote!(#value.0);
    }
    let Some(stored_as) = &sealed.attr.stored_as else { return open(quote!(#inner)) };
    let value = open(quote!(#stored_as));
    quote_spanned!(span=> ::fieldseal::model::loaded_as::<#stored_as, #inner>(#column, #value)?)
}

/// A cell of another model, in the row that the view's fields name.
fn shown(field: &Field, sealed: &Sealed, of: &Of, nullable: bool) -> TokenStream {
    let (name, path, key) = (field.name, &of.0, shown_key(field));
    let column = quote!(::fieldseal::model::column_of(#path()));
    let open = |ty: TokenStream| {
        let span = at(path);
        let function = if nullable { quote!(open_joined) } else { quote!(open_shown) };
        quote_spanned!(span=> ::fieldseal::model::#function::<_, #ty>(#path(), __keys, &#key, __cell)?)
    };
    let one = opened(sealed, &column, open);
    match sealed.options {
        0 => quote!(#name: { let __cell = self.#name; #one }),
        _ => quote!(#name: match self.#name {
            ::core::option::Option::Some(__cell) => ::core::option::Option::Some(#one),
            ::core::option::Option::None => ::core::option::Option::None,
        }),
    }
}

fn shown_key(field: &Field) -> Ident {
    format_ident!("__key_of_{}", unraw(field.name))
}

/// Whether a left join may leave out the row of a shown cell.
fn shown_nullable(input: &Input, sealed: &Sealed) -> bool {
    let fields = match &sealed.attr.row {
        Some(RowOf::Fields(Row::Fields(fields))) => fields,
        Some(RowOf::Selected(row)) => return RowOf::is_nullable(row),
        Some(RowOf::Fields(Row::None(_))) | None => return false,
    };
    let nullable = |name| input.field(name).is_some_and(|field| ast::option(field.ty).is_some());
    fields.iter().any(nullable)
}

/// The row keys of shown cells, before the fields that hold them are moved.
fn shown_keys(input: &Input) -> TokenStream {
    let bind = |(field, sealed): (&Field, &Sealed)| {
        sealed.attr.of.as_ref()?;
        let binding = shown_key(field);
        let fields = match &sealed.attr.row {
            Some(RowOf::Fields(Row::Fields(fields))) => fields.as_slice(),
            Some(RowOf::Selected(_)) => &[selected_row(field)],
            Some(RowOf::Fields(Row::None(_))) | None => &[],
        };
        let parts = fields.iter().map(|name| quote!(::core::clone::Clone::clone(&self.#name)));
        Some(match fields {
            [_] => quote!(let #binding = #(#parts)*;),
            _ => quote!(let #binding = (#(#parts),*);),
        })
    };
    input.marked_fields().filter_map(bind).collect()
}

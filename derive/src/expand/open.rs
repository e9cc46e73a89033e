//! `Open` and `HasFirm` of twins that are loaded.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{at, column, generics, model, own, own_row, twin};
use crate::ast::{Field, Input, Sealed};
use crate::attr::Firm;

pub(super) fn expand(input: &Input) -> TokenStream {
    let has_firm = has_firm(input);
    if !input.loads() {
        return has_firm;
    }
    let (name, twin, schema) = (input.name, twin::path(input), schema(input));
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    let check = check_firm(input, &schema);
    let row = own_row(input);
    let fields = input.fields.iter().map(|field| self::field(input, field));
    quote! {
        #has_firm
        impl #impl_generics ::fieldseal::Open for #twin #bounds {
            type Opened = #name #arguments;
            fn open(self, __keys: &::fieldseal::model::CellKeys)
                -> ::core::result::Result<Self::Opened, ::fieldseal::OpenError> {
                #check
                let __row = #row;
                ::core::result::Result::Ok(#name { #(#fields,)* })
            }
        }
    }
}

fn schema(input: &Input) -> TokenStream {
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
    let one = open_one(sealed, column(input, name));
    let (some, none) = (quote!(::core::option::Option::Some), quote!(::core::option::Option::None));
    match sealed.options {
        0 => quote!(#name: { let __cell = self.#name; #one }),
        _ => quote!(#name: match self.#name { #some(__cell) => #some(#one), #none => #none }),
    }
}

fn open_one(sealed: &Sealed, column: TokenStream) -> TokenStream {
    let (inner, span) = (sealed.inner, at(sealed.inner));
    if sealed.attr.json.is_some() {
        quote_spanned!(span=> __keys.open_cell::<::fieldseal::Json<#inner>>(#column, &__row, __cell)?.0)
    } else {
        quote_spanned!(span=> __keys.open_cell::<#inner>(#column, &__row, __cell)?)
    }
}

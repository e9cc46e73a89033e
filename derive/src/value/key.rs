//! `FirmKey` and `RowKeyPart` of newtypes of ids.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Result};

use super::{Newtype, at};

const ONE_FIELD: &str = "give each column a field of its own in the model";

pub(crate) fn firm_key(input: &DeriveInput) -> Result<TokenStream> {
    let newtype = Newtype::parse(input, "FirmKey", ONE_FIELD)?;
    let (name, member, ty) = (&input.ident, &newtype.member, newtype.ty);
    let generics = newtype.bounded(&input.generics, &quote!(::fieldseal::FirmKey));
    let (impl_generics, arguments, bounds) = generics.split_for_impl();
    let inner = quote_spanned!(at(ty)=> <#ty as ::fieldseal::FirmKey>);
    let value = newtype.of(&quote!(__id));
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics ::fieldseal::FirmKey for #name #arguments #bounds {
            fn firm_id(&self) -> ::fieldseal::FirmId {
                #inner::firm_id(&self.#member)
            }
            fn is_firm(&self, __firm: &::fieldseal::FirmId) -> bool {
                #inner::is_firm(&self.#member, __firm)
            }
            fn from_firm(__firm: &::fieldseal::FirmId) -> ::core::option::Option<Self> {
                #inner::from_firm(__firm).map(|__id| #value)
            }
            fn can_name(__firm: &::fieldseal::FirmId) -> bool {
                #inner::can_name(__firm)
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::convert::From<&#name #arguments> for ::fieldseal::FirmId #bounds {
            fn from(__id: &#name #arguments) -> Self {
                ::fieldseal::FirmKey::firm_id(__id)
            }
        }

        #[automatically_derived]
        impl #impl_generics ::core::convert::From<#name #arguments> for ::fieldseal::FirmId #bounds {
            fn from(__id: #name #arguments) -> Self {
                ::fieldseal::FirmKey::firm_id(&__id)
            }
        }
    })
}

pub(crate) fn row_key_part(input: &DeriveInput) -> Result<TokenStream> {
    let newtype = Newtype::parse(input, "RowKeyPart", ONE_FIELD)?;
    let (name, member, ty) = (&input.ident, &newtype.member, newtype.ty);
    let generics = newtype.bounded(&input.generics, &quote!(::fieldseal::RowKeyPart));
    let (impl_generics, arguments, bounds) = generics.split_for_impl();
    let encode = quote_spanned!(at(ty)=> <#ty as ::fieldseal::RowKeyPart>::encode_part);
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics ::fieldseal::RowKeyPart for #name #arguments #bounds {
            fn encode_part(&self, __put: &mut dyn ::core::ops::FnMut(u8, &[u8])) {
                #encode(&self.#member, __put);
            }
        }
    })
}

//! `Encode` and `Decode`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DataEnum, DeriveInput, Error, Ident, LitByteStr, LitStr, Result};

use super::attr::{self, Container};
use super::names::Case;
use super::{Newtype, at, is_unit};

pub(crate) fn encode(input: &DeriveInput) -> Result<TokenStream> {
    match &input.data {
        Data::Enum(data) => encode_enum(input, &Variants::parse(input, data)?),
        _ => encode_newtype(input, &newtype(input, "Encode")?),
    }
}

pub(crate) fn decode(input: &DeriveInput) -> Result<TokenStream> {
    match &input.data {
        Data::Enum(data) => Ok(decode_enum(input, &Variants::parse(input, data)?)),
        _ => decode_newtype(input, &newtype(input, "Decode")?),
    }
}

fn newtype<'a>(input: &'a DeriveInput, derive: &str) -> Result<Newtype<'a>> {
    if let Some((key, _)) = Container::parse(&input.attrs)?.rename_all {
        return Err(Error::new(key.span(), "`rename_all` names variants: a newtype has none"));
    }
    let name = &input.ident;
    Newtype::parse(
        input,
        derive,
        &format!("drop it, and seal a field of this type as JSON: `#[encrypted(json)]` above `…: {name}`"),
    )
}

fn encode_newtype(input: &DeriveInput, newtype: &Newtype) -> Result<TokenStream> {
    let (name, member, ty) = (&input.ident, &newtype.member, newtype.ty);
    let generics = newtype.bounded(&input.generics, &quote!(::fieldseal::Encode));
    let (impl_generics, arguments, bounds) = generics.split_for_impl();
    let span = at(ty);
    let inner = quote_spanned!(span=> <#ty as ::fieldseal::Encode>);
    Ok(quote_spanned! {span=>
        #[automatically_derived]
        impl #impl_generics ::fieldseal::Encode for #name #arguments #bounds {
            type Form = #inner::Form;
            fn stored_len(&self) -> ::core::result::Result<usize, ::fieldseal::CodecError> {
                #inner::stored_len(&self.#member)
            }
            fn write(&self, __out: &mut ::std::vec::Vec<u8>) -> ::core::result::Result<(), ::fieldseal::CodecError> {
                #inner::write(&self.#member, __out)
            }
            fn stored(&self) -> ::core::option::Option<&[u8]> {
                #inner::stored(&self.#member)
            }
        }
    })
}

fn decode_newtype(input: &DeriveInput, newtype: &Newtype) -> Result<TokenStream> {
    let (name, ty) = (&input.ident, newtype.ty);
    let generics = newtype.bounded(&input.generics, &quote!(::fieldseal::Decode));
    let (impl_generics, arguments, bounds) = generics.split_for_impl();
    let span = at(ty);
    let inner = quote_spanned!(span=> <#ty as ::fieldseal::Decode>);
    let build = build(input, newtype)?;
    let read = |function: TokenStream| {
        quote_spanned! {span=>
            fn #function(__stored: ::std::vec::Vec<u8>) -> ::core::result::Result<Self, ::fieldseal::CodecError> {
                let __inner = #inner::#function(__stored)?;
                #build
            }
        }
    };
    let (decode, zeroizing) = (read(quote_spanned!(span=> decode)), read(quote_spanned!(span=> decode_zeroizing)));
    Ok(quote_spanned! {span=>
        #[automatically_derived]
        impl #impl_generics ::fieldseal::Decode for #name #arguments #bounds {
            type Form = #inner::Form;
            #decode
            #zeroizing
        }
    })
}

/// The newtype of `__inner`: by its `TryFrom`, if it has rules of its own.
fn build(input: &DeriveInput, newtype: &Newtype) -> Result<TokenStream> {
    let Some(try_from) = Container::parse(&input.attrs)?.try_from else {
        let value = newtype.of(&quote!(__inner));
        return Ok(quote!(::core::result::Result::Ok(#value)));
    };
    let refusal = format!("its `TryFrom` refused the stored value: no `{}`", input.ident);
    let (ty, span) = (newtype.ty, at(&try_from));
    Ok(quote_spanned! {span=>
        <Self as ::core::convert::TryFrom<#ty>>::try_from(__inner)
            .map_err(|_| ::fieldseal::CodecError::Custom(#refusal))
    })
}

/// The variants of an enum and their texts.
struct Variants<'a>(Vec<(&'a Ident, LitStr)>);

impl<'a> Variants<'a> {
    fn parse(input: &'a DeriveInput, data: &'a DataEnum) -> Result<Self> {
        let container = Container::parse(&input.attrs)?;
        if let Some(key) = container.try_from {
            return Err(Error::new(key.span(), "`try_from` is for newtypes: an enum is read by its variants' texts"));
        }
        if data.variants.is_empty() {
            return Err(Error::new(input.ident.span(), "an enum without variants has no value to seal"));
        }
        let case = container.rename_all.map_or(Case::Snake, |(_, case)| case);
        let mut all: Vec<(&Ident, LitStr)> = Vec::new();
        for variant in &data.variants {
            let text = text(&input.ident, variant, case)?;
            if let Some((other, _)) = all.iter().find(|(_, known)| known.value() == text.value()) {
                let message =
                    format!("`{other}` has the same text, \"{}\": give one a `rename` of its own", text.value());
                return Err(Error::new(text.span(), message));
            }
            all.push((&variant.ident, text));
        }
        Ok(Self(all))
    }
}

fn text(name: &Ident, variant: &syn::Variant, case: Case) -> Result<LitStr> {
    if !is_unit(&variant.fields) {
        let message = format!(
            "a variant with fields has no text: drop the derives, and seal a field of this type as JSON: \
             `#[encrypted(json)]` above `…: {name}`"
        );
        return Err(Error::new(variant.ident.span(), message));
    }
    let default = || LitStr::new(&case.apply(&crate::ast::unraw(&variant.ident)), variant.ident.span());
    Ok(attr::rename(&variant.attrs)?.unwrap_or_else(default))
}

fn encode_enum(input: &DeriveInput, Variants(variants): &Variants) -> Result<TokenStream> {
    let name = &input.ident;
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    let arms = variants.iter().map(|(variant, text)| quote!(Self::#variant => #text));
    let text = quote!(match self { #(#arms,)* });
    let inner = quote!(<str as ::fieldseal::Encode>);
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics ::fieldseal::Encode for #name #arguments #bounds {
            type Form = #inner::Form;
            fn stored_len(&self) -> ::core::result::Result<usize, ::fieldseal::CodecError> {
                #inner::stored_len(#text)
            }
            fn write(&self, __out: &mut ::std::vec::Vec<u8>) -> ::core::result::Result<(), ::fieldseal::CodecError> {
                #inner::write(#text, __out)
            }
            fn stored(&self) -> ::core::option::Option<&[u8]> {
                #inner::stored(#text)
            }
        }
    })
}

fn decode_enum(input: &DeriveInput, Variants(variants): &Variants) -> TokenStream {
    let name = &input.ident;
    let (impl_generics, arguments, bounds) = input.generics.split_for_impl();
    let arms = variants.iter().map(|(variant, text)| {
        let bytes = LitByteStr::new(text.value().as_bytes(), text.span());
        quote!(#bytes => ::core::result::Result::Ok(Self::#variant))
    });
    let expected = format!("the text of a variant of `{name}`");
    let read = quote! {
        match __stored.as_slice() {
            #(#arms,)*
            _ => ::core::result::Result::Err(::fieldseal::CodecError::Form { expected: #expected }),
        }
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics ::fieldseal::Decode for #name #arguments #bounds {
            type Form = <str as ::fieldseal::Encode>::Form;
            fn decode(__stored: ::std::vec::Vec<u8>) -> ::core::result::Result<Self, ::fieldseal::CodecError> {
                #read
            }

            fn decode_zeroizing(__stored: ::std::vec::Vec<u8>)
                -> ::core::result::Result<Self, ::fieldseal::CodecError> {
                let __stored = ::fieldseal::__private::Zeroizing::new(__stored);
                #read
            }
        }
    }
}

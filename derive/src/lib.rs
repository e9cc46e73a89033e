//! `#[derive(Encrypted)]` of fieldseal, and the derives of its value types. Use them through the `fieldseal` crate, whose documentation describes them.

mod ast;
mod attr;
mod expand;
mod valid;
mod value;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

// Documented where it is re-exported, as `fieldseal::Encrypted`: its examples need that crate.
#[allow(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_derive(Encrypted, attributes(encrypted, diesel))]
pub fn derive_encrypted(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    ast::Input::parse(&input)
        .and_then(|input| valid::check(&input).map(|()| expand::expand(&input)))
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

#[allow(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_derive(Encode, attributes(encrypted))]
pub fn derive_encode(input: TokenStream) -> TokenStream {
    expanded(input, value::encode)
}

#[allow(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_derive(Decode, attributes(encrypted))]
pub fn derive_decode(input: TokenStream) -> TokenStream {
    expanded(input, value::decode)
}

#[allow(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_derive(FirmKey)]
pub fn derive_firm_key(input: TokenStream) -> TokenStream {
    expanded(input, value::firm_key)
}

#[allow(missing_docs, reason = "documented where it is re-exported")]
#[proc_macro_derive(RowKeyPart)]
pub fn derive_row_key_part(input: TokenStream) -> TokenStream {
    expanded(input, value::row_key_part)
}

fn expanded(input: TokenStream, expand: fn(&DeriveInput) -> syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

//! `#[derive(Encrypted)]` of fieldseal. Use it through the `fieldseal` crate, whose documentation describes it.

mod ast;
mod attr;
mod expand;
mod valid;

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

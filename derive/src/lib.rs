//! `#[derive(Encrypted)]` of fieldseal. Use it through the `fieldseal` crate.

use proc_macro::TokenStream;

/// placeholder docs
#[proc_macro_derive(Encrypted, attributes(encrypted, diesel))]
pub fn derive_encrypted(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}

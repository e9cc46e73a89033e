//! How a key is found, and what is stored of it.

use std::fmt::Write;

use cryptoki::object::{Attribute, KeyType, ObjectClass};

use crate::keys::provider::KekId;

/// A key of a token, by its label and, where labels repeat, its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyName {
    pub(super) label: String,
    pub(super) id: Option<Vec<u8>>,
}

impl KeyName {
    /// What a key has to have to be this one.
    pub(super) fn template(&self) -> Vec<Attribute> {
        let mut template = vec![
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Token(true),
            Attribute::Label(self.label.clone().into_bytes()),
        ];
        template.extend(self.id.clone().map(Attribute::Id));
        template
    }

    /// A PKCS#11 URI (RFC 7512; spec/keys.md, KEY-73).
    pub(super) fn kek_id(&self, token: &str) -> KekId {
        let mut uri = format!("pkcs11:token={};object={}", escaped(token), escaped(&self.label));
        if let Some(id) = &self.id {
            uri.push_str(";id=");
            id.iter().for_each(|byte| push_escape(&mut uri, *byte));
        }
        KekId::new(uri)
    }
}

/// Everything but letters, digits and `-._~` as `%XX`: one spelling for one name.
fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            push_escape(&mut out, byte);
        }
    }
    out
}

fn push_escape(out: &mut String, byte: u8) {
    write!(out, "%{byte:02X}").expect("a string takes any text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_uri() {
        let name = KeyName { label: "kek 2026;a".to_owned(), id: None };
        assert_eq!(name.kek_id("häuser").as_str(), "pkcs11:token=h%C3%A4user;object=kek%202026%3Ba");
        let name = KeyName { label: "kek".to_owned(), id: Some(vec![1, 0x61]) };
        assert_eq!(name.kek_id("t").as_str(), "pkcs11:token=t;object=kek;id=%01%61");
    }
}

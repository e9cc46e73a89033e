//! Newtypes and enums of every shape that the derives take.

#![allow(dead_code, reason = "compiled, and not run")]
#![deny(warnings)]

use fieldseal::{Decode, Encode, FirmId, FirmKey, RowKeyPart};

// Names of the prelude mean something else here.
struct Result;
struct Vec;
struct Option;
struct Some;
struct Ok;
struct String;

#[derive(Encode, Decode)]
struct Tuple(std::string::String);

#[derive(Encode, Decode)]
struct Named {
    r#type: std::vec::Vec<u8>,
}

#[derive(Encode)]
struct Borrowed<'a>(&'a str);

#[derive(Encode, Decode)]
struct Generic<T>(T)
where
    T: Clone;

#[derive(Encode, Decode)]
struct Fixed<const N: usize>([u8; N]);

#[derive(Encode, Decode)]
struct Secret(zeroize::Zeroizing<std::string::String>);

#[derive(Encode, Decode)]
#[encrypted(rename_all = "kebab-case")]
enum Status {
    r#New,
    InProgress,
    #[encrypted(rename = "")]
    Unknown,
}

#[derive(FirmKey, RowKeyPart)]
struct Id(i64);

#[derive(FirmKey, RowKeyPart)]
struct Name<'a> {
    name: &'a str,
}

#[derive(FirmKey, RowKeyPart)]
struct Typed<T>(T);

fn firm(id: impl Into<FirmId>) -> FirmId {
    id.into()
}

#[test]
fn a_newtype_of_an_id_names_the_same_firm() {
    assert_eq!(firm(Id(7)), firm(7));
    assert_eq!(firm(&Name { name: "acme" }), firm("acme"));
    assert!(Typed(7).is_firm(&firm(Typed(7))));
    assert!(matches!(Id::from_firm(&firm(7)), std::option::Option::Some(Id(7))));
    assert!(Id::from_firm(&firm("7")).is_none());
}

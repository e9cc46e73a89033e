//! Newtypes of what has no stored form and is no key.

use fieldseal::{Decode, Encode, FirmKey, RowKeyPart};

#[derive(serde::Serialize, serde::Deserialize)]
struct Intake {
    matter: String,
}

#[derive(Encode, Decode)]
struct Sealed(Intake);

#[derive(Decode)]
struct Borrowed<'a>(&'a str);

#[derive(Encode, Decode)]
struct Maybe(Option<String>);

#[derive(FirmKey)]
struct Tenant(bool);

#[derive(RowKeyPart)]
struct Id(Option<i64>);

#[derive(Decode)]
#[encrypted(try_from)]
struct Unchecked(i16);

fn main() {}

//! Value types that can't be derived for, and what to do instead.

use fieldseal::{Decode, Encode, FirmKey, RowKeyPart};

#[derive(Encode, Decode)]
struct Intake {
    matter: String,
    urgent: bool,
}

#[derive(Encode)]
struct Nothing;

#[derive(Decode)]
enum Never {}

#[derive(Encode)]
enum Contact {
    Email(String),
    None,
}

#[derive(Encode)]
union Bits {
    int: i32,
    long: i64,
}

#[derive(Encode)]
#[encrypted(rename_all = "lowercase")]
struct Name(String);

#[derive(Encode)]
#[encrypted(rename_all = "Snake")]
enum Case {
    One,
}

#[derive(Encode)]
#[encrypted(rename = "one")]
enum Misplaced {
    One,
}

#[derive(Encode)]
enum Twice {
    #[encrypted(rename = "one", rename = "two")]
    One,
}

#[derive(Encode)]
enum Alike {
    One,
    #[encrypted(rename = "one")]
    Two,
}

#[derive(Encode)]
enum Other {
    #[encrypted(json)]
    One,
}

#[derive(Decode)]
#[encrypted(try_from)]
enum Checked {
    One,
}

#[derive(Encode)]
struct Inner(#[encrypted] String);

#[derive(FirmKey)]
enum Tenant {
    One,
}

#[derive(RowKeyPart)]
struct Seat {
    hall: i64,
    number: i64,
}

fn main() {}

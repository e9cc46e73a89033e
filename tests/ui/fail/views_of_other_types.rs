#[path = "../common.rs"]
mod common;

use common::*;

/// The model's row key is text.
#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct OtherKey {
    id: i64,
    #[encrypted(of = Client::email, row = id)]
    email: String,
}

/// The model's cells are bound to their rows.
#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct NoKey {
    id: String,
    #[encrypted(of = Client::email)]
    email: String,
}

/// The column holds text.
#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct OtherType {
    id: String,
    #[encrypted(of = Client::email, row = id)]
    email: i64,
}

/// The model has no such sealed field.
#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct NoSuchHandle {
    id: String,
    #[encrypted(of = Client::display_name, row = id)]
    display_name: String,
}

fn main() {}

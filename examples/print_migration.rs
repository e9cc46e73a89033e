//! Prints the SQL that a model's table needs besides its plain columns, for both databases:
//! `cargo run --example print_migration`. A service does the same for its own models, once, and reviews it.

#![allow(clippy::print_stdout, reason = "an example talks to people")]
#![allow(missing_docs, reason = "what `table!` makes at the root of a program")]
#![allow(dead_code, reason = "the model is printed, not used")]

use fieldseal::Encrypted;
use fieldseal::schema::{Backend, migration};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    clients (id) {
        id -> BigInt,
        firm_id -> Text,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        notes -> Nullable<FieldsealText>,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Client {
    id: i64,
    firm_id: String,
    #[encrypted(index(email_term, normalize = email, unique))]
    email: String,
    #[encrypted]
    notes: Option<String>,
}

fn main() {
    for (name, backend) in [("PostgreSQL", Backend::Postgres), ("SQLite", Backend::Sqlite)] {
        let migration = migration::<Client>(backend);
        println!("-- ===== {name}: up.sql\n{}\n-- ===== {name}: down.sql\n{}", migration.up, migration.down);
    }
}

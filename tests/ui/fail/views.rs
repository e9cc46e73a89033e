#[path = "../common.rs"]
mod common;

use common::*;

#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct NoSuchField {
    id: String,
    #[encrypted(of = Client::email, row = client_id)]
    email: String,
}

#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct SealedKey {
    id: String,
    #[encrypted(of = Client::notes, row = id)]
    notes: Option<String>,
    #[encrypted(of = Client::email, row = notes)]
    email: String,
}

#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct NoHandle {
    id: String,
    #[encrypted(of = email, row = id)]
    email: String,
}

#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct OptionsOfTheModel {
    id: String,
    #[encrypted(of = Client::email, row = id, index(email_term))]
    email: String,
    #[encrypted(of = Client::email, row = id, deterministic)]
    same: String,
    #[encrypted(of = Client::email, row = id, column_id = "email")]
    again: String,
    #[encrypted(of = Client::email, row = id, handle = mail)]
    other: String,
    #[encrypted(of = Client::notes, row = id)]
    notes: Option<Option<String>>,
}

#[derive(Encrypted)]
#[encrypted(row = id, derive(Queryable))]
struct RowOfTheStruct {
    id: String,
    #[encrypted(of = Client::email, row = id)]
    email: String,
}

#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct PartOfAKey {
    firm: Option<String>,
    number: i32,
    #[encrypted(of = Client::email, row = (firm, number))]
    email: String,
}

/// A view is loaded.
#[derive(Encrypted)]
#[encrypted()]
struct NotLoaded {
    id: String,
    #[encrypted(of = Client::email, row = id)]
    email: String,
}

/// It has no table of its own.
#[derive(Encrypted)]
#[encrypted(table = "app.clients", table_id = "clients", derive(Queryable))]
struct OfATable {
    id: String,
    #[encrypted(of = Client::email, row = id)]
    email: String,
}

/// And never written.
#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(derive(Queryable, Insertable, AsChangeset))]
struct Written {
    id: String,
    display_name: String,
    #[encrypted(of = Client::email, row = id)]
    email: String,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, firm = firm_id, derive(AsChangeset))]
struct WrittenForm {
    id: String,
    firm_id: String,
    #[encrypted]
    notes: Option<String>,
    #[encrypted(of = Client::email, row = id)]
    email: String,
}

/// A model that is written describes one table.
#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable))]
struct ModelWithAnother {
    id: String,
    firm_id: String,
    #[encrypted]
    notes: Option<String>,
    #[encrypted(of = Client::email, row = id)]
    email: String,
}

/// `row` without `of`.
#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Queryable))]
struct RowOfAField {
    id: String,
    firm_id: String,
    #[encrypted(row = id)]
    notes: Option<String>,
}

fn main() {}

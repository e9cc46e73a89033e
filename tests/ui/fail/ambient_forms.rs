#[path = "../common.rs"]
mod common;

use common::*;

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(ambient, firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Ambient {
    id: String,
    firm_id: String,
    #[encrypted]
    notes: Option<String>,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(ambient, model = Ambient, derive(Insertable, AsChangeset))]
struct Keyless<'a> {
    #[encrypted]
    notes: Option<&'a str>,
}

fn main() {}

/// A form without its row key is written for a row.
fn keyless(form: &Keyless<'_>) {
    let _ = diesel::insert_into(clients::table).values(form);
    let _ = diesel::update(clients::table.find("x")).set(form);
}

/// What holds its key needs no `for_row`.
fn keyed(value: &Ambient) {
    let _ = value.for_row("x");
}

/// There is no changeset without `derive(AsChangeset)`.
fn not_derived(value: &Ambient) {
    let _ = diesel::update(clients::table.find("x")).set(value);
}

/// No `scoped_eq` under 128 bits, nor without an index.
fn lookups() {
    let _ = Client::phone().scoped_eq("1");
    let _ = Client::notes().scoped_eq("1");
}

/// Nor NULL where the column has none.
fn null() {
    let _ = Client::visits().scoped_set("x", None::<i64>);
}

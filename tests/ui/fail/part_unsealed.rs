//! A part that is embedded without `#[encrypted]`.

#[path = "../common.rs"]
mod common;
use common::*;

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(part, model = Client, derive(Insertable))]
struct Visits {
    #[encrypted]
    visits: i64,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, firm = firm_id, derive(Insertable))]
struct NewClient {
    id: String,
    firm_id: String,
    #[diesel(embed)]
    visits: Visits,
    #[encrypted]
    notes: String,
}

fn main() {}

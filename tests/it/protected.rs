//! `Protected<T>`: fields that stay closed until someone with the right asks.

mod loads;
mod moved;
mod printed;
mod saves;
mod secrets;

use diesel::prelude::*;
use fieldseal::{Ciphertext, Encrypted, Json, Protected, Session, Term};
use secrecy::SecretString;
use serde::Serialize;

use crate::ambient::models::{Client, Entry, Matter, client, matter};
use crate::backends::sqlite_database;
use crate::models::client::{Intake, clients};
use crate::models::ledger::ledger;
use crate::models::matter::matters;

/// A client whose sealed fields all stay closed.
#[derive(Debug, Clone, Encrypted, Serialize)]
#[diesel(table_name = clients)]
#[encrypted(ambient, model = Client, firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, QueryableByName))]
struct Card {
    id: String,
    firm_id: String,
    display_name: String,
    #[encrypted(index(email_term))]
    email: Protected<String>,
    #[encrypted]
    #[serde(skip_serializing)]
    notes: Option<Protected<String>>,
    #[encrypted]
    intake: Protected<Json<Intake>>,
    #[encrypted(index(phone_term))]
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<Protected<String>>,
    #[encrypted]
    visits: Protected<i64>,
    #[encrypted]
    tax_id: Protected<SecretString>,
}

/// One that sets NULL where a field is `None`.
#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = clients, treat_none_as_null = true)]
#[encrypted(ambient, model = Client, firm = firm_id, derive(Queryable, Selectable, AsChangeset))]
struct Nulling {
    id: String,
    firm_id: String,
    #[encrypted]
    notes: Option<Protected<String>>,
    #[encrypted(index(phone_term))]
    phone: Option<Protected<String>>,
}

/// One of whose fields one opens.
#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(ambient, model = Client, firm = firm_id, derive(Queryable, Selectable))]
struct Mixed {
    id: String,
    firm_id: String,
    #[encrypted(index(email_term))]
    email: Protected<String>,
    #[encrypted]
    visits: i64,
}

/// Closed fields, and no firm to say whose.
#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(ambient, model = Client, derive(Queryable, Selectable))]
struct Firmless {
    id: String,
    #[encrypted(index(email_term))]
    email: Protected<String>,
}

/// A column of another table.
#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(ambient, model = Matter, firm = firm_id, derive(Queryable, Selectable, AsChangeset))]
struct Title {
    id: i64,
    firm_id: String,
    #[encrypted]
    title: Protected<String>,
}

/// Cells that are bound to their column only.
#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = ledger)]
#[encrypted(ambient, model = Entry, firm = firm_id, row = none, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct ClosedEntry {
    firm_id: String,
    #[encrypted(index(account_term))]
    account: Protected<String>,
    #[encrypted]
    country: Protected<String>,
    #[encrypted]
    amount: Option<Protected<i64>>,
}

/// Everything sealed in the clients' table: cells and terms, in the order of their ids.
type Stored = Vec<(Vec<Option<Vec<u8>>>, Vec<Option<Vec<u8>>>)>;

fn stored(conn: &mut SqliteConnection) -> Stored {
    let rows: Vec<SealedClient> =
        clients::table.order(clients::id).select(SealedClient::as_select()).load(conn).unwrap();
    let row = |row: SealedClient| {
        let cells = vec![
            cell(Some(&row.email)),
            cell(row.notes.as_ref()),
            cell(Some(&row.intake)),
            cell(row.phone.as_ref()),
            cell(Some(&row.visits)),
            cell(Some(&row.tax_id)),
        ];
        (cells, vec![term(Some(&row.email_term)), term(row.phone_term.as_ref())])
    };
    rows.into_iter().map(row).collect()
}

fn cell<S>(cell: Option<&Ciphertext<S>>) -> Option<Vec<u8>> {
    cell.map(|cell| cell.as_bytes().unwrap().to_vec())
}

fn term<S>(term: Option<&Term<S>>) -> Option<Vec<u8>> {
    term.map(|term| term.as_bytes().unwrap().to_vec())
}

use crate::ambient::models::SealedClient;

/// Sessions of `acme` and `bolt`, and clients 1 to 3 of acme with a matter.
struct World {
    acme: Session,
    bolt: Session,
    conn: SqliteConnection,
}

impl World {
    fn new() -> Self {
        let vault = fieldseal::testing::vault().blocking();
        let [acme, bolt] = ["acme", "bolt"].map(|firm| {
            vault.create_firm(firm).unwrap();
            vault.session(firm).unwrap()
        });
        let mut conn = sqlite_database();
        acme.scope_sync(|| {
            let all = vec![client(1), client(2), client(3)];
            diesel::insert_into(clients::table).values(&all).execute(&mut conn).unwrap();
            diesel::insert_into(matters::table).values(&matter(1, &all[0].id)).execute(&mut conn).unwrap();
        });
        Self { acme, bolt, conn }
    }

    /// The card of this client, loaded without any right.
    fn card(&mut self, n: usize) -> Card {
        clients::table.find(client(n).id).select(Card::as_select()).first(&mut self.conn).unwrap()
    }
}

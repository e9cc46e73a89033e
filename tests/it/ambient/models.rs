//! The suite's tables once more, by ambient structs.

use diesel::prelude::*;
use fieldseal::Encrypted;

use crate::models::client::{Client as Explicit, Intake, client as explicit, clients};
use crate::models::ledger::ledger;
use crate::models::matter::matters;
use crate::models::user::users;

#[derive(Debug, Clone, PartialEq, Encrypted, Identifiable)]
#[diesel(table_name = clients)]
#[encrypted(ambient, firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, QueryableByName))]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) firm_id: String,
    pub(crate) display_name: String,
    #[encrypted(index(email_term, normalize = email, unique))]
    pub(crate) email: String,
    #[encrypted]
    pub(crate) notes: Option<String>,
    #[encrypted(json)]
    pub(crate) intake: Intake,
    #[encrypted(index(phone_term, normalize = digits, bits = 12))]
    pub(crate) phone: Option<String>,
    #[encrypted]
    pub(crate) visits: i64,
    #[encrypted(deterministic)]
    pub(crate) tax_id: String,
}

/// The fields that an insert must have, borrowed.
#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(ambient, model = Client, firm = firm_id, derive(Insertable))]
pub(crate) struct NewClient<'a> {
    pub(crate) id: &'a str,
    pub(crate) firm_id: &'a str,
    pub(crate) display_name: &'a str,
    #[encrypted(index(email_term))]
    pub(crate) email: &'a str,
    #[encrypted(json)]
    pub(crate) intake: &'a Intake,
    #[encrypted]
    pub(crate) visits: i32,
    #[encrypted]
    pub(crate) tax_id: &'a str,
}

/// A patch without the row key: `for_row`.
#[derive(Encrypted, Default)]
#[diesel(table_name = clients)]
#[encrypted(ambient, model = Client, derive(AsChangeset))]
pub(crate) struct ClientPatch<'a> {
    pub(crate) display_name: Option<&'a str>,
    #[encrypted(index(email_term))]
    pub(crate) email: Option<&'a str>,
    #[encrypted]
    pub(crate) notes: Option<Option<&'a str>>,
    #[encrypted(index(phone_term))]
    pub(crate) phone: Option<Option<String>>,
}

/// A patch that holds it.
#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(ambient, model = Client, derive(AsChangeset))]
pub(crate) struct KeyedPatch {
    pub(crate) id: String,
    pub(crate) display_name: Option<String>,
    #[encrypted]
    pub(crate) notes: Option<Option<String>>,
}

/// Loaded by `HasQuery`, in the order that it names.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = clients, base_query = clients::table.order(clients::id.desc()))]
#[encrypted(ambient, model = Client, firm = firm_id, derive(HasQuery))]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) firm_id: String,
    #[encrypted]
    pub(crate) visits: i64,
}

#[derive(Debug, Clone, PartialEq, Encrypted, Identifiable, Associations)]
#[diesel(table_name = matters, belongs_to(Client, foreign_key = client_id))]
#[encrypted(ambient, firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(crate) struct Matter {
    pub(crate) id: i64,
    pub(crate) firm_id: String,
    pub(crate) client_id: String,
    #[encrypted]
    pub(crate) title: String,
    #[encrypted]
    pub(crate) fee: Option<i64>,
}

/// Bound to its column only.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = ledger)]
#[encrypted(ambient, firm = firm_id, row = none, table_id = "book", derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(crate) struct Entry {
    pub(crate) firm_id: String,
    #[encrypted(column_id = "iban", index(account_term, normalize = casefold, id = "iban_term"))]
    pub(crate) account: String,
    #[encrypted(deterministic)]
    pub(crate) country: String,
    #[encrypted]
    pub(crate) amount: Option<i64>,
}

/// A global index.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = users)]
#[encrypted(ambient, firm = firm_id, derive(Insertable, Queryable, Selectable))]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) firm_id: String,
    #[encrypted(index(login_term, normalize = email, unique, scope = global))]
    pub(crate) login: String,
    #[encrypted]
    pub(crate) phone: Option<String>,
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    seats (firm_id, number) {
        firm_id -> Text,
        number -> Integer,
        holder -> FieldsealText,
        remark -> Nullable<FieldsealText>,
    }
}

/// A composite key of which the firm is a part.
#[derive(Debug, Clone, PartialEq, Encrypted, Identifiable)]
#[diesel(table_name = seats, primary_key(firm_id, number))]
#[encrypted(ambient, firm = firm_id, row = (firm_id, number), derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(crate) struct Seat {
    pub(crate) firm_id: String,
    pub(crate) number: i32,
    #[encrypted]
    pub(crate) holder: String,
    #[encrypted]
    pub(crate) remark: Option<String>,
}

#[derive(Encrypted)]
#[diesel(table_name = seats, primary_key(firm_id, number))]
#[encrypted(ambient, model = Seat, row = (firm_id, number), derive(Insertable, AsChangeset))]
pub(crate) struct SeatForm<'a> {
    #[encrypted]
    pub(crate) holder: &'a str,
    #[encrypted]
    pub(crate) remark: Option<&'a str>,
}

pub(crate) const SEATS: &str = "CREATE TABLE seats (firm_id TEXT NOT NULL, number INTEGER NOT NULL, \
    holder BLOB NOT NULL, remark BLOB, PRIMARY KEY (firm_id, number))";

/// The client of this number, of firm `acme`.
pub(crate) fn client(n: usize) -> Client {
    let Explicit { id, firm_id, display_name, email, notes, intake, phone, visits, tax_id } = explicit(n);
    Client { id, firm_id, display_name, email, notes, intake, phone, visits, tax_id }
}

pub(crate) fn matter(id: i64, client_id: &str) -> Matter {
    let crate::models::matter::Matter { id, firm_id, client_id, title, fee } =
        crate::models::matter::matter(id, client_id);
    Matter { id, firm_id, client_id, title, fee }
}

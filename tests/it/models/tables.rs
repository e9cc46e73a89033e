//! The SQL that makes the models' tables: plain columns as written beside each model, sealed ones as printed for it.

use fieldseal::Model;
use fieldseal::schema::{Backend, migration};

use super::client::Client;
use super::document::Document;
use super::ledger::Entry;
use super::matter::Matter;
use super::person::Person;
use super::sample::Sample;
use super::setting::Setting;
use super::user::User;
use super::{client, document, ledger, matter, person, sample, setting, user};

/// The models that every database takes.
type Everywhere = (Client, Matter, Sample, User, Setting, Document, Entry);
/// And those that PostgreSQL alone takes.
type OnPostgres = (Client, Matter, Sample, User, Setting, Document, Entry, Person);

/// Makes every table, with its guards.
pub(crate) fn create_tables(backend: Backend) -> String {
    let mut tables = vec![
        create_table::<Client>(client::PLAIN),
        create_table::<Matter>(matter::PLAIN),
        create_table::<Sample>(sample::PLAIN),
        create_table::<User>(user::PLAIN),
        create_table::<Setting>(setting::PLAIN),
        create_table::<Document>(document::PLAIN),
        create_table::<Entry>(ledger::PLAIN),
    ];
    if backend == Backend::Postgres {
        tables.push(create_table::<Person>(person::PLAIN));
        return tables.concat() + &migration::<OnPostgres>(backend).up;
    }
    tables.concat().replace("SERIAL", "INTEGER") + &migration::<Everywhere>(backend).up
}

fn create_table<M: Model>(plain: &str) -> String {
    format!("CREATE TABLE {} ({plain});\n", M::SCHEMA.table)
}

#[test]
fn the_tables_are_as_the_models_say() {
    use diesel::Connection;

    let vault = fieldseal::testing::vault();
    vault.register::<Everywhere>().unwrap();
    vault.check_schema(&mut crate::backends::sqlite_database()).unwrap();
    vault.register::<Person>().unwrap();
    let database = crate::backends::postgres_database("tables");
    let mut conn = diesel::PgConnection::establish(&database.url()).unwrap();
    vault.check_schema(&mut conn).unwrap();
}

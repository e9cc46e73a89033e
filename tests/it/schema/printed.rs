//! The printed SQL, word for word: whoever changes a guard makes every deployed one out of date, and should know.

use std::path::Path;
use std::{env, fs};

use fieldseal::schema::{Backend, migration};

use super::{All, Client};

#[test]
fn the_printed_statements_are_those_on_file() {
    let (postgres, sqlite) = (migration::<All>(Backend::Postgres), migration::<All>(Backend::Sqlite));
    on_file("postgres.up.sql", &postgres.up);
    on_file("postgres.down.sql", &postgres.down);
    on_file("sqlite.up.sql", &sqlite.up);
    on_file("sqlite.down.sql", &sqlite.down);
}

#[test]
#[should_panic(expected = "models `Client` and `Other` describe clients.email differently")]
fn models_that_disagree_have_no_migration() {
    use fieldseal::model::{Model, ModelSchema, Owner};
    let other = ModelSchema::new("Other", "clients", "clients", Owner::Platform, &["id"], Client::SCHEMA.columns);
    let _ = fieldseal::schema::migration_of(&[Client::SCHEMA, &other], Backend::Postgres);
}

fn on_file(name: &str, printed: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/schema/printed").join(name);
    if env::var_os("FIELDSEAL_TEST_WRITE_PRINTED").is_some() {
        fs::write(&file, printed).unwrap();
    }
    assert_eq!(printed, fs::read_to_string(&file).unwrap(), "{name}; FIELDSEAL_TEST_WRITE_PRINTED=1 writes it anew");
}

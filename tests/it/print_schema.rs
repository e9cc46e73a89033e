//! Diesel's own command line tool prints fieldseal's types for a migrated database.

use std::ffi::OsString;
use std::process::Command;
use std::{env, fs};

use fieldseal::keys::store::PgKeyStore;

use crate::schema::live::Live;

const DIESEL_TOML: &str = r#"
[print_schema]
pg_domains_as_custom_types = ["^fieldseal_"]
except_custom_type_definitions = ["^Fieldseal"]
import_types = ["diesel::sql_types::*", "fieldseal::schema_types::*"]
"#;

const PRINTED: &str = "\
// @generated automatically by Diesel CLI.

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    clients (id) {
        id -> Int8,
        firm_id -> Int8,
        name -> Text,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        notes -> Nullable<FieldsealText>,
        city -> Nullable<FieldsealTextColumn>,
        city_term -> Nullable<FieldsealTextTerm>,
        tax -> Nullable<FieldsealTextDeterministic>,
        login -> Nullable<FieldsealText>,
        login_term -> Nullable<FieldsealTextTerm>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    remarks (id) {
        id -> Int8,
        firm_id -> Int8,
        body -> FieldsealTextColumn,
    }
}

diesel::allow_tables_to_appear_in_same_query!(clients, remarks,);
";

#[test]
fn print_schema_prints_fieldseals_types_and_none_of_its_tables() {
    let live = Live::postgres();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(PgKeyStore::new(live.url()).migrate()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("diesel.toml");
    fs::write(&config, DIESEL_TOML).unwrap();
    let output = Command::new(diesel_cli())
        .args(["print-schema", "--database-url", &live.url(), "--config-file"])
        .arg(&config)
        .current_dir(directory.path())
        .output()
        .unwrap_or_else(|error| panic!("{error}: tests/run installs Diesel's command line tool, `diesel`"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), PRINTED);
}

fn diesel_cli() -> OsString {
    env::var_os("FIELDSEAL_TEST_DIESEL_CLI").unwrap_or_else(|| "diesel".into())
}

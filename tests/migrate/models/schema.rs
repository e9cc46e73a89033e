//! The table of a model in transit: what is printed for it, and what is checked.

use diesel::connection::SimpleConnection;
use fieldseal::model::Model;
use fieldseal::schema::{Backend, SchemaError, migration};
use fieldseal::{Encrypted, Vault};

use super::person::{PLAIN, Person};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    visits (id) {
        id -> Text,
        firm_id -> Text,
        place_plain -> Nullable<Text>,
        place -> Nullable<FieldsealText>,
        reason -> FieldsealText,
    }
}

/// One column in transit beside one that was always sealed.
#[derive(Encrypted)]
#[diesel(table_name = visits)]
#[encrypted(firm = firm_id)]
#[allow(dead_code, reason = "its schema is all that is asked for")]
struct Visit {
    id: String,
    firm_id: String,
    #[encrypted(legacy = place_plain)]
    place: String,
    #[encrypted]
    reason: String,
}

const VISITS: &str = "CREATE TABLE visits (id TEXT PRIMARY KEY, firm_id TEXT NOT NULL, place_plain TEXT NOT NULL)";

fn vault<M: fieldseal::schema::Models>() -> Vault {
    let vault = fieldseal::testing::vault();
    vault.register::<M>().unwrap();
    vault
}

/// What differs, as `column: expected`.
macro_rules! differences {
    ($vault:expr, $conn:expr) => {
        match $vault.check_schema($conn) {
            Ok(()) => Vec::new(),
            Err(SchemaError::Differs(all)) => {
                all.iter().map(|one| format!("{}: {}", one.column.unwrap_or(""), one.expected)).collect::<Vec<_>>()
            }
            Err(error) => panic!("{error}"),
        }
    };
}

const LEGACY: &str = "place_plain: the legacy column of a model in transit";

#[test]
fn the_schema_names_the_legacy_column() {
    let legacy = Person::SCHEMA.column("email").unwrap().legacy.unwrap();
    assert_eq!((legacy.column, legacy.custom), ("email_plain", false));
    assert!(Visit::SCHEMA.column("reason").unwrap().legacy.is_none());
    assert!(Person::legacy_hooks().is_empty());
}

#[test]
fn what_is_printed_for_a_table_in_transit_is_what_is_wanted() {
    let (_database, mut conn) = super::postgres::<Person>(PLAIN);
    assert!(differences!(vault::<Person>(), &mut conn).is_empty());
    assert!(differences!(vault::<Person>(), &mut super::sqlite::<Person>(PLAIN)).is_empty());
    let up = migration::<Person>(Backend::Postgres).up;
    assert!(!up.contains("NOT NULL;") && !up.contains("zzz_fieldseal_guard"), "{up}");
}

#[test]
fn postgres_is_checked_for_both_columns_and_for_the_guard_of_the_others() {
    let (_database, mut conn) = super::postgres::<Visit>(VISITS);
    let vault = vault::<Visit>();
    assert_eq!(differences!(vault, &mut conn), [format!("{LEGACY}, which can be NULL")]);
    conn.batch_execute("ALTER TABLE visits ALTER place_plain DROP NOT NULL").unwrap();
    assert!(differences!(vault, &mut conn).is_empty());

    conn.batch_execute("ALTER TABLE visits ALTER place SET NOT NULL").unwrap();
    assert_eq!(differences!(vault, &mut conn), ["place: NULL"]);
    conn.batch_execute("ALTER TABLE visits ALTER place DROP NOT NULL, ALTER reason DROP NOT NULL").unwrap();
    assert_eq!(differences!(vault, &mut conn), ["reason: NOT NULL"]);
    conn.batch_execute("ALTER TABLE visits ALTER reason SET NOT NULL; DROP TRIGGER zzz_fieldseal_guard ON visits")
        .unwrap();
    assert_eq!(differences!(vault, &mut conn), [": the trigger zzz_fieldseal_guard BEFORE UPDATE"]);
}

#[test]
fn sqlite_is_checked_for_the_legacy_column() {
    let vault = vault::<Visit>();
    let mut conn = super::sqlite::<Visit>(VISITS.replace(" TEXT NOT NULL)", " TEXT)").as_str());
    assert!(differences!(vault, &mut conn).is_empty());
    conn.batch_execute("ALTER TABLE visits DROP COLUMN place_plain").unwrap();
    assert_eq!(differences!(vault, &mut conn), [LEGACY]);
}

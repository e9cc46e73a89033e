//! The service's own rows, under a composite key.

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    settings (realm, number) {
        realm -> Text,
        number -> Integer,
        value -> FieldsealText,
        previous -> Nullable<FieldsealText>,
    }
}

pub(super) const PLAIN: &str = "realm TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (realm, number)";

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = settings, primary_key(realm, number))]
#[encrypted(firm = platform, row = (realm, number), derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
pub(crate) struct Setting {
    pub(crate) realm: String,
    pub(crate) number: i32,
    #[encrypted]
    pub(crate) value: String,
    #[encrypted]
    pub(crate) previous: Option<String>,
}

#[derive(Encrypted)]
#[diesel(table_name = settings, primary_key(realm, number))]
#[encrypted(model = Setting, row = (realm, number), derive(AsChangeset))]
pub(crate) struct SettingPatch<'a> {
    #[encrypted]
    pub(crate) value: Option<&'a str>,
    #[encrypted]
    pub(crate) previous: Option<Option<&'a str>>,
}

pub(crate) fn setting(realm: &str, number: i32) -> Setting {
    Setting { realm: realm.to_owned(), number, value: format!("{realm} is {number}"), previous: None }
}

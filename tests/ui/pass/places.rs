//! Models in functions and modules, of every visibility, several in one place.

#![deny(warnings)]
#![allow(dead_code, reason = "compiled, and not run")]

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    clients (id) {
        id -> Text,
        firm_id -> Text,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    settings (id) {
        id -> BigInt,
        seal_id -> Text,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
    }
}

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, sealed = ClientAtRest, derive(Insertable, Queryable, Selectable))]
struct Client {
    id: String,
    firm_id: String,
    #[encrypted(index(email_term))]
    email: String,
}

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = settings)]
#[encrypted(firm = platform, row = seal_id, derive(Insertable, Queryable, Selectable))]
pub(crate) struct Setting {
    #[diesel(skip_insertion)]
    id: i64,
    pub seal_id: String,
    #[encrypted(index(email_term, scope = global, unique, id = "mail"))]
    pub(crate) email: String,
}

mod private {
    use super::settings;

    #[derive(Debug, Clone, fieldseal::Encrypted)]
    #[diesel(table_name = settings)]
    #[encrypted(firm = platform, row = none, derive(Insertable, Queryable, Selectable))]
    pub(super) struct Unbound {
        pub(super) seal_id: String,
        #[encrypted(index(email_term))]
        pub(in crate::pass::places) email: String,
    }

    #[derive(fieldseal::Encrypted)]
    #[diesel(table_name = crate::pass::places::settings)]
    #[encrypted(model = Unbound, row = none, derive(AsChangeset))]
    pub(super) struct UnboundPatch {
        #[encrypted(index(email_term))]
        pub(super) email: Option<String>,
    }
}

/// Types that are seen here only, in models that are seen elsewhere.
mod narrow {
    use super::settings;

    #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
    struct Secret(String);

    diesel::table! {
        use diesel::sql_types::*;
        use fieldseal::schema_types::*;

        secrets (id) {
            id -> BigInt,
            one -> FieldsealJson,
            old -> Nullable<FieldsealJson>,
        }
    }

    #[derive(Debug, Clone, fieldseal::Encrypted)]
    #[diesel(table_name = secrets)]
    #[encrypted(firm = platform, derive(Insertable, Queryable, Selectable, AsChangeset))]
    pub struct Secrets {
        pub id: i64,
        #[encrypted(json)]
        one: Secret,
        #[encrypted(json)]
        #[deprecated]
        old: Option<Secret>,
        #[cfg(any())]
        #[encrypted(no option)]
        gone: Nothing,
    }

    #[derive(fieldseal::Encrypted)]
    #[diesel(table_name = secrets)]
    #[encrypted(model = Secrets, derive(AsChangeset))]
    struct Patch<'a> {
        #[encrypted(json)]
        pub one: &'a Secret,
    }

    #[derive(Debug, Clone, fieldseal::Encrypted)]
    #[diesel(table_name = settings)]
    #[encrypted(firm = platform, row = none, derive(Insertable, Queryable, Selectable))]
    struct Setting {
        pub seal_id: String,
        #[encrypted(index(email_term))]
        pub(crate) email: String,
    }

    pub(super) fn handles() -> usize {
        let _ = (Secrets::one(), Secrets::old(), Setting::email());
        Secrets::SCHEMA.columns.len()
    }
}

#[test]
fn models_lie_anywhere() {
    diesel::table! {
        use diesel::sql_types::*;
        use fieldseal::schema_types::*;

        local (id) {
            id -> Text,
            email -> FieldsealText,
        }
    }

    #[derive(Debug, Clone, Encrypted)]
    #[diesel(table_name = local)]
    #[encrypted(firm = platform, derive(Insertable, Queryable, Selectable, AsChangeset))]
    struct Local {
        id: String,
        #[encrypted]
        email: String,
    }

    #[derive(Debug, Clone, Encrypted)]
    #[diesel(table_name = local)]
    #[encrypted(model = Local, derive(AsChangeset))]
    struct LocalPatch<'a> {
        #[encrypted]
        email: &'a str,
    }

    let _ = (Client::email(), Setting::email(), private::Unbound::email(), Local::email());
    assert_eq!(narrow::handles(), 2);
    assert_eq!(Setting::SCHEMA.columns[0].index.unwrap().index_id, "mail");
}

//! Nothing but the derive in scope, not even the prelude, under strict lints.

#![deny(warnings, unused_qualifications, missing_debug_implementations)]

/// The tables.
mod schema {
    #![allow(missing_docs, unused_qualifications, reason = "the surroundings of a strict user")]

    diesel::table! {
        use diesel::sql_types::*;
        use fieldseal::schema_types::*;

        clients (id) {
            id -> Text,
            firm_id -> Text,
            name -> Nullable<Text>,
            email -> FieldsealText,
            email_term -> FieldsealTextTerm,
            notes -> Nullable<FieldsealText>,
            intake -> FieldsealJson,
            flags -> FieldsealBytesDeterministic,
        }
    }
}

/// A module of the strict sort.
mod strict {
    #![no_implicit_prelude]
    #![allow(dead_code, reason = "compiled, and not run")]

    use ::fieldseal::Encrypted;

    // Names that generated code must not catch.
    struct Option;
    struct Result;
    struct String;
    struct Vec;
    struct Model;
    struct Handle;
    trait Clone {}
    trait Debug {}
    trait Default {}
    mod core {}
    mod std {}
    mod fieldseal {}

    /// A model.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, Encrypted)]
    #[diesel(table_name = super::schema::clients)]
    #[encrypted(firm = firm_id, derive(AsChangeset))]
    pub struct Client {
        /// Row key.
        pub id: ::std::string::String,
        /// Firm.
        pub firm_id: ::std::string::String,
        /// Plain.
        pub name: ::core::option::Option<::std::string::String>,
        /// Indexed.
        #[encrypted(index(email_term, normalize = email))]
        pub email: ::std::string::String,
        /// Nullable.
        #[encrypted]
        pub notes: ::core::option::Option<::std::string::String>,
        /// JSON.
        #[encrypted(json)]
        pub intake: ::std::vec::Vec<u8>,
        /// Deterministic.
        #[encrypted(deterministic)]
        pub flags: ::std::vec::Vec<u8>,
    }

    /// A patch.
    #[derive(::core::fmt::Debug, Encrypted)]
    #[diesel(table_name = super::schema::clients)]
    #[encrypted(model = Client, derive(AsChangeset))]
    pub struct ClientPatch<'a> {
        /// Plain.
        pub name: ::core::option::Option<&'a str>,
        /// Indexed.
        #[encrypted(index(email_term))]
        pub email: ::core::option::Option<&'a str>,
    }
}

/// A module that imports the derive, and Diesel nowhere.
mod bare {
    use fieldseal::Encrypted;

    /// A model.
    #[derive(Debug, Clone, Encrypted)]
    #[diesel(table_name = super::schema::clients)]
    #[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
    pub struct Client {
        /// Row key.
        pub id: String,
        /// Firm.
        pub firm_id: String,
        /// Indexed.
        #[encrypted(index(email_term, normalize = email))]
        pub email: String,
        /// Nullable.
        #[encrypted]
        pub notes: Option<String>,
        /// JSON.
        #[encrypted(json)]
        pub intake: Vec<u8>,
    }
}

#[test]
fn nothing_need_be_in_scope() {
    let _ = (strict::Client::email(), bare::Client::notes());
}

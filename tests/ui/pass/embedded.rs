//! Parts and views of every visibility, with other row keys, and padding.

#![deny(warnings)]
#![allow(dead_code, reason = "compiled, and not run")]

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    members (firm_id, number) {
        firm_id -> Text,
        number -> BigInt,
        nick -> Text,
        name -> FieldsealText,
        name_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    settings (id) {
        id -> BigInt,
        token -> FieldsealTextColumn,
    }
}

/// A composite key, and a model that seals nothing but its part.
#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = members, primary_key(firm_id, number))]
#[encrypted(firm = firm_id, row = (firm_id, number), derive(Insertable, Queryable, Selectable, AsChangeset))]
pub struct Member {
    pub firm_id: String,
    pub number: i64,
    #[diesel(embed)]
    #[encrypted]
    pub names: Names,
}

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = members)]
#[encrypted(part, model = Member, row = (firm_id, number), derive(Insertable, Queryable, Selectable, AsChangeset))]
pub struct Names {
    #[encrypted(index(name_term, bits = 12), pad = 16, handle = name_cell)]
    pub(crate) name: String,
    pub nick: String,
}

mod narrow {
    /// No row binding, and nothing but sealing.
    #[derive(Debug, Clone, fieldseal::Encrypted)]
    #[diesel(table_name = super::settings)]
    #[encrypted(firm = platform, row = none, derive(Insertable, Queryable, Selectable))]
    pub(super) struct Setting {
        id: i64,
        #[diesel(embed)]
        #[encrypted]
        part: Token,
    }

    #[derive(Debug, Clone, fieldseal::Encrypted)]
    #[diesel(table_name = super::settings)]
    #[encrypted(part, model = Setting, row = none, derive(Insertable, Queryable, Selectable))]
    pub(super) struct Token {
        #[encrypted]
        token: String,
    }

    /// A form that only updates, with the part.
    #[derive(fieldseal::Encrypted)]
    #[diesel(table_name = super::members, primary_key(firm_id, number))]
    #[encrypted(model = super::Member, row = (firm_id, number), derive(AsChangeset))]
    pub(super) struct Patch {
        #[diesel(embed)]
        #[encrypted]
        pub(super) names: Option<super::Names>,
    }

    #[derive(fieldseal::Encrypted)]
    #[encrypted(derive(Queryable))]
    pub(super) struct View {
        #[diesel(embed)]
        #[encrypted]
        member: super::Member,
        #[diesel(embed)]
        #[encrypted]
        setting: Option<Setting>,
    }

    pub(super) fn handles() -> &'static fieldseal::model::ModelSchema {
        let _ = Token::token();
        Setting::SCHEMA
    }
}

#[test]
fn parts_lie_anywhere() {
    let session = fieldseal::testing::vault().blocking().session("acme").unwrap();
    let names = Names { name: "Ada".into(), nick: "a".into() };
    let patch = narrow::Patch { names: Some(names) };
    let sealed = session.seal_for(("acme".to_owned(), 7), &patch).unwrap();
    let update = diesel::update(members::table).set(sealed);
    let text = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&update).to_string().replace('`', "");
    assert!(
        text.starts_with("UPDATE members SET name = ?, name_term = ?, nick = ?, firm_id = ?, number = ? --"),
        "{text}"
    );
    let _ = Names::name_cell().set(&session, ("acme".to_owned(), 7), "Eva".to_owned()).unwrap();
    assert_eq!(narrow::handles().columns.len(), 1);
}

//! A model with a part, its forms, and rows that refer to it.

use diesel::prelude::*;
use fieldseal::{Encrypted, Protected};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    members (id) {
        id -> Text,
        firm_id -> Text,
        name -> Text,
        city -> Text,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        phone -> Nullable<FieldsealText>,
        phone_term -> Nullable<FieldsealTextTerm>,
        pin -> FieldsealText,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    notes (id) {
        id -> BigInt,
        firm_id -> Text,
        member_id -> Text,
        text -> FieldsealText,
    }
}

diesel::joinable!(notes -> members (member_id));
diesel::allow_tables_to_appear_in_same_query!(members, notes);

pub(super) const PLAIN: &str = "
    CREATE TABLE members (id TEXT PRIMARY KEY, firm_id TEXT NOT NULL, name TEXT NOT NULL, city TEXT NOT NULL);
    CREATE TABLE notes (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, member_id TEXT NOT NULL);";

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = members)]
#[encrypted(part, model = Member, derive(Insertable, Queryable, Selectable, AsChangeset, QueryableByName))]
pub(super) struct Contact {
    #[encrypted(index(email_term, normalize = email, unique))]
    pub(super) email: String,
    #[encrypted(index(phone_term, normalize = digits, bits = 12))]
    pub(super) phone: Option<String>,
    pub(super) city: String,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = members)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, QueryableByName, Identifiable))]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) firm_id: String,
    pub(super) name: String,
    #[diesel(embed)]
    #[encrypted]
    pub(super) contact: Contact,
    #[encrypted]
    pub(super) pin: String,
}

/// The same, written and read by Diesel directly.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = members)]
#[encrypted(ambient, model = Member, firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(super) struct AmbientMember {
    pub(super) id: String,
    pub(super) firm_id: String,
    pub(super) name: String,
    #[diesel(embed)]
    #[encrypted]
    pub(super) contact: Contact,
    #[encrypted]
    pub(super) pin: String,
}

/// A part of forms only: it borrows, and says the same of the columns.
#[derive(Encrypted)]
#[diesel(table_name = members)]
#[encrypted(part, model = Member, derive(Insertable))]
pub(super) struct NewContact<'a> {
    #[encrypted(index(email_term, normalize = email, unique))]
    pub(super) email: &'a str,
    pub(super) city: &'a str,
}

#[derive(Encrypted)]
#[diesel(table_name = members)]
#[encrypted(model = Member, firm = firm_id, derive(Insertable))]
pub(super) struct NewMember<'a> {
    pub(super) id: &'a str,
    pub(super) firm_id: &'a str,
    pub(super) name: &'a str,
    #[diesel(embed)]
    #[encrypted]
    pub(super) contact: NewContact<'a>,
    #[encrypted]
    pub(super) pin: &'a str,
}

/// A form that lists the part's columns by themselves.
#[derive(Encrypted)]
#[diesel(table_name = members)]
#[encrypted(model = Member, derive(AsChangeset))]
pub(super) struct FlatPatch<'a> {
    #[encrypted(index(email_term))]
    pub(super) email: Option<&'a str>,
    #[encrypted(index(phone_term))]
    pub(super) phone: Option<Option<&'a str>>,
}

/// A form without the key, with a part that stays as it is if it is `None`.
#[derive(Encrypted)]
#[diesel(table_name = members)]
#[encrypted(model = Member, derive(AsChangeset))]
pub(super) struct MemberPatch {
    pub(super) name: Option<String>,
    #[diesel(embed)]
    #[encrypted]
    pub(super) contact: Option<Contact>,
}

/// A part of closed fields.
#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = members)]
#[encrypted(part, model = Member, derive(Queryable, Selectable, AsChangeset))]
pub(super) struct ClosedContact {
    #[encrypted(index(email_term, normalize = email, unique))]
    pub(super) email: Protected<String>,
    pub(super) city: String,
}

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = members)]
#[encrypted(ambient, model = Member, firm = firm_id, derive(Queryable, Selectable, AsChangeset))]
pub(super) struct ClosedMember {
    pub(super) id: String,
    pub(super) firm_id: String,
    #[diesel(embed)]
    #[encrypted]
    pub(super) contact: ClosedContact,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
pub(super) struct Note {
    pub(super) id: i64,
    pub(super) firm_id: String,
    pub(super) member_id: String,
    #[encrypted]
    pub(super) text: String,
}

/// A form that is loaded with its key. Diesel's own checks of a join take a multiple of the time with each embed within
/// an embed, so that views show rows without parts.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = members)]
#[encrypted(model = Member, firm = firm_id, derive(Queryable, Selectable))]
pub(super) struct MemberRow {
    pub(super) id: String,
    pub(super) firm_id: String,
    #[encrypted(index(email_term))]
    pub(super) email: String,
}

/// A view: rows of two tables, each sealed by itself.
#[derive(Debug, PartialEq, Encrypted)]
#[encrypted(derive(Queryable, Selectable))]
pub(super) struct NoteOfMember {
    #[diesel(embed)]
    #[encrypted]
    pub(super) note: Note,
    #[diesel(embed)]
    #[encrypted]
    pub(super) member: Option<MemberRow>,
}

/// The same in the ambient form, with a cell that is shown by itself.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = members)]
#[encrypted(ambient, derive(Queryable, Selectable))]
pub(super) struct Overview {
    pub(super) id: String,
    #[encrypted(of = Contact::email, row = id)]
    pub(super) email: String,
    #[diesel(embed)]
    #[encrypted]
    pub(super) note: Note,
}

/// A form that is only loaded, beside a row of another table.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(model = Note, firm = firm_id, derive(Queryable, Selectable))]
pub(super) struct NoteWithMember {
    pub(super) id: i64,
    pub(super) firm_id: String,
    #[encrypted]
    pub(super) text: String,
    #[diesel(embed)]
    #[encrypted]
    pub(super) member: MemberRow,
}

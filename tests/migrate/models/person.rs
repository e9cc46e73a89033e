//! A model of which every field is in transit, each in another way.

use diesel::prelude::*;
use fieldseal::{Decode, Encode, Encrypted};
use serde::{Deserialize, Serialize};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    people (id) {
        id -> Text,
        firm_id -> Text,
        name -> Text,
        email_plain -> Nullable<Text>,
        email -> Nullable<FieldsealText>,
        email_term -> Nullable<FieldsealTextTerm>,
        badge_plain -> Nullable<Text>,
        badge -> Nullable<FieldsealText>,
        badge_term -> Nullable<FieldsealTextTerm>,
        notes_plain -> Nullable<Text>,
        notes -> Nullable<FieldsealText>,
        visits_plain -> Nullable<Integer>,
        visits -> Nullable<FieldsealBigint>,
        intake_plain -> Nullable<Text>,
        intake -> Nullable<FieldsealJson>,
        pin_plain -> Nullable<Integer>,
        pin -> Nullable<FieldsealBigint>,
        pin_term -> Nullable<FieldsealBigintTerm>,
    }
}

pub(crate) const PLAIN: &str = "CREATE TABLE people (id TEXT PRIMARY KEY, firm_id TEXT NOT NULL, name TEXT NOT NULL, \
    email_plain TEXT, badge_plain TEXT, notes_plain TEXT, visits_plain INTEGER, intake_plain TEXT, pin_plain INTEGER)";

/// The sealed columns, by which phases name pairs.
pub(crate) const COLUMNS: &[&str] = &["email", "badge", "notes", "visits", "intake", "pin"];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Intake {
    pub(crate) matter: String,
}

/// A newtype that knows nothing of Diesel.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(crate) struct Badge(pub(crate) String);

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable, QueryableByName))]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) firm_id: String,
    pub(crate) name: String,
    #[encrypted(index(email_term, normalize = email), legacy = email_plain)]
    pub(crate) email: String,
    #[encrypted(index(badge_term), legacy = badge_plain)]
    pub(crate) badge: Option<Badge>,
    #[encrypted(legacy = notes_plain)]
    pub(crate) notes: Option<String>,
    #[encrypted(legacy = visits_plain)]
    pub(crate) visits: i32,
    #[encrypted(json, legacy = intake_plain)]
    pub(crate) intake: Intake,
    #[encrypted(as = i64, index(pin_term), legacy = pin_plain)]
    pub(crate) pin: Pin,
}

/// Of another type than it is stored as.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pin(pub(crate) u16);

impl From<Pin> for i64 {
    fn from(pin: Pin) -> Self {
        pin.0.into()
    }
}

impl TryFrom<i64> for Pin {
    type Error = std::num::TryFromIntError;

    fn try_from(value: i64) -> Result<Self, Self::Error> {
        value.try_into().map(Self)
    }
}

/// A person told from others by a number; every other has no notes and no badge.
pub(crate) fn person(number: u16) -> Person {
    Person {
        id: format!("p{number}"),
        firm_id: "acme".into(),
        name: format!("name {number}"),
        email: format!("Ada{number}@Example.org"),
        badge: (number.is_multiple_of(2)).then(|| Badge(format!("badge {number}"))),
        notes: (number.is_multiple_of(2)).then(|| format!("notes {number}")),
        visits: number.into(),
        intake: Intake { matter: format!("matter {number}") },
        pin: Pin(number),
    }
}

/// A row as a service wrote it that knows nothing of sealing.
#[derive(Debug, Clone, PartialEq, Insertable, AsChangeset, Queryable, Selectable)]
#[diesel(table_name = people, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct LegacyPerson {
    pub(crate) id: String,
    pub(crate) firm_id: String,
    pub(crate) name: String,
    pub(crate) email_plain: Option<String>,
    pub(crate) badge_plain: Option<String>,
    pub(crate) notes_plain: Option<String>,
    pub(crate) visits_plain: Option<i32>,
    pub(crate) intake_plain: Option<String>,
    pub(crate) pin_plain: Option<i32>,
}

impl LegacyPerson {
    pub(crate) fn of(person: &Person) -> Self {
        Self {
            id: person.id.clone(),
            firm_id: person.firm_id.clone(),
            name: person.name.clone(),
            email_plain: Some(person.email.clone()),
            badge_plain: person.badge.as_ref().map(|badge| badge.0.clone()),
            notes_plain: person.notes.clone(),
            visits_plain: Some(person.visits),
            intake_plain: Some(serde_json::to_string(&person.intake).unwrap()),
            pin_plain: Some(person.pin.0.into()),
        }
    }

    /// A row of which nothing is left to be sealed.
    pub(crate) fn cleared(person: &Person) -> Self {
        Self {
            email_plain: None,
            badge_plain: None,
            notes_plain: None,
            visits_plain: None,
            intake_plain: None,
            pin_plain: None,
            ..Self::of(person)
        }
    }
}

/// Which columns of cells and terms hold something.
pub(crate) type Sealed = (bool, bool, bool, bool, bool, bool);

/// Whether e-mail, its term, badge's term, notes, visits and intake are there, of one row.
#[macro_export]
macro_rules! sealed_columns {
    ($conn:expr, $id:expr) => {{
        let columns = (
            people::email.is_not_null(),
            people::email_term.is_not_null(),
            people::badge_term.is_not_null(),
            people::notes.is_not_null(),
            people::visits.is_not_null(),
            people::intake.is_not_null(),
        );
        people::table.find($id).select(columns).first::<$crate::models::person::Sealed>($conn).unwrap()
    }};
}

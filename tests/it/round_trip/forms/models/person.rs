//! Persons: the model, and its forms in references, as patches and ambient.

use std::borrow::Cow;

use fieldseal::Encrypted;
use serde::{Deserialize, Serialize};

use super::tables::persons;
use super::{PersonId, TENANT, TenantId};
use crate::round_trip::draw::Draw;
use crate::round_trip::forms::Written;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::round_trip::forms) struct Intake {
    pub(in crate::round_trip::forms) matter: String,
    pub(in crate::round_trip::forms) urgent: bool,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = persons, treat_none_as_null = true)]
#[encrypted(firm = tenant_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(in crate::round_trip::forms) struct Person {
    pub(in crate::round_trip::forms) id: PersonId,
    pub(in crate::round_trip::forms) tenant_id: TenantId,
    pub(in crate::round_trip::forms) visits_now: i64,
    #[encrypted(index(email_term, normalize = email))]
    pub(in crate::round_trip::forms) email: String,
    #[encrypted(index(phone_term, normalize = digits, bits = 3))]
    pub(in crate::round_trip::forms) phone: Option<String>,
    #[encrypted]
    pub(in crate::round_trip::forms) notes: Option<String>,
    #[encrypted(pad = 16)]
    pub(in crate::round_trip::forms) scan: Vec<u8>,
    #[encrypted(json, pad = padme)]
    pub(in crate::round_trip::forms) intake: Intake,
    #[encrypted]
    pub(in crate::round_trip::forms) visits: i64,
    #[encrypted(deterministic)]
    pub(in crate::round_trip::forms) tax_id: String,
    #[encrypted]
    pub(in crate::round_trip::forms) tags: Vec<Option<String>>,
}

/// All of it, borrowed.
#[derive(Encrypted)]
#[diesel(table_name = persons)]
#[encrypted(model = Person, firm = tenant_id, derive(Insertable))]
pub(in crate::round_trip::forms) struct NewPerson<'a> {
    pub(in crate::round_trip::forms) id: &'a PersonId,
    pub(in crate::round_trip::forms) tenant_id: &'a TenantId,
    pub(in crate::round_trip::forms) visits_now: i64,
    #[encrypted(index(email_term))]
    pub(in crate::round_trip::forms) email: &'a str,
    #[encrypted(index(phone_term))]
    pub(in crate::round_trip::forms) phone: Option<Cow<'a, str>>,
    #[encrypted]
    pub(in crate::round_trip::forms) notes: Option<&'a str>,
    #[encrypted]
    pub(in crate::round_trip::forms) scan: &'a [u8],
    #[encrypted(json)]
    pub(in crate::round_trip::forms) intake: &'a Intake,
    #[encrypted]
    pub(in crate::round_trip::forms) visits: &'a i64,
    #[encrypted]
    pub(in crate::round_trip::forms) tax_id: Cow<'a, str>,
    #[encrypted]
    pub(in crate::round_trip::forms) tags: &'a [Option<&'a str>],
}

#[derive(Encrypted)]
#[diesel(table_name = persons)]
#[encrypted(model = Person, derive(AsChangeset))]
pub(in crate::round_trip::forms) struct PersonPatch<'a> {
    pub(in crate::round_trip::forms) visits_now: i64,
    #[encrypted(index(email_term))]
    pub(in crate::round_trip::forms) email: Option<&'a str>,
    #[encrypted(index(phone_term))]
    pub(in crate::round_trip::forms) phone: Option<Option<&'a str>>,
    #[encrypted]
    pub(in crate::round_trip::forms) notes: Option<Option<String>>,
    #[encrypted]
    pub(in crate::round_trip::forms) scan: Option<&'a [u8]>,
    #[encrypted(json)]
    pub(in crate::round_trip::forms) intake: Option<&'a Intake>,
    #[encrypted]
    pub(in crate::round_trip::forms) visits: Option<i32>,
    #[encrypted]
    pub(in crate::round_trip::forms) tax_id: Option<&'a str>,
    #[encrypted]
    pub(in crate::round_trip::forms) tags: Option<&'a [Option<String>]>,
}

/// The same rows, written and loaded by Diesel directly.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = persons, treat_none_as_null = true)]
#[encrypted(ambient, model = Person, firm = tenant_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(in crate::round_trip::forms) struct AmbientPerson {
    pub(in crate::round_trip::forms) id: PersonId,
    pub(in crate::round_trip::forms) tenant_id: TenantId,
    pub(in crate::round_trip::forms) visits_now: i64,
    #[encrypted(index(email_term))]
    pub(in crate::round_trip::forms) email: String,
    #[encrypted(index(phone_term))]
    pub(in crate::round_trip::forms) phone: Option<String>,
    #[encrypted]
    pub(in crate::round_trip::forms) notes: Option<String>,
    #[encrypted]
    pub(in crate::round_trip::forms) scan: Vec<u8>,
    #[encrypted(json)]
    pub(in crate::round_trip::forms) intake: Intake,
    #[encrypted]
    pub(in crate::round_trip::forms) visits: i64,
    #[encrypted]
    pub(in crate::round_trip::forms) tax_id: String,
    #[encrypted]
    pub(in crate::round_trip::forms) tags: Vec<Option<String>>,
}

#[derive(Encrypted)]
#[diesel(table_name = persons)]
#[encrypted(ambient, model = Person, derive(AsChangeset))]
pub(in crate::round_trip::forms) struct AmbientPatch<'a> {
    #[encrypted(index(email_term))]
    pub(in crate::round_trip::forms) email: &'a str,
    #[encrypted]
    pub(in crate::round_trip::forms) notes: Option<Option<&'a str>>,
}

impl From<Person> for AmbientPerson {
    fn from(person: Person) -> Self {
        let Person { id, tenant_id, visits_now, email, phone, notes, scan, intake, visits, tax_id, tags } = person;
        Self { id, tenant_id, visits_now, email, phone, notes, scan, intake, visits, tax_id, tags }
    }
}

impl Person {
    /// Any person of this id.
    pub(in crate::round_trip::forms) fn draw(id: i64, draw: &mut Draw) -> Self {
        Self {
            id: PersonId(id),
            tenant_id: TENANT,
            visits_now: draw.one(),
            email: draw.one(),
            phone: draw.there().then(|| draw.one()),
            notes: draw.there().then(|| draw.one()),
            scan: draw.one(),
            intake: Intake { matter: draw.one(), urgent: draw.one() },
            visits: draw.one(),
            tax_id: draw.one(),
            tags: draw.one(),
        }
    }

    /// This row is in the table.
    pub(in crate::round_trip::forms) fn written(self) -> Written {
        let texts = [Some(self.email), self.phone, self.notes, Some(self.intake.matter), Some(self.tax_id)];
        Written { model: Self::SCHEMA, plaintexts: texts.into_iter().chain(self.tags).flatten().collect() }
    }
}

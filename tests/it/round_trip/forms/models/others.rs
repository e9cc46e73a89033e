//! Models with parts and with other keys, rows that refer to persons, and views.

use fieldseal::Encrypted;

use super::person::{Intake, Person};
use super::tables::{chairs, entries, holders, options, visits};
use super::{ChairNumber, PersonId, TenantId};

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = holders)]
#[encrypted(part, model = Holder, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(in crate::round_trip::forms) struct Contact {
    #[encrypted(index(email_term, normalize = email))]
    pub(in crate::round_trip::forms) email: String,
    #[encrypted]
    pub(in crate::round_trip::forms) phone: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = holders)]
#[encrypted(firm = tenant_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(in crate::round_trip::forms) struct Holder {
    pub(in crate::round_trip::forms) id: i64,
    pub(in crate::round_trip::forms) tenant_id: TenantId,
    #[diesel(embed)]
    #[encrypted]
    pub(in crate::round_trip::forms) contact: Contact,
    #[encrypted]
    pub(in crate::round_trip::forms) pin: String,
}

#[derive(Encrypted)]
#[diesel(table_name = holders)]
#[encrypted(model = Holder, derive(AsChangeset))]
pub(in crate::round_trip::forms) struct HolderPatch {
    #[diesel(embed)]
    #[encrypted]
    pub(in crate::round_trip::forms) contact: Option<Contact>,
    #[encrypted]
    pub(in crate::round_trip::forms) pin: String,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = entries)]
#[encrypted(firm = tenant_id, row = none, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(in crate::round_trip::forms) struct Entry {
    pub(in crate::round_trip::forms) id: i64,
    pub(in crate::round_trip::forms) tenant_id: TenantId,
    #[encrypted]
    pub(in crate::round_trip::forms) account: String,
    #[encrypted]
    pub(in crate::round_trip::forms) amount: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = chairs, primary_key(tenant_id, number))]
#[encrypted(firm = tenant_id, row = (tenant_id, number), derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(in crate::round_trip::forms) struct Chair {
    pub(in crate::round_trip::forms) tenant_id: TenantId,
    pub(in crate::round_trip::forms) number: ChairNumber,
    #[encrypted]
    pub(in crate::round_trip::forms) holder: String,
    #[encrypted]
    pub(in crate::round_trip::forms) remark: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = options)]
#[encrypted(firm = platform, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(in crate::round_trip::forms) struct Setting {
    pub(in crate::round_trip::forms) id: i64,
    #[encrypted]
    pub(in crate::round_trip::forms) value: String,
    #[encrypted]
    pub(in crate::round_trip::forms) previous: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = visits)]
#[encrypted(firm = tenant_id, derive(Insertable, Queryable, Selectable))]
pub(in crate::round_trip::forms) struct Visit {
    pub(in crate::round_trip::forms) id: i64,
    pub(in crate::round_trip::forms) tenant_id: TenantId,
    pub(in crate::round_trip::forms) person_id: PersonId,
    #[encrypted]
    pub(in crate::round_trip::forms) reason: String,
    #[encrypted]
    pub(in crate::round_trip::forms) fee: Option<i64>,
}

/// A visit with cells of the person.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[encrypted(derive(Queryable))]
pub(in crate::round_trip::forms) struct VisitView {
    pub(in crate::round_trip::forms) visit_id: i64,
    pub(in crate::round_trip::forms) person_id: PersonId,
    #[encrypted(of = Visit::reason, row = visit_id)]
    pub(in crate::round_trip::forms) reason: String,
    #[encrypted(of = Person::email, row = person_id)]
    pub(in crate::round_trip::forms) email: String,
    #[encrypted(of = Person::notes, row = person_id)]
    pub(in crate::round_trip::forms) notes: Option<String>,
    #[encrypted(json, of = Person::intake, row = person_id)]
    pub(in crate::round_trip::forms) intake: Intake,
}

/// A person with cells of a visit, if there was one.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[encrypted(derive(Queryable))]
pub(in crate::round_trip::forms) struct PersonView {
    pub(in crate::round_trip::forms) person_id: PersonId,
    pub(in crate::round_trip::forms) visit_id: Option<i64>,
    #[encrypted(of = Person::email, row = person_id)]
    pub(in crate::round_trip::forms) email: String,
    #[encrypted(of = Visit::reason, row = visit_id)]
    pub(in crate::round_trip::forms) reason: Option<String>,
    #[encrypted(of = Visit::fee, row = visit_id)]
    pub(in crate::round_trip::forms) fee: Option<i64>,
}

//! The models, their forms and views.

mod others;
mod person;
mod tables;

use diesel_derive_newtype::DieselNewType;
use fieldseal::schema::{Backend, migration};
use fieldseal::{FirmKey, RowKeyPart};

pub(super) use others::*;
pub(super) use person::*;
pub(super) use tables::*;

pub(super) const TABLES: [&str; 6] = ["persons", "holders", "entries", "chairs", "options", "visits"];

const PLAIN: &str = "
    CREATE TABLE persons (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, visits_now bigint NOT NULL);
    CREATE TABLE holders (id bigint PRIMARY KEY, tenant_id bigint NOT NULL);
    CREATE TABLE entries (id bigint PRIMARY KEY, tenant_id bigint NOT NULL);
    CREATE TABLE chairs (tenant_id bigint NOT NULL, number bigint NOT NULL, PRIMARY KEY (tenant_id, number));
    CREATE TABLE options (id bigint PRIMARY KEY);
    CREATE TABLE visits (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, person_id bigint NOT NULL);";

/// What makes the tables.
pub(super) fn sql(backend: Backend) -> String {
    PLAIN.to_owned() + &migration::<(Person, Holder, Entry, Chair, Setting, Visit)>(backend).up
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, DieselNewType, FirmKey, RowKeyPart)]
pub(super) struct TenantId(pub(super) i64);

pub(super) const TENANT: TenantId = TenantId(7);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, DieselNewType, RowKeyPart)]
pub(super) struct PersonId(pub(super) i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, DieselNewType, RowKeyPart)]
pub(super) struct ChairNumber(pub(super) i64);

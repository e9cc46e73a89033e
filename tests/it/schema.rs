//! Models against databases: what the printed migration refuses, and what the check finds.

mod check_postgres;
mod check_sqlite;
mod derived;
mod guard;
pub(crate) mod live;
mod printed;
mod shape;

use fieldseal::envelope::Kind;
use fieldseal::model::{Column, ColumnSchema, Index, IndexSchema, Model, ModelSchema, Owner};

/// A model of which only the description matters: nothing is sealed here.
macro_rules! describes {
    ($model:ty, $schema:expr) => {
        impl Model for $model {
            const SCHEMA: &'static ModelSchema = &$schema;
            type RowKey = i64;
            type FirmChange = ();
            type FirmTest = ();

            fn firm_change(_: &fieldseal::FirmId) {}

            fn firm_test(_: &fieldseal::FirmId) {}

            fn columns() -> &'static [Column] {
                &[]
            }

            fn indexes() -> &'static [Option<Index>] {
                &[]
            }
        }
    };
}

/// A firm's rows with a key of their own: every kind of cell, a unique, a plain and a global index.
pub(crate) struct Client;

/// The same table, described by another model in part.
pub(crate) struct ClientPatch;

/// A firm's rows whose cells are bound to no row.
pub(crate) struct Remark;

/// The service's own rows, in a schema of their own on PostgreSQL, with a key of two columns.
pub(crate) struct Setting;

const EMAIL: ColumnSchema = column("email", Kind::RowBound, false, Some(index("email_term", true, false)));

describes!(
    Client,
    ModelSchema::new(
        "Client",
        "clients",
        "clients",
        Owner::Column("firm_id"),
        &["id"],
        &[
            EMAIL,
            column("notes", Kind::RowBound, true, None),
            column("city", Kind::ColumnBound, true, Some(index("city_term", false, false))),
            column("tax", Kind::Deterministic, true, None),
            column("login", Kind::RowBound, true, Some(index("login_term", true, true))),
        ],
    )
);

describes!(
    ClientPatch,
    ModelSchema::new("ClientPatch", "clients", "clients", Owner::Column("firm_id"), &["id"], &[EMAIL])
);

describes!(
    Remark,
    ModelSchema::new(
        "Remark",
        "remarks",
        "remarks",
        Owner::Column("firm_id"),
        &[],
        &[column("body", Kind::ColumnBound, false, None)],
    )
);

describes!(
    Setting,
    ModelSchema::new(
        "Setting",
        "office.Our settings",
        "settings",
        Owner::Platform,
        &["area", "name"],
        &[column("value", Kind::RowBound, false, None)],
    )
);

const fn column(name: &'static str, kind: Kind, nullable: bool, index: Option<IndexSchema>) -> ColumnSchema {
    ColumnSchema::new(name, name, name, "text", "fieldseal_text", kind, nullable, index)
}

const fn index(column: &'static str, unique: bool, global: bool) -> IndexSchema {
    IndexSchema::new(column, column, "none/1", 128, unique, global)
}

/// The tables as a service has them before fieldseal: plain columns only.
const TABLES: &str = "
    CREATE TABLE clients (id bigint PRIMARY KEY, firm_id bigint NOT NULL, name text NOT NULL UNIQUE);
    CREATE TABLE remarks (id bigint PRIMARY KEY, firm_id bigint NOT NULL);
    CREATE TABLE office.\"Our settings\" (area text, name text, nick text UNIQUE, PRIMARY KEY (area, name));
";

pub(crate) type All = (Client, ClientPatch, Remark, Setting);

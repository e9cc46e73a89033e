//! The SQL that makes the models' tables: plain columns as written beside each model, sealed ones from its schema.

use fieldseal::Model;
use fieldseal::model::{ModelSchema, Owner};

use super::*;

/// The databases that the suite runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Postgres,
    Sqlite,
}

/// One statement a table.
pub(crate) fn create_tables(dialect: Dialect) -> Vec<String> {
    let mut tables = vec![
        (client::Client::SCHEMA, client::PLAIN),
        (matter::Matter::SCHEMA, matter::PLAIN),
        (sample::Sample::SCHEMA, sample::PLAIN),
        (user::User::SCHEMA, user::PLAIN),
        (setting::Setting::SCHEMA, setting::PLAIN),
        (document::Document::SCHEMA, document::PLAIN),
        (ledger::Entry::SCHEMA, ledger::PLAIN),
    ];
    if dialect == Dialect::Postgres {
        tables.push((<person::Person as Model>::SCHEMA, person::PLAIN));
    }
    tables.into_iter().map(|(schema, plain)| create_table(schema, plain, dialect)).collect()
}

fn create_table(schema: &ModelSchema, plain: &str, dialect: Dialect) -> String {
    let (bytes, plain) = match dialect {
        Dialect::Postgres => ("BYTEA", plain.to_owned()),
        Dialect::Sqlite => ("BLOB", plain.replace("SERIAL", "INTEGER")),
    };
    // SQLite wants all columns before the table's constraints.
    let (columns, constraints) = match plain.split_once(", PRIMARY KEY") {
        Some((columns, key)) => (columns.to_owned(), vec![format!("PRIMARY KEY{key}")]),
        None => (plain, Vec::new()),
    };
    let sealed = schema.columns.iter().flat_map(|column| {
        let ty = if column.nullable { bytes.to_owned() } else { format!("{bytes} NOT NULL") };
        let names = [Some(column.column), column.index.map(|index| index.column)];
        names.into_iter().flatten().map(move |name| format!("{name} {ty}")).collect::<Vec<_>>()
    });
    let parts: Vec<_> = [columns].into_iter().chain(sealed).chain(constraints).chain(unique(schema)).collect();
    format!("CREATE TABLE {} ({})", schema.table, parts.join(", "))
}

fn unique(schema: &ModelSchema) -> Vec<String> {
    let indexes = schema.columns.iter().filter_map(|column| column.index).filter(|index| index.unique);
    indexes
        .map(|index| match schema.owner {
            Owner::Column(firm) if !index.global => format!("UNIQUE ({}, {firm})", index.column),
            _ => format!("UNIQUE ({})", index.column),
        })
        .collect()
}

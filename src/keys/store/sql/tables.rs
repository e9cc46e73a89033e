//! Names of the store's tables: in a schema of the user's choice (PostgreSQL), or under a prefix (SQLite).

use crate::keys::store::StoreError;

/// Where the store's tables are, and what the two databases say differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::keys::store) struct Tables {
    dialect: Dialect,
    space: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "a build may have one of the two only")]
pub(super) enum Dialect {
    Postgres,
    Sqlite,
}

#[allow(dead_code, reason = "a build may have one of the two only")]
impl Tables {
    /// Tables in this schema.
    pub(in crate::keys::store) fn in_schema(schema: &str) -> Result<Self, StoreError> {
        let reserved = schema == "public" || schema == "information_schema" || schema.starts_with("pg_");
        let wanted = "a schema of its own is wanted, not `public` nor one of PostgreSQL's";
        Self::new(Dialect::Postgres, schema, reserved.then_some(wanted))
    }

    /// Tables whose names begin with this prefix.
    pub(in crate::keys::store) fn with_prefix(prefix: &str) -> Result<Self, StoreError> {
        let reserved = prefix.starts_with("sqlite_") || prefix.starts_with("__diesel_");
        Self::new(Dialect::Sqlite, prefix, reserved.then_some("SQLite and Diesel keep this prefix for themselves"))
    }

    fn new(dialect: Dialect, space: &str, reserved: Option<&'static str>) -> Result<Self, StoreError> {
        match reserved.or((!is_plain(space)).then_some(PLAIN)) {
            Some(reason) => Err(StoreError::BadName { name: space.to_owned(), reason }),
            None => Ok(Self { dialect, space: space.to_owned() }),
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn firms(&self) -> String {
        self.quoted("firms")
    }

    pub(super) fn firm_keys(&self) -> String {
        self.quoted("firm_keys")
    }

    pub(super) fn versions(&self) -> String {
        self.quoted("versions")
    }

    pub(super) fn fleet(&self) -> String {
        self.quoted("fleet")
    }

    pub(super) fn changes(&self) -> String {
        self.quoted("changes")
    }

    pub(super) fn processes(&self) -> String {
        self.quoted("processes")
    }

    /// PostgreSQL's channel, on which changes of these tables are told, as an identifier.
    pub(in crate::keys::store) fn channel(&self) -> String {
        format!(r#""fieldseal.{}""#, self.space)
    }

    fn quoted(&self, table: &str) -> String {
        let space = &self.space;
        match self.dialect {
            Dialect::Postgres => format!(r#""{space}"."{table}""#),
            Dialect::Sqlite => format!(r#""{space}{table}""#),
        }
    }

    /// A migration's SQL, written for the default name, for this one.
    pub(super) fn adapt(&self, sql: &str) -> String {
        let space = &self.space;
        match self.dialect {
            Dialect::Postgres => sql.replace(r#""fieldseal""#, &format!(r#""{space}""#)),
            Dialect::Sqlite => sql.replace(r#""fieldseal_"#, &format!(r#""{space}"#)),
        }
    }

    /// Counts the version table: 0 or 1.
    pub(super) fn exists(&self) -> String {
        match self.dialect {
            Dialect::Postgres => format!("SELECT count(pg_catalog.to_regclass('{}')) AS number", self.versions()),
            Dialect::Sqlite => format!(
                "SELECT count(*) AS number FROM sqlite_master WHERE type = 'table' AND name = '{}versions'",
                self.space
            ),
        }
    }

    /// Begins a transaction that sees one state of all tables.
    pub(super) fn begin_read(&self) -> &'static str {
        match self.dialect {
            Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Dialect::Sqlite => "BEGIN DEFERRED",
        }
    }

    /// Begins a transaction whose `UPDATE … WHERE generation = …` is a compare-and-set.
    pub(super) fn begin_write(&self) -> &'static str {
        match self.dialect {
            Dialect::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Dialect::Sqlite => "BEGIN IMMEDIATE",
        }
    }
}

/// Short enough for PostgreSQL's 63 bytes with any table's name behind it.
fn is_plain(name: &str) -> bool {
    let first = |c: char| c.is_ascii_lowercase() || c == '_';
    (1..=40).contains(&name.len()) && name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit())
}

const PLAIN: &str = "1 to 40 of a-z, 0-9 and _ are wanted, no digit first";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_are_not_plain_are_refused() {
        for bad in ["", "1a", "A", "a b", "a\"", "a'", "a.b", "é", "a;", "a-b", &"a".repeat(41)] {
            assert!(matches!(Tables::in_schema(bad), Err(StoreError::BadName { .. })), "{bad:?}");
            assert!(matches!(Tables::with_prefix(bad), Err(StoreError::BadName { .. })), "{bad:?}");
        }
    }

    #[test]
    fn names_of_the_databases_own_are_refused() {
        for bad in ["public", "pg_catalog", "pg_x", "information_schema"] {
            assert!(Tables::in_schema(bad).is_err(), "{bad}");
        }
        for bad in ["sqlite_", "__diesel_schema_"] {
            assert!(Tables::with_prefix(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn migrations_take_the_name() {
        let schema = Tables::in_schema("keys").unwrap();
        assert_eq!(schema.adapt(r#"CREATE TABLE "fieldseal"."firms""#), r#"CREATE TABLE "keys"."firms""#);
        let prefix = Tables::with_prefix("k_").unwrap();
        assert_eq!(prefix.adapt(r#"CREATE TABLE "fieldseal_firms""#), r#"CREATE TABLE "k_firms""#);
    }

    proptest! {
        #[test]
        fn an_accepted_name_needs_no_escape(name in ".{0,50}|[a-z_][a-z0-9_]{0,45}") {
            if let Ok(tables) = Tables::in_schema(&name) {
                prop_assert_eq!(tables.firms(), format!("\"{name}\".\"firms\""));
                prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
                prop_assert!(name.len() <= 40 && !name.as_bytes()[0].is_ascii_digit());
            }
        }
    }
}

//! The shadow: a table like the other, without what holds rows up while they are copied.

use super::RewriteError;
use super::capture::Capture;
use super::kept::{Kept, Part};
use crate::migrate::rows::postgres::Shadow;
use crate::migrate::steps::{Operator, StepError};
use crate::schema::sql::{ident, object_name};

impl Operator<'_> {
    /// The shadow's name, quoted, beside the table.
    pub(super) fn shadow_name(&self) -> String {
        self.table.beside(&object_name(self.table.name(), "_fieldseal_new"))
    }

    pub(super) async fn has_shadow(&self) -> Result<bool, StepError> {
        let sql = "SELECT to_regclass($1) IS NOT NULL";
        Ok(self.client.query_one(sql, &[&self.shadow_name()]).await?.get(0))
    }

    /// The columns that are copied: generated ones make themselves.
    pub(super) fn shadow(&self, kept: &Kept) -> Shadow {
        Shadow { quoted: self.shadow_name(), columns: kept.columns.clone() }
    }

    /// Makes the shadow and begins to capture, in one transaction: it waits for the writers in flight, so that each change that
    /// the copying may miss is captured.
    pub(super) async fn make_shadow(&self, kept: &Kept, without: &[&str]) -> Result<(), StepError> {
        let (shadow, table) = (self.shadow_name(), self.table.quoted());
        let like = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMMENTS";
        let (unlogged, settings) = (&kept.unlogged, &kept.settings);
        let mut sql = format!("CREATE {unlogged} TABLE {shadow} (LIKE {table} {like}) {settings};");
        for column in without {
            sql += &format!("ALTER TABLE {shadow} DROP COLUMN IF EXISTS {};", ident(column));
        }
        sql += &kept.of_columns.replace(TABLE, &shadow);
        sql += &Capture::of(&self.table, kept).begin();
        self.run("begin to copy the table", &sql).await
    }

    /// As if nothing had been copied.
    pub(super) async fn discard_shadow(&self) -> Result<(), StepError> {
        let end = Capture::end(&self.table);
        self.run("discard the copy", &format!("{end} DROP TABLE IF EXISTS {};", self.shadow_name())).await
    }

    /// The indexes and keys, under names of their own until the tables change places, and the foreign keys.
    pub(super) async fn make_indexes_of_shadow(&self, kept: &Kept, part: Part) -> Result<(), RewriteError> {
        let shadow = self.shadow_name();
        let there = "SELECT EXISTS (SELECT FROM pg_class c WHERE c.oid = to_regclass($1)) OR EXISTS (SELECT FROM pg_constraint \
                     WHERE conrelid = to_regclass($2) AND conname = $3)";
        for made in kept.indexes.iter().filter(|made| made.part == part) {
            let name = temporary(&made.name);
            let found = self.client.query_one(there, &[&self.table.beside(&name), &shadow, &name]).await?;
            if !found.get::<_, bool>(0) {
                // Nobody else uses the shadow: no lock of it is in anybody's way.
                let sql = made.sql.replace(TABLE, &shadow).replace(NAME, &ident(&name));
                self.run("make an index of the copy", &sql).await?;
            }
        }
        self.run("prepare the copy", &format!("ANALYZE {shadow};")).await?;
        Ok(())
    }
}

/// Where a statement that is kept names the table, and the index or constraint that it makes.
pub(super) const TABLE: &str = "@fieldseal_table@";
pub(super) const NAME: &str = "@fieldseal_name@";

/// The name of an index until the tables have changed places.
pub(super) fn temporary(name: &str) -> String {
    object_name(name, "_fieldseal_new")
}

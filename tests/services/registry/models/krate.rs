use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;

use super::Version;
use crate::registry::schema::crates;

#[derive(Clone, Debug, PartialEq, HasQuery, Identifiable, Serialize)]
#[diesel(table_name = crates)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Crate {
    pub id: i32,
    pub name: String,
    pub description: Option<String>,
    pub owner_id: Option<i32>,
    pub updated_at: DateTime<Utc>,
}

impl Crate {
    pub async fn find_by_name(conn: &mut AsyncPgConnection, name: &str) -> QueryResult<Self> {
        Self::query().filter(crates::name.eq(name)).first(conn).await
    }

    /// Crates by name, each with its versions, the newest first.
    pub async fn search(
        conn: &mut AsyncPgConnection,
        words: Option<&str>,
        page: i64,
        per_page: i64,
    ) -> QueryResult<Vec<(Self, Vec<Version>)>> {
        let mut query = crates::table.select(Self::as_select()).into_boxed();
        if let Some(words) = words {
            let pattern = format!("%{words}%");
            query = query.filter(crates::name.ilike(pattern.clone()).or(crates::description.ilike(pattern)));
        }
        let found = query.order(crates::name).limit(per_page).offset(page * per_page).load(conn).await?;
        let versions = Version::of(conn, &found).await?;
        Ok(found.into_iter().zip(versions).collect())
    }
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = crates)]
pub struct NewCrate<'a> {
    pub name: &'a str,
    pub description: Option<&'a str>,
}

impl NewCrate<'_> {
    /// The crate of this name, a new one as `owner_id`'s. A description replaces the old one, none leaves it.
    pub async fn create_or_update(&self, conn: &mut AsyncPgConnection, owner_id: i32) -> QueryResult<Crate> {
        diesel::insert_into(crates::table)
            .values((self, crates::owner_id.eq(owner_id)))
            .on_conflict(crates::name)
            .do_update()
            .set((self, crates::updated_at.eq(diesel::dsl::now)))
            .returning(Crate::as_returning())
            .get_result(conn)
            .await
    }
}

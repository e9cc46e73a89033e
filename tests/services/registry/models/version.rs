use diesel::prelude::*;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
use serde::Serialize;

use super::{Crate, NewCrate, User};
use crate::registry::schema::versions;

#[derive(Clone, Debug, PartialEq, Associations, Identifiable, Queryable, Selectable, Serialize)]
#[diesel(table_name = versions, belongs_to(Crate))]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Version {
    pub id: i32,
    pub crate_id: i32,
    pub num: String,
    pub checksum: String,
    pub yanked: bool,
    pub published_by: Option<i32>,
}

impl Version {
    /// The versions of each of these crates, the newest first.
    pub async fn of(conn: &mut AsyncPgConnection, crates: &[Crate]) -> QueryResult<Vec<Vec<Self>>> {
        let versions =
            Self::belonging_to(crates).select(Self::as_select()).order(versions::id.desc()).load(conn).await?;
        Ok(versions.grouped_by(crates))
    }
}

/// What `cargo publish` sends.
pub struct NewVersion<'a> {
    pub krate: NewCrate<'a>,
    pub num: &'a str,
    pub checksum: &'a str,
}

impl NewVersion<'_> {
    /// Publishes as `user`, who becomes the owner of a crate that is new and must own any other.
    pub async fn publish(&self, conn: &mut AsyncPgConnection, user: &User) -> Result<Version, PublishError> {
        conn.transaction(async |conn| {
            let krate = self.krate.create_or_update(conn, user.id).await?;
            if krate.owner_id != Some(user.id) {
                return Err(PublishError::NotTheOwner);
            }
            self.insert(conn, &krate, user).await
        })
        .await
    }

    async fn insert(&self, conn: &mut AsyncPgConnection, krate: &Crate, user: &User) -> Result<Version, PublishError> {
        let row = (
            versions::crate_id.eq(krate.id),
            versions::num.eq(self.num),
            versions::checksum.eq(self.checksum),
            versions::published_by.eq(user.id),
        );
        let insert = diesel::insert_into(versions::table).values(row).on_conflict_do_nothing();
        let version = insert.returning(Version::as_returning()).get_result(conn).await.optional()?;
        version.ok_or(PublishError::VersionExists)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("this crate exists, and it is not yours")]
    NotTheOwner,
    #[error("this version is already uploaded")]
    VersionExists,
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
}

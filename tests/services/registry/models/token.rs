use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use diesel_derive_newtype::DieselNewType;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{User, random_token};
use crate::registry::schema::api_tokens;

/// A token as its owner sees it once.
pub struct PlainToken(SecretString);

impl PlainToken {
    pub fn generate() -> Self {
        Self(format!("cio{}", random_token().expose_secret()).into())
    }

    pub fn parse(header: &str) -> Option<Self> {
        header.starts_with("cio").then(|| Self(header.into()))
    }

    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    fn hashed(&self) -> HashedToken {
        HashedToken(Sha256::digest(self.expose()).to_vec())
    }
}

/// A token as the database knows it.
#[derive(Debug, DieselNewType)]
pub struct HashedToken(Vec<u8>);

#[derive(Debug, Associations, Identifiable, Queryable, Selectable, Serialize)]
#[diesel(table_name = api_tokens, belongs_to(User))]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct ApiToken {
    pub id: i32,
    pub user_id: i32,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub expired_at: Option<DateTime<Utc>>,
}

impl ApiToken {
    /// The live row of `token`, which now counts as used.
    pub async fn touch(conn: &mut AsyncPgConnection, token: &PlainToken) -> QueryResult<Option<Self>> {
        let live =
            api_tokens::revoked.eq(false).and(api_tokens::expired_at.is_null().or(api_tokens::expired_at.gt(now)));
        diesel::update(api_tokens::table.filter(api_tokens::token.eq(token.hashed())).filter(live))
            .set(api_tokens::last_used_at.eq(now))
            .returning(Self::as_returning())
            .get_result(conn)
            .await
            .optional()
    }

    pub async fn revoke(conn: &mut AsyncPgConnection, id: i32, user: &User) -> QueryResult<bool> {
        let own = api_tokens::id.eq(id).and(api_tokens::user_id.eq(user.id));
        let revoked =
            diesel::update(api_tokens::table.filter(own)).set(api_tokens::revoked.eq(true)).execute(conn).await?;
        Ok(revoked == 1)
    }

    /// The tokens of each of these users, in the users' order.
    pub async fn of(conn: &mut AsyncPgConnection, users: &[User]) -> QueryResult<Vec<Vec<Self>>> {
        let tokens = Self::belonging_to(users).select(Self::as_select()).order(api_tokens::id).load(conn).await?;
        Ok(tokens.grouped_by(users))
    }
}

#[derive(Insertable)]
#[diesel(table_name = api_tokens)]
pub struct NewApiToken<'a> {
    user_id: i32,
    name: &'a str,
    token: HashedToken,
    expired_at: Option<DateTime<Utc>>,
}

impl<'a> NewApiToken<'a> {
    pub fn new(user: &User, name: &'a str, token: &PlainToken, expired_at: Option<DateTime<Utc>>) -> Self {
        Self { user_id: user.id, name, token: token.hashed(), expired_at }
    }

    pub async fn insert(&self, conn: &mut AsyncPgConnection) -> QueryResult<ApiToken> {
        diesel::insert_into(api_tokens::table).values(self).returning(ApiToken::as_returning()).get_result(conn).await
    }
}

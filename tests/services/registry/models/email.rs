use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use diesel_derive_newtype::DieselNewType;
use secrecy::{ExposeSecret as _, SecretString};

use super::{User, random_token};
use crate::registry::schema::{emails, users};

/// The address of a user, and the secret of the mail that asks whether it is theirs.
#[derive(Clone, Debug, Associations, Identifiable, Queryable, Selectable)]
#[diesel(table_name = emails, primary_key(user_id), belongs_to(User))]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Email {
    pub user_id: i32,
    pub email: String,
    pub verified: bool,
    #[diesel(deserialize_as = String)]
    pub token: SecretString,
    pub token_generated_at: Option<DateTime<Utc>>,
}

impl Email {
    pub async fn find(conn: &mut AsyncPgConnection, user_id: i32) -> QueryResult<Option<Self>> {
        emails::table.find(user_id).select(Self::as_select()).first(conn).await.optional()
    }

    /// Follows the link of the mail; an unknown token is `NotFound`.
    pub async fn confirm(conn: &mut AsyncPgConnection, token: &str) -> QueryResult<Self> {
        diesel::update(emails::table.filter(emails::token.eq(token)))
            .set(emails::verified.eq(true))
            .returning(Self::as_returning())
            .get_result(conn)
            .await
    }

    /// A new secret for a mail that did not arrive.
    pub async fn regenerate_token(conn: &mut AsyncPgConnection, user_id: i32) -> QueryResult<SecretString> {
        let token = random_token();
        diesel::update(emails::table.filter(emails::user_id.eq(user_id).and(emails::verified.eq(false))))
            .set((emails::token.eq(token.expose_secret()), emails::token_generated_at.eq(now)))
            .returning(emails::user_id)
            .get_result::<i32>(conn)
            .await?;
        Ok(token)
    }

    /// Where to write to the users of these names, the unverified left out.
    pub async fn verified_of(conn: &mut AsyncPgConnection, usernames: &[&str]) -> QueryResult<Vec<(String, String)>> {
        users::table
            .inner_join(emails::table)
            .filter(users::username.eq_any(usernames).and(emails::verified.eq(true)))
            .select((users::username, emails::email))
            .order(users::username)
            .load(conn)
            .await
    }
}

#[derive(Insertable)]
#[diesel(table_name = emails)]
pub struct NewEmail {
    user_id: i32,
    email: String,
    verified: bool,
    #[diesel(serialize_as = StoredToken)]
    token: SecretString,
    token_generated_at: DateTime<Utc>,
}

/// The secret as its column takes it.
#[derive(Debug, DieselNewType)]
pub struct StoredToken(String);

impl From<SecretString> for StoredToken {
    fn from(token: SecretString) -> Self {
        Self(token.expose_secret().to_owned())
    }
}

impl NewEmail {
    pub fn unverified(user_id: i32, email: &str) -> Self {
        let token = random_token();
        Self { user_id, email: email.to_owned(), verified: false, token, token_generated_at: Utc::now() }
    }

    /// Sets the user's address; another one has to be verified again, with another secret.
    pub async fn upsert(self, conn: &mut AsyncPgConnection) -> QueryResult<Email> {
        diesel::insert_into(emails::table)
            .values(self)
            .on_conflict(emails::user_id)
            .do_update()
            .set((
                emails::email.eq(excluded(emails::email)),
                emails::verified.eq(excluded(emails::verified)),
                emails::token.eq(excluded(emails::token)),
                emails::token_generated_at.eq(excluded(emails::token_generated_at)),
            ))
            .returning(Email::as_returning())
            .get_result(conn)
            .await
    }
}

use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fieldseal::Encrypted;
use secrecy::SecretString;

use super::{User, random_token};
use crate::registry::schema::{emails, users};

/// The address of a user, and the secret of the mail that asks whether it is theirs.
#[derive(Clone, Debug, Encrypted, Associations, Identifiable)]
#[diesel(table_name = emails, primary_key(user_id), belongs_to(User))]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[encrypted(ambient, firm = platform, row = user_id, derive(Queryable, Selectable))]
pub struct Email {
    pub user_id: i32,
    #[encrypted]
    pub email: String,
    pub verified: bool,
    #[encrypted(index(token_term, unique))]
    pub token: SecretString,
    pub token_generated_at: Option<DateTime<Utc>>,
}

impl Email {
    pub async fn find(conn: &mut AsyncPgConnection, user_id: i32) -> QueryResult<Option<Self>> {
        emails::table.find(user_id).select(Self::as_select()).first(conn).await.optional()
    }

    /// Follows the link of the mail; an unknown token is `NotFound`.
    pub async fn confirm(conn: &mut AsyncPgConnection, token: &str) -> QueryResult<Self> {
        diesel::update(emails::table.filter(Self::token().scoped_eq(token)))
            .set(emails::verified.eq(true))
            .returning(Self::as_returning())
            .get_result(conn)
            .await
    }

    /// A new secret for a mail that did not arrive.
    pub async fn regenerate_token(conn: &mut AsyncPgConnection, user_id: i32) -> QueryResult<SecretString> {
        let token = random_token();
        diesel::update(emails::table.filter(emails::user_id.eq(user_id).and(emails::verified.eq(false))))
            .set((Self::token().scoped_set(user_id, &token), emails::token_generated_at.eq(now)))
            .returning(emails::user_id)
            .get_result::<i32>(conn)
            .await?;
        Ok(token)
    }

    /// Where to write to the users of these names, the unverified left out.
    pub async fn verified_of(conn: &mut AsyncPgConnection, usernames: &[&str]) -> QueryResult<Vec<(String, String)>> {
        let rows = users::table
            .inner_join(emails::table)
            .filter(users::username.eq_any(usernames).and(emails::verified.eq(true)))
            .select((users::username, Self::email().cell()))
            .order(users::username)
            .load::<(String, _)>(conn)
            .await?;
        rows.into_iter().map(|(username, email)| Ok((username, Self::email().scoped_open(email)?))).collect()
    }
}

#[derive(Encrypted)]
#[diesel(table_name = emails)]
#[encrypted(ambient, model = Email, row = user_id, derive(Insertable))]
pub struct NewEmail {
    user_id: i32,
    #[encrypted]
    email: String,
    verified: bool,
    #[encrypted(index(token_term))]
    token: SecretString,
    token_generated_at: DateTime<Utc>,
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
                emails::token_term.eq(excluded(emails::token_term)),
                emails::token_generated_at.eq(excluded(emails::token_generated_at)),
            ))
            .returning(Email::as_returning())
            .get_result(conn)
            .await
    }
}

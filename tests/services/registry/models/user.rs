use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fieldseal::Encrypted;
use futures_util::{Stream, try_join};
use serde::Serialize;

use super::{ApiToken, Email, OauthGithub, PlainToken};
use crate::registry::schema::{api_tokens, emails, oauth_github, users};

/// A user with what the service needs of the GitHub account behind it.
#[derive(Clone, Debug, PartialEq, Encrypted, Identifiable, Serialize)]
#[diesel(table_name = users)]
#[diesel(base_query = users::table.inner_join(oauth_github::table))]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[encrypted(ambient, firm = platform, derive(HasQuery))]
pub struct User {
    pub id: i32,
    pub username: String,
    pub name: Option<String>,
    pub is_admin: bool,
    #[encrypted]
    pub account_lock_reason: Option<String>,
    pub account_lock_until: Option<DateTime<Utc>>,
    #[diesel(select_expression = oauth_github::account_id)]
    pub account_id: i64,
    #[diesel(select_expression = oauth_github::avatar)]
    pub avatar: Option<String>,
    #[diesel(select_expression = oauth_github::token)]
    #[encrypted(of = OauthGithub::token_cell, row = account_id)]
    #[serde(skip)]
    pub access_token: String,
}

impl User {
    pub async fn find(conn: &mut AsyncPgConnection, id: i32) -> QueryResult<Self> {
        Self::query().filter(users::id.eq(id)).first(conn).await
    }

    pub async fn find_by_username(conn: &mut AsyncPgConnection, username: &str) -> QueryResult<Self> {
        Self::query().filter(users::username.eq(username)).first(conn).await
    }

    pub async fn find_by_account(conn: &mut AsyncPgConnection, account_id: i64) -> QueryResult<Option<Self>> {
        Self::query().filter(oauth_github::account_id.eq(account_id)).first(conn).await.optional()
    }

    /// The user whose API token this is, `None` if it is unknown, revoked or expired.
    pub async fn find_by_api_token(conn: &mut AsyncPgConnection, token: &PlainToken) -> QueryResult<Option<Self>> {
        match ApiToken::touch(conn, token).await? {
            Some(api_token) => Self::find(conn, api_token.user_id).await.map(Some),
            None => Ok(None),
        }
    }

    pub async fn update(conn: &mut AsyncPgConnection, id: i32, patch: &UserPatch) -> QueryResult<()> {
        let target = diesel::update(users::table.find(id));
        target.set((patch.for_row(id), users::updated_at.eq(diesel::dsl::now))).execute(conn).await?;
        Ok(())
    }

    pub async fn lock(conn: &mut AsyncPgConnection, id: i32, reason: &str, until: DateTime<Utc>) -> QueryResult<()> {
        diesel::update(users::table.find(id))
            .set((Self::account_lock_reason().scoped_set(id, reason), users::account_lock_until.eq(until)))
            .execute(conn)
            .await?;
        Ok(())
    }

    pub async fn delete(conn: &mut AsyncPgConnection, id: i32) -> QueryResult<usize> {
        diesel::delete(users::table.find(id)).execute(conn).await
    }

    pub fn is_locked(&self, now: DateTime<Utc>) -> bool {
        self.account_lock_reason.is_some() && self.account_lock_until.is_none_or(|until| until > now)
    }

    /// All users in the order of their ids, for the nightly export.
    pub async fn export(conn: &mut AsyncPgConnection) -> QueryResult<impl Stream<Item = QueryResult<Self>>> {
        Self::query().order(users::id).load_stream(conn).await
    }

    /// A page of users, each with its e-mail address if there is one.
    pub async fn with_emails(
        conn: &mut AsyncPgConnection,
        after: i32,
        limit: i64,
    ) -> QueryResult<Vec<(Self, Option<Email>)>> {
        let page: Vec<Self> =
            Self::query().filter(users::id.gt(after)).order(users::id).limit(limit).load(conn).await?;
        let emails = Email::belonging_to(&page).select(Email::as_select()).load(conn).await?.grouped_by(&page);
        Ok(page.into_iter().zip(emails.into_iter().map(|emails| emails.into_iter().next())).collect())
    }
}

#[derive(Insertable)]
#[diesel(table_name = users)]
pub struct NewUser<'a> {
    pub username: &'a str,
    pub name: Option<&'a str>,
}

impl NewUser<'_> {
    pub async fn insert(&self, conn: &mut AsyncPgConnection) -> QueryResult<i32> {
        diesel::insert_into(users::table).values(self).returning(users::id).get_result(conn).await
    }
}

#[derive(Encrypted, Default)]
#[diesel(table_name = users)]
#[encrypted(ambient, model = User, derive(AsChangeset))]
pub struct UserPatch {
    pub name: Option<Option<String>>,
    pub is_admin: Option<bool>,
    #[encrypted]
    pub account_lock_reason: Option<Option<String>>,
    pub account_lock_until: Option<Option<DateTime<Utc>>>,
}

/// What administrators see: also users who have unlinked their GitHub account.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = users)]
#[diesel(base_query = users::table.left_join(oauth_github::table).left_join(emails::table))]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[encrypted(ambient, derive(HasQuery))]
pub struct Account {
    #[diesel(column_name = username)]
    pub handle: String,
    #[encrypted(of = User::account_lock_reason, row = users::id)]
    pub account_lock_reason: Option<String>,
    #[diesel(select_expression = oauth_github::login.nullable())]
    pub github_login: Option<String>,
    #[diesel(select_expression = oauth_github::token.nullable())]
    #[encrypted(of = OauthGithub::token_cell, row = oauth_github::account_id.nullable())]
    pub access_token: Option<String>,
    #[diesel(select_expression = emails::email.nullable())]
    #[encrypted(of = Email::email, row = emails::user_id.nullable())]
    pub email: Option<String>,
}

impl Account {
    pub async fn search(conn: &mut AsyncPgConnection, prefix: &str) -> QueryResult<Vec<Self>> {
        Self::query().filter(users::username.like(format!("{prefix}%"))).order(users::username).load(conn).await
    }
}

/// The user's own page, its parts fetched in one round trip.
#[derive(Debug)]
pub struct Dashboard {
    pub user: User,
    pub email: Option<Email>,
    pub tokens: Vec<ApiToken>,
}

impl Dashboard {
    pub async fn load(mut conn: &AsyncPgConnection, id: i32) -> QueryResult<Self> {
        let user = User::query().filter(users::id.eq(id)).first(&mut conn);
        let email = emails::table.find(id).select(Email::as_select()).first(&mut conn);
        let tokens = api_tokens::table
            .filter(api_tokens::user_id.eq(id).and(api_tokens::revoked.eq(false)))
            .select(ApiToken::as_select())
            .order(api_tokens::id.desc())
            .load(&mut conn);
        let email = async { email.await.optional() };
        let (user, email, tokens) = try_join!(user, email, tokens)?;
        Ok(Self { user, email, tokens })
    }
}

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fieldseal::{Ciphertext, Encrypted};
use futures_util::TryStreamExt as _;

use crate::registry::schema::oauth_github;

/// A GitHub account and the access token that it gave us.
#[derive(Debug, PartialEq, Encrypted, Identifiable)]
#[diesel(table_name = oauth_github, primary_key(account_id))]
#[diesel(check_for_backend(diesel::pg::Pg))]
#[encrypted(ambient, firm = platform, row = account_id, derive(HasQuery))]
pub struct OauthGithub {
    pub account_id: i64,
    pub user_id: i32,
    pub login: String,
    pub avatar: Option<String>,
    #[encrypted(handle = token_cell)]
    pub token: String,
}

impl OauthGithub {
    pub async fn find(conn: &mut AsyncPgConnection, account_id: i64) -> QueryResult<Self> {
        Self::query().filter(oauth_github::account_id.eq(account_id)).first(conn).await
    }

    pub async fn token(conn: &mut AsyncPgConnection, account_id: i64) -> QueryResult<String> {
        let cell = oauth_github::table.find(account_id).select(Self::token_cell().cell()).first(conn).await?;
        Ok(Self::token_cell().scoped_open(cell)?)
    }

    /// What GitHub says of an account whose owner has renamed it and signed in anew.
    pub async fn renew(conn: &mut AsyncPgConnection, account_id: i64, login: &str, token: &str) -> QueryResult<usize> {
        diesel::update(oauth_github::table.find(account_id))
            .set((oauth_github::login.eq(login), Self::token_cell().scoped_set(account_id, token)))
            .execute(conn)
            .await
    }

    pub async fn unlink(&self, conn: &mut AsyncPgConnection) -> QueryResult<usize> {
        diesel::delete(self).execute(conn).await
    }

    /// The accounts whose token GitHub refuses, in the order of their ids.
    pub async fn refused(conn: &mut AsyncPgConnection, accepts: impl AsyncFn(&str) -> bool) -> QueryResult<Vec<i64>> {
        let query = oauth_github::table.select(Self::token_cell().cell());
        let mut rows = query.order(oauth_github::account_id).load_stream::<(i64, _)>(conn).await?;
        let mut refused = Vec::new();
        while let Some((account_id, token)) = rows.try_next().await? {
            if !accepts(&Self::token_cell().scoped_open((account_id, token))?).await {
                refused.push(account_id);
            }
        }
        Ok(refused)
    }
}

#[derive(Encrypted)]
#[diesel(table_name = oauth_github)]
#[encrypted(ambient, model = OauthGithub, row = account_id, derive(Insertable))]
pub struct NewOauthGithub<'a> {
    pub account_id: i64,
    pub user_id: i32,
    pub login: &'a str,
    pub avatar: Option<&'a str>,
    /// Sealed when GitHub gives it, which may be before there is a row.
    #[encrypted]
    pub token: &'a Ciphertext<Text>,
}

impl NewOauthGithub<'_> {
    /// Links the account, or takes over what GitHub says of it now. An account never changes its user.
    pub async fn upsert(&self, conn: &mut AsyncPgConnection) -> QueryResult<OauthGithub> {
        diesel::insert_into(oauth_github::table)
            .values(self)
            .on_conflict(oauth_github::account_id)
            .do_update()
            .set((
                oauth_github::login.eq(excluded(oauth_github::login)),
                oauth_github::avatar.eq(excluded(oauth_github::avatar)),
                oauth_github::token.eq(excluded(oauth_github::token)),
            ))
            .returning(OauthGithub::as_returning())
            .get_result(conn)
            .await
    }
}

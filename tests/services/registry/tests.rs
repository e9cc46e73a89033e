mod accounts;
mod at_rest;
mod crates;
mod emails;
mod signup;
mod tokens;
mod users;

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Object;

use super::db::{self, DbPool};
use super::models::{NewEmail, NewOauthGithub, NewUser, OauthGithub, User};
use crate::support::postgres::{self, Database};
use crate::vault;

type Conn = Object<AsyncPgConnection>;

/// The service over a database of its own.
struct TestApp {
    pool: DbPool,
    _database: Database,
}

impl TestApp {
    async fn start() -> Self {
        vault::installed();
        let database = postgres::server().database("registry");
        let app = Self { pool: db::pool(&database.url(), 2).unwrap(), _database: database };
        db::migrate(&mut *app.conn().await).await.unwrap();
        app
    }

    async fn conn(&self) -> Conn {
        self.pool.get().await.unwrap()
    }
}

/// A user with a linked account, whose id is `account_id` and whose token is `gho_` and the name.
async fn user(conn: &mut AsyncPgConnection, username: &str, account_id: i64) -> User {
    let user_id = NewUser { username, name: None }.insert(conn).await.unwrap();
    let token = OauthGithub::token_cell().scoped_seal(&account_id, &format!("gho_{username}")).unwrap();
    let account = NewOauthGithub { account_id, user_id, login: username, avatar: None, token: &token };
    account.upsert(conn).await.unwrap();
    User::find(conn, user_id).await.unwrap()
}

/// The same with an address at example.org, not verified.
async fn user_with_email(conn: &mut AsyncPgConnection, username: &str, account_id: i64) -> User {
    let user = user(conn, username, account_id).await;
    NewEmail::unverified(user.id, &format!("{username}@example.org")).upsert(conn).await.unwrap();
    user
}

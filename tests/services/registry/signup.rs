//! Signing in with GitHub. A new user first confirms name and e-mail address; until then the account and its token are in
//! the session cookie only.

use diesel::QueryResult;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection as _, AsyncPgConnection};
use fieldseal::Ciphertext;
use serde::{Deserialize, Serialize};

use super::models::{NewEmail, NewOauthGithub, NewUser, OauthGithub, User};
use super::session::{CookieError, CookieJar};

/// What GitHub tells at the end of its OAuth flow.
#[derive(Deserialize)]
pub struct GithubProfile {
    pub id: i64,
    pub login: String,
    pub name: Option<String>,
    pub avatar_url: Option<String>,
}

/// A visitor who has been to GitHub and has no user yet.
#[derive(Serialize, Deserialize)]
pub struct PendingSignup {
    pub account_id: i64,
    pub login: String,
    pub name: Option<String>,
    pub avatar: Option<String>,
    /// Sealed for the account's row, which is yet to come: the visitor keeps it, and can't read it.
    pub token: Ciphertext<Text>,
}

pub enum SignIn {
    Known(User),
    /// The cookie to set while the visitor looks at the form.
    Confirm(String),
}

/// GitHub's callback: signs a known user in, asks anybody else.
pub async fn callback(
    conn: &mut AsyncPgConnection,
    jar: &CookieJar,
    profile: GithubProfile,
    token: String,
) -> Result<SignIn, SignupError> {
    let GithubProfile { id: account_id, login, name, avatar_url: avatar } = profile;
    let token = OauthGithub::token_cell().scoped_seal(&account_id, &token)?;
    let pending = PendingSignup { account_id, login, name, avatar, token };
    match User::find_by_account(conn, account_id).await? {
        Some(user) => {
            pending.link(conn, user.id).await?;
            Ok(SignIn::Known(User::find(conn, user.id).await?))
        }
        None => Ok(SignIn::Confirm(jar.write(&pending)?)),
    }
}

/// The confirmed form: user, e-mail address and GitHub account come into being together.
pub async fn confirm(
    conn: &mut AsyncPgConnection,
    jar: &CookieJar,
    cookie: &str,
    email: &str,
) -> Result<User, SignupError> {
    let pending: PendingSignup = jar.read(cookie)?;
    conn.transaction(async |conn| {
        let id = pending.new_user().insert(conn).await?;
        NewEmail::unverified(id, email).upsert(conn).await?;
        pending.link(conn, id).await?;
        Ok(User::find(conn, id).await?)
    })
    .await
}

impl PendingSignup {
    fn new_user(&self) -> NewUser<'_> {
        NewUser { username: &self.login, name: self.name.as_deref() }
    }

    async fn link(&self, conn: &mut AsyncPgConnection, user_id: i32) -> QueryResult<OauthGithub> {
        let Self { account_id, login, avatar, token, .. } = self;
        let account = NewOauthGithub { account_id: *account_id, user_id, login, avatar: avatar.as_deref(), token };
        account.upsert(conn).await
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SignupError {
    #[error(transparent)]
    Cookie(#[from] CookieError),
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
    #[error(transparent)]
    Sealing(#[from] fieldseal::SealError),
}

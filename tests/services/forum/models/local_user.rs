use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fieldseal::Encrypted;
use serde::Serialize;

use super::crud;
use crate::forum::newtypes::{Email, LocalUserId, PersonId, SensitiveString};
use crate::forum::schema::local_user;

/// What this server alone knows of a person who logs in here.
#[derive(Clone, Debug, PartialEq, Identifiable, Encrypted, Serialize)]
#[encrypted(ambient, firm = platform, row = none, derive(Queryable, Selectable))]
#[diesel(table_name = local_user)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct LocalUser {
    pub id: LocalUserId,
    pub person_id: PersonId,
    #[serde(skip)]
    pub password_encrypted: Option<SensitiveString>,
    #[encrypted(index(email_term, normalize = email, unique))]
    pub email: Option<Email>,
    pub email_verified: bool,
    pub admin: bool,
    pub accepted_application: bool,
    pub theme: String,
    #[serde(skip)]
    #[encrypted]
    pub totp_2fa_secret: Option<SensitiveString>,
}

#[derive(Clone, Encrypted)]
#[encrypted(ambient, model = LocalUser, row = none, derive(Insertable))]
#[diesel(table_name = local_user)]
pub struct LocalUserInsertForm {
    pub person_id: PersonId,
    pub password_encrypted: Option<SensitiveString>,
    #[encrypted(index(email_term))]
    pub email: Option<Email>,
    pub admin: Option<bool>,
    pub theme: Option<String>,
}

#[derive(Clone, Default, Encrypted)]
#[encrypted(ambient, model = LocalUser, row = none, derive(AsChangeset))]
#[diesel(table_name = local_user)]
pub struct LocalUserUpdateForm {
    pub password_encrypted: Option<SensitiveString>,
    #[encrypted(index(email_term))]
    pub email: Option<Option<Email>>,
    pub email_verified: Option<bool>,
    pub accepted_application: Option<bool>,
    pub theme: Option<String>,
    #[encrypted]
    pub totp_2fa_secret: Option<Option<SensitiveString>>,
}

crud!(LocalUser, local_user, LocalUserId, LocalUserInsertForm, LocalUserUpdateForm);

impl LocalUser {
    pub async fn is_email_taken(conn: &mut AsyncPgConnection, email: &Email) -> QueryResult<bool> {
        let taken = local_user::table.filter(Self::email().scoped_eq(email));
        diesel::select(exists(taken)).get_result(conn).await
    }

    pub async fn update_password(
        conn: &mut AsyncPgConnection,
        id: LocalUserId,
        password_encrypted: &SensitiveString,
    ) -> QueryResult<Self> {
        diesel::update(local_user::table.find(id))
            .set(local_user::password_encrypted.eq(password_encrypted))
            .returning(Self::as_returning())
            .get_result(conn)
            .await
    }
}

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;

use super::crud;
use crate::forum::db::lower;
use crate::forum::newtypes::{Email, LocalUserId, PersonId, SensitiveString};
use crate::forum::schema::local_user;

/// What this server alone knows of a person who logs in here.
#[derive(Clone, Debug, PartialEq, Identifiable, Queryable, Selectable, Serialize)]
#[diesel(table_name = local_user)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct LocalUser {
    pub id: LocalUserId,
    pub person_id: PersonId,
    #[serde(skip)]
    pub password_encrypted: Option<SensitiveString>,
    pub email: Option<Email>,
    pub email_verified: bool,
    pub admin: bool,
    pub accepted_application: bool,
    pub theme: String,
    #[serde(skip)]
    pub totp_2fa_secret: Option<SensitiveString>,
}

#[derive(Clone, Insertable)]
#[diesel(table_name = local_user)]
pub struct LocalUserInsertForm {
    pub person_id: PersonId,
    pub password_encrypted: Option<SensitiveString>,
    pub email: Option<Email>,
    pub admin: Option<bool>,
    pub theme: Option<String>,
}

#[derive(Clone, Default, AsChangeset)]
#[diesel(table_name = local_user)]
pub struct LocalUserUpdateForm {
    pub password_encrypted: Option<SensitiveString>,
    pub email: Option<Option<Email>>,
    pub email_verified: Option<bool>,
    pub accepted_application: Option<bool>,
    pub theme: Option<String>,
    pub totp_2fa_secret: Option<Option<SensitiveString>>,
}

crud!(LocalUser, local_user, LocalUserId, LocalUserInsertForm, LocalUserUpdateForm);

impl LocalUser {
    pub async fn is_email_taken(conn: &mut AsyncPgConnection, email: &Email) -> QueryResult<bool> {
        let taken = local_user::table.filter(lower(local_user::email).eq(email.as_str().to_lowercase()));
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

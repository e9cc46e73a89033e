use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
use fieldseal::Encrypted;
use serde::Serialize;

use super::{Crud as _, LocalUser, LocalUserUpdateForm, crud};
use crate::forum::newtypes::{LocalUserId, PersonId, RegistrationApplicationId, SensitiveString};
use crate::forum::schema::registration_application;

/// Why somebody wants to join, and what an administrator made of it.
#[derive(Clone, Debug, PartialEq, Identifiable, Encrypted, Serialize)]
#[encrypted(ambient, firm = platform, row = local_user_id, derive(Queryable, Selectable))]
#[diesel(table_name = registration_application)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct RegistrationApplication {
    pub id: RegistrationApplicationId,
    pub local_user_id: LocalUserId,
    #[encrypted]
    pub answer: SensitiveString,
    pub referral: Option<SensitiveString>,
    pub admin_id: Option<PersonId>,
    pub deny_reason: Option<String>,
    pub published_at: DateTime<Utc>,
}

#[derive(Encrypted)]
#[encrypted(ambient, model = RegistrationApplication, row = local_user_id, derive(Insertable))]
#[diesel(table_name = registration_application, treat_none_as_default_value = false)]
pub struct RegistrationApplicationInsertForm {
    pub local_user_id: LocalUserId,
    #[encrypted]
    pub answer: SensitiveString,
    pub referral: Option<SensitiveString>,
}

#[derive(Default, AsChangeset)]
#[diesel(table_name = registration_application)]
pub struct RegistrationApplicationUpdateForm {
    pub admin_id: Option<Option<PersonId>>,
    pub deny_reason: Option<Option<String>>,
}

crud!(
    RegistrationApplication,
    registration_application,
    RegistrationApplicationId,
    RegistrationApplicationInsertForm,
    RegistrationApplicationUpdateForm
);

impl RegistrationApplication {
    pub async fn find_by_local_user(conn: &mut AsyncPgConnection, local_user: LocalUserId) -> QueryResult<Self> {
        let by_local_user = registration_application::local_user_id.eq(local_user);
        registration_application::table.filter(by_local_user).select(Self::as_select()).first(conn).await
    }

    /// An administrator's decision: a reason denies, none lets the user in. It may change later.
    pub async fn decide(
        conn: &mut AsyncPgConnection,
        id: RegistrationApplicationId,
        admin: PersonId,
        deny_reason: Option<String>,
    ) -> QueryResult<Self> {
        conn.transaction(async |conn| {
            let accepted_application = Some(deny_reason.is_none());
            let form =
                RegistrationApplicationUpdateForm { admin_id: Some(Some(admin)), deny_reason: Some(deny_reason) };
            let decided = Self::update(conn, id, &form).await?;
            let form = LocalUserUpdateForm { accepted_application, ..LocalUserUpdateForm::default() };
            LocalUser::update(conn, decided.local_user_id, &form).await?;
            Ok(decided)
        })
        .await
    }
}

use diesel::dsl::{IntervalDsl as _, now};
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fieldseal::Encrypted;

use crate::forum::newtypes::{LocalUserId, SensitiveString};
use crate::forum::schema::password_reset_request;

/// A mail with a link that sets a new password, good for a day and for one use.
#[derive(Debug, PartialEq, Encrypted)]
#[encrypted(ambient, firm = platform, row = local_user_id, derive(Queryable, Selectable))]
#[diesel(table_name = password_reset_request)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct PasswordResetRequest {
    pub id: i32,
    pub local_user_id: LocalUserId,
    #[encrypted(index(token_term, unique))]
    pub token: SensitiveString,
}

#[derive(Encrypted)]
#[encrypted(ambient, model = PasswordResetRequest, row = local_user_id, derive(Insertable))]
#[diesel(table_name = password_reset_request)]
struct PasswordResetRequestForm<'a> {
    local_user_id: LocalUserId,
    #[encrypted(index(token_term))]
    token: &'a SensitiveString,
}

impl PasswordResetRequest {
    pub async fn create(
        conn: &mut AsyncPgConnection,
        local_user_id: LocalUserId,
        token: &SensitiveString,
    ) -> QueryResult<Self> {
        diesel::insert_into(password_reset_request::table)
            .values(&PasswordResetRequestForm { local_user_id, token })
            .returning(Self::as_returning())
            .get_result(conn)
            .await
    }

    /// Uses the link up; an unknown or old token is `NotFound`.
    pub async fn read_and_delete(conn: &mut AsyncPgConnection, token: &SensitiveString) -> QueryResult<Self> {
        diesel::delete(password_reset_request::table)
            .filter(Self::token().scoped_eq(token))
            .filter(password_reset_request::published_at.gt(now.into_sql::<Timestamptz>() - 1.days()))
            .returning(Self::as_returning())
            .get_result(conn)
            .await
    }
}

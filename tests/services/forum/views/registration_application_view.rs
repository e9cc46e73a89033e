use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;

use crate::forum::models::{LocalUser, Person, RegistrationApplication};
use crate::forum::schema::{local_user, person, registration_application};

diesel::alias!(person as admins: Admins);

/// An application, who applies, and the administrator who has decided.
#[derive(Debug, PartialEq, Queryable, Serialize)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct RegistrationApplicationView {
    pub application: RegistrationApplication,
    pub local_user: LocalUser,
    pub applicant: Person,
    pub admin: Option<Person>,
}

/// The administrators' list, the oldest first.
#[derive(Default)]
pub struct RegistrationApplicationQuery {
    pub undecided_only: bool,
    pub page: i64,
    pub limit: i64,
}

impl RegistrationApplicationQuery {
    pub async fn list(self, conn: &mut AsyncPgConnection) -> QueryResult<Vec<RegistrationApplicationView>> {
        let mut query = registration_application::table
            .inner_join(local_user::table.on(registration_application::local_user_id.eq(local_user::id)))
            .inner_join(person::table.on(local_user::person_id.eq(person::id)))
            .left_join(admins.on(registration_application::admin_id.eq(admins.field(person::id).nullable())))
            .select((
                RegistrationApplication::as_select(),
                LocalUser::as_select(),
                Person::as_select(),
                admins.fields(person::all_columns).nullable(),
            ))
            .into_boxed();
        if self.undecided_only {
            query = query.filter(registration_application::admin_id.is_null());
        }
        let rows = query.order(registration_application::id).limit(self.limit).offset(self.page * self.limit);
        rows.load(conn).await
    }
}

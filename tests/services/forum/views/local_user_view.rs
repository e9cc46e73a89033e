use diesel::prelude::*;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
use serde::Serialize;

use crate::forum::db::lower;
use crate::forum::models::{
    Crud as _, LocalUser, LocalUserInsertForm, Person, PersonInsertForm, RegistrationApplication,
    RegistrationApplicationInsertForm,
};
use crate::forum::newtypes::{Email, LocalUserId, SensitiveString};
use crate::forum::schema::{local_user, person};

/// Somebody who logs in here.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Serialize)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct LocalUserView {
    #[diesel(embed)]
    pub local_user: LocalUser,
    #[diesel(embed)]
    pub person: Person,
}

impl LocalUserView {
    pub async fn read(conn: &mut AsyncPgConnection, id: LocalUserId) -> QueryResult<Self> {
        let query = local_user::table.find(id).inner_join(person::table);
        query.select(Self::as_select()).first(conn).await
    }

    /// Whoever logs in with this name or with this e-mail address, in any case of letters.
    pub async fn find_by_name_or_email(conn: &mut AsyncPgConnection, name_or_email: &str) -> QueryResult<Option<Self>> {
        let wanted = name_or_email.to_lowercase();
        // An address is no name, and the database is not to see it.
        let name = (!wanted.contains('@')).then(|| wanted.clone());
        person::table
            .inner_join(local_user::table)
            .filter(lower(person::name.nullable()).eq(name).or(LocalUser::email().scoped_eq(wanted)))
            .filter(person::local.and(person::deleted.eq(false)))
            .select(Self::as_select())
            .first(conn)
            .await
            .optional()
    }
}

/// The administrators' list of users.
#[derive(Default)]
pub struct LocalUserQuery {
    pub banned: Option<bool>,
    pub with_email_only: bool,
    pub page: i64,
    pub limit: i64,
}

impl LocalUserQuery {
    pub async fn list(&self, conn: &mut AsyncPgConnection) -> QueryResult<Vec<LocalUserView>> {
        let mut query = local_user::table.inner_join(person::table).select(LocalUserView::as_select()).into_boxed();
        if let Some(banned) = self.banned {
            query = query.filter(person::banned.eq(banned));
        }
        if self.with_email_only {
            query = query.filter(local_user::email.is_not_null());
        }
        query.order(person::name).limit(self.limit).offset(self.page * self.limit).load(conn).await
    }
}

/// What somebody fills in to join.
pub struct Registration<'a> {
    pub name: &'a str,
    pub password_encrypted: SensitiveString,
    pub email: Option<Email>,
    pub answer: SensitiveString,
}

impl Registration<'_> {
    /// Person, user and application, or none of them.
    pub async fn submit(self, conn: &mut AsyncPgConnection) -> QueryResult<LocalUserView> {
        conn.transaction(async |conn| {
            let person = Person::create(conn, &self.person_form()).await?;
            let form = LocalUserInsertForm {
                person_id: person.id,
                password_encrypted: Some(self.password_encrypted),
                email: self.email,
                admin: None,
                theme: None,
            };
            let local_user = LocalUser::create(conn, &form).await?;
            let form =
                RegistrationApplicationInsertForm { local_user_id: local_user.id, answer: self.answer, referral: None };
            RegistrationApplication::create(conn, &form).await?;
            Ok(LocalUserView { local_user, person })
        })
        .await
    }

    fn person_form(&self) -> PersonInsertForm {
        PersonInsertForm {
            name: self.name.to_owned(),
            actor_id: format!("https://forum.example/u/{}", self.name),
            public_key: format!("public key of {}", self.name),
            private_key: Some(format!("private key of {}", self.name).as_str().into()),
            ..PersonInsertForm::default()
        }
    }
}

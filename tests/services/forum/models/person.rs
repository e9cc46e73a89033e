use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};
use fieldseal::Encrypted;
use serde::Serialize;

use super::{LocalUser, crud};
use crate::forum::newtypes::{Email, PersonId, SensitiveString};
use crate::forum::schema::{local_user, person};

/// Somebody on this server or on another. Those of this server have the private key that signs what they send.
#[derive(Clone, Debug, PartialEq, Identifiable, Encrypted, Serialize)]
#[encrypted(ambient, firm = platform, row = none, derive(Queryable, Selectable))]
#[diesel(table_name = person)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub display_name: Option<String>,
    pub actor_id: String,
    pub bio: Option<String>,
    #[serde(skip)]
    pub public_key: String,
    pub local: bool,
    pub banned: bool,
    pub deleted: bool,
    pub published_at: DateTime<Utc>,
    pub updated_at: Option<DateTime<Utc>>,
    #[encrypted]
    pub matrix_user_id: Option<String>,
    #[serde(skip)]
    #[encrypted]
    pub private_key: Option<SensitiveString>,
}

#[derive(Clone, Default, Encrypted)]
#[encrypted(ambient, model = Person, row = none, derive(Insertable, AsChangeset))]
#[diesel(table_name = person)]
pub struct PersonInsertForm {
    pub name: String,
    pub actor_id: String,
    pub public_key: String,
    #[encrypted]
    pub private_key: Option<SensitiveString>,
    pub display_name: Option<String>,
    pub bio: Option<String>,
    #[encrypted]
    pub matrix_user_id: Option<String>,
    pub local: Option<bool>,
}

#[derive(Clone, Default, Encrypted)]
#[encrypted(ambient, model = Person, row = none, derive(AsChangeset))]
#[diesel(table_name = person)]
pub struct PersonUpdateForm {
    pub display_name: Option<Option<String>>,
    pub bio: Option<Option<String>>,
    #[encrypted]
    pub matrix_user_id: Option<Option<String>>,
    #[encrypted]
    pub private_key: Option<Option<SensitiveString>>,
    pub public_key: Option<String>,
    pub banned: Option<bool>,
    pub updated_at: Option<Option<DateTime<Utc>>>,
}

/// The settings page, which is saved as a whole: what is empty there is cleared.
#[derive(Encrypted)]
#[encrypted(ambient, model = Person, row = none, derive(AsChangeset))]
#[diesel(table_name = person, treat_none_as_null = true)]
pub struct PersonProfileForm {
    pub display_name: Option<String>,
    pub bio: Option<String>,
    #[encrypted]
    pub matrix_user_id: Option<String>,
}

crud!(Person, person, PersonId, PersonInsertForm, PersonUpdateForm);

impl Person {
    /// A person as another server describes them, new or known.
    pub async fn upsert(conn: &mut AsyncPgConnection, form: &PersonInsertForm) -> QueryResult<Self> {
        diesel::insert_into(person::table)
            .values(form)
            .on_conflict(person::actor_id)
            .do_update()
            .set((form, person::updated_at.eq(now)))
            .returning(Self::as_returning())
            .get_result(conn)
            .await
    }

    pub async fn save_profile(
        conn: &mut AsyncPgConnection,
        id: PersonId,
        form: &PersonProfileForm,
    ) -> QueryResult<Self> {
        let update = diesel::update(person::table.find(id)).set((form, person::updated_at.eq(now)));
        update.returning(Self::as_returning()).get_result(conn).await
    }

    /// Keeps the name, so that nobody else takes it, and nothing else.
    pub async fn delete_account(conn: &mut AsyncPgConnection, id: PersonId) -> QueryResult<Self> {
        conn.transaction(async |conn| {
            diesel::update(local_user::table.filter(local_user::person_id.eq(id)))
                .set((
                    LocalUser::email().scoped_set((), None::<Email>),
                    local_user::password_encrypted.eq(None::<SensitiveString>),
                    LocalUser::totp_2fa_secret().scoped_set((), None::<SensitiveString>),
                ))
                .execute(conn)
                .await?;
            diesel::update(person::table.find(id))
                .set((
                    person::display_name.eq(None::<String>),
                    person::bio.eq(None::<String>),
                    Self::matrix_user_id().scoped_set((), None::<String>),
                    Self::private_key().scoped_set((), None::<SensitiveString>),
                    person::deleted.eq(true),
                ))
                .returning(Self::as_returning())
                .get_result(conn)
                .await
        })
        .await
    }
}

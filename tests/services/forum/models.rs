//! The tables' rows, the forms that write them, and what the service does with one table.

mod local_user;
mod password_reset;
mod person;
mod person_actions;
mod private_message;
mod registration_application;

pub use local_user::{LocalUser, LocalUserInsertForm, LocalUserUpdateForm};
pub use password_reset::PasswordResetRequest;
pub use person::{Person, PersonInsertForm, PersonProfileForm, PersonUpdateForm};
pub use person_actions::PersonActions;
pub use private_message::{PrivateMessage, PrivateMessageInsertForm, PrivateMessageUpdateForm};
pub use registration_application::{RegistrationApplication, RegistrationApplicationInsertForm};

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

/// What every table with an id of its own can do.
pub trait Crud: Sized {
    type Id;
    type InsertForm;
    type UpdateForm;

    async fn create(conn: &mut AsyncPgConnection, form: &Self::InsertForm) -> QueryResult<Self>;
    async fn read(conn: &mut AsyncPgConnection, id: Self::Id) -> QueryResult<Self>;
    async fn update(conn: &mut AsyncPgConnection, id: Self::Id, form: &Self::UpdateForm) -> QueryResult<Self>;
}

macro_rules! crud {
    ($model:ident, $table:ident, $id:ident, $insert:ident, $update:ident) => {
        impl $crate::forum::models::Crud for $model {
            type Id = $id;
            type InsertForm = $insert;
            type UpdateForm = $update;

            async fn create(conn: &mut AsyncPgConnection, form: &$insert) -> QueryResult<Self> {
                let insert = diesel::insert_into($table::table).values(form);
                insert.returning(Self::as_returning()).get_result(conn).await
            }

            async fn read(conn: &mut AsyncPgConnection, id: $id) -> QueryResult<Self> {
                $table::table.find(id).select(Self::as_select()).first(conn).await
            }

            async fn update(conn: &mut AsyncPgConnection, id: $id, form: &$update) -> QueryResult<Self> {
                let update = diesel::update($table::table.find(id)).set(form);
                update.returning(Self::as_returning()).get_result(conn).await
            }
        }
    };
}
use crud;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fieldseal::Encrypted;
use serde::Serialize;

use super::crud;
use crate::forum::newtypes::{PersonId, PrivateMessageId};
use crate::forum::schema::private_message;

#[derive(Clone, Debug, PartialEq, Identifiable, Encrypted, Serialize)]
#[encrypted(ambient, firm = platform, row = none, derive(Queryable, Selectable))]
#[diesel(table_name = private_message)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct PrivateMessage {
    pub id: PrivateMessageId,
    pub creator_id: PersonId,
    pub recipient_id: PersonId,
    #[encrypted]
    pub content: String,
    pub deleted: bool,
    pub read: bool,
    pub published_at: DateTime<Utc>,
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Encrypted)]
#[encrypted(ambient, model = PrivateMessage, row = none, derive(Insertable))]
#[diesel(table_name = private_message)]
pub struct PrivateMessageInsertForm {
    pub creator_id: PersonId,
    pub recipient_id: PersonId,
    #[encrypted]
    pub content: String,
}

#[derive(Clone, Default, Encrypted)]
#[encrypted(ambient, model = PrivateMessage, row = none, derive(AsChangeset))]
#[diesel(table_name = private_message)]
pub struct PrivateMessageUpdateForm {
    #[encrypted]
    pub content: Option<String>,
    pub deleted: Option<bool>,
    pub read: Option<bool>,
    pub updated_at: Option<Option<DateTime<Utc>>>,
}

crud!(PrivateMessage, private_message, PrivateMessageId, PrivateMessageInsertForm, PrivateMessageUpdateForm);

impl PrivateMessage {
    /// The same message to many, by one statement.
    pub async fn send_all(
        conn: &mut AsyncPgConnection,
        creator_id: PersonId,
        recipients: &[PersonId],
        content: &str,
    ) -> QueryResult<Vec<Self>> {
        let form = |&recipient_id: &PersonId| PrivateMessageInsertForm {
            creator_id,
            recipient_id,
            content: content.to_owned(),
        };
        diesel::insert_into(private_message::table)
            .values(recipients.iter().map(form).collect::<Vec<_>>())
            .returning(Self::as_returning())
            .get_results(conn)
            .await
    }

    pub async fn mark_all_as_read(conn: &mut AsyncPgConnection, recipient: PersonId) -> QueryResult<Vec<Self>> {
        let unread = private_message::recipient_id.eq(recipient).and(private_message::read.eq(false));
        diesel::update(private_message::table.filter(unread))
            .set(private_message::read.eq(true))
            .returning(Self::as_returning())
            .get_results(conn)
            .await
    }
}

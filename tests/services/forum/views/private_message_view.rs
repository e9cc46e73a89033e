use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::forum::models::{Person, PersonActions, PrivateMessage};
use crate::forum::newtypes::{PersonId, PrivateMessageId};
use crate::forum::schema::{person, person_actions, private_message};

diesel::alias!(person as recipients: Recipients);

/// A message, who wrote it, the name of who gets it, and what the reader has noted about the writer.
pub type PrivateMessageView = (PrivateMessage, Person, String, Option<String>);

/// The inbox and the outbox of a person, the newest first.
#[derive(Default)]
pub struct PrivateMessageQuery {
    pub unread_only: bool,
    pub creator_id: Option<PersonId>,
    pub before: Option<PrivateMessageId>,
    pub limit: Option<i64>,
}

fn noted(actions: Option<PersonActions>) -> Option<String> {
    actions?.note
}

impl PrivateMessageQuery {
    pub async fn list(self, conn: &mut AsyncPgConnection, reader: PersonId) -> QueryResult<Vec<PrivateMessageView>> {
        let actions = person_actions::person_id.eq(reader).and(person_actions::target_id.eq(person::id));
        let mut query = private_message::table
            .inner_join(person::table.on(private_message::creator_id.eq(person::id)))
            .inner_join(recipients.on(private_message::recipient_id.eq(recipients.field(person::id))))
            .left_join(person_actions::table.on(actions))
            .select((
                PrivateMessage::as_select(),
                Person::as_select(),
                recipients.field(person::name),
                Option::<PersonActions>::as_select(),
            ))
            .into_boxed();
        let received = private_message::recipient_id.eq(reader).and(private_message::deleted.eq(false));
        query = if self.unread_only {
            query.filter(received.and(private_message::read.eq(false)))
        } else {
            query.filter(received.or(private_message::creator_id.eq(reader)))
        };
        if let Some(creator) = self.creator_id {
            query = query.filter(private_message::creator_id.eq(creator));
        }
        if let Some(before) = self.before {
            query = query.filter(private_message::id.lt(before));
        }
        let rows = query.order(private_message::id.desc()).limit(self.limit.unwrap_or(20)).load(conn).await?;
        Ok(rows.into_iter().map(|(message, by, to, actions)| (message, by, to, noted(actions))).collect())
    }
}

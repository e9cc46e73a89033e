use chrono::Utc;
use diesel_async::AsyncPgConnection;

use super::{TestForum, person};
use crate::forum::models::{
    Crud as _, PersonActions, PrivateMessage, PrivateMessageInsertForm, PrivateMessageUpdateForm,
};
use crate::forum::newtypes::PersonId;
use crate::forum::views::{PrivateMessageQuery, PrivateMessageView};

async fn send(conn: &mut AsyncPgConnection, from: PersonId, to: PersonId, content: &str) -> PrivateMessage {
    let form = PrivateMessageInsertForm { creator_id: from, recipient_id: to, content: content.to_owned() };
    PrivateMessage::create(conn, &form).await.unwrap()
}

fn contents(views: &[PrivateMessageView]) -> Vec<&str> {
    views.iter().map(|(message, ..)| message.content.as_str()).collect()
}

#[tokio::test]
async fn a_message_is_sent_edited_and_deleted() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let (anna, bert) = (person(&mut conn, "anna").await, person(&mut conn, "bert").await);
    let sent = send(&mut conn, anna, bert, "See you at noon").await;
    assert_eq!(PrivateMessage::read(&mut conn, sent.id).await.unwrap(), sent);

    let content = Some("See you at one".to_owned());
    let form = PrivateMessageUpdateForm { content, updated_at: Some(Some(Utc::now())), ..Default::default() };
    let edited = PrivateMessage::update(&mut conn, sent.id, &form).await.unwrap();
    assert_eq!((edited.content.as_str(), edited.updated_at.is_some()), ("See you at one", true));

    let form = PrivateMessageUpdateForm { deleted: Some(true), ..Default::default() };
    assert_eq!(PrivateMessage::update(&mut conn, sent.id, &form).await.unwrap().content, "See you at one");
    assert!(PrivateMessageQuery::default().list(&mut conn, bert).await.unwrap().is_empty());
    assert_eq!(PrivateMessageQuery::default().list(&mut conn, anna).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_inbox_shows_both_sides_and_the_readers_own_notes() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let (anna, bert) = (person(&mut conn, "anna").await, person(&mut conn, "bert").await);
    PersonActions::note(&mut conn, bert, anna, "Met at the meadow").await.unwrap();
    send(&mut conn, anna, bert, "Hello").await;
    send(&mut conn, bert, anna, "Hello back").await;

    for (reader, note) in [(bert, Some("Met at the meadow")), (anna, None)] {
        let inbox = PrivateMessageQuery::default().list(&mut conn, reader).await.unwrap();
        assert_eq!(contents(&inbox), ["Hello back", "Hello"]);
        let (message, creator, recipient, noted) = &inbox[1];
        assert_eq!((message.creator_id, creator.id, creator.name.as_str()), (anna, anna, "anna"));
        assert_eq!((recipient.as_str(), noted.as_deref()), ("bert", note));
    }
}

#[tokio::test]
async fn the_inbox_is_filtered_and_paged() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let (anna, bert) = (person(&mut conn, "anna").await, person(&mut conn, "bert").await);
    let carl = person(&mut conn, "carl").await;
    for (from, content) in [(anna, "1"), (bert, "2"), (anna, "3"), (anna, "4")] {
        send(&mut conn, from, carl, content).await;
    }
    let from_anna = || PrivateMessageQuery { creator_id: Some(anna), limit: Some(2), ..Default::default() };
    let first = from_anna().list(&mut conn, carl).await.unwrap();
    assert_eq!(contents(&first), ["4", "3"]);
    let next = PrivateMessageQuery { before: Some(first[1].0.id), ..from_anna() };
    assert_eq!(contents(&next.list(&mut conn, carl).await.unwrap()), ["1"]);
}

#[tokio::test]
async fn unread_messages_show_until_read() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let (anna, bert) = (person(&mut conn, "anna").await, person(&mut conn, "bert").await);
    send(&mut conn, anna, bert, "1").await;
    send(&mut conn, bert, anna, "2").await;
    send(&mut conn, anna, bert, "3").await;
    let unread = || PrivateMessageQuery { unread_only: true, ..PrivateMessageQuery::default() };
    assert_eq!(contents(&unread().list(&mut conn, bert).await.unwrap()), ["3", "1"]);

    let marked = PrivateMessage::mark_all_as_read(&mut conn, bert).await.unwrap();
    assert_eq!((marked.len(), marked.iter().all(|message| message.read)), (2, true));
    assert!(unread().list(&mut conn, bert).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_announcement_reaches_everybody() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let admin = person(&mut conn, "admin").await;
    let mut everybody = Vec::new();
    for number in 0..30 {
        everybody.push(person(&mut conn, &format!("person{number}")).await);
    }
    let sent = PrivateMessage::send_all(&mut conn, admin, &everybody, "Down at noon").await.unwrap();
    assert_eq!(sent.iter().map(|message| message.recipient_id).collect::<Vec<_>>(), everybody);

    let inbox = PrivateMessageQuery::default().list(&mut conn, everybody[29]).await.unwrap();
    assert_eq!(contents(&inbox), ["Down at noon"]);
}

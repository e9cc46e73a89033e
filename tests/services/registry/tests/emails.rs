use secrecy::ExposeSecret as _;

use super::{TestApp, user, user_with_email};
use crate::registry::models::{Email, NewEmail};

#[tokio::test]
async fn the_mailed_link_verifies_the_address() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user_with_email(&mut conn, "alice", 5).await;
    let bob = user_with_email(&mut conn, "bob", 6).await;
    let unverified = Email::find(&mut conn, alice.id).await.unwrap().unwrap();
    assert!(!unverified.verified && unverified.token_generated_at.is_some());

    let confirmed = Email::confirm(&mut conn, unverified.token.expose_secret()).await.unwrap();
    assert_eq!((confirmed.user_id, confirmed.email.as_str()), (alice.id, "alice@example.org"));
    assert!(Email::find(&mut conn, alice.id).await.unwrap().unwrap().verified);
    assert!(!Email::find(&mut conn, bob.id).await.unwrap().unwrap().verified);
}

#[tokio::test]
async fn an_unknown_link_verifies_nothing() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    user_with_email(&mut conn, "alice", 5).await;
    assert_eq!(Email::confirm(&mut conn, "0123456789abcdef").await.map(|email| email.email), Err(diesel::NotFound));
}

#[tokio::test]
async fn another_mail_makes_the_first_link_void() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user_with_email(&mut conn, "alice", 5).await;
    let first = Email::find(&mut conn, alice.id).await.unwrap().unwrap().token;
    let second = Email::regenerate_token(&mut conn, alice.id).await.unwrap();

    Email::confirm(&mut conn, first.expose_secret()).await.unwrap_err();
    Email::confirm(&mut conn, second.expose_secret()).await.unwrap();
    // There is nothing left to verify.
    Email::regenerate_token(&mut conn, alice.id).await.map(|_| ()).unwrap_err();
}

#[tokio::test]
async fn a_changed_address_is_verified_anew() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user_with_email(&mut conn, "alice", 5).await;
    let old = Email::find(&mut conn, alice.id).await.unwrap().unwrap().token;
    Email::confirm(&mut conn, old.expose_secret()).await.unwrap();

    let changed = NewEmail::unverified(alice.id, "alice@example.com").upsert(&mut conn).await.unwrap();
    assert_eq!((changed.email.as_str(), changed.verified), ("alice@example.com", false));
    Email::confirm(&mut conn, old.expose_secret()).await.unwrap_err();
    Email::confirm(&mut conn, changed.token.expose_secret()).await.unwrap();
}

#[tokio::test]
async fn mail_goes_to_verified_addresses_only() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    for (username, account_id) in [("alice", 1), ("bob", 2), ("carol", 3)] {
        let user = user_with_email(&mut conn, username, account_id).await;
        if username != "bob" {
            let email = Email::find(&mut conn, user.id).await.unwrap().unwrap();
            Email::confirm(&mut conn, email.token.expose_secret()).await.unwrap();
        }
    }
    user(&mut conn, "dave", 4).await;
    let recipients = Email::verified_of(&mut conn, &["carol", "bob", "dave", "alice"]).await.unwrap();
    let expected = [("alice", "alice@example.org"), ("carol", "carol@example.org")];
    assert_eq!(recipients, expected.map(|(name, email)| (name.to_owned(), email.to_owned())));
}

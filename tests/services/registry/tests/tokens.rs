use chrono::{Duration, Utc};

use super::{TestApp, user};
use crate::registry::models::{ApiToken, NewApiToken, PlainToken, User};

#[tokio::test]
async fn a_token_finds_its_user_and_counts_as_used() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user(&mut conn, "alice", 5).await;
    let token = PlainToken::generate();
    let created = NewApiToken::new(&alice, "laptop", &token, None).insert(&mut conn).await.unwrap();
    assert!(created.last_used_at.is_none());

    let sent = PlainToken::parse(token.expose()).unwrap();
    assert_eq!(User::find_by_api_token(&mut conn, &sent).await.unwrap(), Some(alice.clone()));
    let tokens = ApiToken::of(&mut conn, &[alice]).await.unwrap();
    assert!(tokens[0][0].last_used_at.is_some());
}

#[tokio::test]
async fn unknown_and_expired_tokens_find_nobody() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user(&mut conn, "alice", 5).await;
    assert!(User::find_by_api_token(&mut conn, &PlainToken::generate()).await.unwrap().is_none());
    assert!(PlainToken::parse("gho_alice").is_none());

    let (old, young) = (PlainToken::generate(), PlainToken::generate());
    let hour = Duration::hours(1);
    NewApiToken::new(&alice, "old", &old, Some(Utc::now() - hour)).insert(&mut conn).await.unwrap();
    NewApiToken::new(&alice, "young", &young, Some(Utc::now() + hour)).insert(&mut conn).await.unwrap();
    assert!(User::find_by_api_token(&mut conn, &old).await.unwrap().is_none());
    assert!(User::find_by_api_token(&mut conn, &young).await.unwrap().is_some());
}

#[tokio::test]
async fn a_token_is_revoked_by_its_owner_alone() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let (alice, mallory) = (user(&mut conn, "alice", 5).await, user(&mut conn, "mallory", 6).await);
    let token = PlainToken::generate();
    let id = NewApiToken::new(&alice, "laptop", &token, None).insert(&mut conn).await.unwrap().id;

    assert!(!ApiToken::revoke(&mut conn, id, &mallory).await.unwrap());
    assert!(User::find_by_api_token(&mut conn, &token).await.unwrap().is_some());
    assert!(ApiToken::revoke(&mut conn, id, &alice).await.unwrap());
    assert!(User::find_by_api_token(&mut conn, &token).await.unwrap().is_none());
}

#[tokio::test]
async fn tokens_are_grouped_by_user() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let mut users = Vec::new();
    for (username, account_id) in [("alice", 1), ("bob", 2), ("carol", 3)] {
        users.push(user(&mut conn, username, account_id).await);
    }
    for (owner, name) in [(2, "deploy"), (0, "laptop"), (2, "ci")] {
        NewApiToken::new(&users[owner], name, &PlainToken::generate(), None).insert(&mut conn).await.unwrap();
    }
    let grouped = ApiToken::of(&mut conn, &users).await.unwrap();
    let names = |tokens: &Vec<ApiToken>| tokens.iter().map(|token| token.name.clone()).collect::<Vec<_>>();
    assert_eq!(grouped.iter().map(names).collect::<Vec<_>>(), [vec!["laptop"], vec![], vec!["deploy", "ci"]]);
}

use chrono::{Duration, Utc};
use futures_util::TryStreamExt as _;

use super::{TestApp, user, user_with_email};
use crate::registry::models::{Dashboard, NewApiToken, PlainToken, User, UserPatch};

#[tokio::test]
async fn a_user_is_found_by_id_and_by_name() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user(&mut conn, "alice", 5).await;
    assert_eq!(User::find(&mut conn, alice.id).await.unwrap(), alice);
    assert_eq!(User::find_by_username(&mut conn, "alice").await.unwrap(), alice);
    assert_eq!(User::find_by_account(&mut conn, 5).await.unwrap(), Some(alice));
    assert_eq!(User::find_by_username(&mut conn, "bob").await, Err(diesel::NotFound));
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user(&mut conn, "alice", 5).await;

    let patch = UserPatch { name: Some(Some("Alice".to_owned())), is_admin: Some(true), ..UserPatch::default() };
    User::update(&mut conn, alice.id, &patch).await.unwrap();
    let named = User::find(&mut conn, alice.id).await.unwrap();
    assert_eq!(named, User { name: Some("Alice".to_owned()), is_admin: true, ..alice.clone() });

    let patch = UserPatch { name: Some(None), ..UserPatch::default() };
    User::update(&mut conn, alice.id, &patch).await.unwrap();
    assert_eq!(User::find(&mut conn, alice.id).await.unwrap(), User { is_admin: true, ..alice });
}

#[tokio::test]
async fn a_locked_user_is_free_again_in_time_or_by_patch() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user(&mut conn, "alice", 5).await;
    let now = Utc::now();
    User::lock(&mut conn, alice.id, "Squatting, see ticket 4711", now + Duration::days(2)).await.unwrap();

    let locked = User::find(&mut conn, alice.id).await.unwrap();
    assert_eq!(locked.account_lock_reason.as_deref(), Some("Squatting, see ticket 4711"));
    assert!(locked.is_locked(now));
    assert!(!locked.is_locked(now + Duration::days(3)));

    let unlock = UserPatch { account_lock_reason: Some(None), account_lock_until: Some(None), ..UserPatch::default() };
    User::update(&mut conn, alice.id, &unlock).await.unwrap();
    assert_eq!(User::find(&mut conn, alice.id).await.unwrap(), alice);
}

#[tokio::test]
async fn the_export_streams_every_user() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let mut users = Vec::new();
    for number in 0..25 {
        users.push(user(&mut conn, &format!("user{number}"), 100 - number).await);
    }
    let exported: Vec<User> = User::export(&mut conn).await.unwrap().try_collect().await.unwrap();
    assert_eq!(exported, users);
}

#[tokio::test]
async fn users_are_listed_with_their_addresses() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    user_with_email(&mut conn, "alice", 5).await;
    user(&mut conn, "bob", 6).await;
    user_with_email(&mut conn, "carol", 7).await;

    let first = User::with_emails(&mut conn, 0, 2).await.unwrap();
    let names = |page: &[(User, Option<_>)]| page.iter().map(|(user, _)| user.username.clone()).collect::<Vec<_>>();
    assert_eq!(names(&first), ["alice", "bob"]);
    assert_eq!(first[0].1.as_ref().unwrap().email, "alice@example.org");
    assert!(first[1].1.is_none());

    let second = User::with_emails(&mut conn, first[1].0.id, 2).await.unwrap();
    assert_eq!(names(&second), ["carol"]);
    assert_eq!(second[0].1.as_ref().unwrap().email, "carol@example.org");
}

#[tokio::test]
async fn the_dashboard_comes_in_one_round_trip() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user_with_email(&mut conn, "alice", 5).await;
    let bob = user(&mut conn, "bob", 6).await;
    for name in ["laptop", "ci"] {
        NewApiToken::new(&alice, name, &PlainToken::generate(), None).insert(&mut conn).await.unwrap();
    }

    let dashboard = Dashboard::load(&conn, alice.id).await.unwrap();
    assert_eq!(dashboard.user, alice);
    assert_eq!(dashboard.email.unwrap().email, "alice@example.org");
    assert_eq!(dashboard.tokens.iter().map(|token| token.name.as_str()).collect::<Vec<_>>(), ["ci", "laptop"]);

    let dashboard = Dashboard::load(&conn, bob.id).await.unwrap();
    assert_eq!((dashboard.user, dashboard.email.is_none(), dashboard.tokens.len()), (bob, true, 0));
}

#[tokio::test]
async fn a_user_on_the_web_shows_no_access_token() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let json = serde_json::to_string(&user(&mut conn, "alice", 5).await).unwrap();
    assert!(json.contains(r#""username":"alice""#), "{json}");
    assert!(!json.contains("gho_"), "{json}");
}

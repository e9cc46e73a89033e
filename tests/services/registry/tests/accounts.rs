use std::cell::RefCell;

use super::{TestApp, user, user_with_email};
use crate::registry::models::{Account, OauthGithub, User};

#[tokio::test]
async fn renewing_changes_login_and_token_together() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let user = user(&mut conn, "alice", 5).await;
    assert_eq!(OauthGithub::renew(&mut conn, 5, "alice-lang", "gho_renewed").await.unwrap(), 1);

    let account = OauthGithub::find(&mut conn, 5).await.unwrap();
    let expected = OauthGithub {
        account_id: 5,
        user_id: user.id,
        login: "alice-lang".to_owned(),
        avatar: None,
        token: "gho_renewed".to_owned(),
    };
    assert_eq!(account, expected);
    assert_eq!(OauthGithub::token(&mut conn, 5).await.unwrap(), "gho_renewed");
    assert_eq!(User::find(&mut conn, user.id).await.unwrap().access_token, "gho_renewed");
}

#[tokio::test]
async fn refused_tokens_are_found_in_a_stream() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    for (username, account_id) in [("carol", 30), ("alice", 10), ("bob", 20)] {
        user(&mut conn, username, account_id).await;
    }
    let asked = RefCell::new(Vec::new());
    let accepts = async |token: &str| {
        asked.borrow_mut().push(token.to_owned());
        token == "gho_bob"
    };
    assert_eq!(OauthGithub::refused(&mut conn, accepts).await.unwrap(), [10, 30]);
    assert_eq!(asked.into_inner(), ["gho_alice", "gho_bob", "gho_carol"]);
}

#[tokio::test]
async fn an_unlinked_account_is_gone_and_its_user_is_not() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    user_with_email(&mut conn, "alice", 5).await;
    user(&mut conn, "alan", 6).await;
    let account = OauthGithub::find(&mut conn, 5).await.unwrap();
    assert_eq!(account.unlink(&mut conn).await.unwrap(), 1);

    assert!(User::find_by_account(&mut conn, 5).await.unwrap().is_none());
    let found = Account::search(&mut conn, "al").await.unwrap();
    let alan = Account {
        handle: "alan".to_owned(),
        account_lock_reason: None,
        github_login: Some("alan".to_owned()),
        access_token: Some("gho_alan".to_owned()),
        email: None,
    };
    let alice = Account {
        handle: "alice".to_owned(),
        account_lock_reason: None,
        github_login: None,
        access_token: None,
        email: Some("alice@example.org".to_owned()),
    };
    assert_eq!(found, [alan, alice]);
}

use super::TestApp;
use crate::registry::models::{Email, OauthGithub, User};
use crate::registry::session::{CookieError, CookieJar};
use crate::registry::signup::{GithubProfile, SignIn, SignupError, callback, confirm};

fn jar() -> CookieJar {
    CookieJar::new([7; 32])
}

fn ghost() -> GithubProfile {
    GithubProfile { id: 10137, login: "ghost".to_owned(), name: Some("Ghost".to_owned()), avatar_url: None }
}

fn cookie_of(sign_in: SignIn) -> String {
    match sign_in {
        SignIn::Confirm(cookie) => cookie,
        SignIn::Known(user) => panic!("{} should not be known", user.username),
    }
}

fn user_of(sign_in: SignIn) -> User {
    match sign_in {
        SignIn::Known(user) => user,
        SignIn::Confirm(_) => panic!("the account should be known"),
    }
}

#[tokio::test]
async fn a_new_visitor_confirms_and_becomes_a_user() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;

    let cookie = cookie_of(callback(&mut conn, &jar(), ghost(), "gho_first".to_owned()).await.unwrap());
    assert!(User::find_by_account(&mut conn, 10137).await.unwrap().is_none());

    let user = confirm(&mut conn, &jar(), &cookie, "ghost@example.org").await.unwrap();
    assert_eq!((user.username.as_str(), user.name.as_deref()), ("ghost", Some("Ghost")));
    assert_eq!((user.account_id, user.access_token.as_str()), (10137, "gho_first"));
    let email = Email::find(&mut conn, user.id).await.unwrap().unwrap();
    assert_eq!((email.email.as_str(), email.verified), ("ghost@example.org", false));
}

#[tokio::test]
async fn a_known_visitor_is_signed_in_and_the_account_refreshed() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let known = super::user(&mut conn, "ghost", 10137).await;

    let avatar_url = Some("https://example.org/ghost.png".to_owned());
    let profile = GithubProfile { login: "ghost2".to_owned(), avatar_url, ..ghost() };
    let user = user_of(callback(&mut conn, &jar(), profile, "gho_second".to_owned()).await.unwrap());

    assert_eq!((user.id, user.access_token.as_str()), (known.id, "gho_second"));
    assert_eq!(user.avatar.as_deref(), Some("https://example.org/ghost.png"));
    let account = OauthGithub::find(&mut conn, 10137).await.unwrap();
    assert_eq!((account.login.as_str(), account.user_id), ("ghost2", known.id));
}

#[tokio::test]
async fn a_forged_cookie_makes_no_user() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let forged = cookie_of(callback(&mut conn, &CookieJar::new([8; 32]), ghost(), "gho_x".to_owned()).await.unwrap());
    for cookie in [forged.as_str(), "", "00.zz", "7b7d"] {
        let error = confirm(&mut conn, &jar(), cookie, "ghost@example.org").await.unwrap_err();
        assert!(matches!(error, SignupError::Cookie(CookieError::Forged)), "{cookie}: {error}");
    }
    assert!(User::find_by_account(&mut conn, 10137).await.unwrap().is_none());
}

#[tokio::test]
async fn a_taken_username_leaves_nothing_behind() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    super::user(&mut conn, "ghost", 1).await;
    let cookie = cookie_of(callback(&mut conn, &jar(), ghost(), "gho_x".to_owned()).await.unwrap());

    let error = confirm(&mut conn, &jar(), &cookie, "ghost@example.org").await.unwrap_err();
    assert!(matches!(error, SignupError::Database(_)), "{error}");
    assert!(User::find_by_account(&mut conn, 10137).await.unwrap().is_none());
}

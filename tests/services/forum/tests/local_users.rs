use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};

use super::{TestForum, email, register, registration};
use crate::forum::models::{Crud as _, LocalUser, LocalUserUpdateForm};
use crate::forum::newtypes::Email;
use crate::forum::views::{LocalUserQuery, LocalUserView};

#[tokio::test]
async fn an_email_belongs_to_one_user_whatever_its_case() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    register(&mut conn, "gerry", Some("Gerry@forum.example")).await;
    let other = register(&mut conn, "other", None).await.local_user;
    assert!(LocalUser::is_email_taken(&mut conn, &email("gerry@FORUM.example")).await.unwrap());
    assert!(!LocalUser::is_email_taken(&mut conn, &email("other@forum.example")).await.unwrap());

    let taken = registration("gerry2", Some("gerry@forum.EXAMPLE")).submit(&mut conn).await;
    assert!(matches!(taken, Err(DatabaseError(UniqueViolation, _))), "{taken:?}");
    let form = LocalUserUpdateForm { email: Some(Some(email("GERRY@forum.example"))), ..Default::default() };
    let taken = LocalUser::update(&mut conn, other.id, &form).await;
    assert!(matches!(taken, Err(DatabaseError(UniqueViolation, _))), "{taken:?}");
}

#[tokio::test]
async fn an_email_is_set_changed_and_removed() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let user = register(&mut conn, "gerry", None).await.local_user;
    let set = |email: Option<Email>| LocalUserUpdateForm { email: Some(email), ..Default::default() };
    for address in [Some(email("gerry@forum.example")), Some(email("Gerry@forum.example")), None] {
        let updated = LocalUser::update(&mut conn, user.id, &set(address.clone())).await.unwrap();
        assert_eq!(updated, LocalUser { email: address, ..user.clone() });
        assert_eq!(LocalUser::read(&mut conn, user.id).await.unwrap(), updated);
    }
}

#[tokio::test]
async fn a_form_leaves_what_it_does_not_name() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let user = register(&mut conn, "gerry", Some("gerry@forum.example")).await.local_user;
    assert_eq!((user.theme.as_str(), user.admin, user.email_verified), ("browser", false, false));

    let form = LocalUserUpdateForm {
        theme: Some("darkly".to_owned()),
        totp_2fa_secret: Some(Some("JBSWY3DPEHPK3PXP".into())),
        ..LocalUserUpdateForm::default()
    };
    let updated = LocalUser::update(&mut conn, user.id, &form).await.unwrap();
    let totp_2fa_secret = Some("JBSWY3DPEHPK3PXP".into());
    assert_eq!(updated, LocalUser { theme: "darkly".to_owned(), totp_2fa_secret, ..user.clone() });

    let form = LocalUserUpdateForm { totp_2fa_secret: Some(None), ..LocalUserUpdateForm::default() };
    let updated = LocalUser::update(&mut conn, user.id, &form).await.unwrap();
    assert_eq!(updated, LocalUser { theme: "darkly".to_owned(), ..user });
}

#[tokio::test]
async fn users_are_listed_in_pages() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    for name in ["dora", "anna", "carl", "bert", "emil"] {
        register(&mut conn, name, (name != "carl").then_some(&format!("{name}@forum.example"))).await;
    }
    let names = |views: &[LocalUserView]| views.iter().map(|view| view.person.name.clone()).collect::<Vec<_>>();
    let query = LocalUserQuery { limit: 3, ..LocalUserQuery::default() };
    assert_eq!(names(&query.list(&mut conn).await.unwrap()), ["anna", "bert", "carl"]);
    let page = LocalUserQuery { page: 1, ..query }.list(&mut conn).await.unwrap();
    assert_eq!(names(&page), ["dora", "emil"]);
    assert_eq!(page[0].local_user.email, Some(email("dora@forum.example")));

    let query = LocalUserQuery { banned: Some(false), with_email_only: true, page: 0, limit: 9 };
    assert_eq!(names(&query.list(&mut conn).await.unwrap()), ["anna", "bert", "dora", "emil"]);
    let query = LocalUserQuery { banned: Some(true), ..query };
    assert!(query.list(&mut conn).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_api_shows_no_secrets() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let view = register(&mut conn, "gerry", Some("gerry@forum.example")).await;
    let json = serde_json::to_string(&view).unwrap();
    assert!(json.contains(r#""email":"gerry@forum.example""#), "{json}");
    for shown in [json, format!("{view:?}")] {
        assert!(!shown.contains("argon2id") && !shown.contains("private key of"), "{shown}");
    }
    assert!(!format!("{view:?}").contains("gerry@forum.example"));
}

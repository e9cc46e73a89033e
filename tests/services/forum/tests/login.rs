use super::{TestForum, register};
use crate::forum::models::{LocalUser, PasswordResetRequest, Person};
use crate::forum::views::LocalUserView;
use diesel_async::AsyncPgConnection;

async fn login(conn: &mut AsyncPgConnection, name_or_email: &str) -> Option<String> {
    let found = LocalUserView::find_by_name_or_email(conn, name_or_email).await.unwrap();
    found.map(|view| view.person.name)
}

#[tokio::test]
async fn name_and_email_both_log_in_whatever_their_case() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    register(&mut conn, "Gerry", Some("Gerry@Forum.example")).await;
    register(&mut conn, "lemming", None).await;
    for login_name in ["Gerry", "gerry", "Gerry@Forum.example", "GERRY@FORUM.EXAMPLE"] {
        assert_eq!(login(&mut conn, login_name).await.as_deref(), Some("Gerry"), "{login_name}");
    }
    assert_eq!(login(&mut conn, "LEMMING").await.as_deref(), Some("lemming"));
    let found = LocalUserView::find_by_name_or_email(&mut conn, "gerry").await.unwrap().unwrap();
    assert_eq!(found.local_user.password_encrypted, Some("$argon2id$v=19$Gerry".into()));
    for login_name in ["gerr", "gerry@forum.exampl", "", "%"] {
        assert_eq!(login(&mut conn, login_name).await, None, "{login_name}");
    }
}

#[tokio::test]
async fn a_deleted_account_logs_in_no_more_and_frees_its_email() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let gerry = register(&mut conn, "gerry", Some("gerry@forum.example")).await;
    let deleted = Person::delete_account(&mut conn, gerry.person.id).await.unwrap();
    assert!(deleted.deleted && deleted.private_key.is_none());

    assert_eq!(login(&mut conn, "gerry").await, None);
    assert_eq!(login(&mut conn, "gerry@forum.example").await, None);
    let view = LocalUserView::read(&mut conn, gerry.local_user.id).await.unwrap();
    assert_eq!((view.local_user.email, view.local_user.password_encrypted), (None, None));
    register(&mut conn, "gerry2", Some("gerry@forum.example")).await;
}

#[tokio::test]
async fn a_reset_link_sets_a_password_once() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let gerry = register(&mut conn, "gerry", Some("gerry@forum.example")).await.local_user;
    let other = register(&mut conn, "other", None).await.local_user;
    PasswordResetRequest::create(&mut conn, other.id, &"token of other".into()).await.unwrap();
    let request = PasswordResetRequest::create(&mut conn, gerry.id, &"token of gerry".into()).await.unwrap();

    let used = PasswordResetRequest::read_and_delete(&mut conn, &"token of gerry".into()).await.unwrap();
    assert_eq!(used, request);
    let updated = LocalUser::update_password(&mut conn, used.local_user_id, &"$argon2id$new".into()).await.unwrap();
    assert_eq!(updated, LocalUser { password_encrypted: Some("$argon2id$new".into()), ..gerry });

    let again = PasswordResetRequest::read_and_delete(&mut conn, &"token of gerry".into()).await;
    assert_eq!(again, Err(diesel::NotFound));
}

#[tokio::test]
async fn an_old_reset_link_is_void() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let gerry = register(&mut conn, "gerry", None).await.local_user;
    PasswordResetRequest::create(&mut conn, gerry.id, &"token".into()).await.unwrap();
    let day_old = "UPDATE password_reset_request SET published_at = now() - interval '25 hours'";
    diesel_async::RunQueryDsl::execute(diesel::sql_query(day_old), &mut *conn).await.unwrap();

    let used = PasswordResetRequest::read_and_delete(&mut conn, &"token".into()).await;
    assert_eq!(used, Err(diesel::NotFound));
}

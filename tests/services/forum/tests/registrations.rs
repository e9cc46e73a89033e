use super::{TestForum, register};
use crate::forum::models::{Crud as _, LocalUser, RegistrationApplication, RegistrationApplicationInsertForm};
use crate::forum::views::{RegistrationApplicationQuery, RegistrationApplicationView};

fn all() -> RegistrationApplicationQuery {
    RegistrationApplicationQuery { limit: 10, ..RegistrationApplicationQuery::default() }
}

fn applicants(views: &[RegistrationApplicationView]) -> Vec<&str> {
    views.iter().map(|view| view.applicant.name.as_str()).collect()
}

#[tokio::test]
async fn an_application_waits_with_its_answer() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let gerry = register(&mut conn, "gerry", Some("gerry@forum.example")).await;
    let listed = all().list(&mut conn).await.unwrap();
    let [view] = &listed[..] else { panic!("one application: {listed:?}") };
    assert_eq!((&view.local_user, &view.applicant, &view.admin), (&gerry.local_user, &gerry.person, &None));
    assert_eq!(view.application.answer.as_str(), "I am gerry and like lemmings");
    assert_eq!((&view.application.referral, view.application.admin_id), (&None, None));
}

#[tokio::test]
async fn an_approved_user_is_in() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let admin = register(&mut conn, "admin", None).await.person;
    let gerry = register(&mut conn, "gerry", None).await.local_user;
    assert!(!gerry.accepted_application);

    let application = RegistrationApplication::find_by_local_user(&mut conn, gerry.id).await.unwrap();
    let decided = RegistrationApplication::decide(&mut conn, application.id, admin.id, None).await.unwrap();
    assert_eq!(decided, RegistrationApplication { admin_id: Some(admin.id), ..application });
    let accepted = LocalUser::read(&mut conn, gerry.id).await.unwrap();
    assert_eq!(accepted, LocalUser { accepted_application: true, ..gerry });
}

#[tokio::test]
async fn a_denial_has_a_reason_and_can_be_taken_back() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let admin = register(&mut conn, "admin", None).await.person;
    let gerry = register(&mut conn, "gerry", None).await.local_user;
    let id = RegistrationApplication::find_by_local_user(&mut conn, gerry.id).await.unwrap().id;

    for (reason, accepted) in [(Some("Spam"), false), (None, true)] {
        let reason = reason.map(str::to_owned);
        RegistrationApplication::decide(&mut conn, id, admin.id, reason.clone()).await.unwrap();
        let view = all().list(&mut conn).await.unwrap().pop().unwrap();
        assert_eq!((view.application.deny_reason, view.local_user.accepted_application), (reason, accepted));
        assert_eq!(view.admin.as_ref(), Some(&admin));
    }
}

#[tokio::test]
async fn the_list_is_filtered_and_paged() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let admin = register(&mut conn, "admin", None).await;
    for name in ["anna", "bert", "carl"] {
        register(&mut conn, name, None).await;
    }
    let own = RegistrationApplication::find_by_local_user(&mut conn, admin.local_user.id).await.unwrap();
    RegistrationApplication::decide(&mut conn, own.id, admin.person.id, None).await.unwrap();

    let undecided = RegistrationApplicationQuery { undecided_only: true, limit: 2, ..Default::default() };
    assert_eq!(applicants(&undecided.list(&mut conn).await.unwrap()), ["anna", "bert"]);
    let rest = RegistrationApplicationQuery { undecided_only: true, page: 1, limit: 2 };
    assert_eq!(applicants(&rest.list(&mut conn).await.unwrap()), ["carl"]);
}

#[tokio::test]
async fn nobody_applies_twice() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let gerry = register(&mut conn, "gerry", None).await.local_user;
    let referral = Some("anna".into());
    let form = RegistrationApplicationInsertForm { local_user_id: gerry.id, answer: "Please".into(), referral };
    RegistrationApplication::create(&mut conn, &form).await.unwrap_err();
}

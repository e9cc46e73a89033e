use super::{TestForum, person, register, registration};
use crate::forum::models::{Crud as _, Person, PersonActions, PersonInsertForm, PersonProfileForm, PersonUpdateForm};

fn remote(name: &str) -> PersonInsertForm {
    PersonInsertForm {
        name: name.to_owned(),
        actor_id: format!("https://elsewhere.example/u/{name}"),
        public_key: "key 1".to_owned(),
        bio: Some("From elsewhere".to_owned()),
        local: Some(false),
        ..PersonInsertForm::default()
    }
}

#[tokio::test]
async fn a_created_person_reads_back() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let form = PersonInsertForm {
        private_key: Some("-----BEGIN PRIVATE KEY-----".into()),
        display_name: Some("Gerry".to_owned()),
        matrix_user_id: Some("@gerry:matrix.example".to_owned()),
        local: None,
        ..remote("gerry")
    };
    let person = Person::create(&mut conn, &form).await.unwrap();
    assert_eq!(Person::read(&mut conn, person.id).await.unwrap(), person);
    assert_eq!((person.display_name, person.matrix_user_id), (form.display_name, form.matrix_user_id));
    assert_eq!((person.private_key, person.local, person.banned), (form.private_key, true, false));
}

#[tokio::test]
async fn a_person_from_elsewhere_is_updated_when_seen_again() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let first = Person::upsert(&mut conn, &remote("gerry")).await.unwrap();
    let form = PersonInsertForm { public_key: "key 2".to_owned(), bio: None, ..remote("gerry") };
    let second = Person::upsert(&mut conn, &form).await.unwrap();
    assert!(second.updated_at.is_some());
    // What a server does not send stays.
    let expected = Person { public_key: "key 2".to_owned(), updated_at: second.updated_at, ..first };
    assert_eq!(second, expected);
    // The name of somebody elsewhere is free here.
    register(&mut conn, "gerry", None).await;
}

#[tokio::test]
async fn a_local_name_is_taken_once_and_leaves_nothing_half_done() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    register(&mut conn, "gerry", Some("gerry@forum.example")).await;
    registration("GERRY", Some("second@forum.example")).submit(&mut conn).await.unwrap_err();
    // Also a person whose e-mail address is taken does not come into being.
    registration("third", Some("gerry@forum.example")).submit(&mut conn).await.unwrap_err();
    register(&mut conn, "third", Some("second@forum.example")).await;
}

#[tokio::test]
async fn an_update_form_sets_clears_and_leaves() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let created = Person::create(&mut conn, &remote("gerry")).await.unwrap();
    let form = PersonUpdateForm {
        display_name: Some(Some("Gerry".to_owned())),
        bio: Some(None),
        banned: Some(true),
        ..PersonUpdateForm::default()
    };
    let updated = Person::update(&mut conn, created.id, &form).await.unwrap();
    assert_eq!(updated, Person { display_name: Some("Gerry".to_owned()), bio: None, banned: true, ..created.clone() });

    let form = PersonUpdateForm {
        private_key: Some(Some("rotated".into())),
        public_key: Some("key 3".to_owned()),
        updated_at: Some(Some(created.published_at)),
        ..PersonUpdateForm::default()
    };
    let rotated = Person::update(&mut conn, created.id, &form).await.unwrap();
    let updated_at = Some(created.published_at);
    let (private_key, public_key) = (Some("rotated".into()), "key 3".to_owned());
    assert_eq!(rotated, Person { private_key, public_key, updated_at, ..updated });
}

#[tokio::test]
async fn a_saved_profile_clears_what_is_empty() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let id = person(&mut conn, "gerry").await;
    let profile = |bio: Option<&str>, matrix: Option<&str>| PersonProfileForm {
        display_name: None,
        bio: bio.map(str::to_owned),
        matrix_user_id: matrix.map(str::to_owned),
    };
    let full = profile(Some("I like lemmings"), Some("@gerry:matrix.example"));
    let saved = Person::save_profile(&mut conn, id, &full).await.unwrap();
    assert_eq!((saved.bio, saved.matrix_user_id), (full.bio, full.matrix_user_id));
    let saved = Person::save_profile(&mut conn, id, &profile(Some(""), None)).await.unwrap();
    assert_eq!((saved.bio.as_deref(), saved.matrix_user_id), (Some(""), None));
    assert_eq!(saved.private_key, Some("private key of gerry".into()));
}

#[tokio::test]
async fn a_note_replaces_the_one_before() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let (gerry, troll) = (person(&mut conn, "gerry").await, person(&mut conn, "troll").await);
    for note in ["Owes me an answer", "Never answers"] {
        let noted = PersonActions::note(&mut conn, gerry, troll, note).await.unwrap();
        assert_eq!(noted.note.as_deref(), Some(note));
        assert_eq!(PersonActions::read(&mut conn, gerry, troll).await.unwrap(), Some(noted));
    }
    assert_eq!(PersonActions::read(&mut conn, troll, gerry).await.unwrap(), None);
}

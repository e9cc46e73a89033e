use diesel_async::AsyncPgConnection;

use super::{TestApp, user};
use crate::registry::models::{Crate, NewCrate, NewVersion, User, Version};

async fn publish(conn: &mut AsyncPgConnection, user: &User, name: &str, num: &str) -> Result<Version, String> {
    let krate = NewCrate { name, description: Some("Seals envelopes") };
    let version = NewVersion { krate, num, checksum: "c0ffee" };
    version.publish(conn, user).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_first_to_publish_owns_the_crate() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let (alice, mallory) = (user(&mut conn, "alice", 1).await, user(&mut conn, "mallory", 2).await);

    let version = publish(&mut conn, &alice, "wax", "0.1.0").await.unwrap();
    assert_eq!((version.num.as_str(), version.published_by), ("0.1.0", Some(alice.id)));
    let refused = publish(&mut conn, &mallory, "wax", "0.2.0").await.unwrap_err();
    assert_eq!(refused, "this crate exists, and it is not yours");
    publish(&mut conn, &alice, "wax", "0.2.0").await.unwrap();
}

#[tokio::test]
async fn a_refused_version_does_not_change_the_crate() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user(&mut conn, "alice", 1).await;
    publish(&mut conn, &alice, "wax", "0.1.0").await.unwrap();
    let before = Crate::find_by_name(&mut conn, "wax").await.unwrap();

    assert_eq!(publish(&mut conn, &alice, "wax", "0.1.0").await.unwrap_err(), "this version is already uploaded");
    assert_eq!(Crate::find_by_name(&mut conn, "wax").await.unwrap(), before);
}

#[tokio::test]
async fn crates_are_searched_in_pages_with_their_versions() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user(&mut conn, "alice", 1).await;
    for (name, num) in [("wax", "0.1.0"), ("stamp", "1.0.0"), ("wax", "0.2.0"), ("quill", "2.0.0")] {
        publish(&mut conn, &alice, name, num).await.unwrap();
    }
    let found = |page: Vec<(Crate, Vec<Version>)>| -> Vec<String> {
        let show = |(krate, versions): (Crate, Vec<Version>)| {
            format!(
                "{} {}",
                krate.name,
                versions.iter().map(|version| version.num.as_str()).collect::<Vec<_>>().join(",")
            )
        };
        page.into_iter().map(show).collect()
    };
    let first = Crate::search(&mut conn, Some("ENVELOPE"), 0, 2).await.unwrap();
    assert_eq!(found(first), ["quill 2.0.0", "stamp 1.0.0"]);
    assert_eq!(found(Crate::search(&mut conn, None, 1, 2).await.unwrap()), ["wax 0.2.0,0.1.0"]);
    assert!(Crate::search(&mut conn, Some("ink"), 0, 2).await.unwrap().is_empty());
}

#[tokio::test]
async fn versions_outlive_their_publisher() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user(&mut conn, "alice", 1).await;
    let version = publish(&mut conn, &alice, "wax", "0.1.0").await.unwrap();
    User::delete(&mut conn, alice.id).await.unwrap();

    let krate = Crate::find_by_name(&mut conn, "wax").await.unwrap();
    let versions = Version::of(&mut conn, &[krate]).await.unwrap();
    assert_eq!(versions, [[Version { published_by: None, ..version }]]);
}

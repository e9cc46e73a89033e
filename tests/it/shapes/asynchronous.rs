//! The shapes again where diesel-async differs: what borrows, streams, pipelines and returns.

use diesel::prelude::{
    BelongingToDsl, ExpressionMethods, GroupedBy, HasQuery, NullableExpressionMethods, OptionalExtension, QueryDsl,
    SelectableHelper,
};
use diesel::result::{Error as DieselError, QueryResult};
use diesel::upsert::excluded;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SaveChangesDsl};
use fieldseal::Encrypted;
use fieldseal::schema::Backend;
use futures_util::TryStreamExt;

use super::base::*;
use super::{Postgres, assert_sealed_everywhere, secret, session};

#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = items)]
#[encrypted(model = Item, firm = firm_id, derive(HasQuery))]
struct Noted {
    id: i64,
    firm_id: String,
    #[encrypted]
    notes: Option<String>,
}

async fn postgres(hint: &str) -> (Postgres, AsyncPgConnection) {
    let db = Postgres::new(hint, &tables(Backend::Postgres));
    let conn = AsyncPgConnection::establish(&db.database.url()).await.unwrap();
    (db, conn)
}

macro_rules! stored {
    ($conn:expr, $session:expr, $id:expr) => {{
        let row = items::table.find($id).select(SealedItem::as_select()).first($conn).await.unwrap();
        $session.open(row).unwrap()
    }};
}

/// A transaction that stays, around one that is rolled back.
macro_rules! savepoints {
    ($conn:expr, $session:expr) => {{
        let (conn, session) = ($conn, &$session);
        let outer = conn.transaction(async |conn| {
            diesel::insert_into(items::table).values(session.seal(&item(12))?).execute(conn).await?;
            let inner: QueryResult<()> = conn
                .transaction(async |conn| {
                    let set = Item::notes().set(session, 12, secret("rolled back"))?;
                    diesel::update(items::table.find(12)).set(set).execute(conn).await?;
                    Err(DieselError::RollbackTransaction)
                })
                .await;
            assert!(matches!(inner, Err(DieselError::RollbackTransaction)));
            QueryResult::Ok(())
        });
        outer.await.unwrap();
        assert_eq!(stored!(conn, session, 12), item(12));
    }};
}

#[tokio::test]
async fn batches_upserts_and_tuples_of_assignments() {
    let ((mut db, mut conn), session) = (postgres("shapes_async").await, session());
    let conn = &mut conn;
    let all = session.seal(&[item(12), item(14)][..]).unwrap();
    diesel::insert_into(items::table).values(&all).execute(conn).await.unwrap();
    let new = session.seal(&Item { email: secret("new"), ..item(12) }).unwrap();
    let upsert = diesel::insert_into(items::table).values(&new).on_conflict(items::id).do_update();
    let set = (items::email.eq(excluded(items::email)), items::email_term.eq(excluded(items::email_term)));
    upsert.set(set).execute(conn).await.unwrap();
    let changes = (items::label.eq("renamed"), Item::notes().set(&session, 12, secret("set")).unwrap());
    diesel::update(items::table.find(12)).set(changes).execute(conn).await.unwrap();
    let wanted = Item { label: "renamed".into(), email: secret("new"), notes: Some(secret("set")), ..item(12) };
    assert_eq!(stored!(conn, session, 12), wanted);

    let changed = Item { label: "saved".into(), ..wanted };
    let twin = session.seal(&changed).unwrap();
    let saved: SealedItem = twin.save_changes(conn).await.unwrap();
    assert_eq!(session.open(saved).unwrap(), changed);
    let delete = diesel::delete(items::table.find(14)).returning(SealedItem::as_returning());
    assert_eq!(session.open(delete.get_result(conn).await.unwrap()).unwrap(), item(14));
    assert_sealed_everywhere(&mut db.conn);
}

#[tokio::test]
async fn joins_groups_streams_and_pipelines() {
    let ((mut db, mut conn), session) = (postgres("shapes_joins").await, session());
    insert_items!(&mut db.conn, session, [12, 14]);
    let conn = &mut conn;
    let parts = session.seal(&[part(2, 12), part(3, 12)][..]).unwrap();
    diesel::insert_into(parts::table).values(&parts).execute(conn).await.unwrap();
    let query = items::table.left_join(parts::table).order((items::id, parts::id));
    let query = query.select((SealedItem::as_select(), Option::<SealedPart>::as_select(), items::rank.nullable()));
    let stream = query.load_stream::<(SealedItem, Option<SealedPart>, Option<i32>)>(conn).await.unwrap();
    let rows: Vec<_> = stream.try_collect().await.unwrap();
    let wanted =
        [(item(12), Some(part(2, 12)), Some(1)), (item(12), Some(part(3, 12)), Some(1)), (item(14), None, Some(1))];
    assert_eq!(session.open(rows).unwrap(), wanted);

    let parents: Vec<SealedItem> =
        items::table.order(items::id).select(SealedItem::as_select()).load(conn).await.unwrap();
    let children = SealedPart::belonging_to(&parents).select(SealedPart::as_select()).load(conn).await.unwrap();
    let sizes: Vec<_> = session.open(children).unwrap().grouped_by(&parents).iter().map(Vec::len).collect();
    assert_eq!(sizes, [2, 0]);

    let shared = &*conn;
    let by_mail = |id: i64| {
        let found = SealedNoted::query().filter(Item::email().eq(&session, item(id).email).unwrap());
        async move { found.first(&mut &*shared).await.optional() }
    };
    let (first, second, none) = futures_util::join!(by_mail(12), by_mail(14), by_mail(16));
    let opened = session.open(vec![first.unwrap(), second.unwrap(), none.unwrap()]).unwrap();
    let notes: Vec<_> = opened.into_iter().map(|row| row.and_then(|row| row.notes)).collect();
    assert_eq!(notes, [item(12).notes, item(14).notes, None]);
    assert_sealed_everywhere(&mut db.conn);
}

#[tokio::test]
async fn savepoints_on_both_databases() {
    let ((mut db, mut conn), session) = (postgres("shapes_savepoints").await, session());
    savepoints!(&mut conn, session);
    assert_sealed_everywhere(&mut db.conn);
    let mut conn = SyncConnectionWrapper::<diesel::SqliteConnection>::new(super::sqlite(&tables(Backend::Sqlite)));
    savepoints!(&mut conn, session);
    let checked = conn.spawn_blocking(|conn| {
        assert_sealed_everywhere(conn);
        Ok(())
    });
    checked.await.unwrap();
}

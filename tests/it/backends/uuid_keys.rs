//! UUID keys of row, firm and value, which only PostgreSQL has a type for.

use diesel::prelude::*;
use uuid::Uuid;

use super::postgres_database;
use crate::models::person::*;

#[test]
fn uuids_name_rows_firms_and_values() {
    let database = postgres_database("uuid");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    let session = fieldseal::testing::vault().blocking().session(Uuid::from_u128(77)).unwrap();
    let all = [person(1, "Ada"), person(2, "Grace")];
    diesel::insert_into(people::table).values(session.seal(&all[..]).unwrap()).execute(&mut conn).unwrap();
    let rows = people::table.order(people::id).select(SealedPerson::as_select()).load(&mut conn).unwrap();
    assert_eq!(session.open(rows).unwrap(), all);

    let by_badge = people::table.filter(Person::badge().eq(&session, Uuid::from_u128(2_000)).unwrap());
    let row = by_badge.select(SealedPerson::as_select()).first(&mut conn).unwrap();
    assert_eq!(session.open(row).unwrap(), all[1]);

    let set = Person::name().set(&session, all[0].id, "Augusta Ada").unwrap();
    diesel::update(people::table.find(all[0].id)).set(set).execute(&mut conn).unwrap();
    let by_name = people::table.filter(Person::name().eq(&session, "AUGUSTA ADA").unwrap());
    let cell = by_name.select(Person::name().cell()).first(&mut conn).unwrap();
    assert_eq!(Person::name().open(&session, cell).unwrap(), "Augusta Ada");
}

mod asynchronous {
    use diesel::prelude::*;
    use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

    use super::*;

    #[tokio::test]
    async fn uuids_work_through_diesel_async() {
        let database = postgres_database("uuid_async");
        let mut conn = AsyncPgConnection::establish(&database.url()).await.unwrap();
        let session = fieldseal::testing::vault().session(Uuid::from_u128(77)).await.unwrap();
        let all = [person(1, "Ada"), person(2, "Grace")];
        diesel::insert_into(people::table).values(session.seal(&all[..]).unwrap()).execute(&mut conn).await.unwrap();
        let by_badge = people::table.filter(Person::badge().eq(&session, Uuid::from_u128(1_000)).unwrap());
        let row = by_badge.select(SealedPerson::as_select()).first(&mut conn).await.unwrap();
        assert_eq!(session.open(row).unwrap(), all[0]);
        let finder = Person::name().find(&session, "GRACE").unwrap().by(|row: &SealedPerson| row.id);
        let found = finder
            .load_async(&session, async |page| {
                let query = people::table.filter(page.candidates()).filter(page.after(people::id)).order(people::id);
                query.limit(page.size()).select(SealedPerson::as_select()).load(&mut conn).await
            })
            .await;
        assert_eq!(found.unwrap(), [all[1].clone()]);
    }
}

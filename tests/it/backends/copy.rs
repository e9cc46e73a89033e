//! PostgreSQL's COPY takes twins in and gives them out.

use diesel::prelude::*;

use super::postgres_database;
use crate::models::client::*;

#[test]
fn twins_are_copied_in_and_out() {
    let database = postgres_database("copy");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    let session = fieldseal::testing::vault().blocking().session("acme").unwrap();
    // No NULL: Diesel 2.3's `copy_to` reads every field behind one as NULL.
    let all: Vec<Client> =
        (0..20).map(|n| Client { notes: Some("n".into()), phone: Some("1".into()), ..client(n) }).collect();
    let sealed = session.seal(&all).unwrap();
    let copied = diesel::copy_from(clients::table).from_insertable(&sealed).execute(&mut conn).unwrap();
    assert_eq!(copied, 20);
    let rows = diesel::copy_to(clients::table).load::<SealedClient, _>(&mut conn).unwrap();
    let rows: Vec<SealedClient> = rows.collect::<QueryResult<_>>().unwrap();
    assert_eq!(session.open(rows).unwrap(), all);
}

//! No data row is touched: the table's bytes before and after every change above a firm's keys.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::*;

#[derive(QueryableByName, Debug, PartialEq)]
struct Row {
    #[diesel(sql_type = Text)]
    bytes: String,
}

fn bytes(conn: &mut SqliteConnection) -> Vec<Row> {
    let all = "SELECT id || firm || hex(body) AS bytes FROM notes ORDER BY firm";
    diesel::sql_query(all).load(conn).unwrap()
}

#[tokio::test]
async fn every_row_stays_as_it_is_and_opens() {
    let (store, vault) = world(&Kms::new("aws", &["one"])).await;
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch_execute("CREATE TABLE notes (id INTEGER, firm TEXT, body BLOB)").unwrap();
    for firm in ["a", "b", "c"] {
        diesel::insert_into(notes::table).values(seal(&vault, firm).await).execute(&mut conn).unwrap();
    }
    let before = bytes(&mut conn);
    let kms = Kms::new("aws", &["two", "one"]);
    let admin = process(kms.clone(), &store).admin();
    admin.rewrap_all(2).await.unwrap();
    for firm in ["a".into(), FirmId::Platform, "b".into()] {
        admin.rotate_master(firm).await.unwrap();
    }
    assert_eq!(bytes(&mut conn), before);
    let cold = process(kms, &store);
    for row in notes::table.select(SealedNote::as_select()).load(&mut conn).unwrap() {
        open(&cold, &row).await.unwrap();
    }
}

//! Whole rows, through every shape.

use super::shapes::*;
use super::*;

#[tokio::test]
async fn every_shape_finds_the_row_that_nobody_touched() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    assert_counts(conn, &session, [1, 1, 1, 3, 3, 1, 1, 3, 1], 3).await;
    go!(diesel::delete(victims::table.find(2i64)).execute(conn)).unwrap();
    // No row is no error.
    assert_counts(conn, &session, [0, 0, 0, 2, 2, 0, 0, 2, 0], 2).await;
}

#[tokio::test]
async fn no_shape_takes_a_changed_cell_for_no_row() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    for (attack, expected, bytes) in planted(&session) {
        plant(conn, &bytes).await;
        assert_refused(conn, &session, attack, expected).await;
    }
}

#[tokio::test]
async fn no_shape_takes_another_firms_row_for_no_row() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    go!(diesel::sql_query("UPDATE victims SET firm_id = 'bolt' WHERE id = 2").execute(conn)).unwrap();
    assert_refused(conn, &session, "another firm", "open.wrong_firm").await;
}

/// Cells swapped between rows, and a row under another row's key: each is in a place that is not its own.
#[tokio::test]
async fn no_shape_takes_swapped_rows_for_no_row() {
    let swap = ["UPDATE victims SET name = (SELECT name FROM victims WHERE id = 3) WHERE id = 2"];
    // The term stays findable under the key.
    let renumber = [
        "UPDATE victims SET name_term = (SELECT name_term FROM victims WHERE id = 2)",
        "UPDATE victims SET id = 9 WHERE id = 2",
        "UPDATE victims SET id = 2 WHERE id = 3",
        "UPDATE victims SET id = 3 WHERE id = 9",
    ];
    for attack in [&swap[..], &renumber] {
        let (_vault, session, mut db) = crime_scene().await;
        let conn = &mut db.conn;
        for sql in attack {
            go!(diesel::sql_query(*sql).execute(conn)).unwrap();
        }
        assert_refused(conn, &session, attack[0], "open.unauthentic").await;
    }
}

#[tokio::test]
async fn a_null_where_the_model_has_none_is_an_error() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    go!(diesel::sql_query("UPDATE victims SET name = NULL WHERE id = 2").execute(conn)).unwrap();
    assert_shapes("NULL", "null", &explicit(conn, &session).await.0);
    assert_shapes("NULL", "null", &ambient(conn, &session).await.0);
}

/// Diesel takes a joined row with any unexpected NULL for a row that is not there, and says so to nobody: whoever may set
/// the cell to NULL hides the row from this shape, as if they had deleted it (`SECURITY.md`). If this test fails, Diesel
/// has become stricter: correct that page.
#[tokio::test]
async fn a_null_hides_a_row_from_a_left_join_only() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    for column in ["name", "name_term", "firm_id"] {
        let restore = format!("UPDATE victims SET {column} = (SELECT {column} FROM victims WHERE id = 1) WHERE id = 2");
        go!(diesel::sql_query(format!("UPDATE victims SET {column} = NULL WHERE id = 2")).execute(conn)).unwrap();
        for (_, left) in [explicit(conn, &session).await, ambient(conn, &session).await] {
            assert_eq!(left, Ok(2), "{column}");
        }
        go!(diesel::sql_query(restore).execute(conn)).unwrap();
    }
    // The remedy: the key beside the row tells a row that is not there from one that can't be read.
    go!(diesel::sql_query("UPDATE victims SET name = NULL WHERE id = 2").execute(conn)).unwrap();
    let left = visits::table.left_join(victims::table).filter(visits::id.eq(2i64));
    let left = left.select((victims::id.nullable(), Option::<SealedVictim>::as_select()));
    let (key, row): (Option<i64>, Option<SealedVictim>) = go!(left.first(conn)).unwrap();
    assert!(key == Some(2) && row.is_none());
}

//! Rows and cells one at a time: streams, single cells, candidates of a lookup.

use fieldseal::{Ciphertext, Error};
use futures_util::StreamExt as _;

use super::*;

#[tokio::test]
async fn a_stream_has_an_error_in_the_place_of_the_row() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    for (attack, expected, bytes) in planted(&session) {
        plant(conn, &bytes).await;
        let query = victims::table.order(victims::id).select(SealedVictim::as_select());
        let rows: Vec<_> = session.open_stream(stream!(conn, query)).collect().await;
        let codes: Vec<_> = rows.iter().map(|row| row.as_ref().err().and_then(Error::find).map(Error::code)).collect();
        assert_eq!(codes, [None, Some(expected), None], "{attack}");
    }
}

#[tokio::test]
async fn single_cells_are_errors_too_also_in_left_joins() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    for (attack, expected, bytes) in planted(&session) {
        plant(conn, &bytes).await;
        let cell = victims::table.find(2i64).select(Victim::name().cell());
        let cell: (i64, Ciphertext<_>) = go!(cell.first(conn)).optional().unwrap().unwrap();
        assert_eq!(Victim::name().open(&session, cell).unwrap_err().code(), expected, "{attack}");
        let left = visits::table.left_join(victims::table).filter(visits::id.eq(2i64));
        let cell = go!(left.select(Victim::name().cell().nullable()).first(conn)).unwrap();
        assert_eq!(Victim::name().open_option(&session, cell).unwrap_err().code(), expected, "{attack}: left join");
    }
}

/// The loader re-checks candidates by opening them: one that does not open is no candidate that can be left out.
#[tokio::test]
async fn a_candidate_that_does_not_open_is_an_error_of_the_lookup() {
    let (_vault, session, mut db) = crime_scene().await;
    let conn = &mut db.conn;
    for (attack, expected, bytes) in planted(&session) {
        plant(conn, &bytes).await;
        let finder = Victim::name().find(&session, "victim 2").unwrap().by(|row: &SealedVictim| row.id);
        let found = search!(finder, &session, |page| victims::table
            .filter(page.candidates())
            .filter(page.after(victims::id))
            .order(victims::id)
            .limit(page.size())
            .select(SealedVictim::as_select())
            .load(conn));
        assert_eq!(found.unwrap_err().code(), expected, "{attack}");
    }
}

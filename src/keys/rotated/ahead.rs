//! Cells that were sealed ahead of their row, and a rotation in between.

use diesel::sql_types::Text;

use super::*;
use crate::sql::Ciphertext;

#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(model = Note, firm = firm, derive(Insertable))]
struct NewNote {
    id: i64,
    firm: String,
    #[encrypted]
    body: Ciphertext<Text>,
}

fn new(body: &Ciphertext<Text>) -> NewNote {
    NewNote { id: 1, firm: "a".into(), body: body.clone() }
}

#[test]
fn a_cell_of_the_active_key_is_stored_as_it_is_and_an_older_one_sealed_anew() {
    let s = Scene::new();
    let cells = s.cells(3);
    let session = s.load(&Draft { generation: 4, data: active_at(3, 3), ..Draft::default() }).unwrap();
    for (number, cell) in (1..).zip(cells) {
        let stored = session.seal(&new(&cell.body)).unwrap().body;
        assert_eq!(stored == cell.body, number == 3, "data key {number}");
        let row = SealedNote { body: stored, ..cell };
        assert_eq!(version(&row), 3);
        assert_eq!(session.open(row).unwrap(), note());
    }
}

/// An older key may be active again, after the newer one was withdrawn: its cells are not left in new rows.
#[test]
fn a_cell_of_a_newer_key_that_is_not_active_is_sealed_anew() {
    let s = Scene::new();
    let cell = s.cells(2).remove(1);
    let session = s.load(&Draft { generation: 3, data: vec![Active, Superseded], ..Draft::default() }).unwrap();
    let row = SealedNote { body: session.seal(&new(&cell.body)).unwrap().body, ..cell };
    assert_eq!((version(&row), session.open(row).unwrap()), (1, note()));
}

#[test]
fn a_cell_of_a_destroyed_key_is_refused() {
    let s = Scene::new();
    let cell = s.cells(1).remove(0);
    let session = s.load(&Draft { generation: 2, data: vec![Destroyed, Active], ..Draft::default() }).unwrap();
    assert_eq!(session.seal(&new(&cell.body)).map(|_| ()).unwrap_err().code(), "seal.misplaced");
}

//! Whole rows, each with a key of its own, in views and in forms that are loaded.

use diesel::prelude::*;
use fieldseal::{Error, OpenError, Session};

use super::models::{
    Member, MemberRow, NoteOfMember, NoteWithMember, Overview, SealedNoteOfMember, SealedNoteWithMember, members, notes,
};
use super::{member, note, session, sqlite};

fn row(n: usize) -> MemberRow {
    let Member { id, firm_id, contact, .. } = member(n);
    MemberRow { id, firm_id, email: contact.email }
}

/// A member with a note, and a note of nobody.
fn filled(session: &Session) -> SqliteConnection {
    let mut conn = sqlite();
    diesel::insert_into(members::table).values(session.seal(&member(1)).unwrap()).execute(&mut conn).unwrap();
    for note in [note(1, "m1"), note(2, "gone")] {
        diesel::insert_into(notes::table).values(session.seal(&note).unwrap()).execute(&mut conn).unwrap();
    }
    conn
}

#[test]
fn a_view_opens_the_rows_of_a_left_join() {
    let session = session();
    let mut conn = filled(&session);
    let rows = notes::table
        .left_join(members::table)
        .order(notes::id)
        .select(SealedNoteOfMember::as_select())
        .load(&mut conn)
        .unwrap();
    let expected = [
        NoteOfMember { note: note(1, "m1"), member: Some(row(1)) },
        NoteOfMember { note: note(2, "gone"), member: None },
    ];
    assert_eq!(session.open(rows).unwrap(), expected);
}

#[test]
fn a_form_that_is_loaded_holds_another_row() {
    let session = session();
    let mut conn = filled(&session);
    let rows =
        notes::table.inner_join(members::table).select(SealedNoteWithMember::as_select()).load(&mut conn).unwrap();
    let expected = NoteWithMember { id: 1, firm_id: "acme".into(), text: "note 1".into(), member: row(1) };
    assert_eq!(session.open(rows).unwrap(), [expected]);
}

#[test]
fn an_ambient_view_opens_in_scope() {
    let session = session();
    let mut conn = filled(&session);
    let query = || members::table.inner_join(notes::table).select(Overview::as_select());
    let found: Vec<Overview> = session.scope_sync(|| query().load(&mut conn)).unwrap();
    assert_eq!(found, [Overview { id: "m1".into(), email: row(1).email, note: note(1, "m1") }]);
    let lost = query().first::<Overview>(&mut conn).optional().unwrap_err();
    assert_eq!(Error::find(&lost).unwrap().code(), "keys.no_scope");
}

#[test]
fn each_row_of_a_view_is_of_the_sessions_firm() {
    let vault = fieldseal::testing::vault();
    let (acme, other) = (vault.blocking().session("acme").unwrap(), vault.blocking().session("other").unwrap());
    let sealed = other.seal(&MemberRow { firm_id: "other".into(), ..row(1) }).unwrap();
    let row = SealedNoteOfMember { note: acme.seal(&note(1, "m1")).unwrap(), member: Some(sealed) };
    let error = acme.open(row).unwrap_err();
    assert!(matches!(error, OpenError::WrongFirm { model: "Member", .. }), "{error:?}");
}

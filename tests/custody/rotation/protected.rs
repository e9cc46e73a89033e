//! Closed values that are saved again after a rotation.

use fieldseal::envelope::Head;
use fieldseal::keys::Purpose;
use fieldseal::testing::TestVault;
use fieldseal::{Encrypted, Protected, Session, Vault};
use pollster::block_on;

use super::notes::{Note, note, notes};

/// A note whose body stays closed.
#[derive(Debug, Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(model = Note, firm = firm, derive(Insertable, Queryable, Selectable))]
struct Card {
    id: i64,
    firm: String,
    #[encrypted(index(body_term))]
    body: Protected<String>,
}

fn scene() -> (Vault, Session) {
    let vault = TestVault::new().explicit_firms().build();
    vault.register::<Note>().unwrap();
    block_on(vault.create_firm("a")).unwrap();
    let session = block_on(vault.session("a")).unwrap();
    (vault, session)
}

type SealedNote = <Note as fieldseal::Seal>::Sealed;

/// What a session makes of the stored note when it loads it closed and saves it.
fn saved(session: &Session, stored: &SealedNote) -> SealedNote {
    let SealedNote { id, firm, body, body_term } = stored.clone();
    let card: Card = session.open(SealedCard { id, firm, body, body_term }).unwrap();
    assert!(card.body.is_closed());
    let SealedCard { id, firm, body, body_term } = session.seal(&card).unwrap();
    SealedNote { id, firm, body, body_term }
}

fn versions(note: &SealedNote) -> (u32, u8) {
    (Head::parse(note.body.as_bytes().unwrap()).unwrap().version(), note.body_term.as_bytes().unwrap()[0])
}

#[test]
fn a_session_with_keys_saves_a_closed_value_under_the_new_keys() {
    let (vault, session) = scene();
    let old = session.seal(&note(3, "a")).unwrap();
    let same = saved(&session, &old);
    assert_eq!((same.body == old.body, same.body_term == old.body_term), (true, true), "byte for byte");
    block_on(vault.admin().rotate("a", Purpose::Data)).unwrap();
    let new = saved(&session, &old);
    assert_eq!((versions(&old), versions(&new)), ((1, 1), (2, 1)));
    block_on(vault.admin().rotate("a", Purpose::Index)).unwrap();
    let new = saved(&session, &old);
    assert_eq!(versions(&new), (2, 2));
    assert_eq!(new.body_term, session.seal(&note(3, "a")).unwrap().body_term);
    assert_eq!(session.open(new).unwrap(), note(3, "a"));
}

#[test]
fn a_session_without_keys_saves_it_as_it_is() {
    let (vault, session) = scene();
    let old = session.seal(&note(3, "a")).unwrap();
    block_on(vault.admin().rotate("a", Purpose::Data)).unwrap();
    let same = saved(&Session::closed("a"), &old);
    assert_eq!((same.body == old.body, same.body_term == old.body_term), (true, true));
}

#[test]
fn what_does_not_open_stays_as_it_is() {
    let (vault, session) = scene();
    let (old, other) = (session.seal(&note(3, "a")).unwrap(), session.seal(&note(4, "a")).unwrap());
    block_on(vault.admin().rotate("a", Purpose::Data)).unwrap();
    let damaged = SealedNote { body: other.body, ..old };
    assert!(saved(&session, &damaged).body == damaged.body);
}

//! Every phase, written and read.

use diesel::prelude::*;
use fieldseal::keys::Phase;
use fieldseal::{Error, OpenError, SealError};

use super::person::{Badge, LegacyPerson, Person, SealedPerson, people, person};
use super::{advance, on_both, session, vault_at};
use crate::sealed_columns;

const ALL_SEALED: super::person::Sealed = (true, true, true, true, true, true);
const NONE_SEALED: super::person::Sealed = (false, false, false, false, false, false);

/// What a legacy service would read, and whether the rest is sealed.
macro_rules! stored {
    ($conn:expr, $id:expr) => {
        (people::table.find($id).select(LegacyPerson::as_select()).first($conn).unwrap(), sealed_columns!($conn, $id))
    };
}

fn expected(phase: Phase, person: &Person) -> (LegacyPerson, super::person::Sealed) {
    let plain = if phase.writes_plain() { LegacyPerson::of(person) } else { LegacyPerson::cleared(person) };
    (plain, if phase.writes_sealed() { ALL_SEALED } else { NONE_SEALED })
}

on_both! {
    fn an_insert_writes_what_the_phase_says_and_reads_it_again(conn: Person) {
        for phase in Phase::ALL {
            let session = session(&vault_at(phase));
            let person = Person { id: phase.to_string(), ..person(2) };
            diesel::insert_into(people::table).values(session.seal(&person).unwrap()).execute(conn).unwrap();
            assert_eq!(stored!(conn, &person.id), expected(phase, &person), "{phase}");
            let row = people::table.find(&person.id).select(SealedPerson::as_select()).first(conn).unwrap();
            assert_eq!(session.open(row).unwrap(), person, "{phase}");
        }
    }

    fn an_update_sets_the_three_columns_together(conn: Person) {
        for phase in Phase::ALL {
            let session = session(&vault_at(phase));
            let first = Person { id: phase.to_string(), ..person(4) };
            // As a neighbour in another phase left it.
            diesel::insert_into(people::table).values(LegacyPerson::of(&first)).execute(conn).unwrap();
            let second = Person { id: first.id.clone(), ..person(2) };
            let sealed = session.seal(&second).unwrap();
            diesel::update(people::table.find(&second.id)).set(&sealed).execute(conn).unwrap();
            assert_eq!(stored!(conn, &second.id), expected(phase, &second), "{phase}");
            diesel::update(people::table.find(&second.id)).set(sealed).execute(conn).unwrap();
            assert_eq!(stored!(conn, &second.id), expected(phase, &second), "{phase}");
        }
    }

    fn a_write_in_expanded_takes_a_cell_away_that_a_process_ahead_wrote(conn: Person) {
        let (behind, ahead) = (session(&vault_at(Phase::Expanded)), vault_at(Phase::DualWrite));
        let ahead = session(&ahead);
        diesel::insert_into(people::table).values(ahead.seal(&person(2)).unwrap()).execute(conn).unwrap();
        let change = Person { notes: Some("new".into()), badge: Some(Badge("other".into())), ..person(2) };
        diesel::update(people::table.find("p2")).set(behind.seal(&change).unwrap()).execute(conn).unwrap();
        assert_eq!(stored!(conn, "p2"), expected(Phase::Expanded, &change));
    }

    fn rows_in_every_state_are_read_up_to_cut_over(conn: Person) {
        let vault = vault_at(Phase::DualWrite);
        let session = session(&vault);
        let people = [person(1), person(2), person(3), person(4)];
        diesel::insert_into(people::table).values(LegacyPerson::of(&people[0])).execute(conn).unwrap();
        diesel::insert_into(people::table).values(LegacyPerson::of(&people[1])).execute(conn).unwrap();
        diesel::insert_into(people::table).values(session.seal(&people[2]).unwrap()).execute(conn).unwrap();
        advance(&vault, Phase::DualWrite);
        diesel::insert_into(people::table).values(session.seal(&people[3]).unwrap()).execute(conn).unwrap();
        let load = people::table.order(people::id).select(SealedPerson::as_select());
        assert_eq!(session.open(load.load(conn).unwrap()).unwrap(), people);

        // The sweep, and what was loaded before it and is opened after cut-over.
        let loaded = load.load(conn).unwrap();
        for person in &people {
            diesel::update(people::table.find(&person.id)).set(session.seal(person).unwrap()).execute(conn).unwrap();
        }
        advance(&vault, Phase::Fenced);
        assert_eq!(session.open(load.load(conn).unwrap()).unwrap(), people);
        assert!(matches!(session.open(loaded), Err(OpenError::Unsealed { table: "people", column: "email" })));
    }

    fn the_cell_wins_over_the_plaintext_beside_it(conn: Person) {
        let session = session(&vault_at(Phase::DualWrite));
        diesel::insert_into(people::table).values(session.seal(&person(2)).unwrap()).execute(conn).unwrap();
        diesel::update(people::table).set(people::notes_plain.eq("other")).execute(conn).unwrap();
        let row = people::table.select(SealedPerson::as_select()).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), person(2));
    }

    fn a_handle_sets_and_opens_by_the_phase(conn: Person) {
        for phase in Phase::ALL {
            let session = session(&vault_at(phase));
            let person = Person { id: phase.to_string(), ..person(2) };
            diesel::insert_into(people::table).values(session.seal(&person).unwrap()).execute(conn).unwrap();
            let set = (
                Person::email().set(&session, person.id.as_str(), "new@b.c").unwrap(),
                Person::badge().set(&session, person.id.as_str(), None::<Badge>).unwrap(),
                Person::notes().set(&session, person.id.as_str(), Some("set")).unwrap(),
            );
            diesel::update(people::table.find(&person.id)).set(set).execute(conn).unwrap();
            let changed = Person { email: "new@b.c".into(), badge: None, notes: Some("set".into()), ..person };
            let (plain, sealed) = stored!(conn, &changed.id);
            let (expected_plain, expected_sealed) = expected(phase, &changed);
            assert_eq!((plain, sealed), (expected_plain, (expected_sealed.0, expected_sealed.1, false, expected_sealed.3, expected_sealed.4, expected_sealed.5)), "{phase}");

            let cells = people::table.find(&changed.id).select((Person::email().cell(), Person::badge().cell(), Person::visits().cell()));
            let (email, badge, visits) = cells.first(conn).unwrap();
            assert_eq!(Person::email().open(&session, email).unwrap(), changed.email);
            assert_eq!(Person::badge().open(&session, badge).unwrap(), None);
            assert_eq!(Person::visits().open(&session, visits).unwrap(), changed.visits);
        }
    }

    fn a_handle_reads_what_is_not_sealed(conn: Person) {
        let session = session(&vault_at(Phase::Fenced));
        diesel::insert_into(people::table).values(LegacyPerson::of(&person(2))).execute(conn).unwrap();
        let (email, notes) = people::table.select((Person::email().cell(), Person::notes().cell())).first(conn).unwrap();
        assert_eq!(Person::email().open(&session, email).unwrap(), person(2).email);
        assert_eq!(Person::notes().open(&session, notes).unwrap(), person(2).notes);
        let joined = people::table.select(Person::email().cell().nullable()).first(conn).unwrap();
        assert_eq!(Person::email().open_option(&session, joined).unwrap(), Some(person(2).email));
    }

    fn a_handle_refuses_another_row_in_every_phase(conn: Person) {
        for phase in Phase::ALL {
            let session = session(&vault_at(phase));
            let person = Person { id: phase.to_string(), ..person(2) };
            diesel::insert_into(people::table).values(session.seal(&person).unwrap()).execute(conn).unwrap();
            let set = Person::notes().set(&session, "another", "x").unwrap();
            let refused = diesel::update(people::table.find(&person.id)).set(set).execute(conn).unwrap_err();
            assert!(refused.to_string().contains("sealed for another row or firm"), "{refused}");
        }
    }

    fn nothing_is_written_or_read_without_a_phase(conn: Person) {
        let session = session(&fieldseal::testing::vault());
        let refused = session.seal(&person(2)).unwrap_err();
        assert!(matches!(refused, SealError::NoPhase { table: "people", column: "email" }), "{refused}");
        assert!(matches!(Person::notes().set(&session, "p2", None::<String>), Err(SealError::NoPhase { column: "notes", .. })));
        diesel::insert_into(people::table).values(LegacyPerson::of(&person(2))).execute(conn).unwrap();
        let row = people::table.select(SealedPerson::as_select()).first(conn).unwrap();
        let refused = session.open(row).unwrap_err();
        // A firm without keys is told first.
        assert!(matches!(refused, OpenError::NoPhase { table: "people", column: "email" }), "{refused}");
        assert_eq!(Error::from(refused).code(), "open.no_phase");
    }

    fn a_row_with_no_value_at_all_names_its_column(conn: Person) {
        let session = session(&vault_at(Phase::DualWrite));
        let empty = LegacyPerson { visits_plain: None, ..LegacyPerson::of(&person(2)) };
        diesel::insert_into(people::table).values(empty).execute(conn).unwrap();
        let row = people::table.select(SealedPerson::as_select()).first(conn).unwrap();
        let refused = session.open(row).unwrap_err();
        assert!(matches!(refused, OpenError::NoValue { table: "people", column: "visits" }), "{refused}");
    }

    fn plaintext_is_read_by_those_with_keys_only(conn: Person) {
        let vault = vault_at(Phase::DualWrite);
        diesel::insert_into(people::table).values(LegacyPerson::of(&person(2))).execute(conn).unwrap();
        let row = people::table.select(SealedPerson::as_select()).first(conn).unwrap();
        let closed = fieldseal::Session::closed(fieldseal::FirmId::from("acme"));
        assert!(matches!(closed.open(row.clone()), Err(OpenError::Keys(fieldseal::KeyError::Closed { .. }))));
        assert!(matches!(closed.seal(&person(2)), Err(SealError::Keys(fieldseal::KeyError::Closed { .. }))));
        assert_eq!(session(&vault).open(row).unwrap(), person(2));
    }

    fn a_value_that_the_legacy_column_can_not_hold_fails_the_statement(conn: Person) {
        let session = session(&vault_at(Phase::DualWrite));
        diesel::insert_into(people::table).values(session.seal(&person(2)).unwrap()).execute(conn).unwrap();
        let set = Person::pin().set(&session, "p2", i64::MAX).unwrap();
        let refused = diesel::update(people::table.find("p2")).set(set).execute(conn).unwrap_err();
        assert_eq!(Error::find(&refused).map(Error::code), Some("legacy.not_of_the_column"), "{refused}");
        assert_eq!(stored!(conn, "p2"), expected(Phase::DualWrite, &person(2)));
    }
}

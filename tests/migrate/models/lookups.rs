//! Lookups that miss nobody, in every step.

use diesel::prelude::*;
use fieldseal::keys::Phase;
use fieldseal::{LookupError, Session, Vault};

use super::person::{Badge, LegacyPerson, Person, Pin, SealedPerson, people, person};
use super::{advance, on_both, session, vault_at};

/// Rows of the same values in every state that a table in transit holds: plaintext alone, both, sealed alone.
macro_rules! mixed {
    ($conn:expr, $session:expr, $numbers:expr) => {
        for (state, number) in $numbers.enumerate() {
            let person = Person { id: format!("p{number:03}"), ..person(2) };
            if state % 3 == 0 {
                diesel::insert_into(people::table).values(LegacyPerson::of(&person)).execute($conn).unwrap();
                continue;
            }
            diesel::insert_into(people::table).values($session.seal(&person).unwrap()).execute($conn).unwrap();
            if state % 3 == 2 {
                diesel::update(people::table.find(&person.id))
                    .set(LegacyPerson::cleared(&person))
                    .execute($conn)
                    .unwrap();
            }
        }
    };
}

/// Runs a test in every phase that reads plaintext, from `dual-write` on and back.
fn in_phases(vault: &Vault, mut test: impl FnMut(Phase)) {
    test(Phase::DualWrite);
    pollster::block_on(vault.admin().roll_back_phase("people", Phase::DualWrite, "test", "to see it")).unwrap();
    test(Phase::Expanded);
    advance(vault, Phase::Expanded);
    advance(vault, Phase::DualWrite);
    test(Phase::Fenced);
}

fn ids(people: &[Person]) -> Vec<&str> {
    people.iter().map(|person| person.id.as_str()).collect()
}

/// The ids of rows that a finder finds, page by page.
macro_rules! find {
    ($conn:expr, $session:expr, $value:expr, $limit:expr) => {{
        let finder =
            Person::email().find($session, $value).unwrap().by(|row: &SealedPerson| row.id.clone()).limit($limit);
        finder
            .load($session, |page| {
                page.of(people::table.select(SealedPerson::as_select()), people::id).load(&mut *$conn)
            })
            .unwrap()
    }};
}

fn spelled(session: &Session, id: &str, email: &str) -> SealedPerson {
    session.seal(&Person { id: id.into(), email: email.into(), ..person(1) }).unwrap()
}

on_both! {
    fn a_predicate_finds_sealed_and_unsealed_rows(conn: Person) {
        let vault = vault_at(Phase::DualWrite);
        let session = session(&vault);
        mixed!(conn, session, 0..6);
        diesel::insert_into(people::table).values(LegacyPerson::of(&person(4))).execute(conn).unwrap();
        in_phases(&vault, |phase| {
            let equal = people::table.filter(Person::badge().eq(&session, Badge("badge 2".into())).unwrap());
            let found = equal.order(people::id).select(SealedPerson::as_select()).load(conn).unwrap();
            assert_eq!(ids(&session.open(found).unwrap()), ["p000", "p001", "p002", "p003", "p004", "p005"], "{phase}");
            // And its contrary misses nobody either, sealed or not.
            let others = diesel::dsl::not(Person::badge().eq(&session, Badge("badge 2".into())).unwrap());
            let others: Vec<String> = people::table.filter(others).select(people::id).load(conn).unwrap();
            assert_eq!(others, ["p4"], "{phase}");
        });
    }

    fn a_predicate_over_numbers_finds_both(conn: Person) {
        let session = session(&vault_at(Phase::DualWrite));
        mixed!(conn, session, 0..3);
        let found = people::table.filter(Person::pin().eq(&session, i64::from(Pin(2))).unwrap());
        assert_eq!(found.count().get_result::<i64>(conn).unwrap(), 3);
        // Beyond what the legacy column holds: the statement says so, rather than finding nothing.
        let beyond = people::table.filter(Person::pin().eq(&session, i64::MAX).unwrap());
        assert!(beyond.count().get_result::<i64>(conn).is_err());
    }

    fn after_cut_over_a_predicate_reads_no_plaintext(conn: Person) {
        diesel::insert_into(people::table).values(LegacyPerson::of(&person(2))).execute(conn).unwrap();
        let session = session(&vault_at(Phase::CutOver));
        session.seal(&person(2)).unwrap();
        let found = people::table.filter(Person::badge().eq(&session, Badge("badge 2".into())).unwrap());
        assert_eq!(found.count().get_result::<i64>(conn).unwrap(), 0);
        Person::email().eq(&session, "a@b.c").unwrap();
        assert_eq!(Person::badge().terms(&session, Badge("x".into())).unwrap().len(), 1);
    }

    fn a_predicate_over_normalized_values_refers_to_the_finder(conn: Person) {
        let _ = conn;
        for phase in [Phase::Expanded, Phase::DualWrite, Phase::Fenced] {
            let session = session(&vault_at(phase));
            session.seal(&person(2)).unwrap();
            let refused = Person::email().eq(&session, "a@b.c").err().unwrap();
            assert!(matches!(refused, LookupError::InTransit { table: "people", column: "email" }), "{refused}");
            let refused = Person::badge().terms(&session, Badge("x".into())).err().unwrap();
            assert!(matches!(refused, LookupError::InTransit { column: "badge", .. }), "{refused}");
        }
    }

    fn without_a_phase_no_lookup_is_made(conn: Person) {
        let _ = conn;
        let session = session(&fieldseal::testing::vault());
        assert!(matches!(Person::badge().eq(&session, Badge("x".into())), Err(LookupError::NoPhase { column: "badge", .. })));
        assert!(matches!(Person::email().find(&session, "x"), Err(LookupError::NoPhase { column: "email", .. })));
        assert!(matches!(Person::badge().terms(&session, Badge("x".into())), Err(LookupError::NoPhase { .. })));
    }

    fn the_finder_finds_all_states_in_pages(conn: Person) {
        let vault = vault_at(Phase::DualWrite);
        let session = session(&vault);
        mixed!(conn, session, 0..30);
        for number in 100..140 {
            let other = Person { id: format!("p{number}"), ..person(3) };
            diesel::insert_into(people::table).values(LegacyPerson::of(&other)).execute(conn).unwrap();
        }
        in_phases(&vault, |phase| {
            let all = find!(conn, &session, " ADA2@example.ORG ", usize::MAX);
            assert_eq!(all.len(), 30, "{phase}");
            let page = find!(conn, &session, "ada2@example.org", 7);
            assert_eq!(ids(&page), ["p000", "p001", "p002", "p003", "p004", "p005", "p006"], "{phase}");
            let after = Person::email().find(&session, "ada2@example.org").unwrap().by(|row: &SealedPerson| row.id.clone());
            let next = after.after("p006".to_owned()).limit(2).load(&session, |page| {
                page.of(people::table.select(SealedPerson::as_select()), people::id).load(&mut *conn)
            });
            assert_eq!(ids(&next.unwrap()), ["p007", "p008"], "{phase}");
        });
    }

    fn the_finder_finds_spellings_that_sql_does_not_know(conn: Person) {
        let spellings = ["STRASSE@x.de", "straße@x.de", " strasse@X.DE\t", "ｓtrasse@x.de", "str asse@x.de", "\u{a0}strasse@x.de"];
        let session = session(&vault_at(Phase::DualWrite));
        let others = ["strase@x.de", "strässe@x.de", ""];
        for (i, email) in spellings.iter().chain(&others).enumerate() {
            let plain = LegacyPerson { email_plain: Some((*email).into()), id: format!("l{i}"), ..LegacyPerson::of(&person(1)) };
            diesel::insert_into(people::table).values(plain).execute(conn).unwrap();
            let sealed = spelled(&session, &format!("s{i}"), email);
            diesel::insert_into(people::table).values(sealed).execute(conn).unwrap();
        }
        for asked in ["strasse@x.de", "STRAẞE@X.de "] {
            let found = find!(conn, &session, asked, usize::MAX);
            assert_eq!(found.len(), 2 * spellings.len(), "{asked}: {:?}", ids(&found));
        }
    }

    fn the_finder_of_exact_values_finds_all_states(conn: Person) {
        let session = session(&vault_at(Phase::DualWrite));
        mixed!(conn, session, 0..9);
        let finder = Person::badge().find(&session, Badge("badge 2".into())).unwrap().by(|row: &SealedPerson| row.id.clone());
        let found = finder.load(&session, |page| {
            page.of(people::table.select(SealedPerson::as_select()), people::id).load(&mut *conn)
        });
        assert_eq!(found.unwrap().len(), 9);
    }
}

//! Forms, patches, batches, upserts and rows by name.

use diesel::prelude::*;
use fieldseal::keys::Phase;
use fieldseal::{Ciphertext, Encrypted, SealError};

use super::person::{Badge, Intake, LegacyPerson, Person, SealedPerson, people, person};
use super::{on_both, session, vault_at};
use crate::sealed_columns;

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(model = Person, firm = firm_id, derive(Insertable))]
struct NewPerson<'a> {
    id: &'a str,
    firm_id: &'a str,
    name: &'a str,
    #[encrypted(index(email_term), legacy = email_plain)]
    email: &'a str,
    #[encrypted(legacy = notes_plain)]
    notes: Option<&'a str>,
    #[encrypted(legacy = visits_plain)]
    visits: i32,
    #[encrypted(json, legacy = intake_plain)]
    intake: &'a Intake,
    #[encrypted(index(pin_term), legacy = pin_plain)]
    pin: i64,
}

/// `None` leaves a column as it is; of notes, `Some(None)` sets NULL.
#[derive(Encrypted, Default)]
#[diesel(table_name = people)]
#[encrypted(model = Person, derive(AsChangeset))]
struct PersonPatch {
    name: Option<String>,
    #[encrypted(index(email_term), legacy = email_plain)]
    email: Option<String>,
    #[encrypted(legacy = notes_plain)]
    notes: Option<Option<String>>,
    #[encrypted(index(badge_term), legacy = badge_plain)]
    badge: Option<Option<Badge>>,
}

/// Sealed before its row is known to be written.
#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(model = Person, derive(AsChangeset))]
struct SealedAhead {
    id: String,
    #[encrypted(legacy = notes_plain)]
    notes: Ciphertext<diesel::sql_types::Text>,
}

fn new<'a>(id: &'a str, intake: &'a Intake) -> NewPerson<'a> {
    NewPerson { id, firm_id: "acme", name: "n", email: "a@b.c", notes: Some("x"), visits: 3, intake, pin: 7 }
}

macro_rules! load {
    ($conn:expr, $session:expr, $id:expr) => {{
        let row = people::table.find($id).select(SealedPerson::as_select()).first($conn).unwrap();
        $session.open(row).unwrap()
    }};
}

on_both! {
    fn a_borrowed_form_writes_by_the_phase(conn: Person) {
        let intake = Intake { matter: "m".into() };
        for phase in Phase::ALL {
            let (session, id) = (session(&vault_at(phase)), phase.to_string());
            diesel::insert_into(people::table).values(session.seal(&new(&id, &intake)).unwrap()).execute(conn).unwrap();
            let (email, term, _, notes, visits, of_intake) = sealed_columns!(conn, &id);
            assert_eq!([email, term, notes, visits, of_intake], [phase.writes_sealed(); 5], "{phase}");
            let plain: Option<String> = people::table.find(&id).select(people::email_plain).first(conn).unwrap();
            assert_eq!(plain.is_some(), phase.writes_plain(), "{phase}");
            let opened = load!(conn, session, &id);
            assert_eq!((opened.email.as_str(), opened.notes.as_deref(), opened.visits), ("a@b.c", Some("x"), 3));
            assert_eq!((opened.intake, opened.pin.0, opened.badge), (intake.clone(), 7, None));
        }
    }

    fn a_patch_leaves_or_sets_all_three(conn: Person) {
        for phase in Phase::ALL {
            let (session, id) = (session(&vault_at(phase)), phase.to_string());
            let person = Person { id: id.clone(), ..person(2) };
            diesel::insert_into(people::table).values(session.seal(&person).unwrap()).execute(conn).unwrap();
            let update = |patch: &PersonPatch, conn: &mut _| {
                diesel::update(people::table.find(&id)).set(session.seal_for(id.as_str(), patch).unwrap()).execute(conn).unwrap()
            };
            update(&PersonPatch { name: Some("only".into()), ..PersonPatch::default() }, conn);
            assert_eq!(load!(conn, session, &id), Person { name: "only".into(), ..person.clone() }, "{phase}");

            let patch = PersonPatch { email: Some("new@b.c".into()), notes: Some(Some("new".into())), badge: Some(None), name: None };
            update(&patch, conn);
            let expected = Person { name: "only".into(), email: "new@b.c".into(), notes: Some("new".into()), badge: None, ..person };
            assert_eq!(load!(conn, session, &id), expected, "{phase}");
            let legacy = people::table.find(&id).select(LegacyPerson::as_select()).first(conn).unwrap();
            let plain = if phase.writes_plain() { LegacyPerson::of(&expected) } else { LegacyPerson::cleared(&expected) };
            assert_eq!(legacy, plain, "{phase}");

            update(&PersonPatch { notes: Some(None), ..PersonPatch::default() }, conn);
            let expected = Person { notes: None, ..expected };
            assert_eq!(load!(conn, session, &id), expected, "{phase}");
            let left = people::table.find(&id).filter(people::notes.is_not_null().or(people::notes_plain.is_not_null()));
            assert_eq!(left.count().get_result::<i64>(conn).unwrap(), 0, "{phase}");
        }
    }

    fn a_patch_that_leaves_all_fields_needs_no_phase(conn: Person) {
        let _ = conn;
        let session = session(&fieldseal::testing::vault());
        session.seal_for("p1", &PersonPatch { name: Some("x".into()), ..PersonPatch::default() }).unwrap();
        let sets = PersonPatch { notes: Some(None), ..PersonPatch::default() };
        assert!(matches!(session.seal_for("p1", &sets), Err(SealError::NoPhase { column: "notes", .. })));
    }

    fn a_cell_sealed_ahead_brings_its_plaintext_along(conn: Person) {
        for phase in Phase::ALL {
            let (session, id) = (session(&vault_at(phase)), phase.to_string());
            diesel::insert_into(people::table).values(session.seal(&Person { id: id.clone(), ..person(2) }).unwrap()).execute(conn).unwrap();
            let ahead = SealedAhead { notes: Person::notes().seal(&session, &id, "ahead").unwrap(), id: id.clone() };
            diesel::update(people::table.find(&id)).set(session.seal(&ahead).unwrap()).execute(conn).unwrap();
            assert_eq!(load!(conn, session, &id).notes.as_deref(), Some("ahead"), "{phase}");
            let plain: Option<String> = people::table.find(&id).select(people::notes_plain).first(conn).unwrap();
            assert_eq!(plain.as_deref(), phase.writes_plain().then_some("ahead"), "{phase}");
        }
    }

    fn batches_and_rows_by_name(conn: Person) {
        let session = session(&vault_at(Phase::DualWrite));
        let all: Vec<_> = (0..20).map(person).collect();
        diesel::insert_into(people::table).values(session.seal(&all).unwrap()).execute(conn).unwrap();
        let rows: Vec<SealedPerson> = diesel::sql_query("SELECT * FROM people").load(conn).unwrap();
        let mut opened = session.open(rows).unwrap();
        opened.sort_by_key(|person| person.pin.0);
        assert_eq!(opened, all);
    }

    fn an_upsert_sets_all_three(conn: Person) {
        for phase in Phase::ALL {
            let (session, id) = (session(&vault_at(phase)), phase.to_string());
            let (first, second) = (Person { id: id.clone(), ..person(2) }, Person { id: id.clone(), ..person(4) });
            diesel::insert_into(people::table).values(LegacyPerson::of(&first)).execute(conn).unwrap();
            let sealed = session.seal(&second).unwrap();
            let upsert = diesel::insert_into(people::table).values(&sealed).on_conflict(people::id).do_update().set(&sealed);
            upsert.execute(conn).unwrap();
            assert_eq!(load!(conn, session, &id), second, "{phase}");
            let legacy = people::table.find(&id).select(LegacyPerson::as_select()).first(conn).unwrap();
            let plain = if phase.writes_plain() { LegacyPerson::of(&second) } else { LegacyPerson::cleared(&second) };
            assert_eq!(legacy, plain, "{phase}");
        }
    }
}

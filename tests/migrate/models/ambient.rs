//! Ambient models in transit: Diesel writes and reads the struct itself.

use diesel::prelude::*;
use fieldseal::Encrypted;
use fieldseal::keys::Phase;

use super::person::{LegacyPerson, people, person};
use super::{on_both, session, vault_at};

/// Some columns of the table of people, as a model of its own.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = people)]
#[encrypted(ambient, firm = firm_id, sealed = NoteAtRest, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(crate) struct Note {
    id: String,
    firm_id: String,
    name: String,
    #[encrypted(index(badge_term), legacy = badge_plain)]
    badge: String,
    #[encrypted(legacy = notes_plain)]
    notes: Option<String>,
}

fn note(id: &str) -> Note {
    let text = |what: &str| format!("{what} of {id}");
    Note { id: id.into(), firm_id: "acme".into(), name: "n".into(), badge: text("badge"), notes: Some(text("notes")) }
}

on_both! {
    fn the_struct_is_written_read_and_looked_up_in_scope(conn: super::super::person::Person) {
        for phase in Phase::ALL {
            let (session, note) = (session(&vault_at(phase)), note(phase.as_str()));
            session.scope_sync(|| {
                diesel::insert_into(people::table).values(&note).execute(conn).unwrap();
                let load = people::table.find(&note.id).select(Note::as_select());
                assert_eq!(load.first(conn).unwrap(), note, "{phase}");
                let found = people::table.filter(Note::badge().scoped_eq(note.badge.clone()));
                assert_eq!(found.select(Note::as_select()).load(conn).unwrap(), std::slice::from_ref(&note), "{phase}");
                let changed = Note { notes: Some("changed".into()), ..note.clone() };
                diesel::update(people::table.find(&note.id)).set(&changed).execute(conn).unwrap();
                assert_eq!(load.first(conn).unwrap(), changed, "{phase}");
                diesel::update(people::table.find(&note.id)).set(Note::notes().scoped_set(note.id.as_str(), "set")).execute(conn).unwrap();
                assert_eq!(load.first(conn).unwrap().notes.as_deref(), Some("set"), "{phase}");
            });
            let plain: Option<String> = people::table.find(&note.id).select(people::notes_plain).first(conn).unwrap();
            assert_eq!(plain.as_deref(), phase.writes_plain().then_some("set"), "{phase}");
        }
    }

    fn without_a_scope_nothing_is_written_or_read(conn: super::super::person::Person) {
        let note = note("lost");
        assert!(diesel::insert_into(people::table).values(&note).execute(conn).is_err());
        let empty = Note { notes: None, ..note.clone() };
        diesel::insert_into(people::table).values(LegacyPerson::of(&person(2))).execute(conn).unwrap();
        assert!(diesel::update(people::table.find("p2")).set(&empty).execute(conn).is_err());
        assert!(people::table.select(Note::as_select()).first(conn).is_err());
        assert!(diesel::update(people::table.find("p2")).set(Note::notes().scoped_set("p2", "set")).execute(conn).is_err());
        assert!(people::table.filter(Note::badge().scoped_eq("x".to_owned())).count().get_result::<i64>(conn).is_err());
        let kept = people::table.select(LegacyPerson::as_select()).first(conn).unwrap();
        assert_eq!(kept, LegacyPerson::of(&person(2)));
    }

    fn without_a_phase_a_statement_fails_and_says_why(conn: super::super::person::Person) {
        session(&fieldseal::testing::vault()).scope_sync(|| {
            let refused = diesel::insert_into(people::table).values(&note("x")).execute(conn).unwrap_err();
            assert_eq!(fieldseal::Error::find(&refused).map(fieldseal::Error::code), Some("seal.no_phase"), "{refused}");
        });
    }
}

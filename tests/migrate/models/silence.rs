//! What prints a statement or a twin prints no plaintext.

use std::sync::{Arc, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use fieldseal::keys::Phase;

use super::person::{Badge, LegacyPerson, Person, SealedPerson, people, person};
use super::{on_both, session, vault_at};

/// Keeps whatever Diesel tells of a connection.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let mut seen = self.0.lock().unwrap();
        *seen += &format!("{event:?}\n");
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            *seen += &format!("{query} {query:?}\n");
        }
    }
}

fn silent(text: &str) {
    for secret in ["Ada2", "ada2", "badge 2", "notes 2", "matter 2", "4711"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

fn secret() -> Person {
    Person { visits: 4711, ..person(2) }
}

on_both! {
    fn twins_and_statements_are_redacted_in_every_phase(conn: Person) {
        let recorder = Recorder::default();
        conn.set_instrumentation(recorder.clone());
        for phase in Phase::ALL {
            let session = session(&vault_at(phase));
            let secret = Person { id: phase.to_string(), ..secret() };
            let sealed = session.seal(&secret).unwrap();
            silent(&format!("{sealed:?}"));
            let insert = diesel::insert_into(people::table).values(&sealed);
            silent(&diesel::debug_query::<diesel::pg::Pg, _>(&insert).to_string());
            insert.execute(conn).unwrap();
            let set = Person::notes().set(&session, phase.as_str(), "notes 2").unwrap();
            diesel::update(people::table.find(&secret.id)).set(set).execute(conn).unwrap();
            let update = diesel::update(people::table.find(&secret.id)).set(&sealed);
            silent(&diesel::debug_query::<diesel::sqlite::Sqlite, _>(&update).to_string());
            let filter = people::table.filter(Person::badge().eq(&session, Badge("badge 2".into())).unwrap());
            silent(&diesel::debug_query::<diesel::pg::Pg, _>(&filter).to_string());
            let rows = filter.select(SealedPerson::as_select()).load(conn).unwrap();
            silent(&format!("{rows:?}"));
            let finder = Person::email().find(&session, "ada2@example.org").unwrap().by(|row: &SealedPerson| row.id.clone());
            let found = finder.load(&session, |page| {
                let query = page.of(people::table.select(SealedPerson::as_select()), people::id);
                silent(&diesel::debug_query::<diesel::pg::Pg, _>(&people::table.filter(page.candidates())).to_string());
                query.load(&mut *conn)
            });
            assert!(!found.unwrap().is_empty());
        }
        silent(&recorder.0.lock().unwrap());
        assert!(recorder.0.lock().unwrap().contains("<legacy>"));
    }

    fn errors_about_legacy_values_are_silent(conn: Person) {
        let session = session(&vault_at(Phase::DualWrite));
        let broken = LegacyPerson { intake_plain: Some("matter 2 is no JSON".into()), ..LegacyPerson::of(&secret()) };
        diesel::insert_into(people::table).values(broken).execute(conn).unwrap();
        let row = people::table.select(SealedPerson::as_select()).first(conn).unwrap();
        let refused = session.open(row).unwrap_err();
        assert_eq!(refused.code(), "open.codec");
        silent(&format!("{refused} {refused:?}"));
    }
}

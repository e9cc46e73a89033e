//! Nothing that holds a protected value prints it, closed or new.

use std::sync::{Arc, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::sqlite::Sqlite;

use super::*;

const MARK: &str = "hunter2-protected";

/// A card of new, marked values.
fn marked(world: &mut World) -> Card {
    Card {
        email: Protected::new(MARK.into()),
        notes: Some(Protected::new(MARK.into())),
        intake: Protected::new(Json(Intake { matter: MARK.into(), urgent: true })),
        phone: Some(Protected::new(MARK.into())),
        visits: Protected::new(4_815_162_342),
        tax_id: Protected::new(MARK.into()),
        ..world.card(2)
    }
}

#[track_caller]
fn silent(text: &str) {
    assert!(!text.contains("hunter2") && !text.contains("4815162342"), "{text}");
}

#[test]
fn debug_tells_new_from_closed_and_no_more() {
    let mut world = World::new();
    let closed = world.card(2);
    assert_eq!(format!("{:?}", closed.email), "Protected(closed)");
    assert_eq!(format!("{:?}", Protected::new(MARK)), "Protected(new)");
    let text = format!("{closed:?}");
    assert!(text.contains("email: Protected(closed)") && text.contains("notes: Some(Protected(closed))"), "{text}");
    for form in [format!("{:?}", marked(&mut world)), format!("{:#?}", marked(&mut world))] {
        assert!(form.contains("Protected(new)"));
        silent(&form);
    }
}

#[test]
fn rows_serialize_redacted_or_without_the_field() {
    let mut world = World::new();
    for card in [world.card(2), marked(&mut world)] {
        let value = serde_json::to_value(&card).unwrap();
        let sealed = serde_json::Value::from("[sealed]");
        for field in ["email", "intake", "phone", "visits", "tax_id"] {
            assert_eq!(value[field], sealed, "{field}");
        }
        assert!(value.get("notes").is_none(), "skip_serializing");
        assert_eq!(value["display_name"], client(2).display_name);
        silent(&value.to_string());
        let null = serde_json::to_value(Card { phone: None, ..card }).unwrap();
        assert!(null.get("phone").is_none(), "skip_serializing_if");
    }
}

/// Keeps every event's debug form.
struct Recorder(Arc<Mutex<String>>);

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        self.0.lock().unwrap().push_str(&format!("{event:?}\n"));
    }
}

#[test]
fn queries_and_instrumentation_are_silent() {
    let mut world = World::new();
    let (card, seen) = (marked(&mut world), Arc::new(Mutex::new(String::new())));
    world.conn.set_instrumentation(Recorder(seen.clone()));
    let acme = world.acme.clone();
    for session in [acme, Session::closed("acme"), Session::closed("bolt")] {
        session.scope_sync(|| {
            let update = diesel::update(clients::table.find(&card.id)).set(&card);
            silent(&diesel::debug_query::<Sqlite, _>(&update).to_string());
            silent(&format!("{update:?}"));
            let outcome = update.execute(&mut world.conn);
            silent(&format!("{outcome:?}"));
        });
    }
    let seen = seen.lock().unwrap();
    assert!(seen.contains("FinishQuery") && seen.contains("UPDATE"));
    silent(&seen);
}

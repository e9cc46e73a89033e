//! What the library reports through `tracing`.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use diesel::prelude::*;
use fieldseal::testing::{TestKeys, TestVault};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::assert_silent;
use super::writes::*;
use crate::backends::sqlite_database;
use crate::models::client::*;
use crate::models::sample::*;

/// Keeps every event of every level: its name, and its fields.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<(String, String)>>>);

impl<S: tracing::Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut fields = String::new();
        event.record(&mut |field: &tracing::field::Field, value: &dyn Debug| {
            fields.push_str(&format!("{field}={value:?} "));
        });
        self.0.lock().unwrap().push((event.metadata().name().to_owned(), fields));
    }

    fn on_new_span(&self, attributes: &tracing::span::Attributes<'_>, _: &tracing::span::Id, _: Context<'_, S>) {
        self.0.lock().unwrap().push((attributes.metadata().name().to_owned(), format!("{attributes:?}")));
    }
}

impl Recorder {
    /// What `action` reports in this thread.
    fn record<T>(action: impl FnOnce() -> T) -> (T, Vec<(String, String)>) {
        let recorder = Self::default();
        let result = tracing::subscriber::with_default(tracing_subscriber::registry().with(recorder.clone()), action);
        let events = std::mem::take(&mut *recorder.0.lock().unwrap());
        (result, events)
    }
}

fn named<'e>(events: &'e [(String, String)], name: &str) -> Vec<&'e str> {
    events.iter().filter(|event| event.0 == name).map(|event| event.1.as_str()).collect()
}

#[test]
fn a_failed_open_is_one_event_that_names_its_place() {
    let (session, _) = sessions(&fieldseal::testing::vault());
    let row = SealedClient { id: "elsewhere".into(), ..session.seal(&marked_client(1)).unwrap() };
    let (result, events) = Recorder::record(|| session.open(row));
    assert_eq!(result.unwrap_err().code(), "open.unauthentic");
    let failed = named(&events, "fieldseal.open.failed");
    assert_eq!(failed.len(), 1, "{events:?}");
    for part in ["clients", "email", "open.unauthentic", "text:acme"] {
        assert!(failed[0].contains(part), "{part}: {}", failed[0]);
    }
}

#[test]
fn a_row_of_another_firm_is_one_event() {
    let vault = fieldseal::testing::vault();
    let (session, samples_of) = sessions(&vault);
    let row = session.seal(&marked_client(1)).unwrap();
    let (result, events) = Recorder::record(|| samples_of.open(row));
    assert_eq!(result.unwrap_err().code(), "open.wrong_firm");
    assert_eq!(named(&events, "fieldseal.open.failed").len(), 1, "{events:?}");
}

#[test]
fn what_opens_is_no_event() {
    let (session, _) = sessions(&fieldseal::testing::vault());
    let row = session.seal(&marked_client(1)).unwrap();
    let (_, events) = Recorder::record(|| session.open(row).unwrap());
    assert_eq!(events, []);
}

#[test]
fn each_provider_call_is_one_event() {
    let keys = TestKeys::new();
    let vault = TestVault::new().keys(keys.clone()).build();
    let before = keys.calls();
    let (_, events) = Recorder::record(|| {
        vault.blocking().create_firm("acme").unwrap();
        vault.blocking().revoke("acme").unwrap();
        vault.blocking().session("acme").unwrap();
    });
    let reported = named(&events, "fieldseal.provider.call");
    assert_eq!(reported.len() as u64, keys.calls() - before, "{events:?}");
    assert!(reported.iter().any(|fields| fields.contains("text:acme")));
    let (_, events) = Recorder::record(|| vault.blocking().session("acme").unwrap());
    assert_eq!(named(&events, "fieldseal.provider.call"), [""; 0], "the cache holds the keys");
}

#[test]
fn no_event_of_any_level_shows_plaintext() {
    let ((), events) = Recorder::record(|| {
        let vault = fieldseal::testing::vault();
        let (clients_of, samples_of) = sessions(&vault);
        let mut conn = sqlite_database();
        write_everything!(&mut conn, &clients_of, &samples_of);
        let rows = clients::table.select(SealedClient::as_select()).load(&mut conn).unwrap();
        assert!(samples_of.open(rows.clone()).is_err());
        let moved = SealedClient { id: "elsewhere".into(), ..rows[0].clone() };
        assert!(clients_of.open(moved).is_err());
        assert!(vault.blocking().open(rows).is_ok());
    });
    assert!(!events.is_empty());
    let text = format!("{events:?}");
    assert_silent(text.as_bytes(), &text);
}

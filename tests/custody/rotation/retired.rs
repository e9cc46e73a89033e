//! Opens of retired versions are counted and warned of.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use fieldseal::keys::Purpose;
use fieldseal::testing::TestVault;
use pollster::block_on;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::notes::note;

/// The warnings of retired keys.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut fields = String::new();
        event.record(&mut |field: &tracing::field::Field, value: &dyn Debug| {
            if field.name() != "message" {
                fields.push_str(&format!("{field}={value:?} "));
            }
        });
        if event.metadata().name() == "fieldseal.open.retired" {
            self.0.lock().unwrap().push(fields.trim_end().to_owned());
        }
    }
}

#[test]
fn every_open_is_counted_and_fewer_and_fewer_are_warned_of() {
    let vault = TestVault::new().explicit_firms().build();
    block_on(vault.create_firm("a")).unwrap();
    let session = block_on(vault.session("a")).unwrap();
    let old = session.seal(&note(1, "a")).unwrap();
    block_on(vault.admin().rotate("a", Purpose::Data)).unwrap();
    let new = session.seal(&note(1, "a")).unwrap();
    let warnings = Warnings::default();
    let subscriber = tracing_subscriber::registry().with(warnings.clone());
    tracing::subscriber::with_default(subscriber, || {
        session.open(old.clone()).unwrap();
        block_on(vault.admin().retire("a", Purpose::Data, 1)).unwrap();
        for _ in 0..10 {
            session.open(old.clone()).unwrap();
            session.open(new.clone()).unwrap();
        }
    });
    let line = |opens: u32| format!("table=\"notes\" column=\"body\" firm=text:a version=1 opens={opens}");
    assert_eq!(*warnings.0.lock().unwrap(), [1, 2, 4, 8].map(line));
}

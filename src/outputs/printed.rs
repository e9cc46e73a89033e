//! All that a run prints: events and spans of every level and thread, errors with their causes, and what values show.

use std::error::Error;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing::field::Field;
use tracing::span;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Texts of this process. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Printed(Arc<Mutex<Vec<Vec<u8>>>>);

impl Printed {
    /// Listens to every thread, from the first call on. Another test's own subscriber keeps its events.
    pub(super) fn of_this_process() -> Self {
        static ALL: OnceLock<Printed> = OnceLock::new();
        ALL.get_or_init(|| {
            let printed = Self::default();
            tracing::subscriber::set_global_default(tracing_subscriber::registry().with(printed.clone())).unwrap();
            printed
        })
        .clone()
    }

    pub(super) fn push(&self, text: String) {
        self.push_bytes(text.into_bytes());
    }

    pub(super) fn push_bytes(&self, bytes: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }

    /// What a value shows.
    pub(super) fn show(&self, value: &dyn Debug) {
        self.push(format!("{value:?} {value:#?}"));
    }

    /// What an error and its causes say.
    pub(super) fn error(&self, error: &(dyn Error + 'static)) {
        self.show(&error);
        let mut next = Some(error);
        while let Some(error) = next {
            self.push(error.to_string());
            next = error.source();
        }
    }

    /// The value of a call that must work; it is shown.
    #[track_caller]
    pub(super) fn ok<T: Debug, E: Error + 'static>(&self, result: Result<T, E>) -> T {
        let value = result.unwrap();
        self.show(&value);
        value
    }

    /// Shows the error of a call that must fail.
    #[track_caller]
    pub(super) fn err<T: Debug, E: Error + 'static>(&self, result: Result<T, E>) {
        self.error(&result.unwrap_err());
    }

    pub(super) fn all(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Every field, by its own `Debug`.
fn fields(record: impl FnOnce(&mut dyn FnMut(&Field, &dyn Debug))) -> String {
    let mut text = String::new();
    record(&mut |field, value| write!(text, "{field}={value:?} ").expect("a string takes all"));
    text
}

impl<S: tracing::Subscriber> Layer<S> for Printed {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let fields = fields(|mut visit| event.record(&mut visit));
        self.push(format!("{} {fields}", event.metadata().name()));
    }

    fn on_new_span(&self, span: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        let fields = fields(|mut visit| span.record(&mut visit));
        self.push(format!("{} {fields}", span.metadata().name()));
    }

    fn on_record(&self, _: &span::Id, values: &span::Record<'_>, _: Context<'_, S>) {
        self.push(fields(|mut visit| values.record(&mut visit)));
    }
}

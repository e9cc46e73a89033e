//! What a provider, and the libraries under it, log.

use std::fmt::Debug;
use std::sync::{Arc, LazyLock, Mutex};

use tracing::Dispatch;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Keeps every event and span of every level.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<String>>);

impl Recorder {
    /// What `action` logs, also on the provider's own threads.
    pub(crate) fn record<T>(action: impl FnOnce() -> T) -> (T, String) {
        // Of a lone dispatcher, tracing asks the thread that comes by a log's place first, for ever: that may be another
        // test's, which records nothing.
        static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));
        LazyLock::force(&SECOND);
        let recorder = Self::default();
        let result = tracing::subscriber::with_default(tracing_subscriber::registry().with(recorder.clone()), action);
        let text = recorder.0.lock().unwrap().clone();
        (result, text)
    }
}

impl<S: tracing::Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut text = self.0.lock().unwrap();
        text.push_str(&format!("\n{} {}", event.metadata().target(), event.metadata().name()));
        event.record(&mut |field: &tracing::field::Field, value: &dyn Debug| {
            text.push_str(&format!(" {field}={value:?}"));
        });
    }

    fn on_new_span(&self, attributes: &tracing::span::Attributes<'_>, _: &tracing::span::Id, _: Context<'_, S>) {
        self.0.lock().unwrap().push_str(&format!("\n{attributes:?}"));
    }

    fn on_record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>, _: Context<'_, S>) {
        self.0.lock().unwrap().push_str(&format!("\n{values:?}"));
    }
}

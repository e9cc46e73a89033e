//! Changes told by the database, on a connection and a thread of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::SqlStore;
use crate::keys::store::StoreError;
use crate::keys::store::fleet::{Listener, Wake};

/// Opens a connection that listens on a channel, once it does.
pub(in crate::keys::store) type Subscribe =
    Arc<dyn Fn(&str) -> Result<Box<dyn Subscription>, StoreError> + Send + Sync>;

/// A connection that listens.
pub(in crate::keys::store) trait Subscription {
    /// Waits for a notification, for so long at most; whether there was one.
    fn wait(&mut self, patience: Duration) -> Result<bool, StoreError>;
}

impl SqlStore {
    pub(super) fn listener(&self, wake: Wake) -> Option<Listener> {
        let (subscribe, channel) = (self.subscribe.clone()?, self.tables.channel());
        let stopped = Arc::new(AtomicBool::new(false));
        let listening = Listening { subscribe, channel, wake, stopped: stopped.clone() };
        let thread = thread::Builder::new().name("fieldseal-listen".into());
        match thread.spawn(move || listening.run()) {
            Ok(_) => Some(Listener::new(move || stopped.store(true, Ordering::Relaxed))),
            Err(error) => {
                tracing::warn!(name: "fieldseal.fleet.no_listener", %error, "the key store is polled for changes");
                None
            }
        }
    }
}

struct Listening {
    subscribe: Subscribe,
    channel: String,
    wake: Wake,
    stopped: Arc<AtomicBool>,
}

impl Listening {
    fn run(self) {
        let mut pause = FIRST_PAUSE;
        while !self.is_stopped() {
            if let Ok(subscription) = (self.subscribe)(&self.channel) {
                pause = FIRST_PAUSE;
                self.follow(subscription);
            }
            // Until the next connection listens, whoever asked has to poll.
            (self.wake)(false);
            self.rest(pause);
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    fn follow(&self, mut subscription: Box<dyn Subscription>) {
        // What was told while nobody listened is read now.
        (self.wake)(true);
        while !self.is_stopped() {
            match subscription.wait(PATIENCE) {
                Ok(true) => (self.wake)(true),
                Ok(false) => {}
                Err(_) => return,
            }
        }
    }

    fn rest(&self, pause: Duration) {
        let mut left = pause;
        while !self.is_stopped() && !left.is_zero() {
            let step = left.min(PATIENCE);
            thread::sleep(step);
            left -= step;
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// Between looks at whether it was stopped.
const PATIENCE: Duration = Duration::from_millis(200);

/// Before the first try to connect again; each failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

const LONGEST_PAUSE: Duration = Duration::from_secs(5);

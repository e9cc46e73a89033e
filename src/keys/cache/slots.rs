//! Every slot that anyone holds, so that emptying reaches all sessions, and the thread that empties them in time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use crate::clock::Clock;
use crate::context::FirmId;
use crate::keys::lease::Standing;
use crate::keys::live::{Emptied, LiveSlot};

/// Time between two sweeps. A machine that wakes from suspend sweeps within it.
const PERIOD: Duration = Duration::from_secs(1);

pub(in crate::keys) struct Slots {
    held: Mutex<HashMap<FirmId, Weak<LiveSlot>>>,
    clock: Arc<dyn Clock>,
}

impl Slots {
    /// Starts the thread too. Without one (the system refuses it) every `session()` still checks ages.
    pub(in crate::keys) fn start(clock: Arc<dyn Clock>) -> Arc<Self> {
        let slots = Arc::new(Self { held: Mutex::default(), clock });
        let swept = slots.clone();
        let sweep = move || {
            // A session may outlive its vault; its keys still have their time.
            while swept.sweep() > 0 || Arc::strong_count(&swept) > 1 {
                thread::park_timeout(PERIOD);
            }
        };
        if let Err(error) = thread::Builder::new().name("fieldseal-keys".to_owned()).spawn(sweep) {
            tracing::error!(name: "fieldseal.keys.no_timer", %error, "expired keys are dropped only when next asked for");
        }
        slots
    }

    /// The firm's one slot, as long as anyone holds it.
    pub(in crate::keys) fn get(&self, firm: &FirmId, standing: &Standing) -> Arc<LiveSlot> {
        let mut held = self.lock();
        if let Some(slot) = held.get(firm).and_then(Weak::upgrade) {
            return slot;
        }
        let slot = Arc::new(LiveSlot::new(firm.clone(), standing.clone()));
        held.insert(firm.clone(), Arc::downgrade(&slot));
        slot
    }

    /// The firm's slot, if anyone holds it.
    pub(in crate::keys) fn find(&self, firm: &FirmId) -> Option<Arc<LiveSlot>> {
        self.lock().get(firm).and_then(Weak::upgrade)
    }

    /// Empties the firm's slot, and refuses what loads in flight would publish.
    pub(in crate::keys) fn empty(&self, firm: &FirmId, why: Emptied) {
        if let Some(slot) = self.find(firm) {
            slot.revoke(why);
        }
    }

    /// Every slot that anyone holds.
    pub(in crate::keys) fn all(&self) -> Vec<Arc<LiveSlot>> {
        self.lock().values().filter_map(Weak::upgrade).collect()
    }

    /// Empties every slot whose time is over, forgets slots that nobody holds, and says how many are left.
    pub(in crate::keys) fn sweep(&self) -> usize {
        let now = self.now();
        let end = |slot: &Arc<LiveSlot>| {
            slot.expire(now);
            slot.cut_off();
        };
        let mut held = self.lock();
        held.retain(|_, slot| slot.upgrade().inspect(end).is_some());
        held.len()
    }

    pub(in crate::keys) fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    // The map is never left half-changed, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, HashMap<FirmId, Weak<LiveSlot>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

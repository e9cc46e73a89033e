//! Loads under way, each of them once, whoever waits for it and whoever gives up.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::Shared;

use crate::context::FirmId;
use crate::keys::error::KeyError;
use crate::keys::live::LiveSlot;
use crate::keys::provider::BoxFuture;

type Outcome = Result<(), KeyError>;

/// A load under way, to be waited for.
pub(super) type Flight = Shared<BoxFuture<'static, Outcome>>;

/// A load belongs to one epoch of a slot: who comes after a revocation does not wait for a load from before it, which may
/// not publish.
type Key = (FirmId, u64);

#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Flight>>);

/// What a caller finds.
pub(super) enum Boarding {
    /// Somebody has filled the slot.
    Full,
    /// Somebody's load.
    Others(Flight),
    /// The caller's own load, to be begun.
    Own(Flight, Takeoff),
}

/// The right to run a load. It lands when this is dropped.
pub(super) struct Takeoff {
    flights: Arc<Flights>,
    key: Key,
    tell: Option<oneshot::Sender<Outcome>>,
}

impl Flights {
    /// Joins the load of this epoch, or begins one if there is none. `renew`: also when the slot is full.
    pub(super) fn board(self: &Arc<Self>, slot: &LiveSlot, epoch: u64, renew: bool) -> Boarding {
        let mut flights = self.lock();
        // A load fills the slot before it leaves the map: who finds neither has missed nothing.
        let entry = match flights.entry((slot.firm().clone(), epoch)) {
            Entry::Occupied(found) => return Boarding::Others(found.get().clone()),
            Entry::Vacant(free) => free,
        };
        if !renew && slot.is_full() {
            return Boarding::Full;
        }
        let (tell, told) = oneshot::channel();
        let firm = slot.firm().clone();
        let told = told.map(move |told| told.unwrap_or(Err(KeyError::LoadPanicked { firm })));
        let (key, flight) = (entry.key().clone(), told.boxed().shared());
        entry.insert(flight.clone());
        Boarding::Own(flight, Takeoff { flights: self.clone(), key, tell: Some(tell) })
    }

    // The map is never left half-changed, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Takeoff {
    pub(super) fn epoch(&self) -> u64 {
        self.key.1
    }

    /// Tells those who wait.
    pub(super) fn land(mut self, outcome: Outcome) {
        let tell = self.tell.take();
        // First out of the map: who is told may begin another.
        drop(self);
        // Who no longer waits needs no answer.
        let _ = tell.map(|tell| tell.send(outcome));
    }
}

impl Drop for Takeoff {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.key);
    }
}

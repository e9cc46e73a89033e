//! Every slot that anyone holds, so that emptying reaches all sessions, and the thread that empties them in time.

use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};
use std::thread;
use std::time::Duration;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::clock::Clock;
use crate::context::FirmId;
use crate::keys::lease::Standing;
use crate::keys::live::{Emptied, LiveSlot};
use crate::keys::stats::Count;

/// Time between two sweeps. A machine that wakes from suspend sweeps within it.
const PERIOD: Duration = Duration::from_secs(1);

/// Parts of the map, so that neither a sweep nor threads with many firms hold each other up. A power of two.
const SHARDS: usize = 64;

pub(in crate::keys) struct Slots {
    shards: Vec<Shard>,
    /// Quick rather than proof against collisions made on purpose: a firm is here only while somebody holds its slot.
    hasher: DefaultHashBuilder,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Shard {
    held: RwLock<Held>,
    hits: Count,
}

/// One hash finds the shard and the place in it.
type Held = HashTable<(FirmId, Weak<LiveSlot>)>;

impl Slots {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Arc::new(Self { shards, hasher: DefaultHashBuilder::default(), clock })
    }

    /// Starts the thread, which also does `tend` with each sweep. Without one (the system refuses it) every `session()` still
    /// checks ages.
    pub(super) fn start(self: &Arc<Self>, tend: impl Fn() + Send + 'static) {
        let swept = self.clone();
        let sweep = move || {
            // A session may outlive its vault; its keys still have their time.
            while swept.sweep() > 0 || Arc::strong_count(&swept) > 1 {
                tend();
                thread::park_timeout(PERIOD);
            }
        };
        if let Err(error) = thread::Builder::new().name("fieldseal-keys".to_owned()).spawn(sweep) {
            tracing::error!(name: "fieldseal.keys.no_timer", %error, "expired keys are dropped only when next asked for");
        }
    }

    /// The firm's slot, if it holds keys that nobody need see to.
    #[inline]
    pub(super) fn fresh(&self, firm: &FirmId, now: Duration) -> Option<Arc<LiveSlot>> {
        let (hash, shard) = self.shard(firm);
        let slot = shard.read().find(hash, |(of, _)| of == firm)?.1.upgrade()?;
        slot.is_fresh(now).then(|| {
            shard.hits.roughly_up();
            slot
        })
    }

    /// The firm's one slot, as long as anyone holds it.
    pub(super) fn get(&self, firm: &FirmId, standing: &Standing) -> Arc<LiveSlot> {
        let (hash, shard) = self.shard(firm);
        let mut held = shard.write();
        let found = held.find_mut(hash, |(of, _)| of == firm);
        if let Some(slot) = found.as_ref().and_then(|(_, slot)| slot.upgrade()) {
            return slot;
        }
        let slot = Arc::new(LiveSlot::new(firm.clone(), standing.clone()));
        match found {
            Some((_, dead)) => *dead = Arc::downgrade(&slot),
            None => {
                let entry = (firm.clone(), Arc::downgrade(&slot));
                held.insert_unique(hash, entry, |(of, _)| self.hasher.hash_one(of));
            }
        }
        slot
    }

    /// The firm's slot, if anyone holds it.
    pub(in crate::keys) fn find(&self, firm: &FirmId) -> Option<Arc<LiveSlot>> {
        let (hash, shard) = self.shard(firm);
        shard.read().find(hash, |(of, _)| of == firm)?.1.upgrade()
    }

    /// Empties the firm's slot, and refuses what loads in flight would publish.
    pub(in crate::keys) fn empty(&self, firm: &FirmId, why: Emptied) {
        if let Some(slot) = self.find(firm) {
            slot.revoke(why);
        }
    }

    /// Every slot that anyone holds.
    pub(in crate::keys) fn all(&self) -> Vec<Arc<LiveSlot>> {
        let of_shard =
            |shard: &Shard| -> Vec<_> { shard.read().iter().filter_map(|(_, slot)| slot.upgrade()).collect() };
        self.shards.iter().flat_map(of_shard).collect()
    }

    /// Empties every slot whose time is over, forgets slots that nobody holds, and says how many are left.
    pub(in crate::keys) fn sweep(&self) -> usize {
        let now = self.now();
        let end = |slot: &Arc<LiveSlot>| {
            slot.expire(now);
            slot.cut_off();
        };
        let sweep = |shard: &Shard| {
            let mut held = shard.write();
            held.retain(|(_, slot)| slot.upgrade().inspect(end).is_some());
            held.len()
        };
        self.shards.iter().map(sweep).sum()
    }

    /// Slots in use whose keys should be replaced by newer ones.
    pub(super) fn due(&self) -> Vec<Arc<LiveSlot>> {
        let now = self.now();
        let due = |slot: Arc<LiveSlot>| (slot.was_used() && slot.is_due(now)).then_some(slot);
        let of_shard =
            |shard: &Shard| shard.read().iter().filter_map(|(_, slot)| slot.upgrade()).filter_map(due).collect();
        self.shards.iter().flat_map(|shard| -> Vec<_> { of_shard(shard) }).collect()
    }

    pub(super) fn hits(&self) -> u64 {
        self.shards.iter().map(|shard| shard.hits.get()).sum()
    }

    pub(in crate::keys) fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    /// The firm's hash, and the shard that its low bits name: the table goes by the high ones first.
    fn shard(&self, firm: &FirmId) -> (u64, &Shard) {
        let hash = self.hasher.hash_one(firm);
        (hash, &self.shards[hash as usize % SHARDS])
    }
}

// The map is never left half-changed, so a panic elsewhere does not spoil it.
impl Shard {
    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

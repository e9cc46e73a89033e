//! Waiting for the other processes.

use std::time::{Duration, Instant};

use super::{Keeper, Reply};
use crate::keys::KeyError;
use crate::keys::store::{ProcessRecord, StoreError};
use crate::keys::wait;

/// Who waits for the others, and when they are looked at next.
#[derive(Default)]
pub(super) struct Settling {
    waiting: Vec<Waiting>,
    pace: Duration,
    next: Option<Instant>,
}

struct Waiting {
    /// Unknown until the store was first asked.
    epoch: Option<u64>,
    reply: Reply,
}

impl Settling {
    pub(super) fn begin(&mut self, reply: Reply) {
        self.waiting.push(Waiting { epoch: None, reply });
        (self.pace, self.next) = (FIRST_PAUSE, Some(Instant::now()));
    }

    /// Until the next look.
    pub(super) fn pause(&self) -> Option<Duration> {
        self.next.map(|next| next.saturating_duration_since(Instant::now()))
    }

    fn is_due(&self) -> bool {
        self.next.is_some_and(|next| next <= Instant::now())
    }

    /// Answers those for whom everyone has applied enough.
    fn answer(&mut self, epoch: u64, processes: &[ProcessRecord]) {
        let behind = processes.iter().map(|process| process.acknowledged).min().unwrap_or(u64::MAX);
        for mut waiting in std::mem::take(&mut self.waiting) {
            let wanted = *waiting.epoch.get_or_insert(epoch);
            if behind >= wanted {
                let _ = waiting.reply.send(Ok(()));
            } else if !waiting.reply.is_canceled() {
                self.waiting.push(waiting);
            }
        }
        self.pace = LONGEST_PAUSE.min(self.pace * 2);
        self.next = (!self.waiting.is_empty()).then(|| Instant::now() + self.pace);
    }

    fn fail(&mut self, error: StoreError) {
        let error = KeyError::from(error);
        self.next = None;
        self.waiting.drain(..).for_each(|waiting| drop(waiting.reply.send(Err(error.clone()))));
    }
}

impl Keeper {
    /// Looks at the others, if it is time, and evicts those whose lease has ended.
    pub(super) fn attend(&mut self) {
        if self.settling.is_due()
            && let Err(error) = self.look_around()
        {
            self.settling.fail(error);
        }
    }

    fn look_around(&mut self) -> Result<(), StoreError> {
        let mut processes = wait::here(self.fleet().processes())?;
        if self.fleet().has_leases() {
            let now = self.shared.clock.elapsed();
            for (id, beat) in self.others.observe(&processes.list, now) {
                if wait::here(self.fleet().evict(id, beat))? {
                    tracing::warn!(name: "fieldseal.fleet.evicted", %id, "a process did not renew its lease");
                    processes.list.retain(|process| process.id != id);
                }
            }
        }
        self.settling.answer(processes.epoch, &processes.list);
        Ok(())
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(2);

const LONGEST_PAUSE: Duration = Duration::from_millis(200);

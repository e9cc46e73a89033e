//! A place among the processes: taken, kept, lost and taken anew.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::super::Shared;
use super::super::machine::this_process;
use super::super::place::{Place, Step};
use super::Keeper;
use crate::keys::store::StoreError;
use crate::keys::wait;

impl Keeper {
    /// Applies what has changed and then says so, in this order: what is renewed is up to date.
    pub(super) fn keep_up(&mut self, renewal: bool) -> Result<(), StoreError> {
        if self.place.is_none() {
            return self.register();
        }
        self.apply()?;
        self.renew(renewal)
    }

    /// Takes a place. Whatever was held before counts no more.
    fn register(&mut self) -> Result<(), StoreError> {
        let Shared { store, clock, settings, lease, .. } = &*self.shared;
        let process = this_process(&**clock, settings.lease, self.shared.introduced());
        lease.end();
        self.follower().drop_all();
        lease.adopt();
        let began = clock.elapsed();
        let epoch = wait::here(store.fleet().register(&process))?;
        if let Err(error) = self.take_the_revoked() {
            // Nobody is to wait for a process that is none.
            drop(wait::here(self.fleet().leave(process.id)));
            return Err(error);
        }
        self.place = Some(Place::new(process.id, epoch));
        self.extend(began);
        tracing::info!(name: "fieldseal.fleet.joined", id = %process.id, epoch, "this process holds keys from now on");
        self.bring_back();
        Ok(())
    }

    /// Of what sessions lost with the last place, what was revoked since does not come back, nor does anything where
    /// nobody can tell (FLEET-13).
    fn take_the_revoked(&mut self) -> Result<(), StoreError> {
        if let Some(applied) = self.lost_at {
            let missed = wait::here(self.fleet().changes(applied))?;
            match Place::new(Uuid::nil(), applied).step(&missed) {
                Step::Nothing => {}
                Step::Apply { revoked, .. } => revoked.iter().for_each(|firm| self.follower().drop_keys(firm, true)),
                Step::StartAnew(_) => {
                    self.follower().lost().iter().for_each(|firm| self.follower().drop_keys(firm, false))
                }
            }
            self.lost_at = None;
        }
        Ok(())
    }

    /// The lease counts from before the store was asked (FLEET-4).
    fn extend(&self, began: Duration) {
        let Shared { settings, lease, .. } = &*self.shared;
        if self.fleet().has_leases() {
            lease.renew(began.saturating_add(settings.lease))
        } else {
            lease.renew_for_ever()
        }
    }

    fn apply(&mut self) -> Result<(), StoreError> {
        let Some(place) = &self.place else { return Ok(()) };
        let changes = wait::here(self.fleet().changes(place.applied))?;
        match place.step(&changes) {
            Step::Nothing => return Ok(()),
            Step::StartAnew(why) => return self.start_anew(why),
            Step::Apply { revoked, changed } => {
                revoked.iter().for_each(|firm| self.follower().drop_keys(firm, true));
                let reload = wait::here(self.follower().changed(changed.into_iter().collect()))?;
                self.reload(reload, changes.epoch);
            }
        }
        if let Some(place) = &mut self.place {
            place.applied = changes.epoch;
            place.own.clear();
        }
        Ok(())
    }

    fn renew(&mut self, due: bool) -> Result<(), StoreError> {
        let Some(place) = &mut self.place else { return Ok(()) };
        let acknowledged = place.to_acknowledge();
        if !due && acknowledged == place.acknowledged && !self.shared.lease.is_over() {
            return Ok(());
        }
        let began = self.shared.clock.elapsed();
        let Some(epoch) = wait::here(self.shared.store.fleet().renew(place.id, acknowledged))? else {
            return self.start_anew("it was evicted: its lease had ended");
        };
        (place.acknowledged, place.renewed) = (acknowledged, Instant::now());
        self.look |= epoch != place.applied;
        // A push that did not come: ask until the next one does.
        self.pushed &= epoch == place.applied || !due;
        self.extend(began);
        self.bring_back();
        Ok(())
    }

    /// Drops every key and takes another place.
    fn start_anew(&mut self, why: &'static str) -> Result<(), StoreError> {
        tracing::warn!(name: "fieldseal.fleet.lost_place", why, "all keys are dropped and read anew");
        let id = self.place.as_ref().map(|place| place.id);
        self.lose();
        // So that nobody waits for it; one that was evicted is gone already.
        if let Some(id) = id {
            wait::here(self.fleet().leave(id))?;
        }
        self.register()
    }

    pub(super) fn lose(&mut self) {
        if let Some(place) = self.place.take() {
            self.lost_at.get_or_insert(place.applied);
        }
        self.shared.told().joined = false;
        self.shared.lease.end();
        self.follower().drop_all();
    }
}

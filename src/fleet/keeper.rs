//! The thread that keeps a process's place: renews, applies changes, waits for others.

mod settling;

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use uuid::Uuid;

use super::Shared;
use super::machine::this_process;
use super::others::Others;
use super::place::{Place, Step};
use super::reload;
use crate::context::FirmId;
use crate::keys::custody::{Custody, Follower};
use crate::keys::store::{FleetStore, Listener, StoreError};
use crate::keys::{KeyError, wait};
use settling::Settling;

pub(super) type Reply = oneshot::Sender<Result<(), KeyError>>;

/// What the thread is told.
pub(super) enum Message {
    Join(Reply),
    Settle(Reply),
    Revoke(FirmId, Reply),
    Leave(Reply),
    /// The store has changed, or may have; whether it pushes changes from now on.
    Wake(bool),
    /// A firm was loaded by the provider, or could not be.
    Reloaded(FirmId, bool),
    /// Nobody holds keys any more.
    Go(Sender<()>),
}

pub(super) struct Keeper {
    shared: Arc<Shared>,
    inbox: Sender<Message>,
    place: Option<Place>,
    /// Whether this process wants a place, also when it has lost it.
    wanted: bool,
    /// What the last place had applied, until its sessions' firms were gone through.
    lost_at: Option<u64>,
    listener: Option<Listener>,
    pushed: bool,
    /// Whether to look for changes at the next step.
    look: bool,
    looked: Instant,
    /// Whether the store failed at the last look.
    failed: bool,
    others: Others,
    settling: Settling,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, inbox: Sender<Message>) -> Self {
        Self {
            shared,
            inbox,
            place: None,
            wanted: false,
            lost_at: None,
            listener: None,
            pushed: false,
            look: false,
            looked: Instant::now(),
            failed: false,
            others: Others::default(),
            settling: Settling::default(),
        }
    }

    pub(super) fn run(mut self, inbox: &Receiver<Message>) {
        loop {
            let mut next = match inbox.recv_timeout(self.pause()) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            while let Some(message) = next {
                if let Message::Go(done) = message {
                    self.go();
                    let _ = done.send(());
                    return;
                }
                self.hear(message);
                next = inbox.try_recv().ok();
            }
            self.step();
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Join(reply) => drop(reply.send(self.join())),
            Message::Settle(reply) => {
                self.look = true;
                self.settling.begin(reply);
            }
            Message::Revoke(firm, reply) => drop(reply.send(self.revoke(&firm))),
            Message::Leave(reply) => drop(reply.send(self.leave())),
            Message::Wake(pushed) => (self.look, self.pushed) = (true, pushed),
            Message::Reloaded(firm, loaded) => self.reloaded(&firm, loaded),
            Message::Go(_) => unreachable!("`run` returns at it"),
        }
    }

    /// Until when nothing has to be done unless somebody says so.
    fn pause(&self) -> Duration {
        let until = |since: Instant, period: Duration| period.saturating_sub(since.elapsed());
        let settings = &self.shared.settings;
        let mut pause = self.settling.pause().unwrap_or(A_LONG_TIME);
        if self.wanted && (!self.pushed || self.failed) {
            pause = pause.min(until(self.looked, settings.retry()));
        }
        if self.wanted && self.fleet().has_leases() {
            let renewed = self.place.as_ref().map_or(self.looked, |place| place.renewed.max(self.looked));
            pause = pause.min(until(renewed, settings.pace()));
        }
        if self.place.as_ref().is_some_and(|place| !place.reloading.is_empty()) {
            pause = pause.min(settings.pace());
        }
        pause
    }

    fn step(&mut self) {
        let settings = self.shared.settings;
        let renewal = self.place.as_ref().is_none_or(|place| place.renewed.elapsed() >= settings.pace());
        let poll = !self.pushed && self.looked.elapsed() >= settings.poll;
        let due = (renewal || self.failed) && self.looked.elapsed() >= settings.retry();
        if self.wanted && (self.look || poll || due) {
            (self.look, self.looked) = (false, Instant::now());
            let kept = self.keep_up(renewal);
            if let (Err(error), false) = (&kept, self.failed) {
                tracing::warn!(name: "fieldseal.fleet.unreached", %error, "the key store does not answer its fleet");
            }
            self.failed = kept.is_err();
        }
        self.give_up_late_reloads();
        self.attend();
    }

    /// Applies what has changed and then says so, in this order: what is renewed is up to date.
    fn keep_up(&mut self, renewal: bool) -> Result<(), StoreError> {
        if self.place.is_none() {
            return self.register();
        }
        self.apply()?;
        self.renew(renewal)
    }

    fn join(&mut self) -> Result<(), KeyError> {
        self.wanted = true;
        if self.listener.is_none() && self.shared.settings.push {
            let inbox = self.inbox.clone();
            let wake = move |pushed| drop(inbox.send(Message::Wake(pushed)));
            self.listener = self.fleet().listen(Arc::new(wake));
        }
        if self.place.is_none() || self.shared.lease.is_over() {
            self.keep_up(true)?;
        }
        Ok(())
    }

    /// Takes a place. Whatever was held before counts no more.
    fn register(&mut self) -> Result<(), StoreError> {
        let Shared { store, clock, settings, lease, .. } = &*self.shared;
        let process = this_process(&**clock, settings.lease);
        lease.end();
        self.follower().drop_all();
        lease.adopt();
        let began = clock.elapsed();
        let epoch = wait::here(store.fleet().register(&process))?;
        self.take_the_revoked()?;
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
        self.lose();
        self.register()
    }

    fn lose(&mut self) {
        if let Some(place) = self.place.take() {
            self.lost_at.get_or_insert(place.applied);
        }
        self.shared.lease.end();
        self.follower().drop_all();
    }

    /// Loads what sessions lost with an earlier lease.
    fn bring_back(&self) {
        let firms = self.follower().lost();
        reload::start(self.custody().1.clone(), firms, self.inbox.clone());
    }

    fn reload(&mut self, firms: Vec<FirmId>, epoch: u64) {
        if let Some(place) = &mut self.place {
            let began = Instant::now();
            for firm in &firms {
                place.reloading.entry(firm.clone()).or_insert((epoch, began));
            }
        }
        reload::start(self.custody().1.clone(), firms, self.inbox.clone());
    }

    fn reloaded(&mut self, firm: &FirmId, loaded: bool) {
        let waited = self.place.as_mut().is_some_and(|place| place.reloading.remove(firm).is_some());
        if waited && !loaded {
            self.follower().drop_keys(firm, false);
        }
        self.look |= waited;
    }

    /// Others wait for this process: it goes on without the keys that the provider does not bring.
    fn give_up_late_reloads(&mut self) {
        let patience = self.shared.settings.pace();
        let Some(place) = &mut self.place else { return };
        let late = place.overdue(patience);
        self.look |= !late.is_empty();
        late.iter().for_each(|firm| self.follower().drop_keys(firm, false));
    }

    fn revoke(&mut self, firm: &FirmId) -> Result<(), KeyError> {
        let epoch = wait::here(self.shared.store.fleet().announce(firm))?;
        self.follower().drop_keys(firm, true);
        // Who opens a session from now on does so after the revocation: it is not applied again.
        if let Some(place) = &mut self.place {
            place.own.insert(epoch);
        }
        self.look = true;
        Ok(())
    }

    fn leave(&mut self) -> Result<(), KeyError> {
        (self.wanted, self.listener) = (false, None);
        let id = self.place.as_ref().map(|place| place.id);
        self.lose();
        Ok(id.map_or(Ok(()), |id| wait::here(self.fleet().leave(id)))?)
    }

    fn go(mut self) {
        if let Err(error) = self.leave() {
            tracing::warn!(name: "fieldseal.fleet.not_left", %error, "others wait for this process's lease to end");
        }
    }

    fn fleet(&self) -> &dyn FleetStore {
        self.shared.store.fleet()
    }

    fn follower(&self) -> &Follower {
        &self.custody().0
    }

    fn custody(&self) -> &(Follower, Weak<Custody>) {
        self.shared.custody.get().expect("`Fleet::keep` comes before any message")
    }
}

/// For who has nothing to wait for but messages.
const A_LONG_TIME: Duration = Duration::from_secs(24 * 3600);

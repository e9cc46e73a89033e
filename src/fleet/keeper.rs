//! The thread that keeps a process's place: renews, applies changes, waits for others.

mod membership;
mod reloads;
mod settling;

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_channel::oneshot;

use super::Shared;
use super::others::Others;
use super::place::Place;
use crate::context::FirmId;
use crate::keys::custody::{Custody, Follower};
use crate::keys::store::{FleetStore, Listener};
use crate::keys::{KeyError, wait};
use settling::Settling;

pub(super) type Reply = oneshot::Sender<Result<(), KeyError>>;

/// What the thread is told.
pub(super) enum Message {
    Join(Reply),
    Settle(Reply),
    Revoke(FirmId, Reply),
    Leave(Reply),
    /// What the process says of itself has changed.
    Describe(Reply),
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
    joining: Vec<Reply>,
    others: Others,
    /// When the others were looked at.
    looked_around: Instant,
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
            joining: Vec::new(),
            others: Others::default(),
            looked_around: Instant::now(),
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
            Message::Join(reply) => self.joining.push(reply),
            Message::Settle(reply) => {
                self.look = true;
                self.settling.begin(reply);
            }
            Message::Revoke(firm, reply) => drop(reply.send(self.revoke(&firm))),
            Message::Leave(reply) => drop(reply.send(self.leave())),
            Message::Describe(reply) => drop(reply.send(self.describe())),
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
        if !self.joining.is_empty() {
            self.join();
        }
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

    /// One try for all that wait.
    fn join(&mut self) {
        self.wanted = true;
        if self.listener.is_none() && self.shared.settings.push {
            let inbox = self.inbox.clone();
            let wake = move |pushed| drop(inbox.send(Message::Wake(pushed)));
            self.listener = self.fleet().listen(Arc::new(wake));
        }
        let is_member = self.place.is_some() && !self.shared.lease.is_over();
        let joined = if is_member { Ok(()) } else { self.keep_up(true).map_err(KeyError::from) };
        self.joining.drain(..).for_each(|reply| drop(reply.send(joined.clone())));
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

    fn describe(&self) -> Result<(), KeyError> {
        let Some(place) = &self.place else { return Ok(()) };
        let info = self.shared.told().info.clone();
        Ok(wait::here(self.fleet().describe(place.id, &info))?)
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

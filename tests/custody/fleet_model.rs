//! The fleet's protocol (spec/fleet.md), model-checked: every order of the steps of a process that is stopped, goes on,
//! loses answers and is evicted, and of one that waits for it.
//!
//! A process that was killed is one that is stopped and never goes on. Time passes in ticks for all alike.

mod protocol;

use stateright::{Checker, Model, Property};

use protocol::{EVICTED_AFTER, LEASE, PROCESSES, Process, State, Step};

/// The protocol, or one that lacks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Specified,
    /// FLEET-4 turned round: the lease counts from the answer to a renewal.
    LeaseFromTheAnswer,
    /// FLEET-7 without its comparison.
    EvictsWhateverTheBeat,
    /// FLEET-6 turned round: the waiter goes by a clock that somebody steps.
    EvictsByASteppedClock,
    /// FLEET-9 turned round: who was evicted keeps its keys.
    KeepsKeysWhenEvicted,
    /// FLEET-11 without the loads in flight.
    PublishesWhatWasRead,
    /// FLEET-3 turned round: the record is read before the row is there.
    ReadsBeforeItRegisters,
}

impl Model for Protocol {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::default()]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        steps.extend([Step::Tick, Step::Change, Step::Look, Step::Settle]);
        for p in 0..PROCESSES {
            steps.extend([Step::Register(p), Step::Read(p), Step::Publish(p), Step::Apply(p), Step::Leave(p)]);
            steps.extend([Step::Send(p), Step::Arrive(p), Step::Answer(p), Step::Lose(p)]);
            steps.extend([Step::Stop(p), Step::GoOn(p), Step::Evict(p)]);
        }
        steps.retain(|step| self.next_state(state, *step).is_some());
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        self.take(&mut state, step).then_some(state).filter(|state| state != last)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("nobody can use what everybody has settled past", |_, state: &State| {
                state.processes.iter().all(|process| process.usable().is_none_or(|version| version >= state.settled))
            }),
            Property::sometimes("a wait ends though a process is stopped", |_, state: &State| {
                state.settled > 1 && state.processes.iter().any(|process| process.stopped && process.held.is_some())
            }),
            Property::sometimes("an evicted process comes back", |_, state: &State| {
                state.settled > 1
                    && state.processes.iter().any(|process| process.evicted && process.usable() == Some(2))
            }),
        ]
    }
}

impl Protocol {
    /// Whether the step can be taken.
    fn take(self, state: &mut State, step: Step) -> bool {
        match step {
            Step::Tick => state.tick(),
            Step::Change => state.change(),
            Step::Look => state.look(),
            Step::Settle => state.settle(),
            Step::Evict(p) => self.evict(state, p),
            Step::Arrive(p) => state.processes[p].arrive(),
            Step::GoOn(p) => std::mem::replace(&mut state.processes[p].stopped, false),
            Step::Stop(p) => !std::mem::replace(&mut state.processes[p].stopped, true),
            _ => self.act(state, step),
        }
    }

    /// What only a process that is not stopped does.
    fn act(self, state: &mut State, step: Step) -> bool {
        let (Step::Register(p) | Step::Read(p) | Step::Publish(p) | Step::Apply(p) | Step::Leave(p)) = step else {
            let (Step::Send(p) | Step::Answer(p) | Step::Lose(p)) = step else { return false };
            return !state.processes[p].stopped && self.renewal(&mut state.processes[p], step);
        };
        let (epoch, process) = (state.epoch, &mut state.processes[p]);
        if process.stopped {
            return false;
        }
        match step {
            Step::Register(_) => state.register(p),
            Step::Read(_) => process.read(epoch, self == Self::ReadsBeforeItRegisters),
            Step::Publish(_) => process.publish(),
            Step::Apply(_) => process.apply(epoch, self == Self::PublishesWhatWasRead),
            _ => process.leave(),
        }
    }

    fn renewal(self, process: &mut Process, step: Step) -> bool {
        match step {
            Step::Send(_) => process.send(),
            Step::Lose(_) => process.renewal.take().is_some(),
            _ => process.answer(self == Self::LeaseFromTheAnswer, self == Self::KeepsKeysWhenEvicted),
        }
    }

    fn evict(self, state: &mut State, p: usize) -> bool {
        let Some((beat, since)) = state.seen[p] else { return false };
        let over = since >= EVICTED_AFTER || self == Self::EvictsByASteppedClock;
        let process = &mut state.processes[p];
        let same = process.row.is_some_and(|row| row.beat == beat) || self == Self::EvictsWhateverTheBeat;
        let evicted = over && same && process.row.take().is_some();
        process.evicted |= evicted;
        evicted
    }
}

fn check(protocol: Protocol) -> impl Checker<Protocol> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    protocol.checker().threads(threads).spawn_bfs().join()
}

#[test]
fn the_protocol_holds_in_every_order_of_its_steps() {
    let checked = check(Protocol::Specified);
    checked.assert_properties();
    assert!(checked.unique_state_count() > 10_000, "{} states", checked.unique_state_count());
}

#[test]
fn each_rule_that_is_left_out_is_found() {
    for protocol in [
        Protocol::LeaseFromTheAnswer,
        Protocol::EvictsWhateverTheBeat,
        Protocol::EvictsByASteppedClock,
        Protocol::KeepsKeysWhenEvicted,
        Protocol::PublishesWhatWasRead,
        Protocol::ReadsBeforeItRegisters,
    ] {
        let found = check(protocol).discovery("nobody can use what everybody has settled past");
        assert!(found.is_some(), "{protocol:?} with leases of {LEASE} ticks");
    }
}

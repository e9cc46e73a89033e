//! The protocol of spec/migration.md, model-checked: every order of the steps of one row's writers, of a worker, of two
//! processes of the service and of the operator, forward and back, without end.
//!
//! Statements may be late without bound: a writer that read or sealed in one phase may write in any later one. So writers
//! have no state here; any of them may write anything that one could have made up in a phase that there was.

#[path = "protocol/row.rs"]
mod row;
#[path = "protocol/state.rs"]
mod state;

use stateright::{Checker, Model, Property};

use row::{Row, Trigger};
use state::{PROCESSES, Place, State, Step};

/// The protocol, without some of its rules.
#[derive(Debug, Clone, Copy)]
struct Protocol {
    without: &'static [Rule],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// MIG-2.
    RefusesOldNotes,
    /// MIG-4.
    WaitsForTheFleet,
    /// MIG-5 before the fence.
    WritesBoth,
    /// MIG-5 from the fence on.
    ClearsPlain,
    /// MIG-6.
    Clears,
    ClearsOfAnotherKey,
    KeepsWhatIsOnlySealed,
    /// MIG-7.
    FencesPlaintext,
    FencesDeletions,
    StripsOnlyBesideACell,
    /// MIG-19.
    NullOverNullRefused,
    /// MIG-20.
    FencesKeyChanges,
    /// MIG-8.
    PhaseIsCode,
    NoClearingBehindTheFence,
    /// MIG-9.
    ChangedByImage,
    /// MIG-21.
    DropsOnlyWhatIsThereTwice,
    /// MIG-15.
    ComparesAndSets,
    /// MIG-22.
    Validates,
    /// MIG-21: no rule, but what the others are there for.
    StatementsComeLate,
}

const VALUES: [Option<u8>; 3] = [None, Some(1), Some(2)];

impl Protocol {
    fn lacks(self, rule: Rule) -> bool {
        self.without.contains(&rule)
    }

    /// Whether the step can be taken.
    fn take(self, state: &mut State, step: Step) -> bool {
        match step {
            Step::LegacyInsert(key, value) => state.legacy(true, key, value, self),
            Step::LegacySave(key, value) => state.legacy(false, key, value, self),
            Step::LegacyRekey => state.rekey(self),
            Step::Delete => state.delete(self),
            Step::Snapshot => state.take_snapshot(),
            Step::SnapshotSave(key, value) => state.snapshot_save(key, value, self),
            Step::Insert(of, key, value) => state.aware(true, of, key, value, self),
            Step::Save(of, key, value) => state.aware(false, of, key, value, self),
            Step::Learn(process, phase) => state.learn(process, phase, self),
            _ => self.operate(state, step),
        }
    }

    fn operate(self, state: &mut State, step: Step) -> bool {
        match step {
            Step::Phase(to) => state.change_phase(to, self),
            Step::Replace(trigger) => state.replace(trigger, self),
            Step::Validate => state.validate(self),
            Step::Unvalidate => state.unvalidate(self),
            Step::FindWhole => state.find_whole(self),
            Step::ClearPlain => state.clear_plain(self),
            Step::Contract => state.contract(self),
            Step::Uncontract => state.uncontract(),
            Step::DropSealed => state.drop_sealed(self),
            Step::ReadToSeal => state.read(false, self),
            Step::ReadToRestore => state.read(true, self),
            Step::Write => state.finish(self),
            _ => state.crash(),
        }
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let row = |plain| Row { key: false, plain, cell: None };
        [None, Some(row(None)), Some(row(Some(1)))].map(State::of).into()
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        steps.extend([Step::LegacyRekey, Step::Delete, Step::Snapshot, Step::Validate, Step::Unvalidate]);
        steps.extend([Step::FindWhole, Step::ClearPlain, Step::Contract, Step::Uncontract, Step::DropSealed]);
        steps.extend([Step::ReadToSeal, Step::ReadToRestore, Step::Write, Step::Crash]);
        steps.extend([Trigger::Clearing, Trigger::Fencing].map(Step::Replace));
        for phase in 1..=4 {
            steps.push(Step::Phase(phase));
            steps.extend((0..PROCESSES).map(|process| Step::Learn(process, phase)));
        }
        for (key, value) in [false, true].into_iter().flat_map(|key| VALUES.map(|value| (key, value))) {
            steps.extend([
                Step::LegacyInsert(key, value),
                Step::LegacySave(key, value),
                Step::SnapshotSave(key, value),
            ]);
            steps.extend((1..=4).flat_map(|of| [Step::Insert(of, key, value), Step::Save(of, key, value)]));
        }
        steps.retain(|step| self.next_state(state, *step).is_some());
    }

    fn next_state(&self, last: &State, step: Step) -> Option<State> {
        let mut state = last.clone();
        self.take(&mut state, step).then_some(state).filter(|state| state != last)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(KEPT, |_, state: &State| kept(state)),
            Property::always("at cut-over no value lies in plaintext alone", |_, state: &State| {
                state.phase < 4 || state.row.is_none_or(|row| row.plain.is_none() || row.cell.is_some())
            }),
            Property::sometimes("the table is contracted with its value", |_, state: &State| {
                state.place == Place::Contracted && state.truth == Some(Some(2))
            }),
            Property::sometimes("the table is as it was before, with a value of cut-over", |_, state: &State| {
                state.place == Place::Dropped && state.highest == 4 && state.truth == Some(Some(2))
            }),
            Property::sometimes("two processes are in two phases", |_, state: &State| {
                state.processes[0] != state.processes[1] && state.truth == Some(Some(2))
            }),
        ]
    }
}

const KEPT: &str = "every process opens the row to what was acknowledged last";

fn kept(state: &State) -> bool {
    let opened = |reads_plain| state.row.map(|row| row.opens_to(reads_plain));
    let truth = state.truth.map(Some);
    match state.place {
        Place::InTransit => state.processes.iter().all(|phase| opened(*phase < 4) == truth),
        Place::Contracted => opened(false) == truth,
        Place::Dropped => state.row.map(|row| Some(row.plain)) == truth,
    }
}

fn check(without: &'static [Rule]) -> impl Checker<Protocol> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Protocol { without }.checker().threads(threads).spawn_bfs().join()
}

#[test]
fn the_protocol_holds_in_every_order_of_its_steps() {
    let checked = check(&[]);
    checked.assert_properties();
    assert!(checked.unique_state_count() > 2_000, "{} states", checked.unique_state_count());
}

#[test]
fn each_rule_that_is_left_out_is_found() {
    let rules: [&[Rule]; 17] = [
        &[Rule::RefusesOldNotes],
        &[Rule::WaitsForTheFleet],
        &[Rule::WritesBoth],
        &[Rule::ClearsPlain],
        &[Rule::Clears],
        &[Rule::ClearsOfAnotherKey],
        &[Rule::KeepsWhatIsOnlySealed],
        &[Rule::FencesPlaintext],
        &[Rule::FencesDeletions],
        &[Rule::FencesKeyChanges],
        &[Rule::StripsOnlyBesideACell],
        &[Rule::NullOverNullRefused],
        &[Rule::Validates],
        &[Rule::NoClearingBehindTheFence],
        &[Rule::ChangedByImage],
        &[Rule::DropsOnlyWhatIsThereTwice],
        &[Rule::ComparesAndSets],
    ];
    let missed: Vec<_> = rules.iter().filter(|without| check(without).discovery(KEPT).is_none()).collect();
    assert!(missed.is_empty(), "not found without {missed:?}");
}

/// A trigger that goes by a snapshot shadows a write after cut-over. The CHECK stops it too, and late statements need the
/// CHECK: so either rule is seen alone only where the other matters are out of the way.
#[test]
fn a_trigger_that_reads_the_phase_from_a_table_is_found() {
    assert!(check(&[Rule::Validates, Rule::StatementsComeLate]).discovery(KEPT).is_none());
    let found = check(&[Rule::Validates, Rule::StatementsComeLate, Rule::PhaseIsCode]).discovery(KEPT);
    assert!(found.is_some());
}

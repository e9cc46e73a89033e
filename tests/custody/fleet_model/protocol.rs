//! The state of all, and what each step does to it. A step that can't be taken says `false`.

/// One is enough: processes share nothing but the epoch, and a wait ends when each of them lets it.
pub(super) const PROCESSES: usize = 1;

/// In ticks.
pub(super) const LEASE: u8 = 3;

/// When a beat has stood still for longer than a lease.
pub(super) const EVICTED_AFTER: u8 = LEASE + 1;

/// Renewals of one row, which bound what is searched.
const RENEWALS: u8 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Tick,
    /// The record is replaced: its version is the epoch. Somebody begins to wait for the fleet.
    Change,
    /// The waiter reads all rows.
    Look,
    Evict(usize),
    Settle,
    Register(usize),
    /// A load reads the record, and later publishes what it read.
    Read(usize),
    Publish(usize),
    Apply(usize),
    Leave(usize),
    /// A renewal is sent, arrives at the store, and is answered or lost.
    Send(usize),
    Arrive(usize),
    Answer(usize),
    Lose(usize),
    Stop(usize),
    GoOn(usize),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) epoch: u8,
    /// What the waiter waits for, and what it has seen: beat, and ticks since it was first seen.
    wanted: Option<u8>,
    pub(super) seen: [Option<(u8, u8)>; PROCESSES],
    /// Nobody may use less any more.
    pub(super) settled: u8,
    pub(super) processes: [Process; PROCESSES],
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Process {
    pub(super) stopped: bool,
    pub(super) evicted: bool,
    /// What the store knows of it.
    pub(super) row: Option<Row>,
    /// Whether it takes itself for a member.
    member: bool,
    /// What is left of its lease, by its clock.
    lease: u8,
    applied: u8,
    pub(super) held: Option<u8>,
    loading: Option<u8>,
    pub(super) renewal: Option<Renewal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) beat: u8,
    acknowledged: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Renewal {
    /// Ticks since it was sent.
    age: u8,
    acknowledged: u8,
    /// Whether the row was there when it arrived.
    arrived: Option<bool>,
}

impl Default for State {
    fn default() -> Self {
        Self { epoch: 1, wanted: None, seen: [None; PROCESSES], settled: 1, processes: Default::default() }
    }
}

impl State {
    pub(super) fn tick(&mut self) -> bool {
        for process in &mut self.processes {
            process.lease = process.lease.saturating_sub(1);
            if let Some(renewal) = &mut process.renewal {
                renewal.age = LEASE.min(renewal.age + 1);
            }
        }
        for (_, since) in self.seen.iter_mut().flatten() {
            *since = EVICTED_AFTER.min(*since + 1);
        }
        true
    }

    pub(super) fn change(&mut self) -> bool {
        let first = self.epoch == 1;
        if first {
            (self.epoch, self.wanted) = (2, Some(2));
        }
        first
    }

    pub(super) fn look(&mut self) -> bool {
        for (process, seen) in self.processes.iter().zip(&mut self.seen) {
            let beat = process.row.map(|row| row.beat);
            if seen.map(|(beat, _)| beat) != beat {
                *seen = beat.map(|beat| (beat, 0));
            }
        }
        self.wanted.is_some()
    }

    pub(super) fn settle(&mut self) -> bool {
        let Some(wanted) = self.wanted else { return false };
        let all = self.processes.iter().filter_map(|process| process.row).all(|row| row.acknowledged >= wanted);
        if all {
            (self.settled, self.wanted, self.seen) = (wanted, None, [None; PROCESSES]);
        }
        all
    }

    /// Under a fresh id, which nobody has seen.
    pub(super) fn register(&mut self, p: usize) -> bool {
        let process = &mut self.processes[p];
        if process.member || process.renewal.is_some() {
            return false;
        }
        process.row = Some(Row { beat: 0, acknowledged: self.epoch });
        (process.member, process.lease, process.applied) = (true, LEASE, self.epoch);
        self.seen[p] = None;
        true
    }
}

impl Process {
    /// The version that its next cell would be sealed under, if it may seal.
    pub(super) fn usable(&self) -> Option<u8> {
        self.held.filter(|_| self.member && self.lease > 0)
    }

    pub(super) fn read(&mut self, epoch: u8, early: bool) -> bool {
        let may = (self.member || early) && self.held.is_none() && self.loading.is_none();
        if may {
            self.loading = Some(epoch);
        }
        may
    }

    pub(super) fn publish(&mut self) -> bool {
        let may = self.member && self.loading.is_some();
        if may {
            self.held = self.loading.take();
        }
        may
    }

    pub(super) fn apply(&mut self, epoch: u8, leaves_loads: bool) -> bool {
        if !self.member {
            return false;
        }
        self.held = self.held.map(|_| epoch);
        if !leaves_loads {
            self.loading = None;
        }
        self.applied = epoch;
        true
    }

    pub(super) fn leave(&mut self) -> bool {
        if !self.member || self.renewal.is_some() {
            return false;
        }
        self.drop_all();
        self.row = None;
        true
    }

    pub(super) fn send(&mut self) -> bool {
        let more = self.row.is_none_or(|row| row.beat < RENEWALS);
        let may = self.member && self.renewal.is_none() && more;
        if may {
            self.renewal = Some(Renewal { age: 0, acknowledged: self.applied, arrived: None });
        }
        may
    }

    /// Also while it is stopped: what was sent is on its way.
    pub(super) fn arrive(&mut self) -> bool {
        let Some(renewal) = self.renewal.as_mut().filter(|renewal| renewal.arrived.is_none()) else { return false };
        renewal.arrived = Some(self.row.is_some());
        if let Some(row) = &mut self.row {
            *row = Row { beat: row.beat + 1, acknowledged: renewal.acknowledged };
        }
        true
    }

    pub(super) fn answer(&mut self, from_the_answer: bool, keeps: bool) -> bool {
        let Some(Renewal { age, arrived: Some(there), .. }) = self.renewal else { return false };
        self.renewal = None;
        match there {
            true => self.lease = if from_the_answer { LEASE } else { LEASE - age },
            false if keeps => self.member = false,
            false => self.drop_all(),
        }
        true
    }

    fn drop_all(&mut self) {
        (self.member, self.lease, self.held, self.loading) = (false, 0, None, None);
    }
}

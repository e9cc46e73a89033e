//! Cells cut, extended, flipped and invented, of every kind.

use fieldseal::Ciphertext;
use proptest::prelude::*;

use super::*;

/// A cell of one kind, and how the model opens it.
struct Target {
    cell: Vec<u8>,
    open: fn(&Session, Vec<u8>) -> Result<String, OpenError>,
}

macro_rules! open_as {
    ($twin:ident { $($other:ident)? }) => {
        |session, bytes| {
            let value = Ciphertext::from_bytes(bytes);
            let row = $twin { id: 1, firm_id: "acme".into(), value, $($other: None)? };
            session.open(row).map(|row| row.value)
        }
    };
}

fn targets(session: &Session) -> [Target; 3] {
    [
        Target {
            cell: session.seal(&left(1)).unwrap().value.into_bytes().unwrap(),
            open: open_as!(SealedLeft { other }),
        },
        Target { cell: session.seal(&loose(1)).unwrap().value.into_bytes().unwrap(), open: open_as!(SealedLoose {}) },
        Target { cell: session.seal(&fixed(1)).unwrap().value.into_bytes().unwrap(), open: open_as!(SealedFixed {}) },
    ]
}

impl Target {
    fn refused(&self, session: &Session, bytes: &[u8]) -> &'static str {
        let error = (self.open)(session, bytes.to_vec()).expect_err(&hex::encode(bytes));
        assert_places(&error, "left_cells.value");
        error.code()
    }
}

#[test]
fn a_cell_cut_at_any_length_is_refused() {
    let session = World::new().session;
    for target in targets(&session) {
        let overhead = target.cell.len() - SECRET.len();
        for length in 0..target.cell.len() {
            let code = if length < overhead { "open.envelope" } else { "open.unauthentic" };
            assert_eq!(target.refused(&session, &target.cell[..length]), code, "cut at {length}");
        }
    }
}

#[test]
fn a_cell_cut_in_front_or_extended_is_refused() {
    let session = World::new().session;
    for target in targets(&session) {
        for start in 1..target.cell.len() {
            target.refused(&session, &target.cell[start..]);
        }
        for byte in [0, 1, 0x80, 0xF5, 0xFF] {
            assert_eq!(target.refused(&session, &[&target.cell[..], &[byte]].concat()), "open.unauthentic");
            target.refused(&session, &[&[byte], &target.cell[..]].concat());
        }
        let doubled = [&target.cell[..], &target.cell[..]].concat();
        assert_eq!(target.refused(&session, &doubled), "open.unauthentic");
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let session = World::new().session;
    for target in targets(&session) {
        for bit in 0..target.cell.len() * 8 {
            let mut cell = target.cell.clone();
            cell[bit / 8] ^= 1 << (bit % 8);
            let code = target.refused(&session, &cell);
            let wanted: &[&str] = match (bit / 8, cell[0], cell[1]) {
                // A short deterministic cell is too short for a randomised one.
                (0, 0xF5 | 0xF6, _) if cell.len() < 42 => &["open.envelope"],
                (0, 0xF5..=0xF7, _) => &["open.wrong_kind"],
                (0, ..) | (1, _, 0) => &["open.envelope"],
                // The version goes on into the nonce: not its shortest form, or a version that does not exist.
                (1, _, 0x80..) => &["open.envelope", "open.unknown_version"],
                (1, ..) => &["open.unknown_version"],
                _ => &["open.unauthentic"],
            };
            assert!(wanted.contains(&code), "bit {bit}: {code}");
        }
    }
}

#[test]
fn versions_that_are_not_in_shortest_form_are_refused() {
    let session = World::new().session;
    for target in targets(&session) {
        let padded: [&[u8]; 4] = [&[0x81, 0x00], &[0x81, 0x80, 0x00], &[0x80, 0x80, 0x80, 0x80, 0x10], &[0xFF; 6]];
        for version in padded {
            let cell = [&target.cell[..1], version, &target.cell[2..]].concat();
            assert_eq!(target.refused(&session, &cell), "open.envelope");
        }
    }
}

#[derive(Debug, Clone)]
enum Mutation {
    Set(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Swap(usize, usize),
    Truncate(usize),
    Append(Vec<u8>),
}

impl Mutation {
    fn apply(&self, cell: &mut Vec<u8>) {
        let place = |at: &usize, len: usize| if len == 0 { 0 } else { at % len };
        let len = cell.len();
        match self {
            Self::Insert(at, byte) => cell.insert(place(at, len + 1), *byte),
            Self::Append(bytes) => cell.extend(bytes),
            Self::Truncate(at) => cell.truncate(place(at, len)),
            _ if cell.is_empty() => {}
            Self::Set(at, byte) => cell[place(at, len)] = *byte,
            Self::Remove(at) => drop(cell.remove(place(at, len))),
            Self::Swap(a, b) => cell.swap(place(a, len), place(b, len)),
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        any::<usize>().prop_map(Mutation::Remove),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Mutation::Swap(a, b)),
        any::<usize>().prop_map(Mutation::Truncate),
        proptest::collection::vec(any::<u8>(), 1..40).prop_map(Mutation::Append),
    ]
}

#[test]
fn mutated_and_random_cells_never_open() {
    let session = World::new().session;
    let targets = targets(&session);
    let config = ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() };
    proptest!(config, |(
        kind in 0usize..3,
        mutations in proptest::collection::vec(mutation(), 1..5),
        random in proptest::collection::vec(any::<u8>(), 0..100),
        headed in any::<bool>(),
    )| {
        let target = &targets[kind];
        let mut cell = target.cell.clone();
        mutations.iter().for_each(|mutation| mutation.apply(&mut cell));
        if cell != target.cell {
            target.refused(&session, &cell);
        }
        let head: &[u8] = if headed { &target.cell[..2] } else { &[] };
        target.refused(&session, &[head, &random].concat());
    });
}

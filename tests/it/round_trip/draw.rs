//! Where generated values come from, and what became of them: seeds that a failing test prints, and what was covered.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::value::Value;

/// So many cases go through all edges of a type.
pub(super) const EDGES: usize = 8;
/// Raises the number of cases of each test.
const CASES: &str = "FIELDSEAL_TEST_CASES";
/// Repeats a run.
const SEED: &str = "FIELDSEAL_TEST_SEED";

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text:?}")))
}

/// Runs `case` so many times at least. The number of the case picks what has to be gone through one by one; all else is
/// drawn.
pub(super) fn cases(least: usize, mut case: impl FnMut(usize, &mut Draw)) {
    let seed = number(SEED).unwrap_or_else(|| RandomState::new().hash_one(0));
    let wanted = number(CASES).map_or(0, |cases| usize::try_from(cases).unwrap());
    for number in 0..least.max(wanted) {
        let _failing = Failing { seed, number };
        case(number, &mut Draw::new(seed, number));
    }
}

/// Says how to repeat a case that panics.
struct Failing {
    seed: u64,
    number: usize,
}

impl Drop for Failing {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, number } = self;
            let _ =
                writeln!(std::io::stderr(), "case {number} failed: {SEED}={seed} {CASES}={} repeats it", *number + 1);
        }
    }
}

/// The values of one case. A clone draws the same values once more.
#[derive(Clone)]
pub(super) struct Draw {
    runner: TestRunner,
    number: usize,
    /// Takes the type's edge of the case's number, in place of any value.
    edges: bool,
}

impl Draw {
    fn new(seed: u64, number: usize) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        bytes[8..16].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self { runner: TestRunner::new_with_rng(Config::default(), rng), number, edges: false }
    }

    /// A value of this type.
    pub(super) fn one<T: Value>(&mut self) -> T {
        if self.edges {
            let mut edges = T::edges();
            assert!((1..=EDGES).contains(&edges.len()), "more edges than cases");
            return edges.swap_remove(self.number % edges.len());
        }
        self.of(T::any())
    }

    /// Whether something that may be absent is there; in the row of edges, in most cases.
    pub(super) fn there(&mut self) -> bool {
        if self.edges { self.number % 7 != 6 } else { self.of(proptest::bool::weighted(0.7)) }
    }

    /// A value of this strategy.
    pub(super) fn of<S: Strategy>(&mut self, strategy: S) -> S::Value {
        strategy.new_tree(&mut self.runner).unwrap().current()
    }

    /// What `make` draws, of edges alone.
    pub(super) fn edges<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        self.edges = true;
        let made = make(self);
        self.edges = false;
        made
    }
}

/// What was compared, as against what has to be.
#[derive(Default)]
pub(super) struct Coverage(BTreeSet<String>);

impl Coverage {
    /// Called behind the assertion that compares.
    pub(super) fn compared(&mut self, what: impl fmt::Display) {
        self.0.insert(what.to_string());
    }

    /// # Panics
    /// When a case of these was never compared, or others were than are known.
    pub(super) fn assert_is(&self, wanted: impl IntoIterator<Item = String>) {
        let wanted = wanted.into_iter().collect::<BTreeSet<_>>();
        let never: Vec<_> = wanted.difference(&self.0).collect();
        assert!(never.is_empty() && !wanted.is_empty(), "never compared: {never:#?}");
        let unknown: Vec<_> = self.0.difference(&wanted).collect();
        assert!(unknown.is_empty(), "compared, and not in the table: {unknown:#?}");
    }
}

/// The bytes of a plaintext that are enough not to be met by chance.
const SHORTEST: usize = 8;

/// # Panics
/// When what a database shows of its rows, `shown`, contains one of the plaintexts, as text or in hexadecimal.
pub(super) fn assert_hidden<'a>(shown: &str, plaintexts: impl IntoIterator<Item = (&'a str, Option<Vec<u8>>)>) {
    let shown = shown.to_lowercase();
    let long = plaintexts.into_iter().filter_map(|(field, plaintext)| Some((field, plaintext?)));
    for (field, plaintext) in long.filter(|(_, plaintext)| plaintext.len() >= SHORTEST) {
        let text = String::from_utf8_lossy(&plaintext).to_lowercase();
        let seen = shown.contains(&hex::encode(&plaintext)) || shown.contains(&text);
        assert!(!seen, "the database shows the plaintext of `{field}`");
    }
}

#[test]
fn a_plaintext_would_be_seen() {
    let plaintexts = || [("text", Some(b"Plaintext".to_vec())), ("short", Some(b"x".to_vec())), ("null", None)];
    assert_hidden(r"(1,\xf5ab,x)", plaintexts());
    for shown in ["(1,plainTEXT)", r"(1,\xf5506C61696E7465787400)", "X'00506c61696e74657874'"] {
        assert!(std::panic::catch_unwind(|| assert_hidden(shown, plaintexts())).is_err(), "{shown}");
    }
}

#[test]
fn a_seed_gives_the_same_values_again() {
    let values = |seed, number| {
        let mut draw = Draw::new(seed, number);
        (draw.one::<String>(), draw.one::<i64>(), draw.clone().one::<uuid::Uuid>(), draw.one::<uuid::Uuid>())
    };
    let (first, again) = (values(1, 2), values(1, 2));
    assert_eq!(first, again);
    assert_eq!(first.2, first.3, "a clone draws what the other does");
    assert!(first != values(2, 2) && first != values(1, 3));
}

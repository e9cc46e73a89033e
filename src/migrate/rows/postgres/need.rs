//! Which rows have something to be done, in SQL.

use super::{PairColumns, Table};
use crate::migrate::transform::Need;
use crate::schema::sql::{ident, join};

impl Table {
    /// The condition for rows of which at least one pair is in need; `None`: all rows are.
    pub(super) fn needy(&self, need: Need) -> Option<String> {
        if need == Need::All {
            return None;
        }
        let pairs: Vec<String> = self.pairs.iter().filter_map(|pair| pair_needy(pair, need)).collect();
        // Without a single pair that can be in need, no row is.
        if pairs.is_empty() { Some("false".to_owned()) } else { Some(format!("({})", join(pairs, " OR ", |sql| sql))) }
    }
}

fn pair_needy(pair: &PairColumns, need: Need) -> Option<String> {
    let sealed = column(&pair.sealed);
    Some(match need {
        Need::All => "true".to_owned(),
        Need::Unsealed => format!("({} IS NOT NULL AND {sealed} IS NULL)", column(&pair.plain.as_ref()?.name)),
        Need::SealedWithoutPlain => {
            format!("({} IS NULL AND {sealed} IS NOT NULL)", column(&pair.plain.as_ref()?.name))
        }
        Need::BelowVersion(version) => format!("({sealed} IS NOT NULL AND {} < {version})", version_of(&sealed, 1)),
        Need::StaleTerm(version) => {
            let term = column(pair.term.as_ref()?);
            format!("({sealed} IS NOT NULL AND ({term} IS NULL OR {} < {version}))", version_of(&term, 0))
        }
    })
}

fn column(name: &str) -> String {
    format!("t.{}", ident(name))
}

/// The key version in LEB128 from byte `start` on. What is too short to hold one counts as 0, so that the transform sees it.
fn version_of(value: &str, start: usize) -> String {
    let byte = |n: usize| format!("get_byte({value}, {})", start + n);
    // `<<` binds weaker than `+`.
    let sum = |n: usize| join(0..=n, " + ", |i| format!("(({}::int8 & 127) << {})", byte(i), 7 * i));
    let arm =
        |n: usize| format!("WHEN octet_length({value}) <= {} THEN 0 WHEN {} < 128 THEN {}", start + n, byte(n), sum(n));
    format!("CASE {} ELSE 0 END", join(0..5, " ", arm))
}

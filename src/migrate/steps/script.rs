//! The SQL of the steps: what a step runs and a plan shows is made here, so that they can't differ.

use crate::schema::Table;
use crate::schema::sql::ident;
use crate::schema::transit::Pair;
use crate::schema::transit::postgres::{self, Rules};

/// The strongest lock that a statement takes on the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub enum Lock {
    /// Nobody else reads or writes. Held for an instant: only catalogs change.
    #[serde(rename = "ACCESS EXCLUSIVE")]
    AccessExclusive,
    /// Nobody else writes. Held for an instant.
    #[serde(rename = "SHARE ROW EXCLUSIVE")]
    ShareRowExclusive,
    /// Others read and write; other changes of the schema wait. Held while the table is read.
    #[serde(rename = "SHARE UPDATE EXCLUSIVE")]
    ShareUpdateExclusive,
}

impl Lock {
    /// Its name in PostgreSQL's manual.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
        }
    }

    /// For how long it is held.
    #[must_use]
    pub const fn held(self) -> &'static str {
        match self {
            Self::AccessExclusive | Self::ShareRowExclusive => "for an instant",
            Self::ShareUpdateExclusive => "while the table is read; readers and writers go on",
        }
    }
}

/// Statements that belong together, as a step runs them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Act {
    /// What it is for.
    pub what: &'static str,
    /// The SQL.
    pub sql: String,
    /// The strongest lock that it takes on the table, if it takes any.
    pub lock: Option<Lock>,
    /// Whether it can't be in a transaction.
    pub alone: bool,
}

fn act(what: &'static str, lock: Lock, sql: String) -> Act {
    Act { what, sql, lock: Some(lock), alone: false }
}

/// Columns that take NULL: in transit they do, whatever the model says.
pub(in crate::migrate) fn columns(table: &Table, pairs: &[Pair]) -> Vec<Act> {
    let domains = postgres::domains(table).join(" ");
    let columns = postgres::add_columns(table, pairs).join(" ");
    let nullable: String = pairs.iter().map(|pair| postgres::drop_not_null(table, pair)).collect();
    vec![
        Act { what: "make the domains", sql: domains, lock: None, alone: false },
        act("make the sealed columns", Lock::AccessExclusive, format!("{columns} {nullable}")),
    ]
}

/// The indexes of terms, by name.
pub(in crate::migrate) fn indexes(table: &Table, pairs: &[Pair]) -> Vec<(String, Act)> {
    let act = |sql| Act { what: "make an index", sql, lock: Some(Lock::ShareUpdateExclusive), alone: true };
    postgres::indexes(table, pairs).into_iter().map(|(name, sql)| (name, act(sql))).collect()
}

/// The triggers of the rules, and a guard that leaves the pairs to them.
pub(in crate::migrate) fn triggers(table: &Table, pairs: &[Pair], rules: Rules) -> Act {
    let function = postgres::function(table, pairs, rules);
    let trigger = postgres::trigger(table, rules);
    let (guard, unseen) = (postgres::guard_in_transit(table), postgres::unseen(table, pairs));
    let sql = format!("{function} {trigger} {unseen} {guard}");
    act("put the triggers in place", Lock::AccessExclusive, sql)
}

/// The promise that no value lies in plaintext only, and its proof.
pub(in crate::migrate) fn promise(table: &Table, pairs: &[Pair]) -> Vec<Act> {
    let acts = pairs.iter().flat_map(|pair| {
        let constraint = postgres::constraint(table, pair);
        let add = format!("{} {}", constraint.drop, constraint.add);
        [
            act("promise that values are sealed", Lock::AccessExclusive, add),
            act("prove that values are sealed", Lock::ShareUpdateExclusive, constraint.validate),
        ]
    });
    acts.collect()
}

/// The promise is taken back.
pub(in crate::migrate) fn unpromise(table: &Table, pairs: &[Pair]) -> Act {
    let drops = pairs.iter().map(|pair| postgres::constraint(table, pair).drop).collect();
    act("take the promise back", Lock::AccessExclusive, drops)
}

/// NOT NULL where the model takes no NULL. A value that is missing is said by the proof.
pub(in crate::migrate) fn require_values(table: &Table, pairs: &[Pair]) -> Vec<Act> {
    let mut acts = Vec::new();
    for pair in pairs.iter().filter(|pair| !pair.nullable) {
        for column in pair.sealed_columns() {
            let constraint = postgres::not_null(table, column);
            let on = table.quoted();
            let again = format!("ALTER TABLE {on} DROP CONSTRAINT IF EXISTS {};", ident(&constraint.name));
            let add = format!("{again} {}", constraint.add);
            acts.push(act("promise that values are there", Lock::AccessExclusive, add));
            acts.push(act("prove that values are there", Lock::ShareUpdateExclusive, constraint.validate));
            acts.push(act("make the column NOT NULL", Lock::AccessExclusive, constraint.drop));
        }
    }
    acts
}

/// In one transaction: there is no instant at which plaintext could be written unseen.
pub(in crate::migrate) fn drop_plaintext(table: &Table, pairs: &[Pair]) -> Act {
    let constraints: String = pairs.iter().map(|pair| postgres::constraint(table, pair).drop).collect();
    let columns = postgres::drop_columns(table, pairs.iter().map(|pair| pair.plain));
    let (trigger, guard) = (postgres::drop_trigger(table), postgres::guard_of_all(table));
    let sql = format!("{trigger} {constraints} {columns} {guard}");
    act("drop the legacy columns", Lock::AccessExclusive, sql)
}

/// The guard of a table whose legacy columns stay, empty: the fencing triggers go on refusing plaintext.
pub(in crate::migrate) fn guard(table: &Table) -> Act {
    act("put the guard in place", Lock::AccessExclusive, postgres::guard_of_all(table))
}

/// What `expand` made goes, unless a value lies in its cell only. Before the sealed columns are there, nothing is checked.
pub(in crate::migrate) fn drop_sealed(table: &Table, pairs: &[Pair], there: bool) -> Act {
    let columns = postgres::drop_columns(table, pairs.iter().flat_map(Pair::sealed_columns));
    let trigger = postgres::drop_trigger(table);
    let check = if there { postgres::refuse_sealed_only(table, pairs) } else { String::new() };
    act("drop the sealed columns", Lock::AccessExclusive, format!("{trigger} {check} {columns}"))
}

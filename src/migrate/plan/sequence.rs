//! The steps of a plan, in order.

use super::PlannedStep;
use crate::migrate::job::Kind;
use crate::migrate::steps::{Act, Lock, script};
use crate::schema::Table;
use crate::schema::sql::{ident, join};
use crate::schema::transit::Pair;
use crate::schema::transit::postgres::Rules;

/// The steps that seal a table. `at` is the one that was taken last.
pub(super) fn of(table: &Table, pairs: &[Pair], at: Option<&str>) -> Vec<PlannedStep> {
    let mut steps = vec![
        expand(table, pairs),
        step(
            "dual-write",
            "processes write plaintext, cell and term together",
            Some("dual-write"),
            vec![],
            TO_EXPANDED,
        ),
        step(
            "run",
            "seals every row that is not sealed, in chunks, beside all writers",
            None,
            vec![chunk(table, pairs)],
            STOPS,
        ),
        step(
            "verify",
            "opens every cell and compares it with its plaintext; nothing is written",
            None,
            vec![],
            NOTHING,
        ),
        step(
            "fence",
            "processes write no plaintext, and the table refuses that of anybody else",
            Some("fenced"),
            vec![script::triggers(table, pairs, Rules::Fencing)],
            "rollback: the clearing triggers come back, and plaintext is written again",
        ),
        step("sweep", "seals what was written in plaintext until the fence", None, vec![chunk(table, pairs)], STOPS),
        step("validate", "proves that no value lies in plaintext only", None, script::promise(table, pairs), UNPROMISE),
        step("verify", "once more, over every row, before plaintext is read no more", None, vec![], NOTHING),
        step("cut-over", "processes read cells only", Some("cut-over"), vec![], TO_FENCED),
        step(
            "contract",
            "drops the legacy columns, once no live process names one",
            None,
            contract(table, pairs),
            "reopen: the columns come back empty; rollback to dual-write, and `run --kind unseal` fills them",
        ),
    ];
    let done = at.and_then(|at| LAST_OF.iter().find(|(name, _)| *name == at)).map_or(0, |(_, done)| *done);
    steps.iter_mut().take(done).for_each(|step| step.done = true);
    steps
}

/// How many of the steps lie behind a job that is at a step.
const LAST_OF: [(&str, usize); 6] =
    [("expanded", 1), ("dual-write", 2), ("fenced", 5), ("validated", 7), ("cut-over", 9), ("contracted", 10)];

const TO_EXPANDED: &str = "rollback: processes write plaintext only";
const TO_FENCED: &str = "rollback: plaintext is read again where it is left";
const STOPS: &str = "pause or abort: what was written stays, and harms nobody";
const NOTHING: &str = "nothing to undo";
const UNPROMISE: &str = "rollback: the constraints go";

fn step(
    name: &'static str,
    does: &'static str,
    phase: Option<&'static str>,
    acts: Vec<Act>,
    reverse: &'static str,
) -> PlannedStep {
    PlannedStep { name, does, phase, acts, reverse, done: false }
}

fn expand(table: &Table, pairs: &[Pair]) -> PlannedStep {
    let mut acts = script::columns(table, pairs);
    acts.extend(script::indexes(table, pairs).into_iter().map(|(_, act)| act));
    acts.push(script::triggers(table, pairs, Rules::Clearing));
    let does = "makes the sealed columns, their indexes and the triggers that keep them true";
    step("expand", does, Some("expanded"), acts, "rollback: what was made is dropped again")
}

fn contract(table: &Table, pairs: &[Pair]) -> Vec<Act> {
    let mut acts = script::require_values(table, pairs);
    acts.push(script::drop_plaintext(table, pairs));
    acts
}

/// What the chunks of a backfill come to; the engine's statement takes arrays of rows and names their versions.
fn chunk(table: &Table, pairs: &[Pair]) -> Act {
    let columns: Vec<&str> = pairs.iter().flat_map(Pair::sealed_columns).collect();
    let sets = join(&columns, ", ", |column| format!("{} = $sealed", ident(column)));
    let unsealed =
        join(pairs, " OR ", |pair| format!("({} IS NOT NULL AND {} IS NULL)", ident(pair.plain), ident(pair.sealed)));
    let sql = format!(
        "UPDATE {} SET {sets} WHERE ({unsealed}) AND key = $key AND firm = $firm AND xmin = $seen; -- as many rows as a chunk has",
        table.quoted()
    );
    Act { what: "write a chunk", sql, lock: None, alone: false }
}

/// The one pass of a job that changes cells or terms in their place.
pub(super) fn pass(kind: Kind, table: &str) -> PlannedStep {
    let does = match kind {
        Kind::Reseal => "seals anew what is under an older data key, suite or padding",
        Kind::Reindex => "computes anew the terms that are under an older index key",
        Kind::Rebind => "opens cells by the row, firm and names of before, and seals them for those of now",
        Kind::Unseal => "opens cells and puts their plaintext back beside them",
        Kind::Seal => "seals what is not sealed",
    };
    let sql = format!("UPDATE {table} SET cells = $sealed WHERE key = $key AND firm = $firm AND xmin = $seen;");
    let act = Act { what: "write a chunk", sql, lock: None, alone: false };
    step("run", does, None, vec![act], STOPS)
}

/// For the report on what a lock means.
pub(super) fn lock_text(lock: Option<Lock>) -> String {
    lock.map_or_else(|| "no lock on the table".to_owned(), |lock| format!("{} {}", lock.as_str(), lock.held()))
}

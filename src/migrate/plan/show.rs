//! A plan as a person reads it: SQL, and comments.

use std::fmt;

use super::sequence::lock_text;
use super::{Plan, PlannedStep};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "-- job {}: {} {}", self.job, self.kind, self.table)?;
        let facts = &self.facts;
        writeln!(
            f,
            "-- about {:.0} rows, {}, indexes {}",
            facts.rows.max(0.0),
            size(facts.bytes),
            size(facts.index_bytes)
        )?;
        writeln!(f, "-- disk: a pass over all rows may need {} more until VACUUM", size(facts.needed_bytes))?;
        match &self.at {
            Some(at) => writeln!(f, "-- it is at {at}")?,
            None => writeln!(f, "-- it has not begun")?,
        }
        for obstacle in &self.obstacles {
            writeln!(f, "-- IN THE WAY [{}] {}", obstacle.code, obstacle.said)?;
        }
        for warning in &self.warnings {
            writeln!(f, "-- NOTE [{}] {}", warning.code, warning.said)?;
        }
        for (i, step) in self.steps.iter().enumerate() {
            show_step(f, i + 1, step)?;
        }
        Ok(())
    }
}

fn show_step(f: &mut fmt::Formatter<'_>, number: usize, step: &PlannedStep) -> fmt::Result {
    let done = if step.done { " (done)" } else { "" };
    writeln!(f, "\n-- {number}. {}{done}: {}", step.name, step.does)?;
    if let Some(phase) = step.phase {
        writeln!(f, "--    phase {phase}; waits until every live process knows it")?;
    }
    writeln!(f, "--    back: {}", step.reverse)?;
    for act in &step.acts {
        let alone = if act.alone { ", outside of any transaction" } else { "" };
        writeln!(f, "--    {} [{}{alone}]", act.what, lock_text(act.lock))?;
        writeln!(f, "{}", act.sql.trim())?;
    }
    Ok(())
}

/// Bytes in the unit that leaves one to three digits before the point.
pub(super) fn size(bytes: i64) -> String {
    let mut size = bytes.max(0) as f64;
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
        if size < 1000.0 {
            return if unit == "bytes" { format!("{size:.0} {unit}") } else { format!("{size:.1} {unit}") };
        }
        size /= 1024.0;
    }
    format!("{size:.1} TiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let sizes = [0, 999, 1024, 5 << 20, 3 << 40].map(size);
        assert_eq!(sizes, ["0 bytes", "999 bytes", "1.0 KiB", "5.0 MiB", "3.0 TiB"]);
    }
}

//! The guard's triggers.

use super::Comparison;
use crate::schema::difference::Difference;
use crate::schema::facts::Fact;
use crate::schema::guard::{Guard, Trigger};
use crate::schema::sql::squeeze;
use crate::schema::{Backend, postgres, sqlite};

const PRINT_IT: &str = "run the guard's statements that `fieldseal::schema::migration` prints";

impl Comparison<'_> {
    pub(super) fn guard(&self) -> Vec<Difference> {
        let guard = match self.backend {
            Backend::Postgres => postgres::guard::of(self.table),
            Backend::Sqlite => sqlite::guard::of(self.table),
        };
        let Some(guard) = guard else { return Vec::new() };
        let mut differences = Vec::from_iter(self.table_of_proposals());
        for trigger in &guard.triggers {
            differences.extend(self.trigger(&guard, trigger));
            differences.extend(self.later_trigger(trigger));
        }
        differences
    }

    fn table_of_proposals(&self) -> Option<Difference> {
        let missing =
            self.backend == Backend::Sqlite && Fact::find(self.facts, "table", sqlite::guard::PROPOSED).is_none();
        let remedy = squeeze(&sqlite::guard::create_proposed(self.table));
        missing.then(|| self.difference(None, format!("a table {} beside it", sqlite::guard::PROPOSED), "none", remedy))
    }

    fn trigger(&self, guard: &Guard, trigger: &Trigger) -> Option<Difference> {
        let expected = format!("the trigger {} BEFORE {}", trigger.name, trigger.event);
        let Some(fact) = Fact::find(self.facts, "trigger", &trigger.name) else {
            return Some(self.difference(None, expected, "none", PRINT_IT));
        };
        if !self.is_of_this_release(guard, trigger, fact) {
            return Some(self.difference(None, expected, "another one, or one of another release", PRINT_IT));
        }
        if fact.a != "always" {
            let (expected, remedy) =
                (expected + ", enabled ALWAYS", postgres::guard::enable_always(self.table, &trigger.name));
            return Some(self.difference(None, expected, &format!("it enabled: {}", fact.a), remedy));
        }
        None
    }

    fn is_of_this_release(&self, guard: &Guard, trigger: &Trigger, fact: &Fact) -> bool {
        match self.backend {
            Backend::Postgres => {
                fact.b == trigger.event && fact.c == trigger.stamp && squeeze(&fact.d) == squeeze(&guard.body)
            }
            // The database keeps the statement; the trigger's name in it may be qualified or not.
            Backend::Sqlite => squeeze(&fact.c).ends_with(&trigger.stamp),
        }
    }

    /// A trigger that runs after the guard may change what the guard has seen. SQLite has no order to check.
    fn later_trigger(&self, trigger: &Trigger) -> Option<Difference> {
        let later = |fact: &&Fact| {
            fact.name > trigger.name && fact.a != "disabled" && fact.b.split(' ').any(|event| event == trigger.event)
        };
        let fact = Fact::of_kind(self.facts, "trigger").find(later)?;
        let expected = format!("no trigger BEFORE {} that sorts behind {}", trigger.event, trigger.name);
        let remedy = format!("rename {}, so that the guard runs last", fact.name);
        Some(self.difference(None, expected, &fact.name, remedy))
    }
}

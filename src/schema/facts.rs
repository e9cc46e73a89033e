//! What a live database says of a table, in rows of one shape.

use diesel::QueryableByName;
use diesel::sql_types::Text;

/// Between the columns of an index, or the constraints of a domain.
pub(super) const SEPARATOR: char = '\u{1f}';

/// One fact of a table. What `a` to `d` hold depends on the kind:
///
/// | kind | a | b | c | d |
/// | --- | --- | --- | --- | --- |
/// | table | `r`, `p` or what it is instead | | the table's SQL (SQLite) | |
/// | column | type | `NULL`, `NOT NULL` | CHECKs of its domain (PostgreSQL) | |
/// | index | columns | `unique`, `not unique` | `usable` or why not | |
/// | trigger | `always` or when else | events | stamp | text of its function (PostgreSQL) |
#[doc(hidden)]
#[derive(Debug, Clone, QueryableByName)]
pub struct Fact {
    #[diesel(sql_type = Text)]
    pub(super) kind: String,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text)]
    pub(super) a: String,
    #[diesel(sql_type = Text)]
    pub(super) b: String,
    #[diesel(sql_type = Text)]
    pub(super) c: String,
    #[diesel(sql_type = Text)]
    pub(super) d: String,
}

impl Fact {
    pub(super) fn of_kind<'a>(facts: &'a [Self], kind: &'static str) -> impl Iterator<Item = &'a Self> {
        facts.iter().filter(move |fact| fact.kind == kind)
    }

    /// The fact of this kind and name.
    pub(super) fn find<'a>(facts: &'a [Self], kind: &'static str, name: &str) -> Option<&'a Self> {
        Self::of_kind(facts, kind).find(|fact| fact.name == name)
    }
}

//! Words of SQL that databases spell differently.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;

/// A Diesel backend that fieldseal writes SQL for.
#[diagnostic::on_unimplemented(
    message = "fieldseal does not know the Diesel backend `{Self}`",
    note = "turn on fieldseal's feature for each database: `postgres`, `sqlite`, `mysql`"
)]
pub trait Dialect: Backend {
    #[doc(hidden)]
    const NAME: &'static str;
    #[doc(hidden)]
    const WORDS: Words;
}

/// What stands before and after.
type Around = (&'static str, &'static str);

/// A database's spellings.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// Around a column or value: it then equals what has the same bytes, whatever the column's collation says.
    bytewise: Around,
    /// Around a column: an expression that fails when it is evaluated, whatever the column holds. It depends on the column in
    /// a way that the database does not see through, or it would be evaluated ahead; its words say what the error means.
    refusal: Around,
    /// Around a text column: it without ASCII white space, in lower case, at least where it is ASCII alone.
    folded: Around,
    /// Around a text column: true unless it is ASCII alone.
    not_ascii: Around,
}

#[cfg(feature = "postgres")]
impl Dialect for diesel::pg::Pg {
    const NAME: &'static str = "postgres";
    // The name of an encoding that does not exist, which the database quotes.
    const WORDS: Words = Words {
        bytewise: ("", "::text COLLATE \"C\""),
        refusal: ("decode(num_nulls(", ")::text, 'this cell was sealed for another row or firm')"),
        folded: ("lower(translate(CAST(", " AS text) COLLATE \"C\", E' \\t\\n\\x0b\\f\\r', ''))"),
        not_ascii: ("CAST(", " AS text) COLLATE \"C\" ~ E'[^\\\\x01-\\\\x7f]'"),
    };
}

#[cfg(feature = "sqlite")]
impl Dialect for diesel::sqlite::Sqlite {
    const NAME: &'static str = "sqlite";
    // A path that is none, which the database quotes.
    const WORDS: Words = Words {
        bytewise: ("", " COLLATE BINARY"),
        refusal: ("json_extract('{}', 'this cell was sealed for another row or firm' || substr(typeof(", "), 1, 0))"),
        folded: (
            "lower(replace(replace(replace(replace(replace(replace(CAST(",
            " AS TEXT), ' ', ''), char(9), ''), char(10), ''), char(11), ''), char(12), ''), char(13), ''))",
        ),
        not_ascii: ("CAST(", " AS TEXT) GLOB '*[^' || char(1) || '-' || char(127) || ']*'"),
    };
}

#[cfg(feature = "mysql")]
impl Dialect for diesel::mysql::Mysql {
    const NAME: &'static str = "mysql";
    // Two rows where one is expected: functions give errors that some servers take for warnings. IGNORE makes a warning of
    // this one too. The error does not quote the words; the statement shows them.
    const WORDS: Words = Words {
        bytewise: ("CAST(", " AS BINARY)"),
        refusal: ("(SELECT ", " IS NULL UNION ALL SELECT 'this cell was sealed for another row or firm')"),
        // No migration runs there: all rows are asked for.
        folded: ("CAST(", " AS BINARY)"),
        not_ascii: ("CAST(", " AS BINARY) IS NOT NULL"),
    };
}

/// A word, spelt by the database that the statement goes to: behind a connection of several backends only that one knows.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Word {
    BytewiseBefore,
    BytewiseAfter,
    RefusalBefore,
    RefusalAfter,
    FoldedBefore,
    FoldedAfter,
    NotAsciiBefore,
    NotAsciiAfter,
}

impl Word {
    const fn of(self, words: Words) -> &'static str {
        match self {
            Self::BytewiseBefore => words.bytewise.0,
            Self::BytewiseAfter => words.bytewise.1,
            Self::RefusalBefore => words.refusal.0,
            Self::RefusalAfter => words.refusal.1,
            Self::FoldedBefore => words.folded.0,
            Self::FoldedAfter => words.folded.1,
            Self::NotAsciiBefore => words.not_ascii.0,
            Self::NotAsciiAfter => words.not_ascii.1,
        }
    }
}

impl<DB: Dialect> QueryFragment<DB> for Word {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.of(DB::WORDS));
        Ok(())
    }
}

//! Answers as psql prints them.

use std::io;

use diesel::QueryableByName;
use diesel::sql_types::{Array, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::Failure;
use super::screen::{Screen, Style};
use super::text::{fit, pad, width};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Array<Text>)]
    fields: Vec<String>,
}

/// Runs a query of `columns`, and prints its rows.
pub async fn show(
    screen: &mut Screen<'_>,
    conn: &mut AsyncPgConnection,
    columns: &[&str],
    rest: &str,
) -> Result<(), Failure> {
    screen.say(Style::Faint, &format!("=> SELECT {} {rest};", columns.join(", ")))?;
    let fields: Vec<String> = columns.iter().map(|column| format!("coalesce({column}::text, '')")).collect();
    let query = format!("SELECT ARRAY[{}] AS fields {rest}", fields.join(", "));
    let lines: Vec<Line> = diesel::sql_query(query).load(conn).await?;
    let titles = columns.iter().map(|column| (*column).to_owned()).collect();
    let lines = std::iter::once(titles).chain(lines.into_iter().map(|line| line.fields));
    Ok(print(screen, lines.collect(), columns.len())?)
}

/// The titles, a rule, and the rows, each column as wide as its widest field.
fn print(screen: &mut Screen<'_>, mut lines: Vec<Vec<String>>, columns: usize) -> io::Result<()> {
    let room = screen.room() / columns - 3;
    lines.iter_mut().flatten().for_each(|field| *field = fit(field, room));
    let widest = |i: usize| lines.iter().map(|line| width(&line[i])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    for (i, line) in lines.iter().enumerate() {
        let fields: Vec<String> = line.iter().zip(&widths).map(|(field, width)| pad(field, *width)).collect();
        screen.raw(&format!(" {}", fields.join(" | ")))?;
        if i == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
            screen.raw(&rules.join("+"))?;
        }
    }
    Ok(())
}

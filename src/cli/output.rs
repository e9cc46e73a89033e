//! What is printed: text for people, JSON for programs.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use super::failure::Failure;

/// Where results go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(super) fn is_json(self) -> bool {
        self.json
    }

    /// A result: the text, or the value as one line of JSON.
    pub(super) fn result(self, value: &impl Serialize, text: impl Display) -> Result<(), Failure> {
        let line = if self.json { json(value)? } else { text.to_string() };
        self.line(&line)
    }

    /// One line on standard output. A reader that has gone is no failure of ours to explain.
    pub(super) fn line(self, line: &str) -> Result<(), Failure> {
        let written = writeln!(io::stdout().lock(), "{}", line.trim_end());
        written.map_err(|error| Failure::failed("cli.output", format!("standard output: {error}")))
    }

    /// A step of a long call, for people on standard error.
    pub(super) fn step(self, text: &str) {
        if !self.json {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    pub(super) fn failure(self, failure: &Failure) {
        let said = if self.json {
            let value = serde_json::json!({
                "error": { "code": failure.code, "exit": failure.exit.code(), "message": failure.message }
            });
            value.to_string()
        } else {
            format!("fieldseal: {} [{}]", failure.message, failure.code)
        };
        let _ = writeln!(io::stderr().lock(), "{said}");
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::failed("cli.output", error.to_string()))
}

/// Rows of text under headings, in columns.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |i: usize| {
        let cells = rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.chars().count());
        cells.chain([headings[i].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let head = line(headings.to_vec());
    let body = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    std::iter::once(head).chain(body).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["a".into(), "1".into()], vec!["übung".into(), "22".into()]];
        assert_eq!(table(&["firm", "n"], &rows), "firm   n\na      1\nübung  22");
    }
}

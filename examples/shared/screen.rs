//! Output: headings, aligned lines, and two columns side by side, as wide as the terminal.

use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

use super::stored::Stored;
use super::text::{fit, pad, wrap};

/// Where an example prints to.
pub struct Screen<'w> {
    out: &'w mut dyn Write,
    width: usize,
    styled: bool,
}

/// How a piece of text stands out, where the output is a terminal.
#[derive(Clone, Copy)]
pub enum Style {
    Plain,
    Strong,
    Faint,
    Good,
    Sealed,
    Refused,
}

/// Columns taken by a line's indent and by its label.
const INDENT: usize = 3;
const LABEL: usize = 12;

impl<'w> Screen<'w> {
    /// As wide as `COLUMNS` or the terminal says, between 80 and 120; in colour on a terminal, unless `NO_COLOR` is set.
    pub fn new(out: &'w mut dyn Write) -> Self {
        let terminal = io::stdout().is_terminal();
        let width = columns(terminal).unwrap_or(80).clamp(80, 120);
        Self { out, width, styled: terminal && std::env::var_os("NO_COLOR").is_none() }
    }

    /// A chapter's heading.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        let rule = "─".repeat(self.width.saturating_sub(text.chars().count() + 1));
        let (text, rule) = (self.style(Style::Strong, text), self.style(Style::Faint, &rule));
        writeln!(self.out, "\n{text} {rule}")
    }

    /// A line of its own, wrapped at spaces.
    pub fn say(&mut self, style: Style, text: &str) -> io::Result<()> {
        self.wrapped("", 0, style, text)
    }

    /// A label and what belongs to it, wrapped at spaces.
    pub fn item(&mut self, label: &str, style: Style, text: &str) -> io::Result<()> {
        self.wrapped(label, LABEL, style, text)
    }

    fn wrapped(&mut self, label: &str, indent: usize, style: Style, text: &str) -> io::Result<()> {
        let mut label = self.style(Style::Faint, &pad(label, indent));
        for line in wrap(text, self.width - INDENT - indent) {
            let text = self.style(style, &line);
            self.line(&format!("{label}{text}"))?;
            label = pad("", indent);
        }
        Ok(())
    }

    /// Columns that a line has.
    #[allow(dead_code, reason = "not every example needs it")]
    pub fn room(&self) -> usize {
        self.width - INDENT
    }

    /// A line as it is.
    #[allow(dead_code, reason = "not every example needs it")]
    pub fn raw(&mut self, text: &str) -> io::Result<()> {
        self.line(text)
    }

    /// The titles of two columns.
    pub fn sides(&mut self, left: &str, right: &str) -> io::Result<()> {
        let left = pad(left, self.left());
        let text = format!("{}{left} │ {right}", pad("", LABEL));
        self.line(&self.style(Style::Strong, &text))
    }

    /// One value in both columns: what the service sees, and what is stored.
    pub fn both(&mut self, label: &str, left: &str, right: &Stored<'_>) -> io::Result<()> {
        let room = self.width - INDENT - LABEL - self.left() - 3;
        let label = self.style(Style::Faint, &pad(label, LABEL));
        let left = pad(&fit(left, self.left()), self.left());
        let right = match right {
            Stored::Plain(text) => fit(text, room),
            Stored::Bytes(bytes, what) => self.style(Style::Sealed, &hex(bytes, what, room)),
            Stored::Null => self.style(Style::Faint, "NULL"),
        };
        let bar = self.style(Style::Faint, "│");
        self.line(&format!("{label}{left} {bar} {right}"))
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{:INDENT$}{text}", "")
    }

    fn left(&self) -> usize {
        (self.width - INDENT - LABEL) * 2 / 5
    }

    fn style(&self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Plain => return text.to_owned(),
            Style::Strong => 1,
            Style::Faint => 2,
            Style::Good => 32,
            Style::Sealed => 33,
            Style::Refused => 31,
        };
        if self.styled { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// What the bytes are, and as many of them in hex as there is room for.
fn hex(bytes: &[u8], what: &str, room: usize) -> String {
    let room = room.saturating_sub(what.len() + 3) / 2;
    let more = if room < bytes.len() { "…" } else { "" };
    format!("{what}  {}{more}", hex::encode(&bytes[..bytes.len().min(room)]))
}

fn columns(terminal: bool) -> Option<usize> {
    if let Ok(columns) = std::env::var("COLUMNS") {
        return columns.parse().ok();
    }
    // `stty` asks the terminal that it reads from.
    let size = terminal.then(|| Command::new("stty").arg("size").stdin(Stdio::inherit()).output().ok())??;
    String::from_utf8(size.stdout).ok()?.split_whitespace().nth(1)?.parse().ok()
}

//! Processes of a test's own: this binary once more, in another role.
//!
//! A role is a function that this file lists. It talks with its test over stdin and stdout, a line at a time.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Names the role of a child.
const ROLE: &str = "FIELDSEAL_TEST_ROLE";

/// What a child says to its test, apart from what the test harness prints.
const MARK: &str = "child: ";

/// Every role by its name.
const ROLES: &[(&str, fn())] = &[
    ("echo", echo),
    ("backfill-worker", crate::backfill::crash::worker),
    ("memory", crate::backfill::memory::backfill),
    ("rewriter", crate::rewrite::rewriter),
    ("chaos-worker", crate::chaos::worker),
    ("chaos-legacy", crate::chaos::writer::legacy),
    ("chaos-sealed", crate::chaos::writer::sealed),
];

/// A child in a role, killed when dropped.
pub(crate) struct Process {
    child: Child,
    told: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a child. `settings` are its environment besides this process's.
    pub(crate) fn start(role: &str, settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "process::child", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (told, said) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, told, said: BufReader::new(said) }
    }

    /// Says a line to the child.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.told, "{line}").unwrap();
        self.told.flush().unwrap();
    }

    /// The next line that the child says.
    ///
    /// # Panics
    /// When the child has ended.
    pub(crate) fn hear(&mut self) -> String {
        self.next().expect("the child has ended")
    }

    /// The next line that the child says; `None` at its end.
    pub(crate) fn next(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.said.read_line(&mut line).unwrap() > 0 {
            // The harness may have begun the line: "test process::child ... ".
            if let Some((_, said)) = line.trim_end().split_once(MARK) {
                return Some(said.to_owned());
            }
            line.clear();
        }
        None
    }

    /// Sends a signal, by its name without `SIG`: `KILL`, `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "kill -s {name}");
    }

    /// Waits for the child's end and says whether it ended well.
    pub(crate) fn wait(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In a child: says a line to the test.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{line}").unwrap();
    out.flush().unwrap();
}

/// In a child: the next line that the test says; `None` once it is gone.
pub(crate) fn ask() -> Option<String> {
    let mut line = String::new();
    (std::io::stdin().read_line(&mut line).unwrap() > 0).then(|| line.trim_end().to_owned())
}

/// Not a test: the way into a child.
#[test]
fn child() {
    if let Ok(role) = std::env::var(ROLE) {
        let (_, run) = ROLES.iter().find(|(name, _)| *name == role).expect("a role of the list");
        run();
    }
}

fn echo() {
    while let Some(line) = ask() {
        say(&line);
    }
}

#[test]
fn a_child_answers_and_ends() {
    let mut child = Process::start("echo", &[]);
    child.tell("a line");
    assert_eq!(child.hear(), "a line");
    child.signal("STOP");
    child.signal("CONT");
    child.tell("another");
    assert_eq!(child.hear(), "another");
    child.signal("KILL");
    assert_eq!((child.next(), child.wait()), (None, false));
}

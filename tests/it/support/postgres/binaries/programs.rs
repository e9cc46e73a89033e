//! Where PostgreSQL's programs are, and under which user they run.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::support::postgres::command::run;

/// The place of Debian's packages.
const DEBIAN: &str = "/usr/lib/postgresql";
/// `initdb` and the server refuse root.
const AS_POSTGRES: [&str; 4] = ["runuser", "-u", "postgres", "--"];

pub(super) struct Programs {
    directory: PathBuf,
    root: bool,
}

impl Programs {
    pub(super) fn find() -> Result<Self, String> {
        let directory = on_path()
            .or_else(|| newest(Path::new(DEBIAN)))
            .ok_or_else(|| format!("initdb and pg_ctl are neither on PATH nor under {DEBIAN}"))?;
        let root = run("id", &["-u"])?.trim() == "0";
        Ok(Self { directory, root })
    }

    /// A new directory that the server's user owns and can reach, and nobody else.
    pub(super) fn make_directory(&self) -> Result<String, String> {
        // The environment's choice may be closed to the server's user.
        let parents = [env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
        let mut reason = String::new();
        for parent in parents {
            let pattern = parent.join("fieldseal-postgres-XXXXXXXX");
            match self.as_server(vec![
                "mktemp".to_owned(),
                "-d".to_owned(),
                pattern.display().to_string(),
            ]) {
                Ok(path) => return Ok(path.trim().to_owned()),
                Err(error) => reason = error,
            }
        }
        Err(format!("no directory for a cluster: {reason}"))
    }

    pub(super) fn run(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        let mut line = self.command_line(program);
        line.extend(arguments.iter().map(|&argument| argument.to_owned()));
        run_line(&line)
    }

    /// How to call `program` as the server's user.
    pub(super) fn command_line(&self, program: &str) -> Vec<String> {
        self.prefixed(vec![self.directory.join(program).display().to_string()])
    }

    fn as_server(&self, line: Vec<String>) -> Result<String, String> {
        run_line(&self.prefixed(line))
    }

    fn prefixed(&self, line: Vec<String>) -> Vec<String> {
        let prefix = if self.root {
            AS_POSTGRES.as_slice()
        } else {
            &[]
        };
        prefix
            .iter()
            .map(|&word| word.to_owned())
            .chain(line)
            .collect()
    }
}

fn run_line(line: &[String]) -> Result<String, String> {
    let words: Vec<&str> = line.iter().map(String::as_str).collect();
    run(words[0], &words[1..])
}

fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find(|directory| holds_programs(directory))
}

fn newest(versions: &Path) -> Option<PathBuf> {
    let directories = fs::read_dir(versions)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()));
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut found: Vec<PathBuf> = directories
        .filter(|path| holds_programs(&path.join("bin")))
        .collect();
    found.sort_by_key(version);
    found.pop().map(|path| path.join("bin"))
}

fn holds_programs(directory: &Path) -> bool {
    ["initdb", "pg_ctl"]
        .iter()
        .all(|program| directory.join(program).is_file())
}

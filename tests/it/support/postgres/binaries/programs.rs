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
    user: String,
}

impl Programs {
    pub(super) fn find() -> Result<Self, String> {
        let directory = on_path()
            .or_else(|| newest(Path::new(DEBIAN)))
            .ok_or_else(|| format!("initdb and pg_ctl are neither on PATH nor under {DEBIAN}"))?;
        let user = run("id", &["-u"])?.trim().to_owned();
        Ok(Self { directory, user })
    }

    /// Number of the user that runs the tests.
    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// A new directory that the server's user owns and can reach, and nobody else.
    pub(super) fn make_directory(&self) -> Result<String, String> {
        // The environment's choice may be closed to the server's user.
        let parents = [env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
        let mut reason = String::new();
        for parent in parents {
            let pattern = parent.join("fieldseal-postgres-XXXXXXXX");
            match self.as_server(&["mktemp", "-d", &pattern.display().to_string()]) {
                Ok(path) => return Ok(path.trim().to_owned()),
                Err(error) => reason = error,
            }
        }
        Err(format!("no directory for a cluster: {reason}"))
    }

    /// Runs one of PostgreSQL's programs as the server's user.
    pub(super) fn run(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        let program = self.path(program);
        self.as_server(&[&[program.as_str()], arguments].concat())
    }

    /// How anybody calls `program` as the server's user.
    pub(super) fn command_line(&self, program: &str) -> Vec<String> {
        let own = [self.path(program)];
        let prefix = self.prefix().iter().map(|&word| word.to_owned());
        prefix.chain(own).collect()
    }

    fn as_server(&self, line: &[&str]) -> Result<String, String> {
        let line = [self.prefix(), line].concat();
        run(line[0], &line[1..])
    }

    fn prefix(&self) -> &'static [&'static str] {
        if self.user == "0" { &AS_POSTGRES } else { &[] }
    }

    fn path(&self, program: &str) -> String {
        self.directory.join(program).display().to_string()
    }
}

fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find(|directory| holds_programs(directory))
}

fn newest(versions: &Path) -> Option<PathBuf> {
    let directories = fs::read_dir(versions).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut found: Vec<PathBuf> = directories.filter(|path| holds_programs(&path.join("bin"))).collect();
    found.sort_by_key(version);
    found.pop().map(|path| path.join("bin"))
}

fn holds_programs(directory: &Path) -> bool {
    ["initdb", "pg_ctl"].iter().all(|program| directory.join(program).is_file())
}

//! A throw-away MariaDB server for the tests of this process, stopped when the process ends in whatever manner. It logs
//! all that it is told, and its log is searched for plaintext.

mod log;

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use diesel::{Connection as _, MysqlConnection, RunQueryDsl as _, sql_query};

use log::Log;

use crate::support::postgres::{command::run, watchdog::Watchdog};
use crate::support::watch::Findings;

const REMEDY: &str = "install MariaDB (Debian: apt-get install mariadb-server-core mariadb-client-core)";
const PATIENCE: Duration = Duration::from_secs(60);
/// `$1` is the server's directory.
const CLEAN_UP: &str = r#"pid=$(cat "$1/pid"); kill "$pid"; while kill -0 "$pid"; do sleep 0.1; done; rm -rf "$1""#;

pub(crate) struct Server {
    directory: String,
    pub(crate) log: Log,
    _watchdog: Watchdog,
}

/// An empty database of one test. When it is dropped, the server's log is searched.
pub(crate) struct Database {
    server: &'static Server,
    url: String,
}

/// Makes an empty database.
pub(crate) fn database(hint: &str) -> Database {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    Findings::of_this_run().assert_none();
    let server = match SERVER.get_or_init(|| Server::start(Findings::of_this_run().clone())) {
        Ok(server) => server,
        Err(reason) => panic!("no MariaDB for the tests: {reason}; {REMEDY}"),
    };
    let name = format!("{hint}_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut conn = MysqlConnection::establish(&server.url("mysql")).unwrap();
    sql_query(format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).execute(&mut conn).unwrap();
    Database { server, url: server.url(&name) }
}

impl Database {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.server.log.search();
        if !thread::panicking() {
            Findings::of_this_run().assert_none();
        }
    }
}

impl Server {
    /// Starts one whose log is searched for these findings.
    pub(crate) fn start(findings: Findings) -> Result<Self, String> {
        let directory = run("mktemp", &["-d", "/tmp/fieldseal-mariadb-XXXXXXXX"])?.trim().to_owned();
        let watchdog = Watchdog::start(CLEAN_UP, &[&directory]).map_err(|error| format!("sh: {error}"))?;
        let (user, data) = (format!("--user={}", run("id", &["-un"])?.trim()), format!("--datadir={directory}/data"));
        let normal = "--auth-root-authentication-method=normal";
        run("mariadb-install-db", &["--no-defaults", &user, &data, normal, "--skip-test-db"])?;
        launch(&directory, &[&user, &data])?;
        let log = Log::new(format!("{directory}/statements").into(), findings);
        let server = Self { directory, log, _watchdog: watchdog };
        server.wait()?;
        Ok(server)
    }

    /// A socket in a directory that is closed to others: root has no password.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("mysql://root@localhost/{database}?unix_socket={}/socket", self.directory)
    }

    fn wait(&self) -> Result<(), String> {
        let start = Instant::now();
        loop {
            match MysqlConnection::establish(&self.url("mysql")) {
                Ok(_) => return Ok(()),
                Err(error) if start.elapsed() > PATIENCE => {
                    let log = fs::read_to_string(format!("{}/log", self.directory)).unwrap_or_default();
                    return Err(format!("{error}: {log}"));
                }
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        }
    }
}

fn launch(directory: &str, options: &[&str]) -> Result<(), String> {
    let log = File::create(format!("{directory}/log")).map_err(|error| error.to_string())?;
    Command::new("mariadbd")
        .arg("--no-defaults")
        .args(options)
        .args([format!("--socket={directory}/socket"), format!("--pid-file={directory}/pid")])
        .args(["--skip-networking", "--innodb-flush-log-at-trx-commit=0"])
        .args(["--general-log".to_owned(), format!("--general-log-file={directory}/statements")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .map(drop)
        .map_err(|error| format!("mariadbd: {error}"))
}

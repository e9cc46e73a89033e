//! A PostgreSQL server that is killed, and comes back with what it had committed.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use diesel::{Connection, PgConnection};

use crate::support::postgres::{Server, Trace, of_ones_own};

pub(super) struct Cluster {
    server: Server,
    data: PathBuf,
}

impl Cluster {
    pub(super) fn start() -> Self {
        let server = of_ones_own();
        let Trace::Directory(directory) = server.trace() else { panic!("a cluster has a directory") };
        let data = PathBuf::from(directory).join("data");
        Self { server, data }
    }

    pub(super) fn url(&self) -> &str {
        self.server.direct_url()
    }

    fn read(&self, file: &str) -> String {
        // The directory is the server's user's alone.
        let read = as_server(&["cat", self.data.join(file).to_str().unwrap()]).output().unwrap();
        String::from_utf8(read.stdout).unwrap()
    }

    /// Kills the postmaster and starts another over what it left.
    pub(super) fn crash(&self) {
        let pid = self.read("postmaster.pid").lines().next().unwrap().trim().to_owned();
        let line = self.read("postmaster.opts");
        assert!(as_server(&["kill", "-KILL", &pid]).status().unwrap().success());
        let began = Instant::now();
        loop {
            // Its backends may still hold the shared memory: then it refuses, and is asked again.
            let started =
                as_server(&["sh", "-c", &format!("exec {} >>{}/../log 2>&1", line.trim(), self.data.display())])
                    .current_dir("/")
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn();
            let mut started = started.unwrap();
            while started.try_wait().unwrap().is_none() {
                if PgConnection::establish(self.url()).is_ok() {
                    // It ends with the cluster's directory, by the watchdog.
                    std::thread::spawn(move || started.wait());
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "the server does not come back: {}",
                self.read("../log")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The server refuses root, and so does its directory anybody else.
fn as_server(line: &[&str]) -> Command {
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = Command::new(if root { "runuser" } else { line[0] });
    if root {
        command.args(["-u", "postgres", "--"]).args(line);
    } else {
        command.args(&line[1..]);
    }
    command
}

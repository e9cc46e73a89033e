//! A throw-away cluster from the PostgreSQL programs of this machine.

mod programs;
mod template;

use std::{fs, net::TcpListener, path::Path};

use programs::Programs;

use super::{Server, Trace, Way, watchdog::Watchdog};

/// Other processes look for a free port at the same time.
const ATTEMPTS: usize = 8;
/// `$1` is the cluster, the rest the command line of its `pg_ctl`.
const CLEAN_UP: &str = r#"dir=$1; shift; "$@" -D "$dir/data" -m immediate stop; rm -rf "$dir""#;

pub(super) fn start() -> Result<Server, String> {
    let programs = Programs::find()?;
    let directory = programs.make_directory()?;
    let watchdog = watch(&programs, &directory)?;
    let password = template::copy(&programs, Path::new(&directory))?;
    let port = launch(&programs, &directory)?;
    let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
    Ok(Server::found(Way::Binaries, url, Trace::Directory(directory), Some(Box::new(watchdog))))
}

fn watch(programs: &Programs, directory: &str) -> Result<Watchdog, String> {
    let stop = programs.command_line("pg_ctl");
    let mut arguments = vec![directory];
    arguments.extend(stop.iter().map(String::as_str));
    Watchdog::start(CLEAN_UP, &arguments).map_err(|error| format!("sh: {error}"))
}

fn launch(programs: &Programs, directory: &str) -> Result<u16, String> {
    let mut log = String::new();
    for _ in 0..ATTEMPTS {
        let port = free_port()?;
        match pg_ctl_start(programs, directory, port) {
            Ok(_) => return Ok(port),
            Err(error) => log = format!("{error}: {}", read_log(directory)),
        }
        if !log.contains("could not bind") {
            break;
        }
    }
    Err(format!("the cluster does not start: {log}"))
}

fn pg_ctl_start(programs: &Programs, directory: &str, port: u16) -> Result<String, String> {
    // No socket: its path may be too long, and the database URLs all say 127.0.0.1.
    let options = format!(
        "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='' -c fsync=off -c max_connections=200"
    );
    let (data, log) = (format!("{directory}/data"), format!("{directory}/log"));
    programs.run("pg_ctl", &["-D", &data, "-l", &log, "-w", "-s", "-o", &options, "start"])
}

fn read_log(directory: &str) -> String {
    fs::read_to_string(format!("{directory}/log")).unwrap_or_default()
}

fn free_port() -> Result<u16, String> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}

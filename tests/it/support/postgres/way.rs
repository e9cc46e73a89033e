//! The choice between the ways to a server.

use std::{env, fmt, io::Write as _};

use diesel::{Connection as _, PgConnection};

use super::{Server, Trace, binaries, docker};

const URL: &str = "FIELDSEAL_TEST_DATABASE_URL";
const FORCED: &str = "FIELDSEAL_TEST_POSTGRES";
const REMEDY: &str = "start Docker, or install PostgreSQL (Debian: apt-get install postgresql), or set \
                      FIELDSEAL_TEST_DATABASE_URL to a server whose role may create databases";

/// A way to get a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Url,
    Docker,
    Binaries,
}

pub(super) fn find() -> Result<Server, String> {
    match forced()? {
        Some(way) => start(way).map_err(|reason| format!("{FORCED}={way}: {reason}")),
        None if env::var_os(URL).is_some() => start(Way::Url),
        None => docker_or_binaries(),
    }
}

/// The way that the environment insists on.
pub(crate) fn forced() -> Result<Option<Way>, String> {
    match env::var(FORCED).as_deref() {
        Err(_) | Ok("") => Ok(None),
        Ok("url") => Ok(Some(Way::Url)),
        Ok("docker") => Ok(Some(Way::Docker)),
        Ok("binaries") => Ok(Some(Way::Binaries)),
        Ok(other) => Err(format!("{FORCED}={other}: expected url, docker or binaries")),
    }
}

fn start(way: Way) -> Result<Server, String> {
    match way {
        Way::Url => from_url(),
        Way::Docker => docker::start(),
        Way::Binaries => binaries::start(),
    }
}

fn from_url() -> Result<Server, String> {
    let admin_url = env::var(URL).map_err(|_| format!("{URL} is not set"))?;
    PgConnection::establish(&admin_url).map_err(|error| format!("{URL}: {error}"))?;
    Ok(Server::found(Way::Url, admin_url, Trace::Nothing, None))
}

fn docker_or_binaries() -> Result<Server, String> {
    let docker = match docker::start() {
        Ok(server) => return Ok(server),
        Err(reason) => reason,
    };
    // Past the capture of the test harness: a slower or older server than expected should not stay unseen.
    let _ = writeln!(std::io::stderr(), "tests: no PostgreSQL in Docker ({docker}); trying installed binaries");
    binaries::start().map_err(|binaries| format!("docker: {docker}; binaries: {binaries}; {REMEDY}"))
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Url => "url",
            Way::Docker => "docker",
            Way::Binaries => "binaries",
        })
    }
}

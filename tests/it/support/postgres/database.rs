//! A database for one test.

use std::io::Write as _;

use diesel::{Connection as _, PgConnection, RunQueryDsl as _, sql_query};

use crate::support::watch::{self, Findings};

/// An empty database of one test, dropped at the end of the test with whatever is still connected to it.
pub(crate) struct Database {
    admin_url: String,
    name: String,
}

impl Database {
    pub(super) fn create(admin_url: &str, name_hint: &str) -> Self {
        let name = random_name(&format!("fieldseal_test_{}", identifier(name_hint)), '_');
        watch::note_owner(&name);
        let database = Self { admin_url: admin_url.to_owned(), name };
        database
            .administer(&format!("CREATE DATABASE {}", database.name))
            .unwrap_or_else(|error| panic!("the test's role can't create a database: {error}"));
        database
    }

    /// The URL of this database, with the server's role and password.
    pub(crate) fn url(&self) -> String {
        with_database(&self.admin_url, &self.name)
    }

    /// The database's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn administer(&self, statement: &str) -> Result<(), String> {
        let mut connection = PgConnection::establish(&self.admin_url).map_err(|error| error.to_string())?;
        sql_query(statement).execute(&mut connection).map_err(|error| error.to_string())?;
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A test that fails to close a connection has other things to report; a panic in a panic would hide them.
        if let Err(error) = self.administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name)) {
            let _ = writeln!(std::io::stderr(), "tests: the database {} stays: {error}", self.name);
        }
        // The last chance of the test that is guilty, when it expected an error and got the watch's.
        if !std::thread::panicking() {
            Findings::of_this_run().assert_none();
        }
    }
}

/// A name that no other process, host or container picks.
pub(super) fn random_name(prefix: &str, separator: char) -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the system's random source works");
    format!("{prefix}{separator}{}", hex::encode(bytes))
}

/// What of `hint` may stand unquoted in SQL, short enough for PostgreSQL's 63 bytes.
fn identifier(hint: &str) -> String {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }
    };
    hint.chars().map(allowed).take(24).collect()
}

/// `url` with another database in it.
pub(crate) fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, None), |(address, rest)| (address, Some(rest)));
    let host = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address[host..].find('/').map_or(address.len(), |slash| host + slash);
    let parameters = parameters.map(|rest| format!("?{rest}")).unwrap_or_default();
    format!("{}/{name}{parameters}", &address[..end])
}

//! The command line as operators have it: the binary, a configuration, a real database.

mod journey;
mod keys;
mod passes;
mod refusals;

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

use crate::support::postgres::database::with_database;
use crate::support::postgres::{Database, server};

const CLIENTS: &str = include_str!("cli/clients.toml");

/// A directory with a configuration, a key store beside it, and a database of plaintext.
struct Shell {
    directory: TempDir,
    database: Database,
    runtime: Runtime,
    client: Client,
}

/// How a command ended.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The code of the failure, as `--json` tells it.
    fn failure(&self) -> String {
        let line = self.err.lines().last().unwrap_or_default();
        let said: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {}", self.err));
        assert_eq!(said["error"]["exit"], self.code);
        said["error"]["code"].as_str().unwrap().to_owned()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Shell {
    /// Clients of firms 1 to 3, in plaintext, and keys for their firms.
    fn new(rows: u32) -> Self {
        Self::with(rows, CLIENTS)
    }

    fn with(rows: u32, tables: &str) -> Self {
        let database = server().database("cli");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let url = with_database(server().direct_url(), database.name());
        let (client, connection) = runtime.block_on(tokio_postgres::connect(&url, NoTls)).unwrap();
        runtime.spawn(connection);
        let shell = Self { directory: TempDir::new().unwrap(), database, runtime, client };
        shell.sql(&format!(
            "CREATE TABLE clients (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), firm_id integer NOT NULL, \
             email_plain text NOT NULL, notes_plain text); \
             INSERT INTO clients (firm_id, email_plain, notes_plain) SELECT 1 + g % 3, 'user' || g || '@example.com', \
             CASE WHEN g % 5 > 0 THEN 'note ' || g END FROM generate_series(1, {rows}) g; ANALYZE clients"
        ));
        shell.ok(&["init", "--sqlite", "keys.db"]);
        let written = std::fs::read_to_string(shell.at("fieldseal.toml")).unwrap();
        let databases = "[databases.main]\npostgres = \"${FIELDSEAL_CLI_TEST_URL}\"\n";
        std::fs::write(shell.at("fieldseal.toml"), format!("{written}\n{databases}\n{tables}")).unwrap();
        for firm in ["int:1", "int:2", "int:3"] {
            shell.ok(&["keys", "create", firm]);
        }
        shell
    }

    fn at(&self, file: &str) -> std::path::PathBuf {
        self.directory.path().join(file)
    }

    fn sql(&self, sql: &str) {
        self.runtime.block_on(self.client.batch_execute(sql)).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    fn count(&self, condition: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM clients WHERE {condition}");
        self.runtime.block_on(self.client.query_one(&sql, &[])).unwrap().get(0)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fieldseal"));
        let url = with_database(server().direct_url(), self.database.name());
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env("FIELDSEAL_CLI_TEST_URL", url)
            .env("USER", "ops");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// The output of a command that ends well.
    fn ok(&self, arguments: &[&str]) -> Ended {
        let ended = self.run(arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {}{}", ended.out, ended.err);
        ended
    }

    /// Takes steps of the migration.
    fn steps(&self, steps: &[&str]) {
        for step in steps {
            let ended = self.run(&["migrate", step, "clients", "--yes"]);
            assert_eq!(ended.code, 0, "{step}: {}{}", ended.out, ended.err);
        }
    }
}

/// Writes a file for another command to read.
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

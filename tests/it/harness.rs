//! The tests' own tools: each way to a PostgreSQL server, separate databases, nothing left behind.

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query, sql_types::Text};

use crate::support::postgres::{Trace, command::run, database::with_database, server, way};

/// Set in the child that `a_killed_process_leaves_no_server` starts.
const CHILD: &str = "FIELDSEAL_TEST_HARNESS_CHILD";
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    answer: String,
}

#[test]
fn the_server_comes_the_way_that_is_forced() {
    if let Some(forced) = way::forced().unwrap() {
        assert_eq!(server().way(), forced);
    }
    let version = ask(server().admin_url(), "SELECT current_setting('server_version_num') AS answer");
    assert!(version.parse::<u32>().unwrap() >= 130_000, "PostgreSQL 13 or newer is needed, got {version}");
}

#[test]
fn the_server_is_one_and_does_not_wait_for_the_disk() {
    assert!(std::ptr::eq(server(), server()));
    let owned = *server().trace() != Trace::Nothing;
    if owned {
        assert_eq!(ask(server().admin_url(), "SELECT current_setting('fsync') AS answer"), "off");
    }
}

#[test]
fn two_databases_are_separate() {
    let (one, other) = (server().database("separate"), server().database("separate"));
    execute(&one.url(), "CREATE TABLE only_here (id integer)");
    let look = "SELECT coalesce(to_regclass('only_here')::text, 'absent') AS answer";
    assert_eq!(ask(&one.url(), look), "only_here");
    assert_eq!(ask(&other.url(), look), "absent");
}

#[test]
fn a_database_carries_its_hint_and_fits_an_identifier() {
    let database =
        server().database("Über; DROP \"x\", and a hint that is far too long for PostgreSQL's sixty-three bytes");
    assert_eq!(ask(&database.url(), "SELECT current_database()::text AS answer"), database.name());
    assert!(database.name().starts_with("fieldseal_test__ber__drop__x"), "{}", database.name());
}

#[test]
fn a_dropped_database_is_gone_though_somebody_is_connected() {
    let database = server().database("dropped");
    let (url, name) = (database.url(), database.name().to_owned());
    let _connected = PgConnection::establish(&url).unwrap();
    drop(database);
    assert_eq!(count_databases(&name), "0");
}

#[test]
fn a_panicking_test_drops_its_database() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let test = thread::spawn(move || {
        let database = server().database("panic");
        sender.send(database.name().to_owned()).unwrap();
        std::panic::resume_unwind(Box::new("a test fails"));
    });
    let name = receiver.recv().unwrap();
    test.join().unwrap_err();
    assert_eq!(count_databases(&name), "0");
}

#[tokio::test]
async fn an_async_test_gets_a_database_and_a_connection() {
    use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};

    let database = server().database("async");
    let mut connection = AsyncPgConnection::establish(&database.url()).await.unwrap();
    let query = sql_query("SELECT current_database()::text AS answer");
    let answer: Answer = RunQueryDsl::get_result(query, &mut connection).await.unwrap();
    assert_eq!(answer.answer, database.name());
}

#[test]
fn the_database_in_a_url_is_replaced() {
    let cases = [
        ("postgres://u:p@host:5432/old", "postgres://u:p@host:5432/new"),
        ("postgresql://host", "postgresql://host/new"),
        ("postgres://u@host/old?sslmode=disable&x=/y", "postgres://u@host/new?sslmode=disable&x=/y"),
        ("postgres:///old?host=/var/run/postgresql", "postgres:///new?host=/var/run/postgresql"),
        ("postgres://%2Frun%2Fpg/old", "postgres://%2Frun%2Fpg/new"),
    ];
    for (url, expected) in cases {
        assert_eq!(with_database(url, "new"), expected);
    }
}

/// This test is its own child as well: the child takes a server and waits to be killed.
#[test]
fn a_killed_process_leaves_no_server() {
    if env::var_os(CHILD).is_some() {
        return hold_a_server();
    }
    let mut child = Holder::start("a_killed_process_leaves_no_server");
    let (url, trace) = (child.line("url "), child.line("trace "));
    assert!(PgConnection::establish(&url).is_ok(), "the child's server runs");
    child.kill();
    if trace == "nothing" {
        assert!(PgConnection::establish(&url).is_ok(), "a server that is not ours is left alone");
        return;
    }
    eventually("the server is stopped", || PgConnection::establish(&url).is_err());
    eventually("its files are removed", || !is_there(&trace));
}

fn hold_a_server() {
    let trace = match server().trace() {
        Trace::Nothing => "nothing".to_owned(),
        Trace::Container(name) => format!("container {name}"),
        Trace::Directory(path) => format!("directory {path}"),
    };
    let mut output = std::io::stdout().lock();
    writeln!(output, "\nurl {}\ntrace {trace}", server().direct_url()).unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// A process that holds a server.
struct Holder {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Holder {
    fn start(test: &str) -> Self {
        let name = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", &name, "--nocapture"])
            .env(CHILD, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output }
    }

    fn line(&mut self, prefix: &str) -> String {
        let mut lines = self.output.by_ref().lines().map(Result::unwrap);
        let line = lines.find(|line| line.starts_with(prefix));
        line.expect("the child prints its server").split_off(prefix.len())
    }

    /// SIGKILL: no destructor and no handler runs.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_there(trace: &str) -> bool {
    match trace.split_once(' ').unwrap() {
        ("container", name) => run("docker", &["container", "inspect", name]).is_ok(),
        ("directory", path) => Path::new(path).exists(),
        (kind, _) => panic!("unknown trace {kind}"),
    }
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn count_databases(name: &str) -> String {
    ask(server().admin_url(), &format!("SELECT count(*)::text AS answer FROM pg_database WHERE datname = '{name}'"))
}

fn ask(url: &str, query: &str) -> String {
    let mut connection = PgConnection::establish(url).unwrap();
    sql_query(query).get_result::<Answer>(&mut connection).unwrap().answer
}

fn execute(url: &str, statement: &str) {
    let mut connection = PgConnection::establish(url).unwrap();
    sql_query(statement).execute(&mut connection).unwrap();
}

//! What the processes of one service share: a key file, a key store and rows in one PostgreSQL database.

use std::time::Duration;

use diesel::prelude::*;
use fieldseal::keys::LocalKeys;
use fieldseal::keys::store::PgKeyStore;
use fieldseal::schema::{Backend, migration};
use fieldseal::{Encrypted, FleetSettings, Vault};
use pollster::block_on;

use crate::process::Process;
use crate::support::postgres::{Database, server};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    entries (id) {
        id -> BigInt,
        firm -> Text,
        begun -> BigInt,
        body -> FieldsealText,
        body_term -> FieldsealTextTerm,
    }
}

/// A row that says when its sealing began.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = entries)]
#[encrypted(firm = firm, derive(Insertable, Queryable, Selectable))]
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) firm: String,
    /// Microseconds of the machine's wall clock.
    pub(super) begun: i64,
    #[encrypted(index(body_term, normalize = none))]
    pub(super) body: String,
}

pub(super) const FIRM: &str = "a";

/// Short, since every test waits for one.
const LEASE: Duration = Duration::from_millis(1500);

const DATABASE: &str = "FIELDSEAL_TEST_SERVICE_DATABASE";
const KEY_FILE: &str = "FIELDSEAL_TEST_SERVICE_KEY_FILE";

/// The place where the service's processes meet.
pub(super) struct Service {
    database: Database,
    keys: tempfile::TempDir,
    pub(super) vault: Vault,
}

impl Service {
    pub(super) fn install(name: &str) -> Self {
        let (database, keys) = (server().database(name), tempfile::tempdir().unwrap());
        LocalKeys::create(keys.path().join("kek")).unwrap();
        block_on(PgKeyStore::new(database.url()).migrate()).unwrap();
        let mut conn = PgConnection::establish(&database.url()).unwrap();
        create(&mut conn);
        let vault = vault(&database.url(), keys.path().join("kek").to_str().unwrap());
        block_on(vault.initialize()).unwrap();
        block_on(vault.create_firm(FIRM)).unwrap();
        Self { database, keys, vault }
    }

    /// Starts a process of the service in this role.
    pub(super) fn process(&self, role: &str, settings: &[(&str, &str)]) -> Process {
        let (url, key_file) = (self.database.url(), self.keys.path().join("kek"));
        let mut all = vec![(DATABASE, url.as_str()), (KEY_FILE, key_file.to_str().unwrap())];
        all.extend(settings);
        Process::start(role, &all)
    }

    pub(super) fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }
}

/// In a child: a vault and a connection of its own.
pub(super) fn here() -> (Vault, PgConnection) {
    let setting = |name| std::env::var(name).unwrap();
    let url = setting(DATABASE);
    (vault(&url, &setting(KEY_FILE)), PgConnection::establish(&url).unwrap())
}

fn vault(url: &str, key_file: &str) -> Vault {
    let builder = Vault::builder().provider(LocalKeys::open(key_file).unwrap()).store(PgKeyStore::new(url));
    let mut fleet = FleetSettings::default();
    fleet.lease = LEASE;
    let vault = builder.fleet(fleet).build().unwrap();
    vault.register::<Entry>().unwrap();
    vault
}

fn create(conn: &mut PgConnection) {
    use diesel::connection::SimpleConnection as _;
    let plain = "id BIGINT PRIMARY KEY, firm TEXT NOT NULL, begun BIGINT NOT NULL";
    conn.batch_execute(&format!("CREATE TABLE entries ({plain});")).unwrap();
    conn.batch_execute(&migration::<Entry>(Backend::Postgres).up).unwrap();
    conn.batch_execute("CREATE INDEX ON entries (begun);").unwrap();
}

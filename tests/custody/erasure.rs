//! What the tests of suspended, held and shredded firms share: a clock that is set forward, rows with a global index, and
//! the same test over every store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use fieldseal::admin::{KeyAdmin, Rows, ShredCertificate, ShredData, ShredError, ShredRequest};
use fieldseal::schema::{Backend, migration};
use fieldseal::testing::TestClock;
use fieldseal::{Encrypted, OpenError, Session, Vault};
use pollster::block_on;

use crate::places::SealedNote;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    logins (id) {
        id -> BigInt,
        firm -> Text,
        name -> Nullable<FieldsealText>,
        name_term -> Nullable<FieldsealTextTerm>,
        plain -> Nullable<Text>,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = logins)]
#[encrypted(firm = firm, derive(Insertable, Queryable, Selectable))]
pub(crate) struct Login {
    pub(crate) id: i64,
    pub(crate) firm: String,
    #[encrypted(index(name_term, normalize = none, scope = global))]
    pub(crate) name: Option<String>,
}

/// A clock that goes on, and that the test sets forward. Clones are one clock.
#[derive(Clone)]
pub(crate) struct Ahead {
    clock: TestClock,
    /// Ends the thread that lets time pass, with the last clone.
    _goes_on: Arc<()>,
}

impl Ahead {
    pub(crate) fn new() -> Self {
        let (clock, goes_on) = (TestClock::new(), Arc::new(()));
        let (ticking, used) = (clock.clone(), Arc::downgrade(&goes_on));
        std::thread::spawn(move || {
            let mut last = Instant::now();
            while used.upgrade().is_some() {
                std::thread::sleep(Duration::from_millis(10));
                ticking.advance(last.elapsed());
                last = Instant::now();
            }
        });
        Self { clock, _goes_on: goes_on }
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    pub(crate) fn clock(&self) -> TestClock {
        self.clock.clone()
    }
}

/// Opens firm `a`'s note.
pub(crate) fn open(session: &Session, sealed: &SealedNote) -> Result<(), OpenError> {
    session.open(sealed.clone()).map(drop)
}

pub(crate) const WEEK: Duration = ShredRequest::WAITING;

pub(crate) fn request() -> ShredRequest {
    ShredRequest::new("the data protection officer", "erasure")
}

/// The table of logins.
pub(crate) fn create<C: SimpleConnection>(conn: &mut C, backend: Backend) {
    conn.batch_execute("CREATE TABLE logins (id BIGINT PRIMARY KEY, firm TEXT NOT NULL, plain TEXT);").unwrap();
    conn.batch_execute(&migration::<Login>(backend).up).unwrap();
}

/// Writes logins of a firm, from this id on.
pub(crate) fn write(vault: &Vault, conn: &mut SqliteConnection, firm: &str, ids: std::ops::Range<i64>) {
    let right = block_on(vault.global_index()).unwrap();
    let session = block_on(vault.session(firm)).unwrap().with_global_index(&right);
    for id in ids {
        let login = Login { id, firm: firm.to_owned(), name: Some(format!("{firm}{id}")) };
        diesel::insert_into(logins::table).values(session.seal(&login).unwrap()).execute(conn).unwrap();
    }
}

/// Rows of a firm that have a term.
pub(crate) fn terms(conn: &mut SqliteConnection, firm: &str) -> i64 {
    let of_firm = logins::table.filter(logins::firm.eq(firm)).filter(logins::name_term.is_not_null());
    of_firm.count().get_result(conn).unwrap()
}

/// An empty table of logins in a SQLite database.
pub(crate) fn rows() -> SqliteConnection {
    crate::support::sqlite::watch();
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    create(&mut conn, Backend::Sqlite);
    conn
}

pub(crate) fn shred(admin: &KeyAdmin, firm: &str, conn: &mut SqliteConnection) -> Result<ShredCertificate, ShredError> {
    block_on(admin.shred(firm, &mut ShredData::of(&mut Rows::over(conn))))
}

/// The same tests over each store.
macro_rules! over_every_store {
    ($($test:ident)*) => {
        $crate::erasure::over_every_store!(@ [$($test)*] memory sqlite postgres_async postgres_libpq);
    };
    (@ $tests:tt $($store:ident)*) => { $($crate::erasure::over_every_store!(@one $store $tests);)* };
    (@one $store:ident [$($test:ident)*]) => {
        mod $store {
            $(#[test] fn $test() { super::$test(&$crate::places::Place::$store()); })*
        }
    };
}

pub(crate) use over_every_store;

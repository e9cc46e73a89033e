//! `install_platform`: the process's own session. It is one a process, so each test here is a process of its own.

use std::process::Command;
use std::time::Duration;

use diesel::prelude::*;
use fieldseal::testing::{TestClock, TestKeys, TestVault, sweep};
use fieldseal::{Encrypted, Error, Session};

use super::models::{Client, client};
use super::{assert_lost, code};
use crate::backends::sqlite_database;
use crate::models::client::clients;
use crate::models::setting::settings;

/// Names the one test that the child is to run.
const CHILD: &str = "FIELDSEAL_TEST_PLATFORM_CHILD";

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = settings, primary_key(realm, number))]
#[encrypted(ambient, firm = platform, row = (realm, number), derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(super) struct Setting {
    realm: String,
    number: i32,
    #[encrypted]
    pub(super) value: String,
    #[encrypted]
    previous: Option<String>,
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    admins (id) {
        id -> BigInt,
        login -> FieldsealText,
        login_term -> FieldsealTextTerm,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = admins)]
#[encrypted(ambient, firm = platform, derive(Insertable, Queryable, Selectable))]
struct Admin {
    id: i64,
    #[encrypted(index(login_term, normalize = email, scope = global))]
    login: String,
}

fn setting(number: i32) -> Setting {
    Setting { realm: "mail".into(), number, value: format!("value {number}"), previous: None }
}

/// Runs `body` in a process that has installed nothing.
pub(crate) fn alone(module: &str, test: &str, body: fn()) {
    if std::env::var(CHILD).is_ok_and(|child| child == test) {
        return body();
    }
    let name = format!("{}::{test}", module.split_once("::").unwrap().1);
    let child = Command::new(std::env::current_exe().unwrap()).args(["--exact", &name]).env(CHILD, test).output();
    let child = child.unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && output.contains("1 passed"),
        "{output}{}",
        String::from_utf8_lossy(&child.stderr)
    );
}

/// Inserts a setting of this number, and gives the code of what happened.
pub(super) fn insert(conn: &mut SqliteConnection, number: i32) -> &'static str {
    code(diesel::insert_into(settings::table).values(&setting(number)).execute(conn))
}

pub(super) fn load(conn: &mut SqliteConnection) -> QueryResult<Vec<Setting>> {
    settings::table.order(settings::number).select(Setting::as_select()).load(conn)
}

#[test]
fn platform_models_need_no_scope_once_installed() {
    alone(module_path!(), "platform_models_need_no_scope_once_installed", || {
        let (vault, mut conn) = (fieldseal::testing::vault(), sqlite_database());
        let error = diesel::insert_into(settings::table).values(&setting(1)).execute(&mut conn).unwrap_err();
        let error = Error::find(&error).unwrap();
        assert_eq!(error.code(), "keys.no_platform");
        assert!(error.to_string().contains("`Setting`: run `vault.install_platform()`"), "{error}");
        vault.blocking().platform().unwrap().scope_sync(|| assert_eq!(insert(&mut conn, 1), "ok"));
        assert_eq!(code(load(&mut conn)), "keys.no_platform");

        vault.blocking().install_platform().unwrap();
        assert_eq!(insert(&mut conn, 2), "ok");
        assert_eq!(load(&mut conn).unwrap(), [setting(1), setting(2)]);
        let changed = Setting { value: "new".into(), ..setting(2) };
        diesel::update(settings::table.find(("mail", 2))).set(&changed).execute(&mut conn).unwrap();
        let elsewhere = std::thread::spawn(move || load(&mut conn).unwrap());
        assert_eq!(elsewhere.join().unwrap(), [setting(1), changed]);
        // It is no scope: what is asked for by hand has to come from the vault.
        assert_eq!(Session::current().unwrap_err().code(), "keys.no_scope");
    });
}

#[test]
fn a_firms_model_never_looks_at_it() {
    alone(module_path!(), "a_firms_model_never_looks_at_it", || {
        let (vault, mut conn) = (fieldseal::testing::vault(), sqlite_database());
        vault.blocking().install_platform().unwrap();
        assert_lost(diesel::insert_into(clients::table).values(&client(1)).execute(&mut conn), "Client");
        let session = vault.blocking().session("acme").unwrap();
        session.scope_sync(|| diesel::insert_into(clients::table).values(&client(1)).execute(&mut conn).unwrap());
        assert_lost(clients::table.select(Client::as_select()).load(&mut conn), "Client");
        let lookup = clients::table.filter(Client::email().scoped_eq("x")).count();
        assert_lost(lookup.get_result::<i64>(&mut conn), "Client");
        let set = Client::email().scoped_set(client(1).id, "x");
        assert_lost(diesel::update(clients::table.find(client(1).id)).set(set).execute(&mut conn), "Client");
    });
}

#[test]
fn a_firms_scope_reads_the_services_own_data_by_it() {
    alone(module_path!(), "a_firms_scope_reads_the_services_own_data_by_it", || {
        let (vault, mut conn) = (fieldseal::testing::vault(), sqlite_database());
        let session = vault.blocking().session("acme").unwrap();
        // Never with the firm's own keys.
        assert_eq!(session.scope_sync(|| insert(&mut conn, 1)), "keys.no_platform");
        vault.blocking().install_platform().unwrap();
        session.scope_sync(|| {
            assert_eq!(insert(&mut conn, 1), "ok");
            assert_eq!(load(&mut conn).unwrap(), [setting(1)]);
            diesel::insert_into(clients::table).values(&client(1)).execute(&mut conn).unwrap();
        });
        let row = settings::table.select(SealedSetting::as_select()).first(&mut conn).unwrap();
        assert_eq!(vault.blocking().platform().unwrap().open(row).unwrap(), setting(1));
    });
}

/// The scope's session comes first, if it is the platform's: here one of a vault that has other keys.
#[test]
fn the_platforms_scope_goes_before_it() {
    alone(module_path!(), "the_platforms_scope_goes_before_it", || {
        let (vault, other, mut conn) = (fieldseal::testing::vault(), fieldseal::testing::vault(), sqlite_database());
        vault.blocking().install_platform().unwrap();
        let session = other.blocking().platform().unwrap();
        assert_eq!(session.scope_sync(|| insert(&mut conn, 1)), "ok");
        assert_eq!(session.scope_sync(|| load(&mut conn)).unwrap(), [setting(1)]);
        assert_eq!(code(load(&mut conn)), "open.unauthentic");
        Session::closed(fieldseal::FirmId::Platform).scope_sync(|| {
            assert_eq!(insert(&mut conn, 2), "keys.closed_session");
        });
    });
}

#[test]
fn expired_keys_are_loaded_again_and_revoked_ones_are_not() {
    alone(module_path!(), "expired_keys_are_loaded_again_and_revoked_ones_are_not", || {
        let (clock, keys, mut conn) = (TestClock::new(), TestKeys::new(), sqlite_database());
        let vault = TestVault::new().clock(clock.clone()).keys(keys.clone()).build();
        vault.blocking().install_platform().unwrap();
        assert_eq!(insert(&mut conn, 1), "ok");
        for number in 2..4 {
            clock.advance(Duration::from_secs(3600));
            sweep(&vault);
            let before = keys.calls();
            assert_eq!(insert(&mut conn, number), "ok");
            assert_eq!(keys.calls(), before + 1, "one call brings the keys back");
            assert_eq!(load(&mut conn).unwrap().len(), usize::try_from(number).unwrap());
            assert_eq!(keys.calls(), before + 1);
        }
        clock.advance(Duration::from_secs(3600));
        sweep(&vault);
        keys.fail(Some(fieldseal::keys::ProviderErrorKind::Unavailable));
        assert_eq!(insert(&mut conn, 4), "keys.provider");
        keys.fail(None);

        vault.blocking().revoke(fieldseal::FirmId::Platform).unwrap();
        for _ in 0..2 {
            assert_eq!(insert(&mut conn, 4), "keys.revoked");
            assert_eq!(code(load(&mut conn)), "keys.revoked");
        }
        // A new session checks the keys anew, and with that the installed one works again.
        vault.blocking().platform().unwrap();
        assert_eq!(insert(&mut conn, 4), "ok");
    });
}

#[test]
fn expired_keys_are_loaded_again_within_a_runtime() {
    alone(module_path!(), "expired_keys_are_loaded_again_within_a_runtime", || {
        let clock = TestClock::new();
        let vault = TestVault::new().clock(clock.clone()).build();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            vault.install_platform().await.unwrap();
            let mut conn = sqlite_database();
            assert_eq!(insert(&mut conn, 1), "ok");
            clock.advance(Duration::from_secs(3600));
            sweep(&vault);
            assert_eq!(load(&mut conn).unwrap(), [setting(1)]);
        });
    });
}

#[test]
fn installing_again_replaces() {
    alone(module_path!(), "installing_again_replaces", || {
        let mut conn = sqlite_database();
        let [first, second] = [(); 2].map(|()| fieldseal::testing::vault());
        first.blocking().install_platform().unwrap();
        first.blocking().install_platform().unwrap();
        assert_eq!(insert(&mut conn, 1), "ok");
        second.blocking().install_platform().unwrap();
        assert_eq!(code(load(&mut conn)), "open.unauthentic");
        first.blocking().install_platform().unwrap();
        assert_eq!(load(&mut conn).unwrap(), [setting(1)]);
    });
}

/// Both services begin, and an install that fails leaves what was there.
#[test]
fn an_install_that_fails_leaves_the_old_one() {
    alone(module_path!(), "an_install_that_fails_leaves_the_old_one", || {
        let (vault, mut conn) = (fieldseal::testing::vault(), sqlite_database());
        vault.blocking().install_platform().unwrap();
        let keys = TestKeys::new();
        let broken = TestVault::new().keys(keys.clone()).build();
        broken.blocking().revoke(fieldseal::FirmId::Platform).unwrap();
        keys.fail(Some(fieldseal::keys::ProviderErrorKind::Unavailable));
        assert_eq!(broken.blocking().install_platform().unwrap_err().code(), "keys.provider");
        assert_eq!(insert(&mut conn, 1), "ok");
    });
}

#[test]
fn a_global_index_over_the_services_own_rows_takes_no_other_right() {
    alone(module_path!(), "a_global_index_over_the_services_own_rows_takes_no_other_right", || {
        let (vault, mut conn) = (fieldseal::testing::vault(), sqlite_database());
        let table = "CREATE TABLE admins (id BIGINT PRIMARY KEY, login BLOB NOT NULL, login_term BLOB NOT NULL)";
        diesel::sql_query(table).execute(&mut conn).unwrap();
        vault.blocking().install_platform().unwrap();
        let admin = Admin { id: 1, login: "root@b.c".into() };
        diesel::insert_into(admins::table).values(&admin).execute(&mut conn).unwrap();
        let found = admins::table.filter(Admin::login().scoped_eq("ROOT@b.c")).select(Admin::as_select());
        assert_eq!(found.first::<Admin>(&mut conn).unwrap(), admin);
    });
}

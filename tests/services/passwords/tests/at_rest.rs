//! What lies in the database, and what the migrations make of it.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use diesel_migrations::MigrationHarness as _;
use fieldseal::schema::{Backend, migration};
use fieldseal::{Ciphertext, assert_sealed, testing};

use super::databases::on_each;
use crate::passwords::api::{self, Login};
use crate::passwords::db::{self, DbConn};
use crate::passwords::model::{Cipher, CipherType, Device, DeviceId, User, UserId};
use crate::passwords::schema::{ciphers, devices, users};
use crate::support::watch::public::permit;

type Models = (User, Device, Cipher);

macro_rules! migration_file {
    ($database:literal $file:literal) => {
        include_str!(concat!("../migrations/", $database, "/2025-03-08-100000_seal/", $file))
    };
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    in_table: String,
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

/// Every value of every table, in lower case, the bytes of what is not text in hexadecimal.
fn dump(conn: &mut DbConn) -> String {
    let (columns, quote, text) = match conn {
        DbConn::Postgresql(_) => (
            "SELECT table_name::text AS in_table, column_name::text AS name FROM information_schema.columns \
             WHERE table_schema = 'public'",
            '"',
            "concat",
        ),
        DbConn::Sqlite(_) => (
            "SELECT t.name AS in_table, c.name AS name FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table'",
            '"',
            "hex",
        ),
        #[cfg(mysql)]
        DbConn::Mysql(_) => (
            "SELECT table_name AS in_table, column_name AS name FROM information_schema.columns \
             WHERE table_schema = DATABASE()",
            '`',
            "hex",
        ),
    };
    let mut dump = String::new();
    for Column { in_table, name } in sql_query(columns).load::<Column>(conn).unwrap() {
        let values =
            format!("SELECT coalesce({text}({quote}{name}{quote}), '') AS value FROM {quote}{in_table}{quote}");
        let values = sql_query(values).load::<Value>(conn).unwrap();
        dump.extend(values.into_iter().map(|row| row.value.to_lowercase() + "\n"));
    }
    dump
}

fn holds(dump: &str, text: &str) -> bool {
    dump.contains(&text.to_lowercase()) || dump.contains(&hex::encode(text))
}

fn ada(conn: &mut DbConn) -> User {
    let uuid = api::register("ada@example.org", "Ada", "correct horse", conn).unwrap();
    User::find_by_uuid(&uuid, conn).unwrap().unwrap()
}

/// Fills every sealed column of a user with text that nothing else holds, and gives the tokens that the service made.
fn fill(uuid: &UserId, conn: &mut DbConn) -> Vec<String> {
    let login = |device| Login { email: "ada@example.org", password: "correct horse", code: None, device };
    let refresh_token = api::login(&login(DeviceId::random()), 0, conn).unwrap();
    let mut device = Device::new(DeviceId::random(), uuid.clone(), "phone", 0);
    device.push_token = Some("secret push".to_owned());
    let remember = device.refresh_twofactor_remember();
    device.save(conn).unwrap();
    let token = api::request_email_change(uuid, "countess@example.net", conn).unwrap();
    let (secret, recover) = api::enable_totp(uuid, conn).unwrap();
    let mut user = User::find_by_uuid(uuid, conn).unwrap().unwrap();
    user.private_key = Some("secret private key".to_owned());
    user.save(conn).unwrap();
    let mut note = Cipher::new(uuid.clone(), CipherType::SecureNote, "secret name", "secret data");
    (note.notes, note.fields) = (Some("secret notes".to_owned()), Some("secret fields".to_owned()));
    note.password_history = Some("secret history".to_owned());
    note.save(conn).unwrap();
    vec![
        refresh_token,
        device.refresh_token,
        remember,
        token,
        secret,
        recover,
        api::rotate_api_key(uuid, conn).unwrap(),
    ]
}

#[test]
fn every_sealed_column_holds_cells_and_no_row_a_secret() {
    on_each(|conn| {
        let uuid = ada(conn).uuid;
        let tokens = fill(&uuid, conn);
        assert_sealed!(conn, users::email);
        assert_sealed!(conn, users::email_new);
        assert_sealed!(conn, users::email_new_token);
        assert_sealed!(conn, users::private_key);
        assert_sealed!(conn, users::totp_secret);
        assert_sealed!(conn, users::totp_recover);
        assert_sealed!(conn, users::api_key);
        assert_sealed!(conn, devices::push_token);
        assert_sealed!(conn, devices::refresh_token);
        assert_sealed!(conn, devices::twofactor_remember);
        assert_sealed!(conn, ciphers::name);
        assert_sealed!(conn, ciphers::notes);
        assert_sealed!(conn, ciphers::fields);
        assert_sealed!(conn, ciphers::data);
        assert_sealed!(conn, ciphers::password_history);

        let dump = dump(conn);
        let plain = User::find_by_uuid(&uuid, conn).unwrap().unwrap();
        for plain in ["Ada", uuid.as_ref(), &hex::encode(plain.salt), &plain.security_stamp] {
            assert!(holds(&dump, plain), "what is not sealed is there: {plain} in {dump}");
        }
        let texts = ["secret ", "example.org", "example.net"].into_iter();
        for secret in texts.chain(tokens.iter().map(String::as_str)) {
            assert!(!holds(&dump, secret), "{secret} in {dump}");
        }
    });
}

#[test]
fn the_migrations_are_what_fieldseal_prints_and_checks() {
    let printed = migration::<Models>(Backend::Postgres);
    assert!(migration_file!("postgresql" "up.sql").ends_with(&printed.up), "print it anew:\n{}", printed.up);
    assert!(migration_file!("postgresql" "down.sql").starts_with(&printed.down), "print it anew:\n{}", printed.down);
    let printed = migration::<Models>(Backend::Sqlite);
    assert!(migration_file!("sqlite" "up.sql").ends_with(&printed.up), "print it anew:\n{}", printed.up);
    assert!(migration_file!("sqlite" "down.sql").starts_with(&printed.down), "print it anew:\n{}", printed.down);

    let vault = testing::vault();
    vault.register::<Models>().unwrap();
    on_each(|conn| {
        let checked = vault.check_schema(conn);
        match conn {
            #[cfg(mysql)]
            DbConn::Mysql(_) => {
                assert!(matches!(checked, Err(fieldseal::schema::SchemaError::Unsupported)), "{checked:?}")
            }
            _ => checked.unwrap(),
        }
    });
}

#[test]
fn sealing_is_refused_by_a_table_with_rows_and_loses_none() {
    let _permit = permit("a row from before the sealing", "ada@example.org");
    on_each(|conn| {
        last_migration(conn, false).unwrap();
        let columns = "uuid, created_at, updated_at, email, name, password_hash, salt, password_iterations, akey, \
                       security_stamp, equivalent_domains, excluded_globals";
        let row =
            "'u1', '2025-01-01 00:00:00', '2025-01-01 00:00:00', 'ada@example.org', 'Ada', '', '', 1, '', '', '', ''";
        sql_query(format!("INSERT INTO users ({columns}) VALUES ({row})")).execute(conn).unwrap();
        last_migration(conn, true).unwrap_err();
        assert!(holds(&dump(conn), "ada@example.org"));

        sql_query("DELETE FROM users").execute(conn).unwrap();
        last_migration(conn, true).unwrap();
        assert_eq!(ada(conn).email, "ada@example.org");
    });
}

/// Runs the last migration, or takes it back.
fn last_migration(conn: &mut DbConn, up: bool) -> diesel::migration::Result<()> {
    macro_rules! run {
        ($conn:ident, $database:literal) => {{
            let migrations = db::migrations($database);
            if up {
                $conn.run_pending_migrations(migrations).map(drop)
            } else {
                $conn.revert_last_migration(migrations).map(drop)
            }
        }};
    }
    match conn {
        DbConn::Postgresql(conn) => run!(conn, "postgresql"),
        #[cfg(mysql)]
        DbConn::Mysql(conn) => run!(conn, "mysql"),
        DbConn::Sqlite(conn) => run!(conn, "sqlite"),
    }
}

#[test]
fn a_cell_of_another_user_or_column_is_an_error_and_not_nobody() {
    on_each(|conn| {
        let eve = api::register("eve@example.org", "Eve", "faster", conn).unwrap();
        api::enable_totp(&eve, conn).unwrap();
        // Last, since the guard of SQLite knows the cells of the row that was inserted last, and would refuse to move them.
        let ada = ada(conn).uuid;
        let known: Option<Ciphertext<_>> = users::table.find(&eve).select(users::totp_secret).first(conn).unwrap();
        for into in [&ada, &eve] {
            let moved = (users::totp_secret.eq(&known), users::totp_recover.eq(&known));
            diesel::update(users::table.find(into)).set(moved).execute(conn).unwrap();
            let error = User::find_by_uuid(into, conn).unwrap_err();
            assert_eq!(fieldseal::Error::find(&error).unwrap().code(), "open.unauthentic");
        }
    });
}

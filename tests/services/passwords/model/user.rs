//! Users: who they are, and what they prove it by.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use fieldseal::Encrypted;

use super::{Cipher, Device, Folder, UserId, now};
use crate::passwords::crypto;
use crate::passwords::db::{DbConn, db_run};
use crate::passwords::schema::users;

const PASSWORD_ITERATIONS: i32 = 600;
const CLIENT_KDF_PBKDF2: i32 = 0;
const CLIENT_KDF_ITERATIONS: i32 = 600_000;

#[derive(Clone, Debug, Encrypted, Identifiable, PartialEq)]
#[diesel(table_name = users)]
#[diesel(treat_none_as_null = true)]
#[diesel(primary_key(uuid))]
#[encrypted(ambient, firm = platform, row = uuid, derive(AsChangeset, Insertable, Queryable, Selectable))]
pub(crate) struct User {
    pub(crate) uuid: UserId,
    pub(crate) enabled: bool,
    pub(crate) created_at: NaiveDateTime,
    pub(crate) updated_at: NaiveDateTime,
    pub(crate) verified_at: Option<NaiveDateTime>,
    pub(crate) last_verifying_at: Option<NaiveDateTime>,
    pub(crate) login_verify_count: i32,

    #[encrypted(index(email_term, normalize = email, unique))]
    pub(crate) email: String,
    #[encrypted]
    pub(crate) email_new: Option<String>,
    #[encrypted]
    pub(crate) email_new_token: Option<String>,
    pub(crate) name: String,

    pub(crate) password_hash: Vec<u8>,
    pub(crate) salt: Vec<u8>,
    pub(crate) password_iterations: i32,
    pub(crate) password_hint: Option<String>,

    pub(crate) akey: String,
    #[encrypted]
    pub(crate) private_key: Option<String>,
    pub(crate) public_key: Option<String>,

    #[encrypted]
    pub(crate) totp_secret: Option<String>,
    #[encrypted]
    pub(crate) totp_recover: Option<String>,

    pub(crate) security_stamp: String,
    pub(crate) stamp_exception: Option<String>,

    pub(crate) equivalent_domains: String,
    pub(crate) excluded_globals: String,

    pub(crate) client_kdf_type: i32,
    pub(crate) client_kdf_iter: i32,
    pub(crate) client_kdf_memory: Option<i32>,
    pub(crate) client_kdf_parallelism: Option<i32>,

    #[encrypted]
    pub(crate) api_key: Option<String>,
    pub(crate) avatar_color: Option<String>,
    pub(crate) external_id: Option<String>,
}

/// Without the database.
impl User {
    pub(crate) fn new(email: &str, name: &str) -> Self {
        let now = now();
        Self {
            uuid: UserId::random(),
            enabled: true,
            created_at: now,
            updated_at: now,
            verified_at: None,
            last_verifying_at: None,
            login_verify_count: 0,
            email: email.to_lowercase(),
            email_new: None,
            email_new_token: None,
            name: name.to_owned(),
            password_hash: Vec::new(),
            salt: crypto::bytes::<64>().to_vec(),
            password_iterations: PASSWORD_ITERATIONS,
            password_hint: None,
            akey: String::new(),
            private_key: None,
            public_key: None,
            totp_secret: None,
            totp_recover: None,
            security_stamp: crypto::token::<16>(),
            stamp_exception: None,
            equivalent_domains: "[]".to_owned(),
            excluded_globals: "[]".to_owned(),
            client_kdf_type: CLIENT_KDF_PBKDF2,
            client_kdf_iter: CLIENT_KDF_ITERATIONS,
            client_kdf_memory: None,
            client_kdf_parallelism: None,
            api_key: None,
            avatar_color: None,
            external_id: None,
        }
    }

    pub(crate) fn check_valid_password(&self, password: &str) -> bool {
        crypto::equal(crypto::hash_password(password, &self.salt, self.password_iterations), &self.password_hash)
    }

    pub(crate) fn check_valid_api_key(&self, key: &str) -> bool {
        self.api_key.as_ref().is_some_and(|api_key| crypto::equal(api_key, key))
    }

    pub(crate) fn check_valid_recovery_code(&self, code: &str) -> bool {
        self.totp_recover.as_ref().is_some_and(|totp_recover| crypto::equal(totp_recover, code.to_lowercase()))
    }

    /// Whether the code is that of now; anything is, while there is no second factor.
    pub(crate) fn check_valid_totp(&self, code: Option<&str>, unix_seconds: i64) -> bool {
        let Some(secret) = &self.totp_secret else { return true };
        let valid = crypto::totp(secret, unix_seconds);
        valid.zip(code).is_some_and(|(valid, code)| crypto::equal(valid, code))
    }

    /// Sets the password, and with it the security stamp: what was signed in before is no longer.
    pub(crate) fn set_password(&mut self, password: &str, akey: &str) {
        self.password_hash = crypto::hash_password(password, &self.salt, self.password_iterations);
        self.akey = akey.to_owned();
        self.reset_security_stamp();
    }

    pub(crate) fn reset_security_stamp(&mut self) {
        self.security_stamp = crypto::token::<16>();
    }

    pub(crate) fn clear_email_change(&mut self) {
        self.email_new = None;
        self.email_new_token = None;
    }
}

/// With the database.
impl User {
    pub(crate) fn save(&mut self, conn: &mut DbConn) -> QueryResult<()> {
        self.updated_at = now();

        db_run! { conn:
            sqlite, mysql {
                match diesel::replace_into(users::table).values(&*self).execute(conn) {
                    // The row is deleted to be replaced, and others refer to it.
                    Err(DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => {
                        diesel::update(users::table.find(&self.uuid)).set(&*self).execute(conn).map(drop)
                    }
                    result => result.map(drop),
                }
            }
            postgresql {
                diesel::insert_into(users::table)
                    .values(&*self)
                    .on_conflict(users::uuid)
                    .do_update()
                    .set(&*self)
                    .execute(conn)
                    .map(drop)
            }
        }
    }

    pub(crate) fn delete(self, conn: &mut DbConn) -> QueryResult<()> {
        Cipher::delete_all_by_user(&self.uuid, conn)?;
        Folder::delete_all_by_user(&self.uuid, conn)?;
        Device::delete_all_by_user(&self.uuid, conn)?;
        diesel::delete(users::table.find(self.uuid)).execute(conn).map(drop)
    }

    pub(crate) fn find_by_mail(mail: &str, conn: &mut DbConn) -> QueryResult<Option<Self>> {
        users::table.filter(Self::email().scoped_eq(mail)).select(Self::as_select()).first(conn).optional()
    }

    pub(crate) fn find_by_uuid(uuid: &UserId, conn: &mut DbConn) -> QueryResult<Option<Self>> {
        users::table.filter(users::uuid.eq(uuid)).select(Self::as_select()).first(conn).optional()
    }

    pub(crate) fn find_by_device_refresh_token(token: &str, conn: &mut DbConn) -> QueryResult<Option<(Self, Device)>> {
        use crate::passwords::schema::devices;
        users::table
            .inner_join(devices::table)
            .filter(Device::refresh_token().scoped_eq(token))
            .select((Self::as_select(), Device::as_select()))
            .first(conn)
            .optional()
    }

    pub(crate) fn get_all(conn: &mut DbConn) -> QueryResult<Vec<Self>> {
        users::table.order(users::created_at).select(Self::as_select()).load(conn)
    }
}

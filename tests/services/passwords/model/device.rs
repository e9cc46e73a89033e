//! Devices that a user has signed in on.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use fieldseal::{Ciphertext, Encrypted};

use super::{DeviceId, UserId, now};
use crate::passwords::crypto;
use crate::passwords::db::{DbConn, db_run};
use crate::passwords::schema::devices;

#[derive(Clone, Debug, Encrypted, Identifiable, PartialEq)]
#[diesel(table_name = devices)]
#[diesel(treat_none_as_null = true)]
#[diesel(primary_key(uuid, user_uuid))]
#[encrypted(ambient, firm = platform, row = (uuid, user_uuid), derive(AsChangeset, Insertable, Queryable, Selectable))]
pub(crate) struct Device {
    pub(crate) uuid: DeviceId,
    pub(crate) user_uuid: UserId,
    pub(crate) created_at: NaiveDateTime,
    pub(crate) updated_at: NaiveDateTime,
    pub(crate) name: String,
    pub(crate) atype: i32,
    #[encrypted]
    pub(crate) push_token: Option<String>,
    #[encrypted(index(refresh_token_term, unique))]
    pub(crate) refresh_token: String,
    #[encrypted]
    pub(crate) twofactor_remember: Option<String>,
}

impl Device {
    pub(crate) fn new(uuid: DeviceId, user_uuid: UserId, name: &str, atype: i32) -> Self {
        let (now, name, refresh_token) = (now(), name.to_owned(), crypto::token::<32>());
        Self {
            uuid,
            user_uuid,
            created_at: now,
            updated_at: now,
            name,
            atype,
            push_token: None,
            refresh_token,
            twofactor_remember: None,
        }
    }

    pub(crate) fn refresh_twofactor_remember(&mut self) -> String {
        let token = crypto::token::<32>();
        self.twofactor_remember = Some(token.clone());
        token
    }

    pub(crate) fn check_valid_twofactor_remember(&self, token: &str) -> bool {
        self.twofactor_remember.as_ref().is_some_and(|remembered| crypto::equal(remembered, token))
    }

    pub(crate) fn save(&mut self, conn: &mut DbConn) -> QueryResult<()> {
        self.updated_at = now();

        db_run! { conn:
            sqlite, mysql {
                diesel::replace_into(devices::table).values(&*self).execute(conn).map(drop)
            }
            postgresql {
                diesel::insert_into(devices::table)
                    .values(&*self)
                    .on_conflict((devices::uuid, devices::user_uuid))
                    .do_update()
                    .set(&*self)
                    .execute(conn)
                    .map(drop)
            }
        }
    }

    pub(crate) fn delete_all_by_user(user_uuid: &UserId, conn: &mut DbConn) -> QueryResult<()> {
        diesel::delete(devices::table.filter(devices::user_uuid.eq(user_uuid))).execute(conn).map(drop)
    }

    pub(crate) fn clear_push_token_by_uuid(uuid: &DeviceId, conn: &mut DbConn) -> QueryResult<()> {
        diesel::update(devices::table)
            .filter(devices::uuid.eq(uuid))
            .set(devices::push_token.eq(None::<Ciphertext<_>>))
            .execute(conn)
            .map(drop)
    }

    pub(crate) fn find_by_uuid_and_user(
        uuid: &DeviceId,
        user_uuid: &UserId,
        conn: &mut DbConn,
    ) -> QueryResult<Option<Self>> {
        devices::table.find((uuid, user_uuid)).select(Self::as_select()).first(conn).optional()
    }

    pub(crate) fn find_by_user(user_uuid: &UserId, conn: &mut DbConn) -> QueryResult<Vec<Self>> {
        devices::table
            .filter(devices::user_uuid.eq(user_uuid))
            .order(devices::created_at)
            .select(Self::as_select())
            .load(conn)
    }
}

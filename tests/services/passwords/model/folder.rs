//! Folders, and which ciphers lie in them.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{CipherId, FolderId, UserId, now};
use crate::passwords::db::{DbConn, db_run};
use crate::passwords::schema::{folders, folders_ciphers};

#[derive(AsChangeset, Clone, Debug, Identifiable, Insertable, PartialEq, Queryable, Selectable)]
#[diesel(table_name = folders)]
#[diesel(primary_key(uuid))]
pub(crate) struct Folder {
    pub(crate) uuid: FolderId,
    pub(crate) user_uuid: UserId,
    pub(crate) created_at: NaiveDateTime,
    pub(crate) updated_at: NaiveDateTime,
    pub(crate) name: String,
}

#[derive(Clone, Debug, Identifiable, Insertable, PartialEq, Queryable, Selectable)]
#[diesel(table_name = folders_ciphers)]
#[diesel(primary_key(cipher_uuid, folder_uuid))]
pub(crate) struct FolderCipher {
    pub(crate) cipher_uuid: CipherId,
    pub(crate) folder_uuid: FolderId,
}

impl Folder {
    pub(crate) fn new(user_uuid: UserId, name: &str) -> Self {
        let now = now();
        Self { uuid: FolderId::random(), user_uuid, created_at: now, updated_at: now, name: name.to_owned() }
    }

    pub(crate) fn save(&mut self, conn: &mut DbConn) -> QueryResult<()> {
        self.updated_at = now();

        db_run! { conn:
            sqlite, mysql {
                // No `REPLACE INTO`: it would delete the row, and what lies in the folder refers to it.
                match diesel::update(folders::table.find(&self.uuid)).set(&*self).execute(conn)? {
                    0 => diesel::insert_into(folders::table).values(&*self).execute(conn).map(drop),
                    _ => Ok(()),
                }
            }
            postgresql {
                diesel::insert_into(folders::table)
                    .values(&*self)
                    .on_conflict(folders::uuid)
                    .do_update()
                    .set(&*self)
                    .execute(conn)
                    .map(drop)
            }
        }
    }

    pub(crate) fn delete_all_by_user(user_uuid: &UserId, conn: &mut DbConn) -> QueryResult<()> {
        diesel::delete(folders::table.filter(folders::user_uuid.eq(user_uuid))).execute(conn).map(drop)
    }

    pub(crate) fn find_by_user(user_uuid: &UserId, conn: &mut DbConn) -> QueryResult<Vec<Self>> {
        folders::table.filter(folders::user_uuid.eq(user_uuid)).select(Self::as_select()).load(conn)
    }
}

impl FolderCipher {
    pub(crate) fn save(&self, conn: &mut DbConn) -> QueryResult<()> {
        db_run! { conn:
            sqlite, mysql {
                diesel::replace_into(folders_ciphers::table).values(self).execute(conn).map(drop)
            }
            postgresql {
                let insert = diesel::insert_into(folders_ciphers::table).values(self);
                insert.on_conflict_do_nothing().execute(conn).map(drop)
            }
        }
    }

    pub(crate) fn delete_all_by_cipher(cipher_uuid: &CipherId, conn: &mut DbConn) -> QueryResult<()> {
        let of_cipher = folders_ciphers::table.filter(folders_ciphers::cipher_uuid.eq(cipher_uuid));
        diesel::delete(of_cipher).execute(conn).map(drop)
    }
}

//! Ciphers: the entries of a user's vault, encrypted by the client.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use fieldseal::Encrypted;

use super::{CipherId, Folder, FolderCipher, UserId, now};
use crate::passwords::db::{DbConn, db_run};
use crate::passwords::schema::{ciphers, folders, folders_ciphers};

#[derive(Clone, Copy, Debug)]
pub(crate) enum CipherType {
    Login = 1,
    SecureNote = 2,
}

#[derive(Clone, Debug, Encrypted, Identifiable, PartialEq)]
#[diesel(table_name = ciphers)]
#[diesel(treat_none_as_null = true)]
#[diesel(primary_key(uuid))]
#[encrypted(ambient, firm = platform, row = uuid, derive(AsChangeset, Insertable, Queryable, Selectable))]
pub(crate) struct Cipher {
    pub(crate) uuid: CipherId,
    pub(crate) user_uuid: UserId,
    pub(crate) created_at: NaiveDateTime,
    pub(crate) updated_at: NaiveDateTime,
    pub(crate) deleted_at: Option<NaiveDateTime>,
    pub(crate) atype: i32,
    #[encrypted]
    pub(crate) name: String,
    #[encrypted]
    pub(crate) notes: Option<String>,
    #[encrypted]
    pub(crate) fields: Option<String>,
    #[encrypted]
    pub(crate) data: String,
    #[encrypted]
    pub(crate) password_history: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) reprompt: Option<i32>,
}

impl Cipher {
    pub(crate) fn new(user_uuid: UserId, atype: CipherType, name: &str, data: &str) -> Self {
        let now = now();
        Self {
            uuid: CipherId::random(),
            user_uuid,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            atype: atype as i32,
            name: name.to_owned(),
            notes: None,
            fields: None,
            data: data.to_owned(),
            password_history: None,
            key: None,
            reprompt: None,
        }
    }

    pub(crate) fn save(&mut self, conn: &mut DbConn) -> QueryResult<()> {
        self.updated_at = now();

        db_run! { conn:
            sqlite, mysql {
                match diesel::update(ciphers::table.find(&self.uuid)).set(&*self).execute(conn)? {
                    0 => diesel::insert_into(ciphers::table).values(&*self).execute(conn).map(drop),
                    _ => Ok(()),
                }
            }
            postgresql {
                diesel::insert_into(ciphers::table)
                    .values(&*self)
                    .on_conflict(ciphers::uuid)
                    .do_update()
                    .set(&*self)
                    .execute(conn)
                    .map(drop)
            }
        }
    }

    pub(crate) fn delete(self, conn: &mut DbConn) -> QueryResult<()> {
        FolderCipher::delete_all_by_cipher(&self.uuid, conn)?;
        diesel::delete(ciphers::table.find(self.uuid)).execute(conn).map(drop)
    }

    pub(crate) fn delete_all_by_user(user_uuid: &UserId, conn: &mut DbConn) -> QueryResult<()> {
        for cipher in Self::find_by_user(user_uuid, conn)? {
            cipher.delete(conn)?;
        }
        Ok(())
    }

    /// Puts the cipher into a folder, or into none.
    pub(crate) fn move_to_folder(&self, folder: Option<&Folder>, conn: &mut DbConn) -> QueryResult<()> {
        FolderCipher::delete_all_by_cipher(&self.uuid, conn)?;
        let Some(folder) = folder else { return Ok(()) };
        FolderCipher { cipher_uuid: self.uuid.clone(), folder_uuid: folder.uuid.clone() }.save(conn)
    }

    pub(crate) fn find_by_uuid(uuid: &CipherId, conn: &mut DbConn) -> QueryResult<Option<Self>> {
        ciphers::table.filter(ciphers::uuid.eq(uuid)).select(Self::as_select()).first(conn).optional()
    }

    pub(crate) fn find_by_user(user_uuid: &UserId, conn: &mut DbConn) -> QueryResult<Vec<Self>> {
        ciphers::table
            .filter(ciphers::user_uuid.eq(user_uuid))
            .order(ciphers::created_at)
            .select(Self::as_select())
            .load(conn)
    }

    /// The user's ciphers that are not in the trash, each with its folder.
    pub(crate) fn find_visible_with_folder(
        user_uuid: &UserId,
        conn: &mut DbConn,
    ) -> QueryResult<Vec<(Self, Option<Folder>)>> {
        ciphers::table
            .left_join(folders_ciphers::table.inner_join(folders::table))
            .filter(ciphers::user_uuid.eq(user_uuid))
            .filter(ciphers::deleted_at.is_null())
            .order(ciphers::created_at)
            .select((Self::as_select(), Option::<Folder>::as_select()))
            .load(conn)
    }
}

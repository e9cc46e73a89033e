//! What users keep.

use diesel::Connection as _;

use super::databases::on_each;
use crate::passwords::api;
use crate::passwords::db::DbConn;
use crate::passwords::error::Error;
use crate::passwords::model::{Cipher, CipherType, Device, DeviceId, Folder, User, UserId, now};

fn two_users(conn: &mut DbConn) -> (UserId, UserId) {
    let ada = api::register("ada@example.org", "Ada", "correct horse", conn).unwrap();
    (ada, api::register("bob@example.org", "Bob", "battery staple", conn).unwrap())
}

#[test]
fn ciphers_are_listed_with_their_folders_for_their_owner() {
    on_each(|conn| {
        let (ada, bob) = two_users(conn);
        let folder = api::add_folder(&ada, "work", conn).unwrap();
        let mail = api::add_login(&ada, "mail", Some(&folder), conn).unwrap();
        let mut bank = api::add_login(&ada, "bank", None, conn).unwrap();
        api::add_login(&bob, "bob's", None, conn).unwrap();
        let work = Some("work".to_owned());
        let list = api::list_ciphers(&ada, conn).unwrap();
        assert_eq!(list, [("mail".to_owned(), work.clone()), ("bank".to_owned(), None)]);

        mail.move_to_folder(None, conn).unwrap();
        bank.move_to_folder(Some(&folder), conn).unwrap();
        bank.move_to_folder(Some(&folder), conn).unwrap();
        let list = api::list_ciphers(&ada, conn).unwrap();
        assert_eq!(list, [("mail".to_owned(), None), ("bank".to_owned(), work)]);

        bank.deleted_at = Some(now());
        bank.save(conn).unwrap();
        assert_eq!(api::list_ciphers(&ada, conn).unwrap(), [("mail".to_owned(), None)]);
        assert_eq!(Cipher::find_by_user(&ada, conn).unwrap().len(), 2);
    });
}

#[test]
fn a_cipher_is_saved_whole_each_time() {
    on_each(|conn| {
        let (ada, _) = two_users(conn);
        let mut note = Cipher::new(ada, CipherType::SecureNote, "2.name", r#"{"type":0}"#);
        note.save(conn).unwrap();
        (note.notes, note.key, note.reprompt) = (Some("2.notes".to_owned()), Some("2.key".to_owned()), Some(1));
        (note.fields, note.password_history) = (Some("[]".to_owned()), Some("[1]".to_owned()));
        note.save(conn).unwrap();
        assert_eq!(Cipher::find_by_uuid(&note.uuid, conn).unwrap().as_ref(), Some(&note));
        (note.notes, note.password_history) = (None, None);
        note.save(conn).unwrap();
        assert_eq!(Cipher::find_by_uuid(&note.uuid, conn).unwrap().as_ref(), Some(&note));
    });
}

#[test]
fn a_user_is_saved_while_devices_and_ciphers_refer_to_it() {
    on_each(|conn| {
        let (ada, _) = two_users(conn);
        Device::new(DeviceId::random(), ada.clone(), "phone", 0).save(conn).unwrap();
        api::add_login(&ada, "mail", None, conn).unwrap();
        let mut user = User::find_by_uuid(&ada, conn).unwrap().unwrap();
        user.name = "Countess".to_owned();
        user.save(conn).unwrap();
        assert_eq!(User::find_by_mail("ADA@example.org", conn).unwrap(), Some(user));
        assert_eq!(Device::find_by_user(&ada, conn).unwrap().len(), 1);
    });
}

#[test]
fn a_deleted_account_leaves_nothing_and_nobody_else() {
    on_each(|conn| {
        let (ada, bob) = two_users(conn);
        for uuid in [&ada, &bob] {
            let folder = api::add_folder(uuid, "all", conn).unwrap();
            api::add_login(uuid, "mail", Some(&folder), conn).unwrap();
            Device::new(DeviceId::random(), uuid.clone(), "phone", 0).save(conn).unwrap();
        }
        assert!(matches!(api::delete_account(&ada, "wrong", conn), Err(Error::Unauthorized)));
        api::delete_account(&ada, "correct horse", conn).unwrap();
        assert_eq!(User::find_by_mail("ada@example.org", conn).unwrap(), None);
        let left = |uuid: &UserId, conn: &mut DbConn| {
            let ciphers = Cipher::find_by_user(uuid, conn).unwrap().len();
            (ciphers, Folder::find_by_user(uuid, conn).unwrap().len(), Device::find_by_user(uuid, conn).unwrap().len())
        };
        assert_eq!(left(&ada, conn), (0, 0, 0));
        assert_eq!(left(&bob, conn), (1, 1, 1));
    });
}

#[test]
fn a_transaction_that_fails_leaves_the_rows_as_they_were() {
    on_each(|conn| {
        let (ada, _) = two_users(conn);
        let before = User::find_by_uuid(&ada, conn).unwrap().unwrap();
        let failed: Result<(), Error> = conn.transaction(|conn| {
            api::rotate_api_key(&ada, conn)?;
            api::add_folder(&ada, "work", conn)?;
            Err(Error::NotFound)
        });
        assert!(matches!(failed, Err(Error::NotFound)));
        assert_eq!(User::find_by_uuid(&ada, conn).unwrap(), Some(before));
        assert!(Folder::find_by_user(&ada, conn).unwrap().is_empty());
    });
}

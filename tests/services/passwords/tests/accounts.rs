//! Signing up, in, and out.

use super::databases::on_each;
use crate::passwords::api::{self, Login};
use crate::passwords::crypto;
use crate::passwords::db::DbConn;
use crate::passwords::error::{Error, Result};
use crate::passwords::model::{Device, DeviceId, User, UserId, now};

const NOW: i64 = 1_700_000_000;

fn ada(conn: &mut DbConn) -> UserId {
    api::register("Ada@Example.org", "Ada", "correct horse", conn).unwrap()
}

fn sign_in(email: &str, password: &str, code: Option<&str>, conn: &mut DbConn) -> Result<String> {
    let device = DeviceId::from("00000000-0000-4000-8000-000000000001".to_owned());
    api::login(&Login { email, password, code, device }, NOW, conn)
}

fn user(uuid: &UserId, conn: &mut DbConn) -> User {
    User::find_by_uuid(uuid, conn).unwrap().unwrap()
}

#[test]
fn a_user_registers_once_and_signs_in_by_mail_in_any_case() {
    on_each(|conn| {
        let uuid = ada(conn);
        let again = api::register("ADA@example.org", "Eve", "other", conn);
        assert!(matches!(again, Err(Error::EmailTaken)));
        assert_eq!(User::get_all(conn).unwrap(), [user(&uuid, conn)]);
        sign_in("ada@EXAMPLE.org", "correct horse", None, conn).unwrap();
        assert!(matches!(sign_in("ada@example.org", "wrong horse", None, conn), Err(Error::Unauthorized)));
        assert!(matches!(sign_in("eve@example.org", "correct horse", None, conn), Err(Error::Unauthorized)));
    });
}

#[test]
fn every_field_comes_back_and_none_is_written_as_null() {
    on_each(|conn| {
        let uuid = ada(conn);
        let mut full = user(&uuid, conn);
        let some = || Some("a text: äöü".to_owned());
        (full.password_hint, full.private_key, full.public_key) = (some(), some(), some());
        (full.totp_secret, full.totp_recover, full.stamp_exception) = (some(), some(), some());
        (full.email_new, full.email_new_token, full.api_key) = (some(), some(), some());
        (full.avatar_color, full.external_id) = (Some("#ff0080".to_owned()), some());
        (full.client_kdf_memory, full.client_kdf_parallelism) = (Some(64), Some(4));
        (full.verified_at, full.last_verifying_at) = (Some(now()), Some(now()));
        full.enabled = false;
        full.save(conn).unwrap();
        assert_eq!(user(&uuid, conn), full);

        (full.totp_secret, full.totp_recover, full.api_key) = (None, None, None);
        full.clear_email_change();
        full.save(conn).unwrap();
        assert_eq!(user(&uuid, conn), full);
        assert!(matches!(sign_in("ada@example.org", "correct horse", None, conn), Err(Error::Unauthorized)));
    });
}

#[test]
fn a_second_factor_is_asked_for_until_it_is_given_up() {
    on_each(|conn| {
        let uuid = ada(conn);
        let (secret, recover) = api::enable_totp(&uuid, conn).unwrap();
        let code = crypto::totp(&secret, NOW).unwrap();
        let late = crypto::totp(&secret, NOW + 3600).unwrap();
        let sign_in = |code: Option<&str>, conn: &mut DbConn| sign_in("ada@example.org", "correct horse", code, conn);
        assert!(matches!(sign_in(None, conn), Err(Error::SecondFactorNeeded)));
        assert!(matches!(sign_in(Some(&late), conn), Err(Error::Unauthorized)));
        sign_in(Some(&code), conn).unwrap();

        let wrong = api::recover_from_lost_totp("ada@example.org", "correct horse", "no code", conn);
        assert!(matches!(wrong, Err(Error::Unauthorized)));
        api::recover_from_lost_totp("ada@example.org", "correct horse", &recover.to_uppercase(), conn).unwrap();
        sign_in(None, conn).unwrap();
        assert_eq!(user(&uuid, conn).totp_secret, None);
    });
}

/// RFC 6238, appendix B, cut to six digits.
#[test]
fn codes_are_those_of_the_standard() {
    let secret = hex::encode("12345678901234567890123456789012");
    for (time, code) in [(59, "119246"), (1_111_111_109, "084774"), (20_000_000_000, "737706")] {
        assert_eq!(crypto::totp(&secret, time).as_deref(), Some(code));
    }
}

#[test]
fn an_address_changes_when_its_token_comes_back() {
    on_each(|conn| {
        let uuid = ada(conn);
        api::register("bob@example.org", "Bob", "battery", conn).unwrap();
        let taken = api::request_email_change(&uuid, "BOB@example.org", conn);
        assert!(matches!(taken, Err(Error::EmailTaken)));
        let token = api::request_email_change(&uuid, "Countess@Example.org", conn).unwrap();
        assert!(matches!(api::confirm_email_change(&uuid, "no token", conn), Err(Error::Unauthorized)));
        assert_eq!(user(&uuid, conn).email, "ada@example.org");
        api::confirm_email_change(&uuid, &token, conn).unwrap();

        let changed = user(&uuid, conn);
        assert_eq!((changed.email.as_str(), changed.email_new.as_deref()), ("countess@example.org", None));
        assert!(changed.verified_at.is_some());
        assert!(matches!(sign_in("ada@example.org", "correct horse", None, conn), Err(Error::Unauthorized)));
        sign_in("countess@example.org", "correct horse", None, conn).unwrap();
        assert!(matches!(api::confirm_email_change(&uuid, &token, conn), Err(Error::NotFound)));
    });
}

#[test]
fn an_address_that_was_taken_meanwhile_is_refused_and_nothing_changes() {
    on_each(|conn| {
        let uuid = ada(conn);
        let token = api::request_email_change(&uuid, "new@example.org", conn).unwrap();
        api::register("new@example.org", "Eve", "faster", conn).unwrap();
        let before = user(&uuid, conn);
        assert!(matches!(api::confirm_email_change(&uuid, &token, conn), Err(Error::EmailTaken)));
        assert_eq!(user(&uuid, conn), before);
    });
}

#[test]
fn a_rotated_api_key_replaces_the_one_before() {
    on_each(|conn| {
        let uuid = ada(conn);
        assert!(matches!(api::login_by_api_key(&uuid, "", conn), Err(Error::Unauthorized)));
        let first = api::rotate_api_key(&uuid, conn).unwrap();
        assert_eq!(api::login_by_api_key(&uuid, &first, conn).unwrap().uuid, uuid);
        let second = api::rotate_api_key(&uuid, conn).unwrap();
        assert!(matches!(api::login_by_api_key(&uuid, &first, conn), Err(Error::Unauthorized)));
        assert_eq!(api::login_by_api_key(&uuid, &second, conn).unwrap().uuid, uuid);
    });
}

#[test]
fn a_refresh_token_is_used_once() {
    on_each(|conn| {
        let uuid = ada(conn);
        let first = sign_in("ada@example.org", "correct horse", None, conn).unwrap();
        let (of, second) = api::refresh(&first, conn).unwrap();
        assert_eq!(of, uuid);
        assert!(matches!(api::refresh(&first, conn), Err(Error::Unauthorized)));
        assert_eq!(api::refresh(&second, conn).unwrap().0, uuid);
        assert_eq!(Device::find_by_user(&uuid, conn).unwrap().len(), 1, "the device is the same");
    });
}

#[test]
fn a_device_is_remembered_and_forgets_its_push_token() {
    on_each(|conn| {
        let uuid = ada(conn);
        let mut device = Device::new(DeviceId::random(), uuid.clone(), "phone", 0);
        device.push_token = Some("push".to_owned());
        let token = device.refresh_twofactor_remember();
        device.save(conn).unwrap();
        Device::clear_push_token_by_uuid(&device.uuid, conn).unwrap();
        let stored = Device::find_by_uuid_and_user(&device.uuid, &uuid, conn).unwrap().unwrap();
        assert_eq!(stored, Device { push_token: None, ..device });
        assert!(stored.check_valid_twofactor_remember(&token) && !stored.check_valid_twofactor_remember("another"));
    });
}

#[test]
fn a_new_password_signs_every_device_out() {
    on_each(|conn| {
        let uuid = ada(conn);
        let token = sign_in("ada@example.org", "correct horse", None, conn).unwrap();
        let before = user(&uuid, conn);
        assert!(matches!(api::change_password(&uuid, "wrong", "new", conn), Err(Error::Unauthorized)));
        api::change_password(&uuid, "correct horse", "battery staple", conn).unwrap();
        assert_ne!(user(&uuid, conn).security_stamp, before.security_stamp);
        assert!(matches!(api::refresh(&token, conn), Err(Error::Unauthorized)));
        sign_in("ada@example.org", "battery staple", None, conn).unwrap();
    });
}

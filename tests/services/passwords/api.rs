//! What requests do: each function has one connection for the whole of it.

use diesel::Connection as _;

use super::crypto;
use super::db::DbConn;
use super::error::{Error, Result};
use super::model::{Cipher, CipherType, Device, DeviceId, Folder, User, UserId, now};

/// Who signs in, by what, on which device.
pub(crate) struct Login<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    pub(crate) code: Option<&'a str>,
    pub(crate) device: DeviceId,
}

pub(crate) fn register(email: &str, name: &str, password: &str, conn: &mut DbConn) -> Result<UserId> {
    conn.transaction(|conn| {
        if User::find_by_mail(email, conn)?.is_some() {
            return Err(Error::EmailTaken);
        }
        let mut user = User::new(email, name);
        user.set_password(password, "key of the vault, encrypted by the client");
        user.save(conn)?;
        Ok(user.uuid)
    })
}

/// Signs in, and gives the refresh token of the device.
pub(crate) fn login(login: &Login<'_>, unix_seconds: i64, conn: &mut DbConn) -> Result<String> {
    let user = User::find_by_mail(login.email, conn)?.ok_or(Error::Unauthorized)?;
    if !user.enabled || !user.check_valid_password(login.password) {
        return Err(Error::Unauthorized);
    }
    if !user.check_valid_totp(login.code, unix_seconds) {
        return Err(if login.code.is_some() { Error::Unauthorized } else { Error::SecondFactorNeeded });
    }
    let known = Device::find_by_uuid_and_user(&login.device, &user.uuid, conn)?;
    let mut device = known.unwrap_or_else(|| Device::new(login.device.clone(), user.uuid, "browser", 9));
    device.save(conn)?;
    Ok(device.refresh_token)
}

/// Exchanges a refresh token for the next one.
pub(crate) fn refresh(token: &str, conn: &mut DbConn) -> Result<(UserId, String)> {
    let (user, mut device) = User::find_by_device_refresh_token(token, conn)?.ok_or(Error::Unauthorized)?;
    if !user.enabled {
        return Err(Error::Unauthorized);
    }
    device.refresh_token = crypto::token::<32>();
    device.save(conn)?;
    Ok((user.uuid, device.refresh_token))
}

pub(crate) fn login_by_api_key(uuid: &UserId, key: &str, conn: &mut DbConn) -> Result<User> {
    let user = find(uuid, conn)?;
    if user.check_valid_api_key(key) { Ok(user) } else { Err(Error::Unauthorized) }
}

/// Makes a key for programs; the one before is void.
pub(crate) fn rotate_api_key(uuid: &UserId, conn: &mut DbConn) -> Result<String> {
    let mut user = find(uuid, conn)?;
    let key = crypto::token::<15>();
    user.api_key = Some(key.clone());
    user.save(conn)?;
    Ok(key)
}

/// Asks for a second factor from now on; gives its secret and the code for the day when it is lost.
pub(crate) fn enable_totp(uuid: &UserId, conn: &mut DbConn) -> Result<(String, String)> {
    let mut user = find(uuid, conn)?;
    let (secret, recover) = (crypto::token::<20>(), crypto::token::<16>());
    user.totp_secret = Some(secret.clone());
    user.totp_recover = Some(recover.clone());
    user.save(conn)?;
    Ok((secret, recover))
}

pub(crate) fn recover_from_lost_totp(email: &str, password: &str, code: &str, conn: &mut DbConn) -> Result<()> {
    let mut user = User::find_by_mail(email, conn)?.ok_or(Error::Unauthorized)?;
    if !user.check_valid_password(password) || !user.check_valid_recovery_code(code) {
        return Err(Error::Unauthorized);
    }
    (user.totp_secret, user.totp_recover) = (None, None);
    Ok(user.save(conn)?)
}

/// Notes the address; the token goes there by mail.
pub(crate) fn request_email_change(uuid: &UserId, email: &str, conn: &mut DbConn) -> Result<String> {
    if User::find_by_mail(email, conn)?.is_some() {
        return Err(Error::EmailTaken);
    }
    let mut user = find(uuid, conn)?;
    let token = crypto::token::<8>();
    user.email_new = Some(email.to_lowercase());
    user.email_new_token = Some(token.clone());
    user.last_verifying_at = Some(now());
    user.login_verify_count += 1;
    user.save(conn)?;
    Ok(token)
}

pub(crate) fn confirm_email_change(uuid: &UserId, token: &str, conn: &mut DbConn) -> Result<()> {
    conn.transaction(|conn| {
        let mut user = find(uuid, conn)?;
        let (Some(email), Some(expected)) = (user.email_new.clone(), &user.email_new_token) else {
            return Err(Error::NotFound);
        };
        if !crypto::equal(expected, token) {
            return Err(Error::Unauthorized);
        }
        if User::find_by_mail(&email, conn)?.is_some() {
            return Err(Error::EmailTaken);
        }
        user.email = email;
        user.verified_at = Some(now());
        user.clear_email_change();
        Ok(user.save(conn)?)
    })
}

/// Signs the user out everywhere.
pub(crate) fn change_password(uuid: &UserId, old: &str, new: &str, conn: &mut DbConn) -> Result<()> {
    conn.transaction(|conn| {
        let mut user = find(uuid, conn)?;
        if !user.check_valid_password(old) {
            return Err(Error::Unauthorized);
        }
        user.set_password(new, "the vault's key, encrypted anew");
        user.save(conn)?;
        Ok(Device::delete_all_by_user(uuid, conn)?)
    })
}

pub(crate) fn add_folder(uuid: &UserId, name: &str, conn: &mut DbConn) -> Result<Folder> {
    let mut folder = Folder::new(uuid.clone(), name);
    folder.save(conn)?;
    Ok(folder)
}

pub(crate) fn add_login(uuid: &UserId, name: &str, folder: Option<&Folder>, conn: &mut DbConn) -> Result<Cipher> {
    conn.transaction(|conn| {
        let mut cipher = Cipher::new(uuid.clone(), CipherType::Login, name, r#"{"username":"2.a|b|c"}"#);
        cipher.save(conn)?;
        cipher.move_to_folder(folder, conn)?;
        Ok(cipher)
    })
}

/// The names of what the user sees, each with its folder's.
pub(crate) fn list_ciphers(uuid: &UserId, conn: &mut DbConn) -> Result<Vec<(String, Option<String>)>> {
    let rows = Cipher::find_visible_with_folder(uuid, conn)?;
    Ok(rows.into_iter().map(|(cipher, folder)| (cipher.name, folder.map(|folder| folder.name))).collect())
}

pub(crate) fn delete_account(uuid: &UserId, password: &str, conn: &mut DbConn) -> Result<()> {
    conn.transaction(|conn| {
        let user = find(uuid, conn)?;
        if !user.check_valid_password(password) {
            return Err(Error::Unauthorized);
        }
        Ok(user.delete(conn)?)
    })
}

fn find(uuid: &UserId, conn: &mut DbConn) -> Result<User> {
    User::find_by_uuid(uuid, conn)?.ok_or(Error::NotFound)
}

//! The rows and what is done with them.

mod cipher;
mod device;
mod folder;
mod ids;
mod user;

pub(crate) use cipher::{Cipher, CipherType};
pub(crate) use device::Device;
pub(crate) use folder::{Folder, FolderCipher};
pub(crate) use ids::{CipherId, DeviceId, FolderId, UserId};
pub(crate) use user::User;

use chrono::{NaiveDateTime, SubsecRound as _, Utc};

/// The time, as precise as every database keeps it.
pub(crate) fn now() -> NaiveDateTime {
    Utc::now().naive_utc().trunc_subsecs(6)
}

//! A roll-back that somebody answers for.

use crate::context::FirmId;
use crate::keys::KeyError;
use crate::session::Vault;

/// Goes on with a firm's stored record though a later one was seen by this process or the anchor: the later one is lost,
/// with the keys that only it held. The record is written anew under a later generation; version numbers that were given
/// are not given again. The generations before and after, or `None` where nothing was rolled back.
///
/// Look first for a process that holds the later record ([`KeyAdmin::reinsert`](crate::admin::KeyAdmin::reinsert)), and
/// for a newer backup. Told by a `fieldseal.danger.accept_rollback` event.
///
/// # Errors
/// [`KeyError`]; [`KeyError::Shredded`] where a shredding was rolled back, which nothing undoes.
///
/// # Security
/// It makes valid again whatever the old record says: states of keys, its master key and KEK, the lower bound of versions.
pub async fn accept_rollback(vault: &Vault, firm: impl Into<FirmId>) -> Result<Option<(u64, u64)>, KeyError> {
    let firm = firm.into();
    let accepted = vault.custody().accept_rollback(&firm).await?;
    if let Some((from, to)) = accepted {
        tracing::warn!(name: "fieldseal.danger.accept_rollback", %firm, from, to, "rolled-back record accepted");
    }
    Ok(accepted)
}

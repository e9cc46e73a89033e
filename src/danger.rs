//! Doors that destroy: reviewed by the one word in their path.

#[cfg(feature = "escrow")]
mod escrow;
mod rollback;

use crate::context::FirmId;
use crate::keys::KeyError;
use crate::session::Vault;

#[cfg(feature = "escrow")]
pub use escrow::{Custodians, EscrowError, Export, OpenedShare, RecoverError, Recovery, Share, ShareFault, escrow};
#[cfg(feature = "escrow")]
pub use escrow::{open_share, recover_escrow};
pub use rollback::accept_rollback;

/// Destroys a firm's keys in the key store at once, without request and waiting period, leaves a tombstone and a certificate,
/// and drops them in this process. [`KeyAdmin::shred`](crate::admin::KeyAdmin::shred) is the way that waits and looks around.
///
/// Everything that the firm sealed is unreadable from then on, but for backups of the key store. Other processes drop the keys
/// when they are told, at the latest at the end of their leases; this call does not wait for them. The firm's terms in global
/// indexes stay until `KeyAdmin::shred` is called, which goes on from here. The firm can't be created again.
///
/// # Errors
/// [`KeyError`]; [`KeyError::Shredded`] if it was shredded before, [`KeyError::Held`] if it is under a legal hold,
/// [`KeyError::PlatformShred`] for the platform.
pub async fn shred_firm(vault: &Vault, firm: impl Into<FirmId>) -> Result<(), KeyError> {
    vault.admin().shred_now(&firm.into()).await
}

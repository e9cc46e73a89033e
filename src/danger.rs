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

/// Destroys a firm's keys in the key store at once, leaves a tombstone, and drops them in this process.
///
/// Everything that the firm sealed is unreadable from then on, but for backups of the key store, and for other
/// processes until their keyrings expire. The firm can't be created again.
///
/// # Errors
/// [`KeyError`]; [`KeyError::Shredded`] if it was shredded before, [`KeyError::PlatformShred`] for the platform.
pub async fn shred_firm(vault: &Vault, firm: impl Into<FirmId>) -> Result<(), KeyError> {
    vault.custody().shred(&firm.into()).await
}

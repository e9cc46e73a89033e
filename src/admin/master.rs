//! Another firm master key in the place of the one before.

use super::KeyAdmin;
use super::progress::Step;
use crate::context::FirmId;
use crate::keys::KeyError;

/// What [`KeyAdmin::rotate_master`] did; in a dry run, what it would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MasterRotation {
    /// The version before.
    pub from: u32,
    /// The version now.
    pub to: u32,
    /// Of the platform's: the firms, shredded ones among them, for which it vouches anew.
    pub vouched: u64,
    /// Of the platform's: firms whose records the platform did not vouch for before, nor does now. Nobody could open
    /// them before: treat the key store as tampered with.
    pub unvouched: Vec<FirmId>,
}

impl KeyAdmin {
    /// Makes a fresh firm master key, under the KEK that the configuration gives first, and wraps every data and index
    /// key under it. No data row is touched, no data or index key changes, and sessions go on.
    ///
    /// Whoever has the master key of before can't forge a record of the firm any more, for processes that have seen this
    /// one; with an old copy of the key store they still have the data keys of that time, which
    /// their own rotation replaces.
    ///
    /// One change of one record: cut off at any point it is done or not done. It returns once every live process has
    /// applied it. With [`FirmId::Platform`] it is a change of the platform's record and of every other firm's, in one
    /// transaction; no firm's provider is asked. It takes about as long as the database needs to update a row for each
    /// firm, and processes that create or change firms wait for it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn rotate_master(&self, firm: impl Into<FirmId>) -> Result<MasterRotation, KeyError> {
        let firm = firm.into();
        let rotated = match firm {
            FirmId::Platform => self.rotate_platform().await?,
            _ => {
                let (from, to) = self.custody.rotate_master(&firm, self.is_dry()).await?;
                MasterRotation { from, to, vouched: 0, unvouched: Vec::new() }
            }
        };
        self.tell(Some(&firm), Step::RotateMaster { from: rotated.from, to: rotated.to });
        self.settle(Some(&firm)).await?;
        Ok(rotated)
    }

    async fn rotate_platform(&self) -> Result<MasterRotation, KeyError> {
        let rotated = self.custody.rotate_platform(self.is_dry()).await?;
        Ok(MasterRotation { from: rotated.from, to: rotated.to, vouched: rotated.vouched, unvouched: rotated.left })
    }
}

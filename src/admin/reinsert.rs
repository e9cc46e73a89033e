//! What this process holds, written again into a key store that was rolled back.

#[cfg(test)]
mod tests;

use super::{KeyAdmin, Step};
use crate::context::FirmId;
use crate::keys::KeyError;

/// What a re-insertion came to.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Reinserted {
    /// Firms whose newest record this process keeps.
    pub kept: u64,
    /// Firms whose record in the store was older or gone, and is the newest again. In a dry run: that would be.
    pub put_back: Vec<FirmId>,
    /// Firms whose record in the store is older or gone, and could not be put back: keys of the one in the store would be
    /// lost, it was shredded since, or the store failed.
    pub left: Vec<(FirmId, Option<KeyError>)>,
}

impl KeyAdmin {
    /// Writes the newest records that this process has verified where the store holds older ones or none: after the
    /// database was restored, or a writer of it rolled it back. Run it in every live process, before it is restarted.
    ///
    /// Records are written as they were, so that no version number is given twice; one that would lose a key of the
    /// store's is left and named.
    ///
    /// # Errors
    /// [`KeyError`] when the platform's record can't be put back, on which the others rest.
    pub async fn reinsert(&self) -> Result<Reinserted, KeyError> {
        let mut firms = self.custody.keeps();
        // `Platform` is the least.
        firms.sort();
        let mut all = Reinserted { kept: firms.len() as u64, ..Reinserted::default() };
        for firm in firms {
            match self.reinsert_one(&firm).await {
                Ok(None) => {}
                Ok(Some(true)) => all.put_back.push(firm),
                Ok(Some(false)) => all.left.push((firm, None)),
                Err(error) if firm == FirmId::Platform => return Err(error),
                Err(error) => all.left.push((firm, Some(error))),
            }
        }
        Ok(all)
    }

    /// `None`: the store holds the newest. `Some(false)`: it does not, and it stays so.
    async fn reinsert_one(&self, firm: &FirmId) -> Result<Option<bool>, KeyError> {
        let stored = self.custody.unchecked(firm).await?;
        let found = stored.as_ref().map_or(0, |stored| stored.generation);
        if self.custody.seen_beyond(firm, found).await?.is_none() {
            return Ok(None);
        }
        let Some(record) = self.custody.newer(firm, stored.as_ref()).await? else { return Ok(Some(false)) };
        if !self.is_dry() && !self.custody.put_back(stored.as_ref(), &record).await? {
            return Ok(Some(false));
        }
        self.tell(Some(firm), Step::Reinsert { generation: record.generation });
        Ok(Some(true))
    }
}

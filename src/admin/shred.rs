//! The end of a firm: requested, waited for, done, and certified (spec/keys.md, Shredding).

mod data;
mod error;
mod request;

use super::certificate::{Completion, ShredCertificate, ShredFacts};
use super::{KeyAdmin, Step};
use crate::context::FirmId;
use crate::keys::KeyError;
use crate::keys::custody::Doomed;

pub(in crate::admin) use data::Found;
pub use data::{LegacyColumn, ShredData};
pub use error::ShredError;
pub use request::ShredRequest;

impl KeyAdmin {
    /// Destroys a firm's keys in the key store, once its [requested](Self::request_shred) shredding is due, clears its terms in
    /// global blind indexes, and certifies it. What the firm sealed is unreadable from then on, for good.
    ///
    /// In this order: refuses what is not requested, not due, or held; looks through `data` for plaintext and for columns that
    /// can't be cleared; destroys the keys, the point of no return; waits until no process holds them; clears the terms;
    /// completes the certificate. A call that is cut off leaves a firm that works as before, or one whose keys are gone:
    /// run it again. The firm's provider is asked to verify the manifest, and done without if it can't be reached.
    ///
    /// In a dry run the certificate is a draft that nobody vouches for.
    ///
    /// # Errors
    /// [`ShredError`]. Those of `data` may also come after the keys were destroyed: the same call then goes on from there.
    pub async fn shred(
        &self,
        firm: impl Into<FirmId>,
        data: &mut ShredData<'_, '_>,
    ) -> Result<ShredCertificate, ShredError> {
        let firm = firm.into();
        if firm == FirmId::Platform {
            return Err(KeyError::PlatformShred.into());
        }
        if self.custody.certified(&firm).await?.is_none() {
            self.ready(&firm).await?;
            let found = self.look_through(&firm, data).await?;
            let verified = self.custody.opened(&firm).await.is_ok();
            let draft = |doomed: &Doomed<'_>| {
                self.due(doomed)?;
                Ok::<_, ShredError>(ShredFacts::new(&firm, doomed, verified, &self.vault.models()).with(&found))
            };
            if self.is_dry() {
                return self.draft(&firm, draft).await;
            }
            self.custody.shred(&firm, |doomed| draft(doomed).map(|facts| facts.to_json())).await?;
            self.tell(Some(&firm), Step::Shred);
        }
        self.finish(&firm, data).await
    }

    /// Destroys a firm's keys now, whatever was requested, unless it is held.
    pub(crate) async fn shred_now(&self, firm: &FirmId) -> Result<(), KeyError> {
        let models = self.vault.models();
        let body = |doomed: &Doomed<'_>| Ok(ShredFacts::new(firm, doomed, false, &models).to_json());
        self.custody.shred(firm, body).await
    }

    /// Refuses early what would be refused late.
    async fn ready(&self, firm: &FirmId) -> Result<(), ShredError> {
        let standing = self.custody.current_standing(firm).await?;
        if !standing.holds.is_empty() {
            return Err(KeyError::Held { firm: firm.clone(), holds: standing.hold_ids() }.into());
        }
        request::due(&standing, self.custody.clock().unix_seconds())
    }

    /// The same once more, of the very record that is about to go.
    fn due(&self, doomed: &Doomed<'_>) -> Result<(), ShredError> {
        request::due(doomed.standing, doomed.when)
    }

    async fn draft(
        &self,
        firm: &FirmId,
        draft: impl Fn(&Doomed<'_>) -> Result<ShredFacts, ShredError>,
    ) -> Result<ShredCertificate, ShredError> {
        let mut facts = None;
        let seen = self.custody.doom(firm, |doomed| {
            facts = Some(draft(doomed)?);
            Ok::<_, ShredError>(())
        });
        seen.await?;
        for step in [Step::Shred, Step::Settle, Step::Certify] {
            self.tell(Some(firm), step);
        }
        Ok(ShredCertificate::draft(&facts.expect("a record that is looked at is drafted")))
    }

    /// What follows the point of no return; done already: nothing happens.
    async fn finish(&self, firm: &FirmId, data: &mut ShredData<'_, '_>) -> Result<ShredCertificate, ShredError> {
        let (_, first) = self.certified(firm).await?;
        if self.is_dry() || first.facts().is_some_and(|facts| facts.complete.is_some()) {
            return Ok(first);
        }
        self.settle(Some(firm)).await?;
        // Nobody seals under the firm any more, so no term comes back.
        let cleared = self.clear_terms(firm, data).await?;
        let (epoch, processes) = self.fleet.processes().await?;
        let completion = Completion::new(self.custody.clock().unix_seconds(), epoch, &processes);
        for _ in 0..crate::keys::custody::ATTEMPTS {
            let (record, found) = self.certified(firm).await?;
            let Some(facts) = found.facts().filter(|facts| facts.complete.is_none()) else { return Ok(found) };
            if self.custody.recertify(&record, facts.completed(completion.clone(), &cleared).to_json()).await? {
                self.tell(Some(firm), Step::Certify);
                return Ok(self.certified(firm).await?.1);
            }
        }
        Err(KeyError::Contended { firm: firm.clone() }.into())
    }
}

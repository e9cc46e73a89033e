//! Backups read again: checked without a store, or restored into one (spec/recovery.md).

mod error;
mod outcome;
mod platform;
mod put;
pub(crate) mod read;
#[cfg(test)]
mod tests;

use std::io::{Read, Seek, SeekFrom};

use super::KeyAdmin;
use super::backup::platform_record;
use crate::context::FirmId;
use crate::keys::hierarchy::{MasterKeys, backup_key};
use crate::keys::verify::verify;
use crate::keys::{FirmRecord, RecordContent};
use crate::secret::FirmMasterKey;
use platform::Platforms;
use read::{Reader, Unopened};

pub use error::RestoreError;
pub use outcome::{Difference, Outcome};

/// What is checked of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Verify {
    /// That it is whole in form. No provider is asked, and an alteration may go unseen: for a look while the KMS is down.
    Form,
    /// That it is as it was written: one provider call, for the platform's key.
    #[default]
    Authentic,
    /// Also that every firm's keys open, as a session would open them: one provider call a firm.
    Deep,
}

/// What a restore does where the store has a record that is older than the backup's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overwrite {
    /// It stays.
    #[default]
    Never,
    /// The backup's takes its place.
    IfNewer,
}

/// How to restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RestoreOptions {
    /// What to do with older records. Default: they stay.
    pub overwrite: Overwrite,
    /// What to check first. At least [`Verify::Authentic`] is.
    pub verify: Verify,
}

impl RestoreOptions {
    /// With these older records overwritten.
    #[must_use]
    pub fn overwriting(mut self, overwrite: Overwrite) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// With this checked first.
    #[must_use]
    pub fn verifying(mut self, verify: Verify) -> Self {
        self.verify = verify;
        self
    }
}

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// When it was begun: Unix seconds.
    pub created: u64,
    /// The generation of the platform's record.
    pub platform_generation: u64,
    /// Firms besides the platform, shredded ones among them.
    pub firms: u64,
    /// Shredded firms.
    pub shredded: u64,
}

/// What a restore came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// What the backup holds.
    pub contents: Contents,
    /// Records that were written, the platform's among them. In a dry run: that would be.
    pub written: u64,
    /// Every firm whose record in the store was another, or is behind what was seen of it.
    pub differences: Vec<Difference>,
}

impl KeyAdmin {
    /// Reads a backup to its end and checks it. The store is neither read nor written.
    ///
    /// # Errors
    /// [`RestoreError`].
    pub async fn verify_backup(&self, from: impl Read + Send, depth: Verify) -> Result<Contents, RestoreError> {
        let mut from = from;
        self.check(&mut from, depth).await
    }

    /// Writes the records of a backup into the store, which may be empty or hold records: newer ones stay, shredded firms
    /// stay shredded whichever side knows of it, and every difference is told and reported. The backup is read to its
    /// end and checked before anything is written. Cut off, it is run again.
    ///
    /// Afterwards every process should read anew: restart them, or wait for their keyrings to expire.
    ///
    /// # Errors
    /// [`RestoreError`].
    pub async fn restore(
        &self,
        from: impl Read + Seek + Send,
        options: RestoreOptions,
    ) -> Result<Restored, RestoreError> {
        let mut from = from;
        let depth = if options.verify == Verify::Form { Verify::Authentic } else { options.verify };
        let start = from.stream_position().map_err(RestoreError::Read)?;
        let contents = self.check(&mut from, depth).await?;
        from.seek(SeekFrom::Start(start)).map_err(RestoreError::Read)?;
        let (mut reader, platform, master) = self.open(&mut from).await?;
        let derived = MasterKeys::new(&FirmId::Platform, keys_version(&platform), &master);
        let platforms = Platforms::of(&self.custody, derived).await?;
        let mut restored = Restored { contents, written: 0, differences: Vec::new() };
        // With keys of its own the store's platform is the newer one.
        if platforms.store.is_none() {
            self.put(&platform, &platforms, options.overwrite, &mut restored).await?;
        }
        while let Some(record) = reader.next()? {
            let record = platforms.take_over(&record)?;
            self.put(&record, &platforms, options.overwrite, &mut restored).await?;
        }
        Ok(restored)
    }

    async fn check(&self, from: &mut (dyn Read + Send), depth: Verify) -> Result<Contents, RestoreError> {
        let backup = Unopened::read(from)?;
        let mut contents = Contents::of(backup.created, &backup.platform);
        let platform = match depth {
            Verify::Form => None,
            Verify::Authentic | Verify::Deep => Some(self.platform_key(&backup).await?),
        };
        let version = keys_version(&backup.platform);
        let derived = platform.as_ref().map(|master| MasterKeys::new(&FirmId::Platform, version, master));
        let mut reader = backup.open(from, platform.map(|master| backup_key(version, &master)))?;
        while let Some(record) = reader.next()? {
            if let (Verify::Deep, Some(derived)) = (depth, &derived) {
                self.verify_deep(&record, derived).await?;
            }
            contents.count(&record);
        }
        Ok(contents)
    }

    async fn open<'r>(
        &self,
        from: &'r mut (dyn Read + Send),
    ) -> Result<(Reader<&'r mut (dyn Read + Send)>, FirmRecord, FirmMasterKey), RestoreError> {
        let unopened = Unopened::read(from)?;
        let master = self.platform_key(&unopened).await?;
        let platform = platform_record(unopened.keys()?.clone(), unopened.platform.generation);
        let key = backup_key(keys_version(&platform), &master);
        Ok((unopened.open(from, Some(key))?, platform, master))
    }

    /// The master key of the backup's platform, as its record holds it. The record endorses itself.
    async fn platform_key(&self, backup: &Unopened) -> Result<FirmMasterKey, RestoreError> {
        let keys = backup.keys()?;
        let master = self.custody.unwrap(&FirmId::Platform, keys).await?;
        let verified = verify(&FirmId::Platform, &backup.platform, keys, &master, None);
        verified.map_err(|what| RestoreError::Record { firm: FirmId::Platform, what })?;
        Ok(master)
    }

    async fn verify_deep(&self, record: &FirmRecord, platform: &MasterKeys) -> Result<(), RestoreError> {
        let RecordContent::Keys(keys) = &record.content else { return Ok(()) };
        let master = self.custody.unwrap(&record.firm, keys).await?;
        let verified = verify(&record.firm, record, keys, &master, Some(&platform.endorsement));
        verified.map(drop).map_err(|what| RestoreError::Record { firm: record.firm.clone(), what })
    }
}

impl Contents {
    fn of(created: u64, platform: &FirmRecord) -> Self {
        Self { created, platform_generation: platform.generation, firms: 0, shredded: 0 }
    }

    fn count(&mut self, record: &FirmRecord) {
        self.firms += 1;
        self.shredded += u64::from(matches!(record.content, RecordContent::Tombstone(_)));
    }
}

/// The version of the master key; a tombstone has none.
fn keys_version(record: &FirmRecord) -> u32 {
    match &record.content {
        RecordContent::Keys(keys) => keys.master.version,
        RecordContent::Tombstone(_) => 0,
    }
}

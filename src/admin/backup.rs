//! Backups of wrapped keys, manifests and tombstones (spec/recovery.md). No key that could open anything is in one.

pub(crate) mod frame;
pub(crate) mod record;

use std::io::{self, Write};

use zeroize::Zeroizing;

use super::{KeyAdmin, Step};
use crate::context::{FirmId, join};
use crate::keys::hierarchy::backup_key;
use crate::keys::{FirmRecord, KeyError, RecordContent};
use frame::{Chain, Kind};

/// What a backup came to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// When it was begun: Unix seconds.
    pub created: u64,
    /// The generation of the platform's record.
    pub platform_generation: u64,
    /// Firms besides the platform, shredded ones among them.
    pub firms: u64,
    /// Shredded firms.
    pub shredded: u64,
}

/// Why a backup was not made. What was written is not one: its end is missing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A record can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The backup can't be written.
    #[error("the backup can't be written")]
    Write(#[source] io::Error),
    /// The platform's record was changed in between, on whose word the others rest.
    #[error("the platform's keys were changed while the backup was made: make it again")]
    PlatformChanged,
}

impl BackupError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::Write(_) => "backup.write",
            Self::PlatformChanged => "backup.platform_changed",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_retryable(),
            Self::Write(_) => false,
            Self::PlatformChanged => true,
        }
    }
}

/// Firms that are read at once.
pub(crate) const PAGE: usize = 500;

/// The first bytes of a backup, its version last (REC-3).
pub(crate) const MAGIC: &[u8; 17] = b"fieldseal-backup\x01";

impl KeyAdmin {
    /// Writes every firm's wrapped keys, manifest or tombstone to `to`: one provider call, and memory for some hundred
    /// firms at a time. Flush and sync `to` afterwards. In a dry run all is read and nothing is written.
    ///
    /// What is written opens nothing without the KMS. Keep it where whoever writes the database can't reach it.
    ///
    /// # Errors
    /// [`BackupError`]; also when this process knows that the store was rolled back.
    pub async fn backup(&self, mut to: impl Write + Send) -> Result<Backup, BackupError> {
        let mut nowhere = io::sink();
        let to: &mut (dyn Write + Send) = if self.is_dry() { &mut nowhere } else { &mut to };
        let platform = self.custody.opened(&FirmId::Platform).await?;
        let generation = platform.manifest.generation;
        let record = platform_record(platform.keys.clone(), generation);
        let created = self.custody.clock().unix_seconds();
        let mut chain = Chain::new(backup_key(platform.manifest.master_version, &platform.master));
        to.write_all(MAGIC).map_err(BackupError::Write)?;
        chain.write(to, Kind::Header, &header(created, &record)).map_err(BackupError::Write)?;
        let mut backup = Backup { created, platform_generation: generation, firms: 0, shredded: 0 };
        self.write_firms(to, &mut chain, &mut backup).await?;
        if self.custody.opened(&FirmId::Platform).await?.manifest.generation != generation {
            return Err(BackupError::PlatformChanged);
        }
        let count = Zeroizing::new(join(&[&backup.firms.to_be_bytes()]));
        chain.write(to, Kind::End, &count).map_err(BackupError::Write)?;
        Ok(backup)
    }

    async fn write_firms(
        &self,
        to: &mut (dyn Write + Send),
        chain: &mut Chain,
        backup: &mut Backup,
    ) -> Result<(), BackupError> {
        let mut after = None;
        loop {
            let records = self.page(after.as_ref()).await?;
            let Some(last) = records.last() else { return Ok(()) };
            after = Some(last.firm.clone());
            for record in records.iter().filter(|record| record.firm != FirmId::Platform) {
                let (kind, content) = record::encode(record);
                chain.write(to, kind, &content).map_err(BackupError::Write)?;
                backup.firms += 1;
                backup.shredded += u64::from(matches!(record.content, RecordContent::Tombstone(_)));
            }
            self.tell(None, Step::Firms { done: backup.firms });
        }
    }

    /// The records behind `after`, each held against what this process has seen.
    pub(crate) async fn page(&self, after: Option<&FirmId>) -> Result<Vec<FirmRecord>, KeyError> {
        let firms = self.custody.store().firms(after, PAGE).await?;
        self.custody.records(&firms).await
    }
}

/// The header's content: when, and the platform's record, which is the first to be needed.
pub(crate) fn header(created: u64, platform: &FirmRecord) -> Zeroizing<Vec<u8>> {
    let (_, record) = record::encode(platform);
    Zeroizing::new(join(&[&created.to_be_bytes(), &record]))
}

pub(crate) fn platform_record(keys: crate::keys::KeysRecord, generation: u64) -> FirmRecord {
    FirmRecord { firm: FirmId::Platform, generation, content: RecordContent::Keys(keys), standing: None }
}

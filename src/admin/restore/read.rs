//! Reads a backup frame by frame; nothing is handed out before it is authentic (spec/recovery.md, REC-7 to REC-10).

use std::io::Read;

use zeroize::Zeroizing;

use super::RestoreError;
use crate::admin::backup::frame::{self, Chain, Frame, FrameError, Kind};
use crate::admin::backup::{MAGIC, record};
use crate::context::FirmId;
use crate::keys::manifest::Fields;
use crate::keys::{FirmRecord, KeysRecord, RecordContent};
use crate::secret::BackupKey;

/// A backup whose header was read, and is not authenticated yet: its key lies in it, wrapped.
pub(crate) struct Unopened {
    pub(crate) created: u64,
    pub(crate) platform: FirmRecord,
    header: Frame,
}

/// A backup whose frames are authenticated one by one.
pub(crate) struct Reader<R> {
    from: R,
    /// `None` for a look at the form alone.
    chain: Option<Chain>,
    firms: u64,
}

impl Unopened {
    pub(crate) fn read(from: &mut dyn Read) -> Result<Self, RestoreError> {
        let magic: [u8; MAGIC.len()] = frame::array(from).map_err(|error| match error {
            FrameError::Truncated => RestoreError::NotABackup,
            error => error.at(0),
        })?;
        let (name, version) = magic.split_at(MAGIC.len() - 1);
        if name != &MAGIC[..MAGIC.len() - 1] {
            return Err(RestoreError::NotABackup);
        }
        if version != &MAGIC[MAGIC.len() - 1..] {
            return Err(RestoreError::UnknownFormat { format: version[0] });
        }
        let header = frame::read(from).map_err(|error| error.at(0))?;
        let (created, platform) = parse(&header).ok_or(RestoreError::Malformed { firms: 0 })?;
        Ok(Self { created, platform, header })
    }

    /// The platform's keys, wrapped.
    pub(crate) fn keys(&self) -> Result<&KeysRecord, RestoreError> {
        match &self.platform.content {
            RecordContent::Keys(keys) => Ok(keys),
            RecordContent::Tombstone(_) => Err(RestoreError::Malformed { firms: 0 }),
        }
    }

    /// Goes on with the firms. `key` is what the platform's keys derive; `None` looks at the form alone.
    pub(crate) fn open<R: Read>(self, from: R, key: Option<BackupKey>) -> Result<Reader<R>, RestoreError> {
        let mut chain = key.map(Chain::new);
        if chain.as_mut().is_some_and(|chain| !chain.accept(&self.header)) {
            return Err(RestoreError::Unauthentic { firms: 0 });
        }
        Ok(Reader { from, chain, firms: 0 })
    }
}

impl<R: Read> Reader<R> {
    /// The next firm's record; `None` once the authentic end was read.
    pub(crate) fn next(&mut self) -> Result<Option<FirmRecord>, RestoreError> {
        let firms = self.firms;
        let frame = frame::read(&mut self.from).map_err(|error| error.at(firms))?;
        if self.chain.as_mut().is_some_and(|chain| !chain.accept(&frame)) {
            return Err(RestoreError::Unauthentic { firms });
        }
        if frame.kind == Kind::End {
            return self.end(&frame.content).map(|()| None);
        }
        let record = record::decode(frame.kind, &frame.content).filter(|record| record.firm != FirmId::Platform);
        let record = record.ok_or(RestoreError::Malformed { firms })?;
        self.firms += 1;
        Ok(Some(record))
    }

    fn end(&mut self, content: &[u8]) -> Result<(), RestoreError> {
        let firms = self.firms;
        let count = Fields::of(content, 1).and_then(|mut fields| fields.array());
        let ended = frame::at_end(&mut self.from).map_err(|error| error.at(firms))?;
        let whole = ended && count.map(u64::from_be_bytes) == Some(firms);
        whole.then_some(()).ok_or(RestoreError::Malformed { firms })
    }
}

fn parse(header: &Frame) -> Option<(u64, FirmRecord)> {
    let mut fields = Fields::of(&header.content, 2).filter(|_| header.kind == Kind::Header)?;
    let created = u64::from_be_bytes(fields.array()?);
    let platform: Zeroizing<Vec<u8>> = Zeroizing::new(fields.next()?.to_vec());
    let platform = record::decode(Kind::Keys, &platform).filter(|record| record.firm == FirmId::Platform)?;
    fields.is_empty().then_some((created, platform))
}

impl FrameError {
    pub(crate) fn at(self, firms: u64) -> RestoreError {
        match self {
            Self::Read(source) => RestoreError::Read(source),
            Self::Truncated => RestoreError::Truncated { firms },
            Self::Malformed => RestoreError::Malformed { firms },
        }
    }
}

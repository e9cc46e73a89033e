//! A vault from nothing but an export (spec/recovery.md, REC-35 to REC-38).

use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;

use age::x25519::Identity;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::error::RecoverError;
use super::format::{self, Header};
use super::put::{put_keys, put_tombstone};
use super::share::OpenedShare;
use crate::admin::KeyAdmin;
use crate::admin::backup::frame::{self, Chain, Frame, FrameError, Kind};
use crate::admin::backup::record;
use crate::context::FirmId;
use crate::keys::hierarchy::{MasterKeys, backup_key};
use crate::keys::manifest::Fields;
use crate::keys::standing::FirmStanding;
use crate::keys::verify::{Verified, verify};
use crate::keys::{FirmRecord, KeyError, KeysRecord, RecordContent, Tampering};
use crate::secret::{EndorsementKey, FirmMasterKey};

/// An export whose shares came together, read to its end and verified.
pub struct Recovery<R> {
    payload: R,
    start: u64,
    identity: Identity,
    fingerprint: String,
    firms: u64,
}

/// Puts shares together and verifies the whole payload. No provider is needed.
///
/// Compare [`Recovery::fingerprint`] with the one that the export told, before anything rests on it.
///
/// # Errors
/// [`RecoverError`]; a share that does not belong is named by its position.
pub fn recover_escrow<R: Read + Seek + Send>(payload: R, shares: &[OpenedShare]) -> Result<Recovery<R>, RecoverError> {
    let mut payload = payload;
    let start = payload.stream_position().map_err(RecoverError::Read)?;
    let (header, bytes) = format::read_head(&mut payload)?;
    let identity = combined(&header, shares)?;
    let mut recovery =
        Recovery { payload, start, identity, fingerprint: hex::encode(Sha256::digest(&bytes)), firms: 0 };
    recovery.firms = {
        let mut walk = recovery.walk()?;
        while walk.next()?.is_some() {}
        walk.firms
    };
    Ok(recovery)
}

fn combined(header: &Header, shares: &[OpenedShare]) -> Result<Identity, RecoverError> {
    for (position, share) in shares.iter().enumerate() {
        if let Some(fault) = share.fault(header) {
            return Err(RecoverError::Share { position, fault });
        }
    }
    let mut different: Vec<&OpenedShare> = shares.iter().collect();
    different.sort_by_key(|share| share.number());
    different.dedup_by_key(|share| share.number());
    if different.len() < usize::from(header.threshold) {
        return Err(RecoverError::TooFewShares { needed: header.threshold, given: different.len() });
    }
    let parts: Result<Vec<_>, _> = different.iter().map(|share| blahaj::Share::try_from(share.part())).collect();
    let parts = parts.map_err(|_| RecoverError::WrongPayload)?;
    let secret = blahaj::Sharks(header.threshold).recover(&parts).map_err(|_| RecoverError::WrongPayload)?;
    let secret = Zeroizing::new(secret);
    let identity = std::str::from_utf8(&secret).ok().and_then(|text| text.parse().ok());
    identity.filter(|identity| header.is_for(identity)).ok_or(RecoverError::WrongPayload)
}

impl<R: Read + Seek + Send> Recovery<R> {
    /// Names the export.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Firms besides the platform.
    #[must_use]
    pub fn firms(&self) -> u64 {
        self.firms
    }

    /// Writes every firm into the vault's empty store, its master key wrapped under the vault's KEK, under the next
    /// generation, the platform first: one provider call a firm. Cut off, it is run again and goes on. How many records
    /// were written, the platform's among them.
    ///
    /// # Errors
    /// [`RecoverError`].
    pub async fn restore(&mut self, admin: &KeyAdmin) -> Result<u64, RecoverError> {
        let mut walk = self.walk()?;
        let platform = walk.platform.take().ok_or(RecoverError::Malformed { firms: 0 })?;
        let endorsement = EndorsementKey::init(|out| out.copy_from_slice(platform.derived.endorsement.expose()));
        if admin.custody.unchecked(&FirmId::Platform).await?.is_none()
            && let Some(firm) = admin.custody.store().firms(None, 1).await.map_err(KeyError::from)?.pop()
        {
            return Err(RecoverError::StoreInUse { firm });
        }
        let mut written = u64::from(put_keys(admin, platform, &endorsement).await?);
        while let Some(found) = walk.next()? {
            written += u64::from(match found {
                Found::Keys(keys) => put_keys(admin, *keys, &endorsement).await?,
                Found::Tombstone(stone) => put_tombstone(admin, &stone).await?,
            });
        }
        Ok(written)
    }

    fn walk(&mut self) -> Result<Walk<impl Read + Send + use<'_, R>>, RecoverError> {
        self.payload.seek(SeekFrom::Start(self.start)).map_err(RecoverError::Read)?;
        let (_, bytes) = format::read_head(&mut self.payload)?;
        let damaged = |_| RecoverError::Malformed { firms: 0 };
        let decryptor = age::Decryptor::new_buffered(std::io::BufReader::new(&mut self.payload)).map_err(damaged)?;
        let plain = decryptor.decrypt(std::iter::once(&self.identity as _)).map_err(damaged)?;
        Walk::begin(plain, &bytes)
    }
}

impl<R> std::fmt::Debug for Recovery<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recovery({}, {} firms)", self.fingerprint, self.firms)
    }
}

/// A verified record, its manifest and keys, and what was decided of the firm.
pub(super) struct Keys {
    pub(super) record: KeysRecord,
    pub(super) manifest: crate::keys::manifest::Manifest,
    pub(super) derived: Arc<MasterKeys>,
    pub(super) master: FirmMasterKey,
    pub(super) standing: Option<Vec<u8>>,
}

enum Found {
    Keys(Box<Keys>),
    Tombstone(FirmRecord),
}

/// The decrypted payload, frame by frame, each record verified.
struct Walk<P> {
    from: P,
    chain: Chain,
    endorsement: EndorsementKey,
    platform: Option<Keys>,
    firms: u64,
}

impl<P: Read> Walk<P> {
    fn begin(mut from: P, header: &[u8]) -> Result<Self, RecoverError> {
        let malformed = RecoverError::Malformed { firms: 0 };
        let frame = frame::read(&mut from).map_err(|error| error.in_export(0))?;
        let Some((record, master)) = format::read_first(&frame.content) else { return Err(malformed) };
        let RecordContent::Keys(keys) = &record.content else { return Err(malformed) };
        let mut chain = Chain::after(backup_key(keys.master.version, &master), &Sha256::digest(header));
        if frame.kind != Kind::Header || !chain.accept(&frame) {
            return Err(malformed);
        }
        let platform = verified(&record, keys.clone(), master, None)?;
        let endorsement = EndorsementKey::init(|out| out.copy_from_slice(platform.derived.endorsement.expose()));
        Ok(Self { from, chain, endorsement, platform: Some(platform), firms: 0 })
    }

    /// The next firm; `None` at the authentic end.
    fn next(&mut self) -> Result<Option<Found>, RecoverError> {
        let firms = self.firms;
        let frame = frame::read(&mut self.from).map_err(|error| error.in_export(firms))?;
        let malformed = || RecoverError::Malformed { firms };
        if !self.chain.accept(&frame) {
            return Err(malformed());
        }
        if frame.kind == Kind::End {
            return if self.ends(&frame)? { Ok(None) } else { Err(malformed()) };
        }
        self.firms += 1;
        if frame.kind == Kind::Tombstone {
            return record::decode(frame.kind, &frame.content).map(Found::Tombstone).map(Some).ok_or_else(malformed);
        }
        let (record, master) = format::read_with_key(&frame.content).ok_or_else(malformed)?;
        let RecordContent::Keys(keys) = record.content.clone() else { return Err(malformed()) };
        verified(&record, keys, master, Some(&self.endorsement)).map(|keys| Some(Found::Keys(Box::new(keys))))
    }

    fn ends(&mut self, frame: &Frame) -> Result<bool, RecoverError> {
        let count = Fields::of(&frame.content, 1).and_then(|mut fields| fields.array()).map(u64::from_be_bytes);
        // `age` tells a payload that was cut only at its end.
        let ended = frame::at_end(&mut self.from).map_err(|error| error.in_export(self.firms))?;
        Ok(ended && count == Some(self.firms))
    }
}

impl FrameError {
    fn in_export(self, firms: u64) -> RecoverError {
        match self {
            // What `age` finds altered.
            Self::Read(error) if error.kind() != ErrorKind::InvalidData => RecoverError::Read(error),
            _ => RecoverError::Malformed { firms },
        }
    }
}

fn verified(
    record: &FirmRecord,
    keys: KeysRecord,
    master: FirmMasterKey,
    platform: Option<&EndorsementKey>,
) -> Result<Keys, RecoverError> {
    let verified = verify(&record.firm, record, &keys, &master, platform);
    let verified = verified.map_err(|what| RecoverError::Record { firm: record.firm.clone(), what })?;
    let Verified { manifest, derived, .. } = verified;
    let standing = standing(record, platform)?;
    Ok(Keys { record: keys, manifest, derived, master, standing })
}

/// Holds and suspensions outlive the store. The platform's own note tells phases of models, which its database had.
fn standing(record: &FirmRecord, platform: Option<&EndorsementKey>) -> Result<Option<Vec<u8>>, RecoverError> {
    let (Some(note), Some(platform)) = (&record.standing, platform) else { return Ok(None) };
    let standing = FirmStanding::decode(platform, note).filter(|standing| standing.firm == record.firm);
    let what = Tampering::Standing;
    standing.map(|_| Some(note.clone())).ok_or_else(|| RecoverError::Record { firm: record.firm.clone(), what })
}

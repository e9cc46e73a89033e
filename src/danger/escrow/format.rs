//! The bytes of an export (spec/recovery.md, REC-30 to REC-34).

use std::io::{self, Read, Write};

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use getrandom::SysRng;
use getrandom::rand_core::{TryRng, UnwrapErr};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::Share;
use super::custodians::{Custodians, encrypt};
use super::error::{EscrowError, RecoverError};
use super::share;
use crate::admin::KeyAdmin;
use crate::admin::backup::record;
use crate::context::{FirmId, join};
use crate::keys::FirmRecord;
use crate::keys::manifest::Fields;
use crate::secret::FirmMasterKey;

/// What stands before the encrypted part, for everyone to read.
pub(super) struct Header {
    pub(super) export: [u8; 16],
    pub(super) created: u64,
    pub(super) threshold: u8,
    /// Of the payload's recipient, who is told to nobody: without him no other payload can be made for these shares.
    recipient: [u8; 32],
    /// Of each share before it was encrypted, in order.
    pub(super) shares: Vec<[u8; 32]>,
}

impl Header {
    /// Splits the payload's identity among the custodians.
    pub(super) fn deal(
        admin: &KeyAdmin,
        custodians: &Custodians,
        identity: &Identity,
    ) -> Result<(Self, Vec<Share>), EscrowError> {
        let mut export = [0; 16];
        SysRng.try_fill_bytes(&mut export).map_err(|_| EscrowError::Random)?;
        let (threshold, secret) = (custodians.threshold(), identity.to_string());
        let count = custodians.recipients().len();
        let mut random = UnwrapErr(SysRng);
        let parts = blahaj::Sharks(threshold).dealer_rng(secret.expose_secret().as_bytes(), &mut random);
        let mut header = Self {
            export,
            created: admin.custody.clock().unix_seconds(),
            threshold,
            recipient: Sha256::digest(identity.to_public().to_string()).into(),
            shares: Vec::with_capacity(count),
        };
        let mut shares = Vec::with_capacity(count);
        for (recipient, part) in custodians.recipients().iter().zip(parts) {
            let part = Zeroizing::new(Vec::from(&part));
            let plain = share::encode(&export, threshold, count, &part);
            header.shares.push(Sha256::digest(&*plain).into());
            let file = age::encrypt(recipient, &plain).map_err(encrypt)?;
            shares.push(Share { recipient: recipient.to_string(), file });
        }
        Ok((header, shares))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let created = self.created.to_be_bytes();
        join(&[&self.export, &created, &[self.threshold], &self.recipient, &self.shares.concat()])
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::of(bytes, 5)?;
        let (export, created) = (fields.array()?, u64::from_be_bytes(fields.array()?));
        let [threshold] = fields.array()?;
        let (recipient, shares) = (fields.array()?, fields.next()?);
        let (whole, rest) = shares.as_chunks::<32>();
        let header = Self { export, created, threshold, recipient, shares: whole.to_vec() };
        (fields.is_empty() && rest.is_empty()).then_some(header)
    }

    pub(super) fn is_for(&self, identity: &Identity) -> bool {
        self.recipient == *Sha256::digest(identity.to_public().to_string())
    }
}

pub(super) fn write_head(out: &mut dyn Write, header: &[u8]) -> io::Result<()> {
    out.write_all(MAGIC)?;
    out.write_all(&(header.len() as u32).to_be_bytes())?;
    out.write_all(header)
}

/// The header and its bytes.
pub(super) fn read_head(from: &mut dyn Read) -> Result<(Header, Vec<u8>), RecoverError> {
    let mut head = [0; MAGIC.len() + 4];
    from.read_exact(&mut head).map_err(|_| RecoverError::NotAnExport)?;
    let (magic, len) = head.split_at(MAGIC.len());
    let (name, format) = magic.split_at(MAGIC.len() - 1);
    if name != &MAGIC[..MAGIC.len() - 1] {
        return Err(RecoverError::NotAnExport);
    }
    if format != &MAGIC[MAGIC.len() - 1..] {
        return Err(RecoverError::UnknownFormat { format: format[0] });
    }
    let len = len.try_into().map_or(0, u32::from_be_bytes) as usize;
    if len > MAX_HEADER {
        return Err(RecoverError::Malformed { firms: 0 });
    }
    let mut bytes = vec![0; len];
    from.read_exact(&mut bytes).map_err(|_| RecoverError::NotAnExport)?;
    let header = Header::decode(&bytes).ok_or(RecoverError::Malformed { firms: 0 })?;
    Ok((header, bytes))
}

/// A record and the master key that opens it.
pub(super) fn with_key(record: &FirmRecord, master: &FirmMasterKey) -> Zeroizing<Vec<u8>> {
    let (_, content) = record::encode(record);
    Zeroizing::new(join(&[&content, master.expose()]))
}

pub(super) fn read_with_key(content: &[u8]) -> Option<(FirmRecord, FirmMasterKey)> {
    use crate::admin::backup::frame::Kind;
    let mut fields = Fields::of(content, 2)?;
    let record = record::decode(Kind::Keys, fields.next()?)?;
    let key = fields.next().filter(|key| key.len() == FirmMasterKey::LEN && fields.is_empty())?;
    Some((record, FirmMasterKey::init(|out| out.copy_from_slice(key))))
}

/// The first frame: when, and the platform.
pub(super) fn first(created: u64, platform: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(join(&[&created.to_be_bytes(), platform]))
}

pub(super) fn read_first(content: &[u8]) -> Option<(FirmRecord, FirmMasterKey)> {
    let mut fields = Fields::of(content, 2)?;
    let _: [u8; 8] = fields.array()?;
    let platform = fields.next().filter(|_| fields.is_empty())?;
    read_with_key(platform).filter(|(record, _)| record.firm == FirmId::Platform)
}

const MAGIC: &[u8; 17] = b"fieldseal-escrow\x01";

/// 255 shares take half of it.
const MAX_HEADER: usize = 16 << 10;

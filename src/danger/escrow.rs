//! Master keys outside the KMS, for the day it is lost: encrypted, and only k of n custodians together can open them
//! (spec/recovery.md, Escrow).

mod custodians;
mod error;
mod format;
mod put;
mod recover;
mod share;

use std::io::{self, Write};

use age::x25519::Identity;
use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use crate::admin::backup::frame::{Chain, Kind};
use crate::admin::backup::record;
use crate::admin::{KeyAdmin, Step};
use crate::context::{FirmId, join};
use crate::keys::hierarchy::backup_key;
use crate::keys::{FirmRecord, KeyError, RecordContent};
use crate::secret::FirmMasterKey;
use format::{Header, with_key};

pub use custodians::Custodians;
pub use error::{EscrowError, RecoverError, ShareFault};
pub use recover::{Recovery, recover_escrow};
pub use share::{OpenedShare, open_share};

/// An export that was made: its payload was written, its shares are here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Export {
    /// Names the export: keep it apart from payload and shares, such as on paper, and compare it at a recovery.
    pub fingerprint: String,
    /// Firms besides the platform.
    pub firms: u64,
    /// One for each custodian, in the order in which they were named; give each his own and keep no copy.
    pub shares: Vec<Share>,
}

/// A custodian's share, encrypted to him: an `age` file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Share {
    /// The custodian's recipient, `age1…`.
    pub recipient: String,
    /// The file.
    pub file: Vec<u8>,
}

/// Exports every firm's master key, with its record, to `payload`, so that `custodians` can open it: one provider call a
/// firm. In a dry run every key is unwrapped and nothing is written. Told by `fieldseal.danger.escrow` events, which name
/// firms and recipients.
///
/// Make a new export after creating firms and after rotating master keys; data and index keys that are made later are
/// opened by the master key, if their records are at hand in a newer backup.
///
/// # Errors
/// [`EscrowError`].
///
/// # Security
/// As many custodians as the threshold says can open everything that was ever sealed, whatever the KMS allows, and no
/// revocation reaches the export: a firm that is shredded or revokes its own KEK is still in it. Destroy exports that a
/// newer one has replaced.
pub async fn escrow(
    admin: &KeyAdmin,
    custodians: &Custodians,
    payload: impl Write + Send,
) -> Result<Export, EscrowError> {
    let identity = Identity::generate();
    let mut payload = payload;
    let mut nowhere = io::sink();
    let out: &mut (dyn Write + Send) = if admin.is_dry() { &mut nowhere } else { &mut payload };
    let (header, shares) = Header::deal(admin, custodians, &identity)?;
    let bytes = header.encode();
    let fingerprint = hex::encode(Sha256::digest(&bytes));
    format::write_head(out, &bytes).map_err(EscrowError::Write)?;
    let recipient = identity.to_public();
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _)).map_err(custodians::encrypt)?;
    let mut sealed = encryptor.wrap_output(out).map_err(EscrowError::Write)?;
    let firms = write_keys(admin, &mut sealed, &bytes, header.created).await?;
    sealed.finish().map_err(EscrowError::Write)?;
    let (threshold, recipients) = (custodians.threshold(), custodians.names().join(" "));
    tracing::warn!(
        name: "fieldseal.danger.escrow",
        fingerprint,
        firms,
        threshold,
        recipients,
        dry_run = admin.is_dry(),
        "master keys exported to custodians"
    );
    let shares = if admin.is_dry() { Vec::new() } else { shares };
    Ok(Export { fingerprint, firms, shares })
}

async fn write_keys(
    admin: &KeyAdmin,
    out: &mut (dyn Write + Send),
    header: &[u8],
    created: u64,
) -> Result<u64, EscrowError> {
    let platform = admin.custody.opened(&FirmId::Platform).await?;
    let generation = platform.manifest.generation;
    let key = backup_key(platform.manifest.master_version, &platform.master);
    let mut chain = Chain::after(key, &Sha256::digest(header));
    let record = crate::admin::backup::platform_record(platform.keys.clone(), generation);
    let first = format::first(created, &with_key(&record, &platform.master));
    chain.write(out, Kind::Header, &first).map_err(EscrowError::Write)?;
    let mut firms = 0u64;
    let mut after = None;
    loop {
        let records = admin.page(after.as_ref()).await?;
        let Some(last) = records.last() else { break };
        after = Some(last.firm.clone());
        write_page(admin, out, &mut chain, records, &mut firms).await?;
        admin.tell(None, Step::Firms { done: firms });
    }
    if admin.custody.opened(&FirmId::Platform).await?.manifest.generation != generation {
        return Err(EscrowError::PlatformChanged);
    }
    chain.write(out, Kind::End, &join(&[&firms.to_be_bytes()])).map_err(EscrowError::Write)?;
    Ok(firms)
}

async fn write_page(
    admin: &KeyAdmin,
    out: &mut (dyn Write + Send),
    chain: &mut Chain,
    records: Vec<FirmRecord>,
    firms: &mut u64,
) -> Result<(), EscrowError> {
    let records = records.into_iter().filter(|record| record.firm != FirmId::Platform);
    let mut opened = stream::iter(records.map(|record| unwrapped(admin, record))).buffered(AT_ONCE);
    while let Some((record, master)) = opened.try_next().await? {
        let (kind, content) = match &master {
            Some(master) => (Kind::Keys, with_key(&record, master)),
            None => record::encode(&record),
        };
        chain.write(out, kind, &content).map_err(EscrowError::Write)?;
        tracing::warn!(name: "fieldseal.danger.escrow", firm = %record.firm, "master key exported");
        *firms += 1;
    }
    Ok(())
}

/// The record and its master key, verified; a shredded firm has none.
async fn unwrapped(admin: &KeyAdmin, record: FirmRecord) -> Result<(FirmRecord, Option<FirmMasterKey>), KeyError> {
    let RecordContent::Keys(keys) = record.content.clone() else { return Ok((record, None)) };
    let opened = admin.custody.open_unchecked(&record.firm, &record, keys).await?;
    Ok((record, Some(opened.master)))
}

/// Provider calls at once.
const AT_ONCE: usize = 32;

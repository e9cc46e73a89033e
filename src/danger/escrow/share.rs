//! One custodian's share.

use age::x25519::Identity;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::error::{RecoverError, ShareFault};
use super::format::Header;
use crate::context::{join, label};
use crate::keys::manifest::Fields;

/// A share that its custodian has opened. It is a secret until the export is destroyed.
pub struct OpenedShare {
    plain: Zeroizing<Vec<u8>>,
    export: [u8; 16],
    number: u8,
    part: Zeroizing<Vec<u8>>,
}

/// Opens a share with its custodian's identity, `AGE-SECRET-KEY-1…`.
///
/// # Errors
/// [`RecoverError::Identity`] for what is no identity; [`RecoverError::Share`], counted as the first, for a file that is
/// another custodian's, altered, or no share.
pub fn open_share(file: &[u8], identity: &SecretString) -> Result<OpenedShare, RecoverError> {
    let identity: Identity = identity.expose_secret().trim().parse().map_err(|_| RecoverError::Identity)?;
    let wrong = |fault| RecoverError::Share { position: 0, fault };
    let plain = age::decrypt(&identity, file).map(Zeroizing::new).map_err(|_| wrong(ShareFault::NotOpened))?;
    OpenedShare::parse(plain).ok_or_else(|| wrong(ShareFault::Malformed))
}

impl OpenedShare {
    fn parse(plain: Zeroizing<Vec<u8>>) -> Option<Self> {
        let mut fields = Fields::of(&plain, 5).filter(|_| plain.len() < MAX)?;
        let labelled = fields.next()? == label::ESCROW_SHARE;
        let export = fields.array()?;
        let (_, _): ([u8; 1], [u8; 1]) = (fields.array()?, fields.array()?);
        let part = Zeroizing::new(fields.next()?.to_vec());
        let number = *part.first().filter(|number| **number > 0)?;
        let whole = labelled && fields.is_empty() && part.len() > 1;
        whole.then_some(Self { plain, export, number, part })
    }

    /// Its number among the shares of its export, from 1.
    #[must_use]
    pub fn number(&self) -> u8 {
        self.number
    }

    pub(super) fn part(&self) -> &[u8] {
        &self.part
    }

    /// Why it is not one of this export's.
    pub(super) fn fault(&self, of: &Header) -> Option<ShareFault> {
        if self.export != of.export {
            return Some(ShareFault::OtherExport);
        }
        let expected = of.shares.get(usize::from(self.number) - 1);
        let digest: [u8; 32] = Sha256::digest(&*self.plain).into();
        (expected != Some(&digest)).then_some(ShareFault::Forged)
    }
}

impl std::fmt::Debug for OpenedShare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedShare({}, [redacted])", self.number)
    }
}

pub(super) fn encode(export: &[u8; 16], threshold: u8, count: usize, part: &[u8]) -> Zeroizing<Vec<u8>> {
    // `Custodians` are at most 255.
    let count = u8::try_from(count).unwrap_or(u8::MAX);
    Zeroizing::new(join(&[label::ESCROW_SHARE, export, &[threshold], &[count], part]))
}

/// Far above any share.
const MAX: usize = 4096;

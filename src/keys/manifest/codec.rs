//! The bytes of a manifest.

use super::{Entry, KeyState, Manifest, ManifestError};
use crate::context::{join, label};
use crate::keys::hierarchy::{MasterKeys, mac, mac_matches};
use crate::keys::provider::KekId;
use crate::keys::store::Purpose;

const FORMAT: u8 = 0x01;
const MAC_LEN: usize = 32;
const FIELDS: u32 = 9;
const ENTRY_LEN: usize = 46;
const BODY_MIN: usize = 5;

pub(super) fn body(m: &Manifest) -> Vec<u8> {
    let entries: Vec<u8> = m.entries.iter().flat_map(entry_bytes).collect();
    let fields = join(&[
        m.firm.canonical().as_bytes(),
        &m.generation.to_be_bytes(),
        &m.master_version.to_be_bytes(),
        &m.master_commitment,
        m.provider.as_bytes(),
        m.kek.as_str().as_bytes(),
        &m.predecessor,
        &m.min_open_version.to_be_bytes(),
        &entries,
    ]);
    [&[FORMAT], fields.as_slice()].concat()
}

fn entry_bytes(e: &Entry) -> [u8; ENTRY_LEN] {
    let mut out = [0; ENTRY_LEN];
    out[0] = purpose_byte(e.purpose);
    out[1..5].copy_from_slice(&e.version.to_be_bytes());
    out[5] = e.state.byte();
    out[6..14].copy_from_slice(&e.created.to_be_bytes());
    out[14..].copy_from_slice(&e.commitment);
    out
}

fn purpose_byte(purpose: Purpose) -> u8 {
    match purpose {
        Purpose::Data => 0x01,
        Purpose::Index => 0x02,
    }
}

pub(super) fn seal(keys: &MasterKeys, mut body: Vec<u8>) -> Vec<u8> {
    let tag = mac(keys.manifest.expose(), &join(&[label::MANIFEST, &body]));
    body.extend_from_slice(&tag);
    body
}

pub(super) fn is_sealed(keys: &MasterKeys, body: &[u8], tag: &[u8]) -> bool {
    mac_matches(keys.manifest.expose(), &join(&[label::MANIFEST, body]), tag)
}

/// Body and MAC; `None` below the least length, a format and a count of fields.
pub(super) fn split(stored: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = stored.len().checked_sub(MAC_LEN).filter(|body| *body >= BODY_MIN)?;
    stored.split_at_checked(body)
}

pub(super) fn parse(body: &[u8]) -> Result<Manifest, ManifestError> {
    let (&format, rest) = body.split_first().ok_or(ManifestError::TooShort)?;
    if format != FORMAT {
        return Err(ManifestError::UnknownFormat(format));
    }
    let (mut manifest, entries) = read(rest).ok_or(ManifestError::Malformed)?;
    let known = entries.chunks_exact(ENTRY_LEN).map(read_entry).collect::<Option<_>>();
    manifest.entries = known.ok_or(ManifestError::Inconsistent("purposes and states are those of this release"))?;
    Ok(manifest)
}

/// The manifest without its entries, and their bytes.
fn read(bytes: &[u8]) -> Option<(Manifest, &[u8])> {
    let mut fields = Fields::new(bytes)?;
    let manifest = Manifest {
        firm: fields.text()?.parse().ok()?,
        generation: u64::from_be_bytes(fields.array()?),
        master_version: u32::from_be_bytes(fields.array()?),
        master_commitment: fields.array()?,
        provider: fields.text()?.to_owned(),
        kek: KekId::new(fields.text()?),
        predecessor: fields.next().filter(|mac| [0, MAC_LEN].contains(&mac.len()))?.to_vec(),
        min_open_version: u32::from_be_bytes(fields.array()?),
        entries: Vec::new(),
    };
    let entries = fields.next().filter(|bytes| bytes.len() % ENTRY_LEN == 0)?;
    fields.is_empty().then_some((manifest, entries))
}

fn read_entry(bytes: &[u8]) -> Option<Entry> {
    Some(Entry {
        purpose: [Purpose::Data, Purpose::Index].into_iter().find(|p| purpose_byte(*p) == bytes[0])?,
        version: u32::from_be_bytes(bytes[1..5].try_into().ok()?),
        state: KeyState::from_byte(bytes[5])?,
        created: u64::from_be_bytes(bytes[6..14].try_into().ok()?),
        commitment: bytes[14..].try_into().ok()?,
    })
}

/// Reads what `join` wrote, field by field.
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        Self::of(bytes, FIELDS)
    }

    pub(crate) fn of(bytes: &'a [u8], count: u32) -> Option<Self> {
        Self::counted(bytes).filter(|(found, _)| *found == count).map(|(_, fields)| fields)
    }

    /// Every field; `None` when the bytes are not what `join` wrote.
    pub(crate) fn all(bytes: &'a [u8]) -> Option<Vec<&'a [u8]>> {
        let (count, mut fields) = Self::counted(bytes)?;
        let all = (0..count).map(|_| fields.next()).collect::<Option<_>>()?;
        fields.is_empty().then_some(all)
    }

    /// As many fields as there are.
    pub(crate) fn counted(bytes: &'a [u8]) -> Option<(u32, Self)> {
        let (count, rest) = bytes.split_first_chunk::<4>()?;
        Some((u32::from_be_bytes(*count), Self(rest)))
    }

    pub(crate) fn next(&mut self) -> Option<&'a [u8]> {
        let (len, rest) = self.0.split_first_chunk::<4>()?;
        let (field, rest) = rest.split_at_checked(u32::from_be_bytes(*len) as usize)?;
        self.0 = rest;
        Some(field)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.next()?.try_into().ok()
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.next()?).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

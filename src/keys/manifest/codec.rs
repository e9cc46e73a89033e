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

pub(super) fn unseal<'a>(keys: &MasterKeys, stored: &'a [u8]) -> Result<&'a [u8], ManifestError> {
    let (body, tag) = stored.split_at_checked(stored.len().saturating_sub(MAC_LEN)).ok_or(ManifestError::Malformed)?;
    if mac_matches(keys.manifest.expose(), &join(&[label::MANIFEST, body]), tag) {
        Ok(body)
    } else {
        Err(ManifestError::Unauthentic)
    }
}

pub(super) fn parse(body: &[u8]) -> Result<Manifest, ManifestError> {
    let (&format, rest) = body.split_first().ok_or(ManifestError::Malformed)?;
    if format != FORMAT {
        return Err(ManifestError::UnknownFormat(format));
    }
    read(rest).ok_or(ManifestError::Malformed)
}

fn read(bytes: &[u8]) -> Option<Manifest> {
    let mut fields = Fields::new(bytes)?;
    let manifest = Manifest {
        firm: fields.text()?.parse().ok()?,
        generation: u64::from_be_bytes(fields.array()?),
        master_version: u32::from_be_bytes(fields.array()?),
        master_commitment: fields.array()?,
        provider: fields.text()?.to_owned(),
        kek: KekId::new(fields.text()?),
        predecessor: fields.next()?.to_vec(),
        min_open_version: u32::from_be_bytes(fields.array()?),
        entries: read_entries(fields.next()?)?,
    };
    fields.is_empty().then_some(manifest)
}

fn read_entries(bytes: &[u8]) -> Option<Vec<Entry>> {
    let chunks = bytes.chunks_exact(ENTRY_LEN);
    if !chunks.remainder().is_empty() {
        return None;
    }
    let entries: Vec<Entry> = chunks.map(read_entry).collect::<Option<_>>()?;
    let ascending =
        entries.windows(2).all(|pair| (pair[0].purpose, pair[0].version) < (pair[1].purpose, pair[1].version));
    ascending.then_some(entries)
}

fn read_entry(bytes: &[u8]) -> Option<Entry> {
    let version = u32::from_be_bytes(bytes[1..5].try_into().ok()?);
    let entry = Entry {
        purpose: [Purpose::Data, Purpose::Index].into_iter().find(|p| purpose_byte(*p) == bytes[0])?,
        version,
        state: KeyState::from_byte(bytes[5])?,
        created: u64::from_be_bytes(bytes[6..14].try_into().ok()?),
        commitment: bytes[14..].try_into().ok()?,
    };
    (version > 0).then_some(entry)
}

/// Reads what `join` wrote, field by field.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        Self::of(bytes, FIELDS)
    }

    pub(super) fn of(bytes: &'a [u8], count: u32) -> Option<Self> {
        let (found, rest) = bytes.split_first_chunk::<4>()?;
        (u32::from_be_bytes(*found) == count).then_some(Self(rest))
    }

    pub(super) fn next(&mut self) -> Option<&'a [u8]> {
        let (len, rest) = self.0.split_first_chunk::<4>()?;
        let (field, rest) = rest.split_at_checked(u32::from_be_bytes(*len) as usize)?;
        self.0 = rest;
        Some(field)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.next()?.try_into().ok()
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.next()?).ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

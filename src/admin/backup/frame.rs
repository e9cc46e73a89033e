//! The frames of a backup: each authenticated together with all before it (spec/recovery.md, REC-3 to REC-5).

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use crate::context::{join, label};
use crate::keys::hierarchy::{MacTag, mac, mac_matches};
use crate::secret::BackupKey;

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Header = 1,
    Keys = 2,
    Tombstone = 3,
    End = 4,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        [Self::Header, Self::Keys, Self::Tombstone, Self::End].into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// A frame as a file holds it, not authenticated yet.
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    /// Wiped: an escrow export's hold master keys.
    pub(crate) content: Zeroizing<Vec<u8>>,
    tag: MacTag,
}

/// Why a frame can't be read.
#[derive(Debug)]
pub(crate) enum FrameError {
    Read(io::Error),
    Truncated,
    Malformed,
}

/// Chains the MACs of frames: a frame that is altered, dropped, moved or of another file fails.
pub(crate) struct Chain {
    key: BackupKey,
    last: Vec<u8>,
}

impl Chain {
    pub(crate) fn new(key: BackupKey) -> Self {
        Self { key, last: Vec::new() }
    }

    /// A chain whose first frame goes with what stands before it.
    #[cfg(feature = "escrow")]
    pub(crate) fn after(key: BackupKey, before: &[u8]) -> Self {
        Self { key, last: before.to_vec() }
    }

    pub(crate) fn write(&mut self, out: &mut dyn Write, kind: Kind, content: &[u8]) -> io::Result<()> {
        let tag = mac(self.key.expose(), &self.message(kind, content));
        out.write_all(&[kind as u8])?;
        out.write_all(&(content.len() as u32).to_be_bytes())?;
        out.write_all(content)?;
        out.write_all(&tag)?;
        self.last = tag.to_vec();
        Ok(())
    }

    /// Whether the frame is the next one.
    pub(crate) fn accept(&mut self, frame: &Frame) -> bool {
        let authentic = mac_matches(self.key.expose(), &self.message(frame.kind, &frame.content), &frame.tag);
        self.last = frame.tag.to_vec();
        authentic
    }

    fn message(&self, kind: Kind, content: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(join(&[label::BACKUP, &self.last, &[kind as u8], content]))
    }
}

/// The next frame.
pub(crate) fn read(from: &mut dyn Read) -> Result<Frame, FrameError> {
    let [kind] = array(from)?;
    let kind = Kind::of(kind).ok_or(FrameError::Malformed)?;
    let len = u32::from_be_bytes(array(from)?) as usize;
    if len > MAX_CONTENT {
        return Err(FrameError::Malformed);
    }
    let mut content = Zeroizing::new(vec![0; len]);
    from.read_exact(&mut content).map_err(ended)?;
    Ok(Frame { kind, content, tag: array(from)? })
}

pub(crate) fn array<const N: usize>(from: &mut dyn Read) -> Result<[u8; N], FrameError> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes).map_err(ended)?;
    Ok(bytes)
}

/// Whether nothing follows.
pub(crate) fn at_end(from: &mut dyn Read) -> Result<bool, FrameError> {
    let mut byte = [0; 1];
    match from.read(&mut byte) {
        Ok(read) => Ok(read == 0),
        Err(error) => Err(FrameError::Read(error)),
    }
}

fn ended(error: io::Error) -> FrameError {
    if error.kind() == io::ErrorKind::UnexpectedEof { FrameError::Truncated } else { FrameError::Read(error) }
}

/// A record of some 300,000 versions: what is longer is damage, for which no memory is to be taken.
const MAX_CONTENT: usize = 16 << 20;

//! The key file: checked on the open descriptor, and made in one piece.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use super::{Kek, LocalKeyError};
use crate::random::{OsRandom, Randomness};

/// Reads the KEK of the file at `path`.
pub(super) fn read(path: &Path) -> Result<Kek, LocalKeyError> {
    let mut file = open(path)?;
    check(&file, path)?;
    let mut text = Zeroizing::new([0; TEXT_LEN + 1]);
    let len = fill(&mut file, text.as_mut_slice()).map_err(|source| io_error(path, "read", source))?;
    parse(&text[..len]).ok_or_else(|| LocalKeyError::Malformed { path: path.to_owned() })
}

fn open(path: &Path) -> Result<File, LocalKeyError> {
    // Opening a pipe would wait for its writer.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).expect("open's flags are an int");
    OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => LocalKeyError::NotFound { path: path.to_owned() },
        _ => io_error(path, "read", source),
    })
}

/// Asks the descriptor, not the path: what was checked is what is read.
fn check(file: &File, path: &Path) -> Result<(), LocalKeyError> {
    let metadata = file.metadata().map_err(|source| io_error(path, "read", source))?;
    if !metadata.is_file() {
        return Err(LocalKeyError::NotAFile { path: path.to_owned() });
    }
    permit(path, metadata.mode() & 0o7777, metadata.uid(), rustix::process::geteuid().as_raw())
}

/// Whether `user` may use a key file of this mode and owner.
fn permit(path: &Path, mode: u32, owner: u32, user: u32) -> Result<(), LocalKeyError> {
    let path = path.to_owned();
    if mode & 0o077 != 0 {
        return Err(LocalKeyError::OpenToOthers { path, mode });
    }
    if owner != user && user != ROOT {
        return Err(LocalKeyError::WrongOwner { path, owner, user });
    }
    Ok(())
}

/// Reads until the end or until `into` is full, without a buffer that would keep the key.
fn fill(file: &mut File, into: &mut [u8]) -> io::Result<usize> {
    let mut len = 0;
    while len < into.len() {
        match file.read(&mut into[len..]) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

/// The KEK of a file's whole text; `None` unless it is spelt the one way that [`create`] writes.
pub(super) fn parse(text: &[u8]) -> Option<Kek> {
    let hex = text.strip_prefix(PREFIX)?.strip_suffix(b"\n")?;
    if hex.len() != 2 * Kek::LEN {
        return None;
    }
    Kek::try_init(|bytes| {
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok::<_, ()>(())
    })
    .ok()
}

fn digit(hex: u8) -> Result<u8, ()> {
    match hex {
        b'0'..=b'9' => Ok(hex - b'0'),
        b'a'..=b'f' => Ok(hex - b'a' + 10),
        _ => Err(()),
    }
}

/// Writes `kek` to a file at `path` that is not there yet.
///
/// The text is written beside it and then linked: the link fails when the path is taken, and nobody ever sees a half
/// file.
pub(super) fn create(path: &Path, kek: &Kek) -> Result<(), LocalKeyError> {
    let written = |source| io_error(path, "written", source);
    let temporary = Temporary::beside(path)?;
    temporary.write(&text(kek)).map_err(written)?;
    fs::hard_link(&temporary.0, path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => LocalKeyError::Exists { path: path.to_owned() },
        _ => written(source),
    })?;
    drop(temporary);
    File::open(directory(path)).and_then(|directory| directory.sync_all()).map_err(written)
}

pub(super) fn text(kek: &Kek) -> Zeroizing<Vec<u8>> {
    // Its capacity is its length: growing would leave copies.
    let mut text = Zeroizing::new(Vec::with_capacity(TEXT_LEN));
    text.extend_from_slice(PREFIX);
    for byte in kek.expose() {
        text.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 0xF)]]);
    }
    text.push(b'\n');
    text
}

/// A file that is removed when dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn beside(path: &Path) -> Result<Self, LocalKeyError> {
        let mut random = [0; 8];
        OsRandom.fill(&mut random).map_err(|_| LocalKeyError::Random)?;
        let name = format!(".fieldseal-key-{:016x}", u64::from_be_bytes(random));
        Ok(Self(directory(path).join(name)))
    }

    fn write(&self, text: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.0)?;
        file.write_all(text)?;
        file.sync_all()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // A file that stays is readable by its owner only, and is a copy of the key file or of no key in use.
        let _ = fs::remove_file(&self.0);
    }
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn io_error(path: &Path, doing: &'static str, source: io::Error) -> LocalKeyError {
    LocalKeyError::Io { path: path.to_owned(), doing, source }
}

const PREFIX: &[u8] = b"fieldseal-local-key-v1 ";
const TEXT_LEN: usize = PREFIX.len() + 2 * Kek::LEN + 1;
const HEX: &[u8; 16] = b"0123456789abcdef";
const ROOT: u32 = 0;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kek(key: [u8; 32]) -> Kek {
        Kek::try_init(|bytes| {
            *bytes = key;
            Ok::<_, ()>(())
        })
        .unwrap()
    }

    proptest! {
        #[test]
        fn what_is_written_parses_back(key: [u8; 32]) {
            let text = text(&kek(key));
            prop_assert_eq!(text.len(), TEXT_LEN);
            let parsed = parse(&text).unwrap();
            prop_assert_eq!(parsed.expose(), &key);
        }

        #[test]
        fn only_the_one_spelling_parses(bytes: Vec<u8>, key: [u8; 32], at in 0..TEXT_LEN, byte: u8) {
            prop_assert!(parse(&bytes).is_none());
            let mut changed = text(&kek(key)).to_vec();
            changed[at] = byte;
            if let Some(parsed) = parse(&changed) {
                prop_assert_eq!(&*text(&parsed), &changed);
            }
            changed.truncate(at);
            prop_assert!(parse(&changed).is_none());
        }
    }

    #[test]
    fn a_file_is_used_by_its_owner_and_by_root() {
        let permit = |mode, owner, user| permit(Path::new("kek"), mode, owner, user);
        assert!(permit(0o600, 1000, 1000).is_ok());
        assert!(permit(0o400, 1000, ROOT).is_ok());
        let others = permit(0o600, 1000, 1001);
        assert!(matches!(others, Err(LocalKeyError::WrongOwner { owner: 1000, user: 1001, .. })));
        assert!(matches!(permit(0o600, ROOT, 1001), Err(LocalKeyError::WrongOwner { .. })));
        assert!(matches!(permit(0o640, ROOT, ROOT), Err(LocalKeyError::OpenToOthers { mode: 0o640, .. })));
    }

    #[test]
    fn near_misses_are_refused() {
        let good = String::from_utf8(text(&kek([0xAB; 32])).to_vec()).unwrap();
        for bad in [good.to_uppercase(), good.trim().to_owned(), format!("{good}\n"), format!(" {good}")] {
            assert!(parse(bad.as_bytes()).is_none(), "{bad:?}");
        }
        assert!(parse(good.as_bytes()).is_some());
    }
}

//! Heads in a directory: for one machine, or a mount that the database's administrators can't write.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Anchor, AnchorError, Head};
use crate::context::FirmId;
use crate::keys::provider::BoxFuture;

/// An [`Anchor`] in a directory, one small file a firm. Processes of one machine share it.
///
/// A head is on disk when [`advance`](Anchor::advance) returns: written beside, synced, renamed, and the directory
/// synced. The directory is its owner's alone. It blocks its thread for a few file operations a call.
///
/// # Security
/// The files hold nothing secret and are not authenticated: keep them off the database's machine, and out of its backups;
/// restored together with the database they tell nothing.
#[derive(Debug, Clone)]
pub struct FileAnchor {
    directory: PathBuf,
}

impl FileAnchor {
    /// The anchor in `directory`, which is made if there is none.
    ///
    /// # Errors
    /// [`AnchorError::Unavailable`].
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, AnchorError> {
        let directory = directory.into();
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&directory).map_err(unavailable)?;
        Ok(Self { directory })
    }

    fn read(&self, firm: &FirmId) -> Result<Option<Head>, AnchorError> {
        let path = self.path(firm);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        // The firm stands in the file: two that were swapped are none.
        let head = text.strip_suffix('\n').and_then(|line| line.strip_prefix(&format!("{firm}\t")));
        let head = head.and_then(|head| head.parse().ok());
        head.map(Some).ok_or_else(|| AnchorError::Malformed { what: path.display().to_string() })
    }

    fn write(&self, firm: &FirmId, head: &Head) -> Result<(), AnchorError> {
        // Held until the end of the call, also against other processes.
        let lock = private(&self.directory.join("lock")).map_err(unavailable)?;
        lock.lock().map_err(unavailable)?;
        let head = match self.read(firm)? {
            Some(there) if head.is_behind(&there) => return Ok(()),
            Some(there) => head.merged(&there).ok_or(AnchorError::Forked { generation: head.generation })?,
            None => *head,
        };
        self.replace(&self.path(firm), &format!("{firm}\t{head}\n")).map_err(unavailable)
    }

    fn replace(&self, path: &Path, line: &str) -> io::Result<()> {
        let beside = self.directory.join("next");
        let mut file = private(&beside)?;
        file.set_len(0)?;
        file.write_all(line.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(&self.directory)?.sync_all()
    }

    /// A hash, since ids hold characters that file names can't.
    fn path(&self, firm: &FirmId) -> PathBuf {
        self.directory.join(hex::encode(Sha256::digest(firm.canonical())))
    }
}

impl Anchor for FileAnchor {
    fn heads<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<Head>>, AnchorError>> {
        Box::pin(std::future::ready(firms.iter().map(|firm| self.read(firm)).collect()))
    }

    fn advance<'a>(&'a self, firm: &'a FirmId, head: &'a Head) -> BoxFuture<'a, Result<(), AnchorError>> {
        Box::pin(std::future::ready(self.write(firm, head)))
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn unavailable(error: io::Error) -> AnchorError {
    AnchorError::Unavailable(error.into())
}

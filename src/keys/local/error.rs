//! What is wrong with a key file.

use std::io;
use std::path::PathBuf;

/// A key file that can't be opened or made. No message holds a part of its content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalKeyError {
    /// There is no file.
    #[error("no key file at `{path}`: restore its copy, or make a new key by `LocalKeys::create`", path = path.display())]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is a file already, and it is never overwritten.
    #[error("`{path}` exists already: open it, or name another path for the new key", path = path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Group or others may read or write it.
    #[error(
        "key file `{path}` is open to others (mode {mode:04o}): `chmod 600` it, and change the key if they may have read it",
        path = path.display()
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It belongs to another user.
    #[error("key file `{path}` belongs to user {owner}, this process runs as {user}: `chown` it", path = path.display())]
    WrongOwner {
        /// The file.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who wants to use it.
        user: u32,
    },
    /// It is a directory, a pipe or a device.
    #[error("`{path}` is not a regular file: name the key file", path = path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// Its content is not one line of `fieldseal-local-key-v1` and 64 lowercase hex digits.
    #[error("`{path}` holds no fieldseal key, or a damaged one: restore its copy", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("key file `{path}` can't be {doing}: check the path and the directory's permissions", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// No random bytes for a new key.
    #[error("the operating system's random source failed: no key was made")]
    Random,
}

//! One newtype per key role, zeroized when dropped, so that a key can't be passed where another is meant.

use std::fmt;

use secrecy::{ExposeSecret, SecretBox};

use crate::random::{RandomError, Randomness};

macro_rules! key_role {
    ($(#[$doc:meta])* $vis:vis $name:ident, $len:literal) => {
        $(#[$doc])*
        $vis struct $name(SecretBox<[u8; $len]>);

        #[allow(dead_code, reason = "every role has the same doors, whoever uses them")]
        impl $name {
            /// Length of the key in bytes.
            $vis const LEN: usize = $len;

            /// A fresh key from `random`.
            ///
            /// # Errors
            /// When the random source fails.
            $vis fn generate(random: &dyn Randomness) -> Result<Self, RandomError> {
                Self::try_init(|bytes| random.fill(bytes))
            }

            /// A key whose bytes `fill` writes in place, on the heap, so that no copy stays on the stack.
            ///
            /// # Errors
            /// What `fill` returns.
            $vis fn try_init<E>(fill: impl FnOnce(&mut [u8; $len]) -> Result<(), E>) -> Result<Self, E> {
                let mut bytes = Box::new([0u8; $len]);
                let filled = fill(&mut bytes);
                #[cfg(test)]
                crate::outputs::keys::note(stringify!($name), &bytes[..]);
                let key = Self(SecretBox::new(bytes));
                filled.map(|()| key)
            }

            /// A key whose bytes `fill` writes in place, where that can't fail.
            #[must_use]
            $vis fn init(fill: impl FnOnce(&mut [u8; $len])) -> Self {
                let mut bytes = Box::new([0u8; $len]);
                fill(&mut bytes);
                #[cfg(test)]
                crate::outputs::keys::note(stringify!($name), &bytes[..]);
                Self(SecretBox::new(bytes))
            }

            /// The key's bytes: the one door to them.
            ///
            /// # Security
            /// Do not copy the bytes out, print or store them.
            #[must_use]
            $vis fn expose(&self) -> &[u8; $len] {
                self.0.expose_secret()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}

key_role!(
    /// A firm's master key: unwrapped by the KEK, and input of HKDF only (spec/keys.md).
    pub FirmMasterKey, 32
);
key_role!(
    /// One version of the key that a firm's column keys are derived from.
    pub(crate) DataKey, 32
);
key_role!(
    /// One version of the key that a firm's blind-index subkeys are derived from.
    pub(crate) IndexKey, 32
);
key_role!(
    /// Wraps data and index keys under a firm master key (AES-256-SIV).
    pub(crate) WrappingKey, 64
);
key_role!(
    /// Authenticates a firm's manifest.
    pub(crate) ManifestKey, 32
);
key_role!(
    /// Endorses firm master keys and tombstones.
    pub(crate) EndorsementKey, 32
);
key_role!(
    /// Authenticates backups and escrow exports; the platform's only.
    pub(crate) BackupKey, 32
);
key_role!(
    /// A column's key for XAES-256-GCM.
    pub(crate) RandomisedColumnKey, 32
);
key_role!(
    /// A column's key for AES-256-SIV.
    pub(crate) DeterministicColumnKey, 64
);
key_role!(
    /// A blind index's HMAC key.
    pub(crate) IndexSubkey, 32
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_byte() {
        let key = FirmMasterKey::try_init(|bytes| {
            bytes.fill(0xAB);
            Ok::<_, ()>(())
        })
        .unwrap();
        assert_eq!(format!("{key:?}"), "FirmMasterKey([redacted])");
    }
}

//! Stored forms in passing: what is copied of a value for its term is wiped.

use std::borrow::Cow;
use std::ops::Deref;

use zeroize::Zeroize;

use super::codec::{CodecError, Encode};
use crate::index::Normalizer;

/// Bytes of a plaintext, borrowed from the value or a copy, which is zeroized when it is dropped.
pub(crate) struct Plain<'v>(Cow<'v, [u8]>);

impl<'v> Plain<'v> {
    #[cfg(feature = "migrate")]
    pub(super) fn borrowed(stored: &'v [u8]) -> Self {
        Self(Cow::Borrowed(stored))
    }
}

impl Plain<'_> {
    /// As an index sees it.
    pub(crate) fn normalized(&self, normalizer: &Normalizer) -> Plain<'_> {
        Plain(normalizer.normalize(&self.0))
    }

    pub(crate) fn into_owned(mut self) -> Plain<'static> {
        Plain(Cow::Owned(std::mem::take(&mut self.0).into_owned()))
    }
}

impl Deref for Plain<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Plain<'_> {
    fn drop(&mut self) {
        if let Cow::Owned(copy) = &mut self.0 {
            copy.zeroize();
        }
    }
}

/// The stored form of a value, copied only if the value does not hold it already.
pub(crate) fn stored<V: Encode + ?Sized>(value: &V) -> Result<Plain<'_>, CodecError> {
    if let Some(stored) = value.stored() {
        return Ok(Plain(Cow::Borrowed(stored)));
    }
    let mut out = Vec::with_capacity(value.stored_len()?);
    let written = value.write(&mut out);
    let plain = Plain(Cow::Owned(out));
    written.map(|()| plain)
}

//! Randomness: keys straight from the operating system, nonces from a small per-thread buffer that it seeds.

use std::cell::RefCell;
use std::sync::Arc;

use forkguard::Guard;
use xaes_256_gcm::aead::KeyInit;
use xaes_256_gcm::aead::array::Array;
use xaes_256_gcm::aes::Aes256;
use xaes_256_gcm::aes::cipher::BlockCipherEncrypt;
use zeroize::Zeroizing;

/// Length of an XAES-256-GCM nonce in bytes.
pub(crate) const NONCE_LEN: usize = 24;

/// Nonces made of one seed, in 1 KiB: it bounds what the snapshot of a virtual machine can repeat on a thread.
const BUFFERED: usize = 1024 / NONCE_LEN;

/// A source of random bytes. The default is the operating system; tests inject a seeded one.
///
/// # Security
/// Everything rests on it: an implementation must be cryptographically strong.
pub trait Randomness: Send + Sync + 'static {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// When the source can't give strong bytes.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl Randomness for OsRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|_| RandomError)
    }
}

/// The random source failed: nothing was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system's random source failed")]
pub struct RandomError;

/// Where nonces come from.
#[derive(Clone)]
pub(crate) enum Nonces {
    /// The per-thread buffer that the operating system seeds.
    Buffered,
    /// A source injected by a test.
    Injected(Arc<dyn Randomness>),
}

impl Nonces {
    /// The next nonce, never given out before.
    pub(crate) fn next(&self) -> Result<[u8; NONCE_LEN], RandomError> {
        match self {
            Self::Buffered => buffered(),
            Self::Injected(source) => {
                let mut nonce = [0; NONCE_LEN];
                source.fill(&mut nonce).map(|()| nonce)
            }
        }
    }
}

fn buffered() -> Result<[u8; NONCE_LEN], RandomError> {
    // A thread that is being torn down has lost its buffer and asks the operating system each time.
    BUFFER.try_with(|buffer| buffer.borrow_mut().take()).unwrap_or_else(|_| {
        let mut nonce = [0; NONCE_LEN];
        OsRandom.fill(&mut nonce).map(|()| nonce)
    })
}

thread_local! {
    static BUFFER: RefCell<NonceBuffer> = RefCell::new(NonceBuffer::new());
}

struct NonceBuffer {
    nonces: [[u8; NONCE_LEN]; BUFFERED],
    used: usize,
    fork: Guard,
}

impl NonceBuffer {
    fn new() -> Self {
        Self { nonces: [[0; NONCE_LEN]; BUFFERED], used: BUFFERED, fork: Guard::default() }
    }

    fn take(&mut self) -> Result<[u8; NONCE_LEN], RandomError> {
        // A forked child holds the parent's unused bytes: both would seal under the same nonces.
        if self.fork.detected_fork() {
            self.used = BUFFERED;
        }
        if self.used == BUFFERED {
            expand(self.nonces.as_flattened_mut())?;
            self.used = 0;
        }
        // Used bytes stay: a nonce is no secret, its cell begins with it.
        let nonce = self.nonces[self.used];
        self.used += 1;
        Ok(nonce)
    }
}

/// Fills `bytes`, whole blocks, by AES-256 in counter mode under a fresh key of the operating system's: a kernel's
/// ChaCha20 without vector instructions takes four times as long for as many bytes.
fn expand(bytes: &mut [u8]) -> Result<(), RandomError> {
    let mut seed = Zeroizing::new([0; 32]);
    OsRandom.fill(seed.as_mut())?;
    let (blocks, _) = Array::slice_as_chunks_mut(bytes);
    for (counter, block) in (0u128..).zip(blocks.iter_mut()) {
        *block = counter.to_be_bytes().into();
    }
    Aes256::new((&*seed).into()).encrypt_blocks(blocks);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nonces_do_not_repeat_over_refills_and_threads() {
        let draw = || (0..500).map(|_| Nonces::Buffered.next().unwrap()).collect::<Vec<_>>();
        let mut all: Vec<_> = draw();
        for thread in [std::thread::spawn(draw), std::thread::spawn(draw)] {
            all.extend(thread.join().unwrap());
        }
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 1500);
    }
}

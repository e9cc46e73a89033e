//! A table that grows without moving, read without a lock: two seals share none.

use std::sync::OnceLock;

/// Chunk `n` holds `FIRST << n` values.
const FIRST: usize = 8;
/// Room for 131,064 columns or indexes in one process.
const CHUNKS: usize = 14;

/// Values by small numbers, each made once, when first asked for.
pub(super) struct Slots<T>([OnceLock<Box<[OnceLock<T>]>>; CHUNKS]);

impl<T> Slots<T> {
    pub(super) fn new() -> Self {
        Self([const { OnceLock::new() }; CHUNKS])
    }

    pub(super) fn get_or_init(&self, number: usize, init: impl FnOnce() -> T) -> &T {
        let (chunk, offset) = locate(number);
        let chunk = self.0[chunk].get_or_init(|| (0..FIRST << chunk).map(|_| OnceLock::new()).collect());
        chunk[offset].get_or_init(init)
    }
}

fn locate(number: usize) -> (usize, usize) {
    let chunk = (number / FIRST + 1).ilog2() as usize;
    (chunk, number - FIRST * ((1 << chunk) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_own_place() {
        let places: Vec<_> = (0..5000).map(locate).collect();
        assert_eq!(places[..9], [(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 6), (0, 7), (1, 0)]);
        assert!(places.iter().all(|&(chunk, offset)| offset < FIRST << chunk));
        let slots = Slots::new();
        assert!((0..5000).all(|n| *slots.get_or_init(n, || n) == n));
        assert!((0..5000).all(|n| *slots.get_or_init(n, || 0) == n));
    }
}

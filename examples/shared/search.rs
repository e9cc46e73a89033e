//! Looks for plaintexts in bytes, one by one, as `grep` or a thief would.

use std::collections::HashMap;

/// Shorter texts would be found by chance.
const SHORTEST: usize = 8;

/// Texts to look for, by their first bytes.
pub struct Wanted<'t> {
    by_start: HashMap<[u8; SHORTEST], Vec<&'t str>>,
    pub count: usize,
}

impl<'t> Wanted<'t> {
    pub fn new(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut this = Self { by_start: HashMap::new(), count: 0 };
        for text in texts {
            if let Some(start) = text.as_bytes().first_chunk() {
                this.by_start.entry(*start).or_default().push(text);
                this.count += 1;
            }
        }
        this
    }

    /// How often any of the texts is in `bytes`.
    pub fn count_in(&self, bytes: &[u8]) -> usize {
        let at = |position| {
            let rest: &[u8] = &bytes[position..];
            let texts = rest.first_chunk().and_then(|start| self.by_start.get(start))?;
            texts.iter().any(|text| rest.starts_with(text.as_bytes())).then_some(())
        };
        (0..bytes.len()).filter_map(at).count()
    }
}

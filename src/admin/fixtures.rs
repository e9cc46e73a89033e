//! What the tests of recovery share: a vault over a store that can be copied, rolled back and emptied.

use std::io::Cursor;
use std::sync::Arc;

use pollster::block_on;

use super::{KeyAdmin, RestoreOptions, Restored};
use crate::clock::Clock as _;
use crate::context::FirmId;
use crate::keys::store::MemoryKeyStore;
use crate::keys::{FirmRecord, KeyError, KeyState, KeyStore as _, Purpose};
use crate::random::OsRandom;
use crate::session::{Vault, VaultBuilder};
use crate::testing::{TestClock, TestKeys};

/// A process, and the store that it shares with others.
pub(super) struct Process {
    pub(super) store: Arc<MemoryKeyStore>,
    pub(super) vault: Vault,
    pub(super) keys: TestKeys,
}

pub(super) type Copied = Vec<(FirmId, Option<FirmRecord>)>;

pub(super) fn firms() -> [FirmId; 3] {
    ["a", "b", "c"].map(FirmId::from)
}

impl Process {
    pub(super) fn over(store: &Arc<MemoryKeyStore>) -> Self {
        Self::built(store, |builder| builder)
    }

    pub(super) fn built(store: &Arc<MemoryKeyStore>, with: impl FnOnce(VaultBuilder) -> VaultBuilder) -> Self {
        let keys = TestKeys::new();
        let builder = Vault::builder().provider(keys.clone()).shared_store(store.clone()).clock(TestClock::new());
        Self { store: store.clone(), vault: with(builder).build().unwrap(), keys }
    }

    /// A process whose platform and three firms exist.
    pub(super) fn with_firms() -> Self {
        let process = Self::over(&Arc::default());
        process.create();
        process
    }

    pub(super) fn create(&self) {
        block_on(self.vault.initialize()).unwrap();
        for firm in firms() {
            block_on(self.vault.create_firm(firm)).unwrap();
        }
    }

    pub(super) fn admin(&self) -> KeyAdmin {
        self.vault.admin()
    }

    /// Gives the firm another active data key, and its number.
    pub(super) fn rotate(&self, firm: &FirmId) -> u32 {
        let custody = self.vault.custody();
        let (now, random) = (TestClock::new().unix_seconds(), OsRandom);
        let rotated = block_on(custody.change::<_, KeyError>(firm, |opened| {
            let version = opened.add(Purpose::Data, 0, now, &random)?.unwrap();
            opened.advance(Purpose::Data, version, KeyState::Active).unwrap();
            Ok(Some(version))
        }));
        rotated.unwrap().unwrap()
    }

    /// Supersedes, retires and destroys a data key.
    pub(super) fn destroy(&self, firm: &FirmId, version: u32) {
        for state in [KeyState::Retired, KeyState::Destroyed] {
            let moved = block_on(self.vault.custody().change::<_, KeyError>(firm, |opened| {
                opened.advance(Purpose::Data, version, state).unwrap();
                Ok(Some(()))
            }));
            moved.unwrap();
        }
    }

    /// Drops the firm's keys and loads them again.
    pub(super) fn load(&self, firm: &FirmId) -> Result<(), KeyError> {
        block_on(self.vault.revoke(firm)).unwrap();
        block_on(self.vault.session(firm)).map(drop)
    }

    pub(super) fn stored(&self, firm: &FirmId) -> Option<FirmRecord> {
        block_on(self.store.load(std::slice::from_ref(firm))).unwrap().remove(0)
    }

    pub(super) fn generation(&self, firm: &FirmId) -> u64 {
        self.stored(firm).map_or(0, |record| record.generation)
    }

    /// All that the store holds.
    pub(super) fn copy(&self) -> Copied {
        let names = std::iter::once(FirmId::Platform).chain(firms());
        names.map(|firm| (firm.clone(), self.stored(&firm))).collect()
    }

    /// Puts the store back as it was.
    pub(super) fn roll_back(&self, copy: &Copied) {
        for (firm, record) in copy {
            self.store.tamper(firm, |_| record.clone());
        }
    }

    pub(super) fn backup(&self) -> Vec<u8> {
        let mut file = Vec::new();
        block_on(self.admin().backup(&mut file)).unwrap();
        file
    }

    pub(super) fn restore(&self, file: &[u8], options: RestoreOptions) -> Restored {
        block_on(self.admin().restore(Cursor::new(file), options)).unwrap()
    }
}

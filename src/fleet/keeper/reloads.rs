//! Firms whose keys only the provider can bring.

use std::time::Instant;

use super::super::reload;
use super::Keeper;
use crate::context::FirmId;

impl Keeper {
    /// Loads what sessions lost with an earlier lease.
    pub(super) fn bring_back(&self) {
        let firms = self.follower().lost();
        reload::start(self.custody().1.clone(), firms, self.inbox.clone());
    }

    pub(super) fn reload(&mut self, firms: Vec<FirmId>, epoch: u64) {
        if let Some(place) = &mut self.place {
            let began = Instant::now();
            for firm in &firms {
                place.reloading.entry(firm.clone()).or_insert((epoch, began));
            }
        }
        reload::start(self.custody().1.clone(), firms, self.inbox.clone());
    }

    pub(super) fn reloaded(&mut self, firm: &FirmId, loaded: bool) {
        let waited = self.place.as_mut().is_some_and(|place| place.reloading.remove(firm).is_some());
        if waited && !loaded {
            self.follower().drop_keys(firm, false);
        }
        self.look |= waited;
    }

    /// Others wait for this process: it goes on without the keys that the provider does not bring.
    pub(super) fn give_up_late_reloads(&mut self) {
        let patience = self.shared.settings.pace();
        let Some(place) = &mut self.place else { return };
        let late = place.overdue(patience);
        self.look |= !late.is_empty();
        late.iter().for_each(|firm| self.follower().drop_keys(firm, false));
    }
}

//! Firm master keys under another KEK: of the same provider, of another one or account, of the firm itself or no longer.

use std::collections::BTreeMap;
use std::fmt;

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::KeyAdmin;
use super::progress::Step;
use crate::context::FirmId;
use crate::keys::{FirmRecord, KekId, KeyError, RecordContent};

/// A KEK, by its provider and its name there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Kek {
    /// The provider's id.
    pub provider: String,
    /// The KEK.
    pub kek: KekId,
}

/// What [`KeyAdmin::rewrap_all`] found and did; in a dry run, what it would do.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct RewrapReport {
    /// Live firms by the KEK that their record named before.
    pub found: BTreeMap<Kek, u64>,
    /// Firms whose master key lies under the configured KEK since this call.
    pub rewrapped: u64,
    /// Firms whose master key lay there already.
    pub current: u64,
    /// Shredded firms, which have no master key.
    pub shredded: u64,
    /// Firms that are as they were, and why. A dry run knows of KEKs that are not configured, and of no other reason.
    pub failed: Vec<(FirmId, KeyError)>,
}

impl KeyAdmin {
    /// Puts a firm's master key under the KEK that the configuration gives it first, wherever it lay before. `None`: it
    /// lies there already. No data row and no key below is touched; sessions go on.
    ///
    /// Three provider calls: unwrap, wrap, and unwrap again before the old record is replaced. A dry run makes them too.
    /// Every process must know the new KEK by then, and the old one until the call has returned: see
    /// [`Providers::moving_from`](crate::keys::Providers::moving_from).
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::ForeignKek`] when the KEK that the master key lies under is not configured.
    pub async fn rewrap(&self, firm: impl Into<FirmId>) -> Result<Option<(Kek, Kek)>, KeyError> {
        self.rewrap_firm(firm.into()).await.1
    }

    /// [`rewrap`](Self::rewrap) of every firm that lies under another KEK, `at_once` at a time (at least one).
    ///
    /// Firms that can't be moved are in the report, and hold up no other. Cut off at any point, it goes on where it was
    /// when it is called again. The dry run asks no provider: it reads records and counts.
    ///
    /// # Errors
    /// [`KeyError`] when the key store fails; what was done stays done.
    pub async fn rewrap_all(&self, at_once: usize) -> Result<RewrapReport, KeyError> {
        let (mut report, mut last) = (RewrapReport::default(), None);
        loop {
            let page = self.custody.store().firms(last.as_ref(), PAGE).await?;
            let Some(end) = page.last().cloned() else { return Ok(report) };
            let records = self.custody.store().load(&page).await?;
            let due = report.sort(self, records);
            self.rewrap_page(due, at_once.max(1), &mut report).await;
            self.tell(None, Step::Firms { done: report.firms() });
            last = Some(end);
        }
    }

    async fn rewrap_page(&self, due: Vec<FirmId>, at_once: usize, report: &mut RewrapReport) {
        let mut running = FuturesUnordered::new();
        for firm in due {
            if self.is_dry() {
                report.rewrapped += 1;
                continue;
            }
            if running.len() >= at_once
                && let Some((firm, done)) = running.next().await
            {
                report.take(firm, done);
            }
            running.push(self.rewrap_firm(firm));
        }
        while let Some((firm, done)) = running.next().await {
            report.take(firm, done);
        }
    }

    async fn rewrap_firm(&self, firm: FirmId) -> (FirmId, Result<Option<(Kek, Kek)>, KeyError>) {
        let moved = self.custody.rewrap(&firm, self.is_dry()).await;
        let moved = moved.map(|moved| moved.map(|(from, to)| (Kek::of(from), Kek::of(to))));
        if let Ok(Some((from, to))) = &moved {
            self.tell(Some(&firm), Step::Rewrap { from: from.clone(), to: to.clone() });
        }
        (firm, moved)
    }
}

impl RewrapReport {
    /// Counts a page of records, and gives back the firms to be moved.
    fn sort(&mut self, admin: &KeyAdmin, records: Vec<Option<FirmRecord>>) -> Vec<FirmId> {
        let mut due = Vec::new();
        for record in records.into_iter().flatten() {
            let RecordContent::Keys(keys) = record.content else {
                self.shredded += 1;
                continue;
            };
            let (provider, kek) = (keys.master.provider, keys.master.kek);
            *self.found.entry(Kek::of((provider.clone(), kek.clone()))).or_default() += 1;
            match admin.custody.routes().of(&record.firm) {
                Ok(providers) if providers.is_current(&provider, &kek) => self.current += 1,
                Ok(providers) if providers.holders(&provider, &kek).is_empty() => {
                    let foreign = KeyError::ForeignKek { firm: record.firm.clone(), provider, kek };
                    self.failed.push((record.firm, foreign));
                }
                Ok(_) => due.push(record.firm),
                Err(error) => self.failed.push((record.firm, error)),
            }
        }
        due
    }

    fn take(&mut self, firm: FirmId, done: Result<Option<(Kek, Kek)>, KeyError>) {
        match done {
            Ok(Some(_)) => self.rewrapped += 1,
            // Another operator was faster, at one thing or the other.
            Ok(None) => self.current += 1,
            Err(KeyError::Shredded { .. }) => self.shredded += 1,
            Err(error) => self.failed.push((firm, error)),
        }
    }

    fn firms(&self) -> u64 {
        self.rewrapped + self.current + self.shredded + self.failed.len() as u64
    }
}

impl Kek {
    fn of((provider, kek): (String, KekId)) -> Self {
        Self { provider, kek }
    }
}

impl fmt::Display for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of provider `{}`", self.kek, self.provider)
    }
}

/// Firms read at once.
const PAGE: usize = 1000;

//! Firms, versions and processes, to be read.

use serde::Serialize;

use super::firm_of;
use crate::admin::{FirmKeys, FirmStanding, KeyAdmin};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{self, Output};
use crate::context::FirmId;
use crate::keys::{KeyError, KeyState};

#[derive(Debug, Serialize)]
struct FirmView {
    firm: String,
    generation: u64,
    master_version: u32,
    provider: String,
    kek: String,
    min_open_version: u32,
    versions: Vec<VersionView>,
    suspended: Option<String>,
    shredding_due: Option<u64>,
    holds: Vec<String>,
}

#[derive(Debug, Serialize)]
struct VersionView {
    purpose: &'static str,
    version: u32,
    state: &'static str,
    created: u64,
}

pub(super) async fn list(
    admin: &KeyAdmin,
    after: Option<&str>,
    limit: usize,
    output: &Output,
) -> Result<Exit, Failure> {
    let after = after.map(firm_of).transpose()?;
    let firms = admin.firms(after.as_ref(), limit).await?;
    let names: Vec<String> = firms.iter().map(FirmId::to_string).collect();
    output.result(&names, names.join("\n"))?;
    Ok(Exit::Done)
}

pub(super) async fn firm(admin: &KeyAdmin, firm: FirmId, output: &Output) -> Result<Exit, Failure> {
    let keys = admin.keys(firm.clone()).await?;
    let standing = match firm {
        FirmId::Platform => None,
        firm => Some(standing(admin, firm).await?),
    };
    let view = FirmView::of(keys, standing);
    output.result(&view, view.text())?;
    Ok(Exit::Done)
}

async fn standing(admin: &KeyAdmin, firm: FirmId) -> Result<FirmStanding, KeyError> {
    admin.standing(firm).await
}

impl FirmView {
    fn of(keys: FirmKeys, standing: Option<FirmStanding>) -> Self {
        let version = |version: &crate::admin::KeyVersion| VersionView {
            purpose: version.purpose.as_str(),
            version: version.version,
            state: version.state.as_str(),
            created: version.created,
        };
        Self {
            firm: keys.firm.to_string(),
            generation: keys.generation,
            master_version: keys.master_version,
            provider: keys.provider,
            kek: keys.kek.to_string(),
            min_open_version: keys.min_open_version,
            versions: keys.versions.iter().map(version).collect(),
            suspended: standing.as_ref().and_then(|standing| Some(standing.suspended.as_ref()?.reason.clone())),
            shredding_due: standing.as_ref().and_then(|standing| Some(standing.pending.as_ref()?.due)),
            holds: standing
                .map(|standing| standing.holds.into_iter().map(|hold| hold.id).collect())
                .unwrap_or_default(),
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "firm {}\nmaster key {} under KEK {} of provider {}, generation {}\n",
            self.firm, self.master_version, self.kek, self.provider, self.generation
        );
        if let Some(reason) = &self.suspended {
            text += &format!("suspended: {reason}\n");
        }
        if let Some(due) = self.shredding_due {
            text += &format!("to be shredded, due at {}\n", time(due));
        }
        if !self.holds.is_empty() {
            text += &format!("held: {}\n", self.holds.join(", "));
        }
        let row = |version: &VersionView| {
            vec![
                version.purpose.to_owned(),
                version.version.to_string(),
                version.state.to_owned(),
                time(version.created),
            ]
        };
        let rows: Vec<_> = self.versions.iter().filter(|v| v.state != KeyState::Destroyed.as_str()).map(row).collect();
        text + "\n" + &output::table(&["key", "version", "state", "created"], &rows)
    }
}

#[derive(Debug, Serialize)]
struct ProcessView {
    host: String,
    pid: u32,
    release: String,
    since: u64,
    behind: bool,
    in_transit: Vec<String>,
}

pub(super) async fn processes(admin: &KeyAdmin, output: &Output) -> Result<Exit, Failure> {
    let own = std::process::id();
    let others = admin.processes().await?.into_iter().filter(|process| process.pid != own);
    let views: Vec<ProcessView> = others
        .map(|process| ProcessView {
            behind: process.is_behind(),
            in_transit: in_transit(&process.models),
            host: process.host,
            pid: process.pid,
            release: process.release,
            since: process.since,
        })
        .collect();
    let row = |view: &ProcessView| {
        let behind = if view.behind { "yes" } else { "" };
        vec![
            view.host.clone(),
            view.pid.to_string(),
            view.release.clone(),
            time(view.since),
            behind.to_owned(),
            view.in_transit.join(" "),
        ]
    };
    let rows: Vec<_> = views.iter().map(row).collect();
    output.result(&views, output::table(&["host", "pid", "release", "since", "behind", "in transit"], &rows))?;
    Ok(Exit::Done)
}

fn in_transit(models: &[crate::admin::ModelInUse]) -> Vec<String> {
    let columns = |model: &crate::admin::ModelInUse| {
        let table = model.table.clone();
        model.legacy.clone().into_iter().map(move |column| format!("{table}.{column}"))
    };
    models.iter().flat_map(columns).collect()
}

/// Unix seconds as people read them, in UTC.
pub(in crate::cli) fn time(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", rest / 3600, rest % 3600 / 60)
}

/// The civil date of a number of days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, of_year - (153 * shifted_month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_dates() {
        assert_eq!(time(0), "1970-01-01 00:00 UTC");
        assert_eq!(time(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(time(1_795_478_399), "2026-11-23 23:59 UTC");
    }
}

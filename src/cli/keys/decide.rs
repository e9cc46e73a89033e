//! Suspension and holds.

use super::{done, firm_of};
use crate::admin::{Hold, KeyAdmin};
use crate::cli::args::Keys;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;

pub(super) async fn run(keys: &Keys, admin: &KeyAdmin, output: &Output) -> Result<Exit, Failure> {
    let what = match keys {
        Keys::Suspend { firm, reason } => {
            if admin.suspend(firm_of(firm)?, reason).await? {
                "suspended"
            } else {
                "it was suspended before"
            }
        }
        Keys::Reinstate { firm } => {
            if admin.reinstate(firm_of(firm)?).await? {
                "reinstated"
            } else {
                "it was not suspended"
            }
        }
        Keys::Hold { firm, id, reason, by } => {
            let placed = admin.hold(firm_of(firm)?, Hold::new(id, reason, by)).await?;
            if placed { "placed" } else { "it stands already" }
        }
        Keys::Release { firm, id } => {
            admin.release(firm_of(firm)?, id).await?;
            "released"
        }
        _ => return Ok(Exit::Done),
    };
    done(output, what)
}

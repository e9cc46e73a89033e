//! The end of a firm.

use std::time::Duration;

use super::{done, firm_of};
use crate::admin::{KeyAdmin, ShredCertificate, ShredData, ShredRequest};
use crate::cli::args::{Args, Shred};
use crate::cli::ask;
use crate::cli::failure::{Exit, Failure};
use crate::cli::keys::show::time;
use crate::cli::output::Output;
use crate::cli::service::{self, Service};

pub(super) async fn run(
    what: &Shred,
    admin: &KeyAdmin,
    args: &Args,
    service: &Service,
    output: &Output,
) -> Result<Exit, Failure> {
    match what {
        Shred::Request { firm, reason, by, days } => {
            let waiting = Duration::from_secs(u64::from(*days) * 24 * 60 * 60);
            let request = ShredRequest::new(by, reason).waiting(waiting);
            let due = admin.request_shred(firm_of(firm)?, request).await?;
            output.result(&serde_json::json!({ "due": due }), format!("due at {}", time(due)))?;
            Ok(Exit::Done)
        }
        Shred::Cancel { firm } => {
            admin.cancel_shred(firm_of(firm)?).await?;
            done(output, "cancelled")
        }
        Shred::Do { firm } => {
            let firm = firm_of(firm)?;
            ask::before(args, &format!("all keys of firm {firm} will be destroyed for good"), &firm.to_string())?;
            let mut databases = service.databases().await?;
            let mut rows = service::rows(&mut databases)?;
            let certificate = admin.shred(firm, &mut ShredData::of(&mut rows)).await?;
            print(&certificate, output)
        }
        Shred::Certificate { firm } => print(&admin.certificate(firm_of(firm)?).await?, output),
    }
}

/// JSON in either form: it is what is handed on.
fn print(certificate: &ShredCertificate, output: &Output) -> Result<Exit, Failure> {
    output.line(&certificate.to_json())?;
    Ok(Exit::Done)
}

//! Keys that only the provider can bring, loaded in the background while open sessions go on with those they hold.

use std::sync::Weak;
use std::sync::mpsc::Sender;
use std::thread;

use futures_util::stream::{self, StreamExt};

use super::keeper::Message;
use crate::context::FirmId;
use crate::keys::custody::Custody;
use crate::keys::wait;

/// Loads these firms on a thread of their own and says how each of them went.
pub(super) fn start(custody: Weak<Custody>, firms: Vec<FirmId>, inbox: Sender<Message>) {
    if firms.is_empty() {
        return;
    }
    let failed = firms.clone();
    let told = inbox.clone();
    let work = move || match custody.upgrade() {
        // Apart: it waits for nobody's load but its own.
        Some(custody) => wait::here(reload(&custody.apart(), firms, &inbox)),
        None => firms.into_iter().for_each(|firm| drop(inbox.send(Message::Reloaded(firm, false)))),
    };
    if thread::Builder::new().name("fieldseal-reload".into()).spawn(work).is_err() {
        failed.into_iter().for_each(|firm| drop(told.send(Message::Reloaded(firm, false))));
    }
}

async fn reload(custody: &Custody, firms: Vec<FirmId>, inbox: &Sender<Message>) {
    let loads = firms.into_iter().map(|firm| async move {
        let loaded = custody.reload(&firm).await;
        if let Err(error) = &loaded {
            tracing::warn!(name: "fieldseal.fleet.reload_failed", %firm, %error, "keys were not loaded again");
        }
        // Nobody hears it any more once the fleet was left.
        drop(inbox.send(Message::Reloaded(firm, loaded.is_ok())));
    });
    stream::iter(loads).buffer_unordered(CONCURRENT).collect::<()>().await;
}

/// Firms that are loaded at the same time.
const CONCURRENT: usize = 32;

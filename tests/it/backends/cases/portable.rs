//! The cases that a connection of several backends takes too: all but
//! upserts and `RETURNING`.

use super::*;

mod assignments;
mod indexes;
mod joins;
mod pages;
mod rows;
mod transactions;
mod updates;

use fieldseal::{Session, Vault};

/// A vault, a session of firm `acme`, and an empty database.
pub(super) async fn start() -> (Vault, Session, Db<Conn>) {
    let vault = fieldseal::testing::vault();
    vault.create_firm("acme").await.unwrap();
    let session = vault.session("acme").await.unwrap();
    (vault, session, open().await)
}

//! The cases. `super` is a backend: its `Conn`, its `RunQueryDsl`, and a database of its own by `open`.

use super::*;

mod conflicts;
mod indexes;
mod joins;
mod models;
mod pages;
mod rows;
mod transactions;
mod updates;

use fieldseal::{Session, Vault};

/// A vault, a session of firm `acme`, and an empty database.
async fn start() -> (Vault, Session, Db<Conn>) {
    let vault = fieldseal::testing::vault();
    vault.create_firm("acme").await.unwrap();
    let session = vault.session("acme").await.unwrap();
    (vault, session, open().await)
}

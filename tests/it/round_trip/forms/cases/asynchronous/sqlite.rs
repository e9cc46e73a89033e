//! `SqliteConnection` behind diesel-async's wrapper.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

type Conn = diesel_async::sync_connection_wrapper::SyncConnectionWrapper<SqliteConnection>;

#[path = "../shapes/all.rs"]
#[expect(clippy::duplicate_mod, reason = "the cases are compiled for each kind of connection")]
mod shapes;

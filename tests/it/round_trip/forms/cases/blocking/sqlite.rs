//! `SqliteConnection`.

use diesel::prelude::*;

type Conn = SqliteConnection;

#[path = "../shapes/all.rs"]
#[expect(clippy::duplicate_mod, reason = "the cases are compiled for each kind of connection")]
mod shapes;

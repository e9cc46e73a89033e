//! The cases. `super` is a backend: its `Conn`, its `RunQueryDsl`, and a database of its own by `open`.

use super::*;

#[path = "portable.rs"]
mod portable;

mod ambient;
mod conflicts;
mod models;
mod returning;
mod tampered;

use portable::start;

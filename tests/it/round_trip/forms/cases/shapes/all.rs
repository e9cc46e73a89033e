//! The shapes. `super` is a kind of connection: its `Conn` and its `RunQueryDsl`.

use super::*;
use crate::round_trip::draw::Draw;
use crate::round_trip::forms::models::*;
use crate::round_trip::forms::{Shape, Shapes, World, Written};

mod ambient;
mod cells;
mod joins;
mod keys;
mod writes;

impl Shapes for Conn {
    async fn take(&mut self, shape: Shape, world: &World, draw: &mut Draw) -> Written {
        let (conn, tenant) = (self, &world.tenant);
        match shape {
            Shape::Borrowed => writes::borrowed(conn, tenant, draw).await,
            Shape::Patched => writes::patched(conn, tenant, draw).await,
            Shape::Parted => writes::parted(conn, tenant, draw).await,
            Shape::Upserted => writes::upserted(conn, tenant, draw).await,
            Shape::Unbound => keys::unbound(conn, tenant, draw).await,
            Shape::Composite => keys::composite(conn, tenant, draw).await,
            Shape::Platform => keys::platform(conn, &world.platform, draw).await,
            Shape::Viewed => joins::viewed(conn, tenant, draw).await,
            Shape::LeftJoined => joins::left_joined(conn, tenant, draw).await,
            Shape::Handled => cells::handled(conn, tenant, draw).await,
            Shape::LookedUp => cells::looked_up(conn, tenant, draw).await,
            Shape::Ambient => ambient::models(conn, tenant, draw).await,
            Shape::ScopedCells => ambient::cells(conn, tenant, draw).await,
        }
    }
}

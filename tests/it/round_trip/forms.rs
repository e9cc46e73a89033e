//! Shapes of models and forms, and of statements with them, over every kind of connection.

mod cases;
mod models;

use fieldseal::Session;
use fieldseal::model::ModelSchema;
use tokio::runtime::Runtime;

use super::draw::{Coverage, Draw, assert_hidden, cases};
use super::path::{Path, each_path};
use models::TENANT;

/// What a case does.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// A form of references, inserted.
    Borrowed,
    /// A patch of `Option` and `Option<Option<…>>`.
    Patched,
    /// A model with a part, and a patch with one.
    Parted,
    /// `row = none`.
    Unbound,
    /// A composite row key of newtypes.
    Composite,
    /// The platform's rows.
    Platform,
    /// Cells of another model, in an inner join.
    Viewed,
    /// A row that may be missing, in a left join.
    LeftJoined,
    /// An upsert that sets what was excluded.
    Upserted,
    /// Single cells: set, sealed, opened.
    Handled,
    /// Lookups by indexes of all bits and of few.
    LookedUp,
    /// An ambient model.
    Ambient,
    /// An ambient patch, and single cells in scope.
    ScopedCells,
}

const SHAPES: [Shape; 13] = [
    Shape::Borrowed,
    Shape::Patched,
    Shape::Parted,
    Shape::Unbound,
    Shape::Composite,
    Shape::Platform,
    Shape::Viewed,
    Shape::LeftJoined,
    Shape::Upserted,
    Shape::Handled,
    Shape::LookedUp,
    Shape::Ambient,
    Shape::ScopedCells,
];

/// Cases of each shape over each connection.
const CASES: usize = 8;

/// Who seals.
struct World {
    tenant: Session,
    platform: Session,
}

/// A connection that goes through the shapes.
trait Shapes: Path {
    /// Writes what is drawn in this shape, loads it and compares. Gives the table, and the plaintexts that are in it.
    async fn take(&mut self, shape: Shape, world: &World, draw: &mut Draw) -> Written;
}

/// What a case wrote.
struct Written {
    model: &'static ModelSchema,
    plaintexts: Vec<String>,
}

fn test<P: Shapes>(runtime: &Runtime, mut path: P) {
    let vault = fieldseal::testing::vault().blocking();
    let world = World { tenant: vault.session(TENANT).unwrap(), platform: vault.platform().unwrap() };
    let mut coverage = Coverage::default();
    cases(CASES * SHAPES.len(), |number, draw| {
        let shape = SHAPES[number % SHAPES.len()];
        runtime.block_on(async {
            for table in models::TABLES {
                path.run(format!("DELETE FROM {table}")).await;
            }
            let written = path.take(shape, &world, draw).await;
            let shown = path.shown(written.model).await;
            assert!(!shown.is_empty(), "{shape:?} wrote nothing");
            let plaintexts = written.plaintexts.into_iter().map(|text| ("a field", Some(text.into_bytes())));
            assert_hidden(&shown, plaintexts);
        });
        coverage.compared(format!("{shape:?}"));
    });
    coverage.assert_is(SHAPES.map(|shape| format!("{shape:?}")));
}

each_path!(models::sql, test);

//! Models in transit: fields whose values still lie in a legacy column, in part or all (spec/migration.md).

mod column;
mod hook;
mod legacy;
mod lookup;
mod pair;

pub use column::{HoldsCellsInTransit, HoldsLegacy, HoldsTermsInTransit, JsonText, LegacyColumn};
pub use hook::{LegacyError, LegacyHook, legacy_form, legacy_value};
pub use legacy::{HomeMade, Legacy, LegacyBind};
pub use lookup::{EqInTransit, Unsealed, eq_in_transit};
pub(super) use lookup::{to_compare, to_find};
pub use pair::{InTransit, Pair, Settled, candidate_in_transit, pair};

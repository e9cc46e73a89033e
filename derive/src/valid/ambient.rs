//! Structs that Diesel writes and reads itself.

use proc_macro2::Span;

use super::Errors;
use crate::ast::{Field, Input};

pub(super) fn check(input: &Input, errors: &mut Errors) {
    let Some(ambient) = &input.container.ambient else { return };
    if !(input.loads() || input.writes()) {
        errors.add(
            ambient.span(),
            "nothing for Diesel to write or load: name what it derives, as by `#[encrypted(derive(Insertable, Queryable, \
             Selectable))]`",
        );
    }
    if input.marked_fields().next().is_none() && !input.is_model() {
        errors.add(
            ambient.span(),
            "nothing is sealed here: drop `ambient`, or derive Diesel's traits in place of `Encrypted`",
        );
        return;
    }
    writes(input, ambient.span(), errors);
}

/// A statement without a cell would not notice that it has lost its scope, or is in another firm's.
fn writes(input: &Input, ambient: Span, errors: &mut Errors) {
    let inserts = |field: &Field| field.diesel.skip_insertion.is_none() && holds_cell(field);
    if input.derives("Insertable") && !input.fields.iter().any(inserts) {
        errors.add(
            ambient,
            "nothing sealed is inserted, so that no scope would be asked for: drop `ambient` or `Insertable`",
        );
    }
    if input.derives("AsChangeset") && !input.changed_fields().any(holds_cell) {
        errors.add(
            ambient,
            "nothing sealed is updated, so that no scope would be asked for: drop `ambient` or `AsChangeset`",
        );
    }
}

/// A part that is `None` holds no cell that could fail.
fn holds_cell(field: &Field) -> bool {
    field.sealed.as_ref().is_some_and(|sealed| !(field.diesel.embed && sealed.options > 0))
}

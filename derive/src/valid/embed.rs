//! Parts, and structs that are embedded with their sealed fields.

use proc_macro2::Span;
use syn::Ident;
use syn::spanned::Spanned;

use super::Errors;
use super::structs::{loaded_owns, row_span};
use crate::ast::{Field, Input, Sealed};
use crate::attr::{Firm, Pad, RowOf};

pub(super) fn part(input: &Input, errors: &mut Errors) {
    let (name, container) = (input.name, &input.container);
    if container.model.is_none() {
        let message = "name the model whose table the part's columns belong to: `#[encrypted(part, model = <Model>)]`";
        errors.add(name.span(), message);
    }
    if let Some(Firm::Platform(word) | Firm::Field(word)) = &container.firm {
        errors.add(word.span(), "the struct around a part says whose row it is: drop `firm`");
    }
    if let Some(id) = &container.table_id {
        errors.add(id.span(), "the model pins the table's id: drop `table_id` from the part");
    }
    errors.refuse(container.ambient.as_ref(), "a part is written and read with the struct around it: drop `ambient`");
    if input.sealed_fields().next().is_none() {
        let message =
            "nothing to seal: a struct of plain fields is embedded by `#[diesel(embed)]` alone; drop `Encrypted`";
        errors.add(name.span(), message);
    }
    if let Some(param) = input.generics.type_params().next() {
        errors.add(param.ident.span(), "a part names the types of its fields: take the type parameter away");
    }
    for row in input.row().iter().filter(|row| input.field(row).is_some()) {
        errors.add(row_span(input, row), "the struct around a part holds the row key: take this field out of the part");
    }
    loaded_owns(input, errors);
}

/// A field that embeds a struct with sealed fields of its own.
pub(super) fn field(input: &Input, field: &Field, sealed: &Sealed, errors: &mut Errors) {
    let name = field.name;
    if let Some(span) = option_of(sealed) {
        errors.add(span, "the embedded struct says how its own fields are sealed: write `#[encrypted]` alone");
    }
    if input.is_part() {
        errors.add(name.span(), "a part is embedded, and embeds nothing sealed: write these fields out here");
    }
    if input.is_model() && sealed.options > 0 {
        let message = "a part of a model has columns in every row: take the `Option` away, and make the part's own fields \
                       `Option`s";
        errors.add(field.ty.span(), message);
    }
    if sealed.options > 1 {
        errors.add(
            name.span(),
            "too many `Option`s: one is a row that a join leaves out, or a part that a patch leaves as it is",
        );
    }
    if input.is_view && input.writes() {
        errors.add(
            name.span(),
            "a view shows the rows of others: drop `Insertable` and `AsChangeset`, and write each by its own struct",
        );
    }
}

/// Where the field says more than that it is sealed.
fn option_of(sealed: &Sealed) -> Option<Span> {
    let attr = &sealed.attr;
    let words = [&attr.json, &attr.deterministic, &attr.handle].into_iter().flatten().map(Ident::span);
    let row = attr.row.iter().filter_map(RowOf::span);
    let others = [
        attr.column_id.as_ref().map(Spanned::span),
        attr.stored_as.as_ref().map(Spanned::span),
        attr.index.as_ref().map(|index| index.column.span()),
        attr.pad.as_ref().map(Pad::span),
    ];
    words.chain(row).chain(others.into_iter().flatten()).next()
}

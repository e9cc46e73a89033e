//! Fields that show another model's cells.

use syn::spanned::Spanned;

use super::Errors;
use crate::ast::{self, Field, Input, Sealed};
use crate::attr::{self, Row, RowOf};

pub(super) fn check(input: &Input, field: &Field, sealed: &Sealed, of: &attr::Of, errors: &mut Errors) {
    let of = &of.0;
    if field.diesel.embed {
        errors.add(of.span(), "an embedded struct has cells of its own: drop `of`, or show one cell and drop `embed`");
    }
    if input.is_part() {
        errors.add(
            of.span(),
            "a part describes columns of its model: show another model's cell in the struct that embeds it",
        );
    }
    if of.segments.len() < 2 {
        errors.add(of.span(), "name the other model's field: `of = Account::token`");
    }
    if input.writes() {
        errors.add(
            of.span(),
            "another model's cell can be shown, not written: drop `Insertable` and `AsChangeset`, or show it in a view, a struct \
             with neither `firm` nor `model`",
        );
    }
    if sealed.options > 1 {
        errors.add(field.name.span(), "too many `Option`s: one is NULL");
    }
    options_of_the_model(&sealed.attr, errors);
    shown_row(input, sealed, errors);
}

fn options_of_the_model(attr: &attr::Field, errors: &mut Errors) {
    if let Some(index) = &attr.index {
        errors.add(index.column.span(), "the other model says how its column is indexed: drop `index`");
    }
    if let Some(id) = &attr.column_id {
        errors.add(id.span(), "the other model pins its column's id: drop `column_id`");
    }
    errors.refuse(attr.deterministic.as_ref(), "the other model says how its column is sealed: drop `deterministic`");
    if let Some(pad) = &attr.pad {
        errors.add(pad.span(), "the other model says how its column is padded: drop `pad`");
    }
    errors.refuse(attr.handle.as_ref(), "handles belong to the model: drop `handle`");
    errors.refuse(attr.legacy.as_ref(), "the other model says where its values come from: drop `legacy`");
}

fn shown_row(input: &Input, sealed: &Sealed, errors: &mut Errors) {
    let fields = match &sealed.attr.row {
        Some(RowOf::Fields(Row::Fields(fields))) => fields,
        Some(RowOf::Selected(row)) => return selected_row(input, row, errors),
        Some(RowOf::Fields(Row::None(_))) | None => return,
    };
    for name in fields {
        match input.field(name) {
            None => errors.add(
                name.span(),
                format!("no field `{name}` in `{}`: the view holds the row key of the cells it shows", input.name),
            ),
            Some(field) if field.sealed.is_some() => {
                errors.add(name.span(), "a sealed field is no row key: name the plain field that holds it");
            }
            Some(field) if fields.len() > 1 && ast::option(field.ty).is_some() => {
                let message = "a row key of several columns is there as a whole: show the cell in a struct of its own, and join \
                               that as an `Option`";
                errors.add(field.ty.span(), message);
            }
            Some(_) => {}
        }
    }
}

/// A row key that the twin selects beside the cell.
fn selected_row(input: &Input, row: &syn::Expr, errors: &mut Errors) {
    let selects = input.derives("Selectable") || input.derives("HasQuery");
    if !selects || input.derives("QueryableByName") {
        errors.add(
            row.span(),
            "a row key that is no field is selected by `Selectable`: derive that or `HasQuery`, and not `QueryableByName`; or hold \
             the key in a field and name it by `row = <field>`",
        );
    }
}

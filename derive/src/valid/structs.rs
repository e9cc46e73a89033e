//! Models, views and forms as a whole.

use proc_macro2::Span;
use syn::Ident;
use syn::spanned::Spanned;

use super::{Errors, embed};
use crate::ast::{self, Input};
use crate::attr::{Firm, Row};

pub(super) fn check(input: &Input, errors: &mut Errors) {
    if input.is_part() {
        embed::part(input, errors);
    } else if input.is_view {
        view(input, errors);
    } else if input.is_model() {
        model(input, errors);
    } else {
        form(input, errors);
    }
    diesels_own(input, errors);
    if input.derives("AsChangeset") && input.changed_fields().next().is_none() {
        errors.add(
            input.name.span(),
            "nothing to update: without row key, primary key and firm no field is left; drop `AsChangeset`",
        );
    }
}

fn model(input: &Input, errors: &mut Errors) {
    let name = input.name;
    if !input.generics.params.is_empty() {
        errors.add(
            name.span(),
            format!(
                "a model owns its fields: take the lifetimes and generics from `{name}`, and derive borrowed forms \
                     with `#[encrypted(model = {name})]`"
            ),
        );
    }
    if input.container.firm.is_none() {
        errors.add(
            name.span(),
            "name the field that holds the owning firm: `#[encrypted(firm = firm_id)]`; the service's own data has \
             `#[encrypted(firm = platform)]`",
        );
    }
    if input.marked_fields().next().is_none() {
        errors.add(name.span(), "nothing to seal: mark a field with `#[encrypted]`");
    }
    for row in input.row().iter().filter(|row| input.field(row).is_none()) {
        errors.add(
            row_span(input, row),
            format!(
                "no field `{row}` in `{name}`: cells are bound to a row key that the application knows before \
                     INSERT; name it by `#[encrypted(row = <field>)]`, or give row binding up by \
                     `#[encrypted(row = none)]`"
            ),
        );
    }
}

fn view(input: &Input, errors: &mut Errors) {
    if !input.loads() {
        errors.add(
            input.name.span(),
            "a view is loaded: name what its twin derives, as by `#[encrypted(derive(Queryable, Selectable))]`",
        );
    }
    if let Some(Row::Fields(fields)) = &input.container.row {
        let message =
            "each cell of a view has a row of its own: write `#[encrypted(of = …, row = <field>)]` on the field";
        errors.refuse(fields.first(), message);
    }
    for name in [&input.container.table, &input.container.table_id].into_iter().flatten() {
        errors.add(name.span(), "the models say which tables the cells of a view lie in: drop `table` and `table_id`");
    }
}

fn form(input: &Input, errors: &mut Errors) {
    if let Some(Firm::Platform(platform)) = &input.container.firm {
        errors.add(platform.span(), "a form's firm is its model's: drop `firm = platform`");
    }
    if let Some(id) = &input.container.table_id {
        errors.add(id.span(), "the model pins the table's id: drop `table_id` from the form");
    }
    form_row(input, errors);
    loaded_owns(input, errors);
}

fn form_row(input: &Input, errors: &mut Errors) {
    let missing = input.row().iter().filter(|row| input.field(row).is_none()).count();
    if missing > 0 && missing < input.row().len() {
        errors
            .add(input.name.span(), "the form holds a part of its row key: hold all of it, or none and use `seal_for`");
    }
    let (seals, embeds) = (input.sealed_fields().next().is_some(), input.embedded_fields().next().is_some());
    if missing > 0 && input.loads() && (seals || embeds) {
        errors.add(
            input.name.span(),
            format!(
                "a form that is loaded needs its row key, to which the cells are bound: add the field `{}`",
                input.row().iter().map(Ident::to_string).collect::<Vec<_>>().join("` and `")
            ),
        );
    }
}

pub(super) fn loaded_owns(input: &Input, errors: &mut Errors) {
    if let (true, Some(lifetime)) = (input.loads(), input.generics.lifetimes().next()) {
        errors.add(
            lifetime.lifetime.span(),
            "a form that is loaded owns its fields: take the lifetime away, as by `String` for `&str`",
        );
    }
}

/// Mistakes that Diesel reports, but not where they are or not what to do.
fn diesels_own(input: &Input, errors: &mut Errors) {
    for twice in ["Queryable", "Selectable"].iter().filter_map(|name| input.container.derive(name)) {
        if input.derives("HasQuery") {
            errors.add(twice.span(), "`HasQuery` derives `Queryable` and `Selectable` as well: drop it here");
        }
    }
    let finds_key = ["Identifiable", "Associations"].iter().any(|name| input.derives(name));
    for key in input.diesel.primary_key.iter().filter(|key| finds_key && key.to_string().starts_with("r#")) {
        errors.add(
            key.span(),
            format!(
                "Diesel finds no raw identifier in `primary_key`: call the column `{0}_` in `table!`, with \
                 `#[sql_name = \"{0}\"]`",
                ast::unraw(key)
            ),
        );
    }
}

/// The default row key has no place in the source.
pub(super) fn row_span(input: &Input, row: &Ident) -> Span {
    if input.container.row.is_some() { row.span() } else { input.name.span() }
}

//! The fields that name the firm and the row.

use syn::Ident;
use syn::spanned::Spanned;

use super::Errors;
use crate::ast::{self, Field, Input};
use crate::attr::{Firm, Row};

pub(super) fn firm(input: &Input, errors: &mut Errors) {
    if let Some(firm) = input.firm_field() {
        match input.field(firm) {
            None => errors.add(
                firm.span(),
                format!("no field `{firm}` in `{}`: name the plain field that holds the owning firm", input.name),
            ),
            Some(field) => firm_field(input, firm, field, errors),
        }
    }
    words(input, errors);
}

fn firm_field(input: &Input, firm: &Ident, field: &Field, errors: &mut Errors) {
    if field.sealed.is_some() {
        errors
            .add(firm.span(), "the firm's field can't be sealed: it says whose keys open the row; drop `#[encrypted]`");
        return;
    }
    if field.diesel.serialize_as.is_some() {
        let message = "the firm is compared and set as it is, with every cell: derive `AsExpression` and `FromSqlRow` for its \
                       type instead";
        errors.refuse(field.diesel.converts.as_ref(), message);
    }
    if ast::option(field.ty).is_some() {
        errors.add(field.ty.span(), "every row has an owning firm: take the `Option` away");
    }
    if input.derives("Insertable") {
        errors.refuse(
            field.diesel.skip_insertion.as_ref(),
            "the database would name another firm than the one whose keys seal the row: drop `skip_insertion`, or insert by a \
             form without the firm's field",
        );
    }
}

/// `firm = platform` and `row = none` are no fields, and which keys seal a row must not hang on a misreading.
fn words(input: &Input, errors: &mut Errors) {
    let words = [
        input.container.firm.as_ref().and_then(|firm| if let Firm::Platform(word) = firm { Some(word) } else { None }),
        input.container.row.as_ref().and_then(|row| if let Row::None(word) = row { Some(word) } else { None }),
    ];
    for word in words.into_iter().flatten().filter(|word| input.field(word).is_some()) {
        errors.add(
            word.span(),
            format!("`{word}` is also a field here: rename it, with `#[diesel(column_name = {word})]`"),
        );
    }
}

pub(super) fn row(input: &Input, errors: &mut Errors) {
    let row = input.row();
    if let Some(fifth) = row.get(4) {
        errors.add(fifth.span(), "a row key has up to four columns");
    }
    for (i, name) in row.iter().enumerate() {
        if row[..i].contains(name) {
            errors.add(name.span(), "named twice in the row key");
        }
        if let Some(field) = input.field(name) {
            row_field(input, field, errors);
        }
    }
}

fn row_field(input: &Input, field: &Field, errors: &mut Errors) {
    if field.sealed.is_some() {
        errors.add(field.name.span(), "a row-key field can't be sealed: cells are bound to it; drop `#[encrypted]`");
    }
    if ast::option(field.ty).is_some() {
        errors.add(
            field.ty.span(),
            "cells are bound to the row key, so the application must know it before INSERT: for a key that the \
             database makes, add an app-generated column and write `#[encrypted(row = seal_id)]`, or give row binding \
             up by `#[encrypted(row = none)]`",
        );
    }
    if input.derives("Insertable") {
        errors.refuse(
            field.diesel.skip_insertion.as_ref(),
            "the database would make the row key that the cells are already bound to: drop `skip_insertion`, or bind \
             to an app-generated column by `#[encrypted(row = seal_id)]`",
        );
    }
    errors.refuse(
        field.diesel.converts.as_ref(),
        "a row key is compared and loaded as it is: derive `AsExpression` and `FromSqlRow` for its type instead",
    );
}

//! Combinations that make no sense, each with what to write instead. All are reported at once.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Error, Ident, Result};

use crate::ast::{self, Field, Input, Sealed};
use crate::attr::{Firm, Index, Row};

pub(crate) fn check(input: &Input) -> Result<()> {
    let mut errors = Errors(None);
    if input.is_model() {
        model(input, &mut errors);
    } else {
        form(input, &mut errors);
    }
    named_fields(input, &mut errors);
    row_fields(input, &mut errors);
    if input.derives("AsChangeset") && input.changed_fields().next().is_none() {
        errors.add(
            input.name.span(),
            "nothing to update: without row key, primary key and firm no field is left; drop `AsChangeset`",
        );
    }
    for (field, sealed) in input.sealed_fields() {
        sealed_field(input, field, sealed, &mut errors);
    }
    errors.0.map_or(Ok(()), Err)
}

struct Errors(Option<Error>);

impl Errors {
    fn add(&mut self, span: Span, message: impl std::fmt::Display) {
        let error = Error::new(span, message);
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    fn refuse(&mut self, ident: Option<&Ident>, message: impl std::fmt::Display) {
        if let Some(ident) = ident {
            self.add(ident.span(), message);
        }
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
    if input.sealed_fields().next().is_none() {
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

/// The default row key has no place in the source.
fn row_span(input: &Input, row: &Ident) -> Span {
    if input.container.row.is_some() { row.span() } else { input.name.span() }
}

fn form(input: &Input, errors: &mut Errors) {
    if let Some(Firm::Platform(platform)) = &input.container.firm {
        errors.add(platform.span(), "a form's firm is its model's: drop `firm = platform`");
    }
    if let Some(id) = &input.container.table_id {
        errors.add(id.span(), "the model pins the table's id: drop `table_id` from the form");
    }
    let missing = input.row().iter().filter(|row| input.field(row).is_none()).count();
    if missing > 0 && missing < input.row().len() {
        errors
            .add(input.name.span(), "the form holds a part of its row key: hold all of it, or none and use `seal_for`");
    }
    if missing > 0 && input.loads() && input.sealed_fields().next().is_some() {
        errors.add(
            input.name.span(),
            format!(
                "a form that is loaded needs its row key, to which the cells are bound: add the field `{}`",
                input.row().iter().map(Ident::to_string).collect::<Vec<_>>().join("` and `")
            ),
        );
    }
    if let (true, Some(lifetime)) = (input.loads(), input.generics.lifetimes().next()) {
        errors.add(
            lifetime.lifetime.span(),
            "a form that is loaded owns its fields: take the lifetime away, as by `String` for `&str`",
        );
    }
}

fn named_fields(input: &Input, errors: &mut Errors) {
    if let Some(firm) = input.firm_field() {
        match input.field(firm) {
            None => errors.add(
                firm.span(),
                format!("no field `{firm}` in `{}`: name the plain field that holds the owning firm", input.name),
            ),
            Some(field) if field.sealed.is_some() => {
                let message = "the firm's field can't be sealed: it says whose keys open the row; drop `#[encrypted]`";
                errors.add(firm.span(), message);
            }
            Some(field) if ast::option(field.ty).is_some() => {
                errors.add(field.ty.span(), "every row has an owning firm: take the `Option` away");
            }
            Some(_) => {}
        }
    }
    // `firm = platform` and `row = none` are no fields, and which keys seal a row must not hang on a misreading.
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

fn row_fields(input: &Input, errors: &mut Errors) {
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

fn sealed_field(input: &Input, field: &Field, sealed: &Sealed, errors: &mut Errors) {
    let attr = &sealed.attr;
    let reads_or_inserts = input.loads() || input.derives("Insertable");
    if sealed.options > 2 || (sealed.options == 2 && reads_or_inserts) {
        errors.add(field.name.span(), "too many `Option`s: one is NULL; two belong in a patch that only updates");
    }
    if field.diesel.embed {
        errors.add(field.name.span(), "a struct of sealed fields can't be embedded: write its fields out here");
    }
    errors.refuse(
        field.diesel.converts.as_ref(),
        "a sealed field's column holds a cell: implement `fieldseal::Encode` and `Decode` for the type instead",
    );
    if let Some(deterministic) = &attr.deterministic {
        refuse_deterministic(sealed, deterministic, errors);
    }
    if !input.is_model() {
        form_field(attr, errors);
    }
    if let Some(index) = &attr.index {
        self::index(input, sealed, index, errors);
    }
}

fn refuse_deterministic(sealed: &Sealed, deterministic: &Ident, errors: &mut Errors) {
    if sealed.is_named("bool") {
        errors.add(
            deterministic.span(),
            "a deterministic bool is no secret: two ciphertexts tell all; drop `deterministic`",
        );
    }
    if sealed.attr.json.is_some() {
        errors.add(
            deterministic.span(),
            "JSON has no one form (order of keys, numbers): equal values would not meet; drop `deterministic`",
        );
    }
}

fn form_field(attr: &crate::attr::Field, errors: &mut Errors) {
    errors.refuse(attr.deterministic.as_ref(), "the model says how the column is sealed: drop `deterministic`");
    errors.refuse(attr.handle.as_ref(), "handles belong to the model: drop `handle`");
    if let Some(id) = &attr.column_id {
        errors.add(id.span(), "the model pins the column's id: drop `column_id`");
    }
    if let Some(index) = &attr.index {
        let own = index.normalizer.as_ref().map(|(key, _)| key.span());
        let own = own.or(index.bits.as_ref().map(syn::LitInt::span)).or(index.unique.as_ref().map(Ident::span));
        let own = own.or(index.scope.as_ref().map(Ident::span)).or(index.index_id.as_ref().map(syn::LitStr::span));
        if let Some(span) = own {
            errors.add(span, format!("the model says how the index is made: write `index({})` only", index.column));
        }
    }
}

fn index(input: &Input, sealed: &Sealed, index: &Index, errors: &mut Errors) {
    let bits = index.bits.as_ref().map(|bits| (bits.span(), bits.base10_parse::<u32>()));
    match bits {
        Some((span, Ok(0 | 129..) | Err(_))) => errors.add(span, "`bits` is 1 to 128"),
        Some((_, Ok(1..=127))) => errors.refuse(
            index.unique.as_ref(),
            "under 128 bits different values share terms: `unique` would refuse honest rows; drop `bits` or `unique`",
        ),
        _ => {}
    }
    if sealed.is_named("bool") {
        errors.add(index.column.span(), "an index over a bool tells every value: drop it");
    }
    if sealed.attr.json.is_some() {
        errors.add(
            index.column.span(),
            "JSON has no one form (order of keys, numbers): equal values would not meet; index a field of its own",
        );
    }
    if input.field(&index.column).is_some() {
        errors.add(index.column.span(), "the term column is written by the derive: it is no field of the struct");
    }
}

//! Combinations that make no sense, each with what to write instead. All are reported at once.

use proc_macro2::Span;
use syn::{Error, Ident, Result};

use crate::ast::{Field, Input, Sealed};
use crate::attr::{Firm, Index, Row};

pub(crate) fn check(input: &Input) -> Result<()> {
    let mut errors = Errors(None);
    if input.is_model() {
        model(input, &mut errors);
    } else {
        form(input, &mut errors);
    }
    named_fields(input, &mut errors);
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
    if let Some(Firm::Platform) = input.container.firm {
        errors.add(input.name.span(), "a form's firm is its model's: drop `firm = platform`");
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
            "a form that is loaded needs its row key, to which the cells are bound: add the field",
        );
    }
}

fn named_fields(input: &Input, errors: &mut Errors) {
    if let Some(firm) = input.firm_field() {
        match input.field(firm) {
            None => errors.add(firm.span(), format!("no field `{firm}` in `{}`", input.name)),
            Some(field) if field.sealed.is_some() => {
                errors.add(firm.span(), "the firm's field can't be sealed: it says whose keys open the row");
            }
            Some(_) => {}
        }
    }
    for row in input.row() {
        if input.field(&row).is_some_and(|field| field.sealed.is_some()) {
            errors.add(row.span(), "a row-key field can't be sealed: cells are bound to it");
        }
    }
    if let (Some(Row::Fields(fields)), true) = (&input.container.row, input.row().len() > 4) {
        errors.add(fields[4].span(), "a row key has up to four columns");
    }
}

fn sealed_field(input: &Input, field: &Field, sealed: &Sealed, errors: &mut Errors) {
    let attr = &sealed.attr;
    if sealed.options > 2 || (sealed.options == 2 && input.loads()) {
        errors.add(field.name.span(), "too many `Option`s: one is NULL; two belong in a patch that is only written");
    }
    if field.diesel.embed {
        errors.add(field.name.span(), "an embedded struct is sealed by its own derive: drop `#[encrypted]`");
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
        let own = own.or(index.global.as_ref().map(Ident::span)).or(index.index_id.as_ref().map(syn::LitStr::span));
        if let Some(span) = own {
            errors.add(span, format!("the model says how the index is made: write `index({})` only", index.column));
        }
    }
}

fn index(input: &Input, sealed: &Sealed, index: &Index, errors: &mut Errors) {
    let bits = index.bits.as_ref().map(|bits| (bits.span(), bits.base10_parse::<u32>()));
    match bits {
        Some((span, Ok(0) | Err(_))) => errors.add(span, "`bits` is 1 to 128"),
        Some((span, Ok(129..))) => errors.add(span, "`bits` is 1 to 128"),
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

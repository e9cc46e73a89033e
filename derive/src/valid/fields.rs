//! Sealed fields of the struct's own table.

use syn::Ident;
use syn::spanned::Spanned;

use super::Errors;
use crate::ast::{Field, Input, Sealed};
use crate::attr::{self, Index, Pad};

pub(super) fn check(input: &Input, field: &Field, sealed: &Sealed, errors: &mut Errors) {
    let attr = &sealed.attr;
    options(input, field, sealed, errors);
    errors.refuse(
        field.diesel.converts.as_ref(),
        "a sealed field's column holds a cell: implement `fieldseal::Encode` and `Decode` for the type instead",
    );
    if let Some(row) = &attr.row {
        errors.add(
            row.span().unwrap_or_else(|| field.name.span()),
            "`row` on a field goes with `of`; a model names its row key on the struct: `#[encrypted(row = …)]`",
        );
    }
    stored_as(sealed, errors);
    if sealed.is_protected() {
        protected(sealed, errors);
    }
    if let Some(pad) = &attr.pad {
        self::pad(attr, pad, errors);
    }
    if let Some(deterministic) = &attr.deterministic {
        self::deterministic(sealed, deterministic, errors);
    }
    if !input.is_model() && !input.is_part() {
        form_field(attr, errors);
    }
    if let Some(index) = &attr.index {
        self::index(sealed, index, errors);
    }
}

fn options(input: &Input, field: &Field, sealed: &Sealed, errors: &mut Errors) {
    let reads_or_inserts = input.loads() || input.derives("Insertable");
    if sealed.options > 2 || (sealed.options == 2 && reads_or_inserts) {
        errors.add(field.name.span(), "too many `Option`s: one is NULL; two belong in a patch that only updates");
    }
    let as_null = field.diesel.treat_none_as_null.unwrap_or(input.diesel.treat_none_as_null);
    if sealed.options == 2 && as_null && input.derives("AsChangeset") {
        errors.add(
            field.name.span(),
            "`treat_none_as_null` gives `None` the meaning of NULL: write one `Option`, or `treat_none_as_null = false` \
             on this field",
        );
    }
}

/// One type is sealed in place of the field's own: which?
fn stored_as(sealed: &Sealed, errors: &mut Errors) {
    let attr = &sealed.attr;
    if let (Some(json), Some(_)) = (&attr.json, &attr.stored_as) {
        errors.add(json.span(), "`json` and `as` each say what is sealed: drop one");
    }
}

/// What stays closed is sealed as the type within.
fn protected(sealed: &Sealed, errors: &mut Errors) {
    let attr = &sealed.attr;
    match sealed.protected() {
        Some(within) if within == "Option" => {
            errors.add(within.span(), "NULL is the column's, not the value's: write `Option<Protected<…>>`");
        }
        Some(within) if within == "Protected" => errors.add(within.span(), "protected twice: drop one"),
        _ => {}
    }
    errors.refuse(
        attr.json.as_ref(),
        "write `Protected<fieldseal::Json<…>>` and drop `json`: what stays closed is not converted",
    );
    if let Some(stored_as) = &attr.stored_as {
        errors.add(
            stored_as.span(),
            "what stays closed is not converted: derive `fieldseal::Encode` and `Decode` for the type within, or protect the \
             `as` type",
        );
    }
}

fn pad(attr: &attr::Field, pad: &Pad, errors: &mut Errors) {
    if attr.deterministic.is_some() {
        errors.add(
            pad.span(),
            "deterministic cells of equal values would stop meeting when the padding changes: drop `deterministic`, or `pad`",
        );
    }
    if let Pad::Multiple(bytes) = pad {
        match bytes.base10_parse::<u32>() {
            Ok(2..=65_536) => {}
            Ok(0 | 1) => {
                errors.add(pad.span(), "`pad = 0` and `pad = 1` hide no length: write a multiple such as `pad = 32`")
            }
            _ => {
                errors.add(pad.span(), "`pad` is a multiple of 2 to 65536 bytes; for longer values write `pad = padme`")
            }
        }
    }
}

fn deterministic(sealed: &Sealed, deterministic: &Ident, errors: &mut Errors) {
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

fn form_field(attr: &attr::Field, errors: &mut Errors) {
    errors.refuse(attr.deterministic.as_ref(), "the model says how the column is sealed: drop `deterministic`");
    errors.refuse(attr.handle.as_ref(), "handles belong to the model: drop `handle`");
    if let Some(pad) = &attr.pad {
        errors.add(pad.span(), "the model says how the column is padded: drop `pad`");
    }
    if let Some(id) = &attr.column_id {
        errors.add(id.span(), "the model pins the column's id: drop `column_id`");
    }
    if let Some((index, span)) = attr.index.as_ref().and_then(|index| Some((index, index.option_span()?))) {
        errors.add(span, format!("the model says how the index is made: write `index({})` only", index.column));
    }
}

fn index(sealed: &Sealed, index: &Index, errors: &mut Errors) {
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
}

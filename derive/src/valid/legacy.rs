//! Fields in transit from a legacy column.

use syn::spanned::Spanned;

use super::Errors;
use crate::ast::{Field, Input, Sealed};
use crate::attr;

pub(super) fn check(input: &Input, field: &Field, sealed: &Sealed, errors: &mut Errors) {
    let attr = &sealed.attr;
    let Some(legacy) = &attr.legacy else { return without(attr, errors) };
    if legacy == field.column() {
        errors.add(
            legacy.span(),
            "the legacy column is the sealed column: give the cells a column of their own, beside the plaintext; a small table can \
             be retyped in place instead, by `fieldseal migrate`",
        );
    }
    if input.is_part() {
        errors.add(
            legacy.span(),
            "a part can't be in transit: mark the field in the model itself until contract, and put it into the part then",
        );
    }
    if sealed.is_protected() {
        errors.add(
            sealed.inner.span(),
            "a legacy value can't stay closed, since there is no cell yet: take `Protected` away until contract",
        );
    }
    if field.diesel.computed {
        errors.add(legacy.span(), "a computed column has no legacy column: drop `legacy`, or `select_expression`");
    }
    functions(input, attr, errors);
}

fn functions(input: &Input, attr: &attr::Field, errors: &mut Errors) {
    let is_form = !input.is_model() && !input.is_part();
    match &attr.legacy_with {
        Some(with) if is_form && with.function.is_some() => {
            errors.add(with.word, "the model names the function: write `legacy_with` alone");
        }
        Some(with) if !is_form && with.function.is_none() => errors.add(
            with.word,
            "name the function that reads the legacy value: `legacy_with = <function>`, a `fn(&[u8]) -> Result<T, E>`",
        ),
        _ => {}
    }
    let Some(write) = &attr.legacy_write else { return };
    if is_form {
        errors.add(write.span(), "the model names the function: drop `legacy_write`");
    } else if attr.legacy_with.is_none() {
        errors.add(
            write.span(),
            "`legacy_write` is the inverse of `legacy_with`: name that too, or drop both where the column holds plaintext",
        );
    }
}

fn without(attr: &attr::Field, errors: &mut Errors) {
    const LEGACY: &str = "name the legacy column: `legacy = <column>`";
    if let Some(with) = &attr.legacy_with {
        errors.add(with.word, LEGACY);
    }
    if let Some(write) = &attr.legacy_write {
        errors.add(write.span(), LEGACY);
    }
}

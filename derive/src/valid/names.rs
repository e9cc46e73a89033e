//! Each name stands for one thing.

use proc_macro2::Span;
use syn::Ident;
use syn::spanned::Spanned;

use super::Errors;
use crate::ast::Input;

pub(super) fn check(input: &Input, errors: &mut Errors) {
    structs(input, errors);
    derives(input, errors);
    columns(input, errors);
    terms(input, errors);
    legacy(input, errors);
    handles(input, errors);
}

fn structs(input: &Input, errors: &mut Errors) {
    let name = input.name;
    if input.sealed == *name {
        errors.add(
            input.sealed.span(),
            format!("`{name}` is the struct itself: give the twin another name, as `sealed = {name}AtRest`"),
        );
    }
    if let Some(model) = input.container.model.as_ref().filter(|model| model.is_ident(name)) {
        errors.add(
            model.span(),
            "a form points at another struct: name its model, or make this the model by `#[encrypted(firm = …)]` without \
             `model`",
        );
    }
}

fn derives(input: &Input, errors: &mut Errors) {
    let derives =
        || input.container.derives.iter().filter_map(|path| Some((&path.segments.last()?.ident, path.span())));
    for (name, span) in repeated(derives()) {
        errors.add(span, format!("`{name}` is named twice: drop one"));
    }
    for (_, span) in derives().filter(|(name, _)| *name == "Encrypted") {
        errors.add(
            span,
            "the twin is sealed already: drop `Encrypted` here, and name what Diesel or others derive for it",
        );
    }
}

/// A column that two fields write holds what one of them says.
fn columns(input: &Input, errors: &mut Errors) {
    let sealed = input.sealed_fields().map(|(field, _)| field).filter(|field| !field.diesel.computed);
    for (column, span) in repeated(sealed.map(|field| (field.column(), field.name.span()))) {
        errors.add(
            span,
            format!(
                "two sealed fields of the column `{column}`: drop one, or name its own by `#[diesel(column_name = …)]`"
            ),
        );
    }
}

fn terms(input: &Input, errors: &mut Errors) {
    let terms = || input.sealed_fields().filter_map(|(_, sealed)| Some(&sealed.attr.index.as_ref()?.column));
    for (term, span) in repeated(terms().map(|term| (term, term.span()))) {
        errors.add(span, format!("two indexes write the column `{term}`: give each a term column of its own"));
    }
    let is_field = |term: &&Ident| input.fields.iter().any(|field| !field.diesel.embed && field.column() == *term);
    for term in terms().filter(is_field) {
        errors.add(term.span(), "the term column is written by the derive: it is no field of the struct");
    }
}

/// A legacy column is written with its cell, and with nothing else.
fn legacy(input: &Input, errors: &mut Errors) {
    let columns = || input.sealed_fields().filter_map(|(_, sealed)| sealed.legacy());
    for (column, span) in repeated(columns().map(|column| (column, column.span()))) {
        errors.add(
            span,
            format!("two fields have the legacy column `{column}`: each is sealed from a column of its own"),
        );
    }
    let is_field = |column: &&Ident| {
        let plain =
            |field: &&crate::ast::Field| field.sealed.is_none() && !field.diesel.embed && field.column() == *column;
        input.fields.iter().any(|field| plain(&field))
    };
    for column in columns().filter(is_field) {
        errors.add(column.span(), "the legacy column is written and read by the derive: it is no field of the struct");
    }
    let cells = || input.sealed_fields().filter(|(_, sealed)| sealed.legacy().is_none());
    let terms = || input.sealed_fields().filter_map(|(_, sealed)| Some(&sealed.attr.index.as_ref()?.column));
    for column in
        columns().filter(|column| terms().any(|term| term == *column) || cells().any(|(f, _)| f.column() == *column))
    {
        errors.add(column.span(), "this column holds cells or terms: name the column that holds the plaintext");
    }
}

fn handles(input: &Input, errors: &mut Errors) {
    if !input.is_model() && !input.is_part() {
        return;
    }
    let handles = input.sealed_fields().map(|(field, sealed)| sealed.attr.handle.as_ref().unwrap_or(field.name));
    for (handle, span) in repeated(handles.map(|handle| (handle, handle.span()))) {
        errors.add(span, format!("two handles `{handle}`: name this one otherwise, by `handle = <name>`"));
    }
}

/// Names that were there before, where they are again.
fn repeated<'n>(names: impl Iterator<Item = (&'n Ident, Span)>) -> Vec<(&'n Ident, Span)> {
    let mut seen = Vec::new();
    let is_there = |(name, _): &(&'n Ident, Span)| {
        let there = seen.contains(name);
        seen.push(*name);
        there
    };
    names.filter(is_there).collect()
}

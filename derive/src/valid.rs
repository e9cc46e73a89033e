//! Combinations that make no sense, each with what to write instead. All are reported at once.

mod embed;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Error, Ident, Result};

use crate::ast::{self, Field, Input, Sealed};
use crate::attr::{self, Firm, Index, Pad, Row, RowOf};

pub(crate) fn check(input: &Input) -> Result<()> {
    let mut errors = Errors(None);
    if input.is_part() {
        embed::part(input, &mut errors);
    } else if input.is_view {
        view(input, &mut errors);
    } else if input.is_model() {
        model(input, &mut errors);
    } else {
        form(input, &mut errors);
    }
    ambient(input, &mut errors);
    diesels_own(input, &mut errors);
    named_fields(input, &mut errors);
    row_fields(input, &mut errors);
    if input.derives("AsChangeset") && input.changed_fields().next().is_none() {
        errors.add(
            input.name.span(),
            "nothing to update: without row key, primary key and firm no field is left; drop `AsChangeset`",
        );
    }
    for (field, sealed) in input.marked_fields() {
        match &sealed.attr.of {
            None if field.diesel.embed => embed::field(input, field, sealed, &mut errors),
            None => sealed_field(input, field, sealed, &mut errors),
            Some(of) => shown_field(input, field, sealed, of, &mut errors),
        }
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
    if let Some(attr::Row::Fields(fields)) = &input.container.row {
        let message =
            "each cell of a view has a row of its own: write `#[encrypted(of = …, row = <field>)]` on the field";
        errors.refuse(fields.first(), message);
    }
}

fn ambient(input: &Input, errors: &mut Errors) {
    let Some(ambient) = &input.container.ambient else { return };
    if !(input.loads() || input.derives("Insertable") || input.derives("AsChangeset")) {
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
    // A statement without a cell would not notice that it has lost its scope, or is in another firm's.
    if input.derives("Insertable") && input.sealed_fields().all(|(field, _)| field.diesel.skip_insertion.is_some()) {
        errors.add(
            ambient.span(),
            "nothing sealed is inserted, so that no scope would be asked for: drop `ambient` or `Insertable`",
        );
    }
    // A part that is `None` holds no cell that could fail.
    let may_fail =
        |field: &Field| field.sealed.as_ref().is_some_and(|sealed| !(field.diesel.embed && sealed.options > 0));
    if input.derives("AsChangeset") && !input.changed_fields().any(may_fail) {
        errors.add(
            ambient.span(),
            "nothing sealed is updated, so that no scope would be asked for: drop `ambient` or `AsChangeset`",
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
    loaded_owns(input, errors);
}

fn loaded_owns(input: &Input, errors: &mut Errors) {
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
            Some(field) if field.diesel.serialize_as.is_some() => {
                let message = "the firm is compared and set as it is, with every cell: derive `AsExpression` and `FromSqlRow` \
                               for its type instead";
                errors.refuse(field.diesel.converts.as_ref(), message);
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
    let as_null = field.diesel.treat_none_as_null.unwrap_or(input.diesel.treat_none_as_null);
    if sealed.options == 2 && as_null && input.derives("AsChangeset") {
        errors.add(
            field.name.span(),
            "`treat_none_as_null` gives `None` the meaning of NULL: write one `Option`, or `treat_none_as_null = false` \
             on this field",
        );
    }
    errors.refuse(
        field.diesel.converts.as_ref(),
        "a sealed field's column holds a cell: implement `fieldseal::Encode` and `Decode` for the type instead",
    );
    if let Some(row) = &attr.row {
        let span = match row {
            RowOf::Fields(Row::None(word)) => Some(word.span()),
            RowOf::Fields(Row::Fields(fields)) => fields.first().map(Ident::span),
            RowOf::Selected(row) => Some(row.span()),
        };
        errors.add(
            span.unwrap_or_else(|| field.name.span()),
            "`row` on a field goes with `of`; a model names its row key on the struct: `#[encrypted(row = …)]`",
        );
    }
    stored_as(sealed, errors);
    if let Some(pad) = &attr.pad {
        self::pad(attr, pad, errors);
    }
    if let Some(deterministic) = &attr.deterministic {
        refuse_deterministic(sealed, deterministic, errors);
    }
    if !input.is_model() && !input.is_part() {
        form_field(attr, errors);
    }
    if let Some(index) = &attr.index {
        self::index(input, sealed, index, errors);
    }
}

/// A field that shows another model's cell.
fn shown_field(input: &Input, field: &Field, sealed: &Sealed, of: &attr::Of, errors: &mut Errors) {
    let attr = &sealed.attr;
    if field.diesel.embed {
        errors
            .add(of.0.span(), "an embedded struct has cells of its own: drop `of`, or show one cell and drop `embed`");
    }
    if input.is_part() {
        errors.add(
            of.0.span(),
            "a part describes columns of its model: show another model's cell in the struct that embeds it",
        );
    }
    if of.0.segments.len() < 2 {
        errors.add(of.0.span(), "name the other model's field: `of = Account::token`");
    }
    if input.writes() {
        errors.add(
            of.0.span(),
            "another model's cell can be shown, not written: drop `Insertable` and `AsChangeset`, or show it in a view, a struct \
             with neither `firm` nor `model`",
        );
    }
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
    if sealed.options > 1 {
        errors.add(field.name.span(), "too many `Option`s: one is NULL");
    }
    shown_row(input, sealed, errors);
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

/// One type is sealed in place of the field's own: which?
fn stored_as(sealed: &Sealed, errors: &mut Errors) {
    let attr = &sealed.attr;
    if let (Some(json), Some(_)) = (&attr.json, &attr.stored_as) {
        errors.add(json.span(), "`json` and `as` each say what is sealed: drop one");
    }
    if !sealed.is_protected() {
        return;
    }
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
    if let Some(pad) = &attr.pad {
        errors.add(pad.span(), "the model says how the column is padded: drop `pad`");
    }
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

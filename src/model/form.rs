//! A model against its table and a form against its model, at compile time: they can't disagree.

use diesel::sql_types::Nullable;

use super::column::Index;
use super::schema::{ColumnSchema, IndexSchema, ModelSchema, Owner};
use crate::sql::{BlindIndexed, Encrypted};

/// A SQL type of columns that hold cells of the stored form `Form`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` can't hold sealed values of `{Form}`",
    label = "the column of this field",
    note = "declare the column in `table!` as `Encrypted<{Form}>`, by the names in `fieldseal::schema_types`, or within \
            `Nullable<…>` for an `Option`; or give the field the type whose stored form the column has"
)]
pub trait HoldsCells<Form> {}

impl<S: 'static> HoldsCells<S> for Encrypted<S> {}
impl<S: 'static> HoldsCells<S> for Nullable<Encrypted<S>> {}

/// A SQL type of columns that hold terms of values of the stored form `Form`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` can't hold blind-index terms of `{Form}`",
    label = "the term column",
    note = "declare the column in `table!` as `BlindIndexed<{Form}>`, by the names in `fieldseal::schema_types`, or \
            within `Nullable<…>` for an `Option`"
)]
pub trait HoldsTerms<Form> {}

impl<S: 'static> HoldsTerms<S> for BlindIndexed<S> {}
impl<S: 'static> HoldsTerms<S> for Nullable<BlindIndexed<S>> {}

/// Whether two names are the same.
#[must_use]
pub const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// The position of a form's sealed column in its model, whose index the form must name.
///
/// # Panics
/// At compile time, when form and model disagree.
#[must_use]
pub const fn form_column(model: &ModelSchema, column: &str, term: &str, legacy: &str, custom: bool) -> usize {
    let mut i = 0;
    while i < model.columns.len() {
        if same(model.columns[i].column, column) {
            match &model.columns[i].index {
                None => {
                    assert!(term.is_empty(), "the model has no index over this column: drop `index(...)` from the form")
                }
                Some(index) => {
                    assert!(
                        !term.is_empty(),
                        "the model indexes this column: write `#[encrypted(index(<its term column>))]`, or the term would go stale"
                    );
                    assert!(
                        same(index.column, term),
                        "the model's term column has another name: write the one of the model in `index(...)`"
                    );
                }
            }
            check_legacy(&model.columns[i], legacy, custom);
            return i;
        }
        i += 1;
    }
    panic!(
        "the model does not seal a column of this name: drop `#[encrypted]` from the form, or mark the model's field"
    )
}

/// What a form says of a legacy column against its model.
const fn check_legacy(column: &ColumnSchema, legacy: &str, custom: bool) {
    match &column.legacy {
        None => assert!(legacy.is_empty(), "the model has no legacy column here: drop `legacy` from the form"),
        Some(of_model) => {
            assert!(
                same(of_model.column, legacy),
                "the model's column is in transit: write `#[encrypted(legacy = <its legacy column>)]` on the form's field too, or \
                 one of the two columns would go stale"
            );
            assert!(
                of_model.custom == custom,
                "the model says whether its legacy column is home-made ciphertext: write `legacy_with` in the form if the model \
                 has it, without a function, and not otherwise"
            );
        }
    }
}

/// The position of a part's column in its model, which describes it likewise.
///
/// # Panics
/// At compile time, when the model does not embed the part, and describes no such column itself.
#[must_use]
pub const fn part_column(model: &ModelSchema, part: &ColumnSchema) -> usize {
    let mut i = 0;
    while i < model.columns.len() {
        if same(model.columns[i].column, part.column) {
            assert!(
                same_column(&model.columns[i], part),
                "the part describes this column otherwise than its model does: write the model's options, or embed the part in \
                 the model"
            );
            return i;
        }
        i += 1;
    }
    panic!(
        "the model does not embed this part: add `#[diesel(embed)] #[encrypted]` and a field of its type to the model"
    )
}

/// Whether two structs say the same of a column; of what a patch leaves open, whether it is NULL, each says its own.
const fn same_column(a: &ColumnSchema, b: &ColumnSchema) -> bool {
    let index = match (&a.index, &b.index) {
        (None, None) => true,
        (Some(a), Some(b)) => same_index(a, b),
        _ => false,
    };
    let pad = match (a.pad, b.pad) {
        (None, None) => true,
        (Some(a), Some(b)) => a.is(b),
        _ => false,
    };
    let legacy = matches!((&a.legacy, &b.legacy), (None, None));
    index && pad && legacy && same(a.column_id, b.column_id) && same(a.codec, b.codec) && a.kind.byte() == b.kind.byte()
}

const fn same_index(a: &IndexSchema, b: &IndexSchema) -> bool {
    let names = same(a.column, b.column) && same(a.index_id, b.index_id) && same(a.normalizer, b.normalizer);
    names && a.bits == b.bits && a.unique == b.unique && a.global == b.global
}

/// Checks a plain field of a part: neither sealed by the model, nor the firm's column or one of the row key.
///
/// # Panics
/// At compile time, when it is.
pub const fn check_part(model: &ModelSchema, column: &str) {
    let mut i = 0;
    while i < model.columns.len() {
        assert!(
            !same(model.columns[i].column, column),
            "the part has a plain field for a column that the model seals: mark it `#[encrypted]`"
        );
        i += 1;
    }
    let owner = match model.owner {
        Owner::Column(owner) => same(owner, column),
        Owner::Platform => false,
    };
    let (mut row, mut i) = (false, 0);
    while i < model.row.len() {
        row |= same(model.row[i], column);
        i += 1;
    }
    assert!(!owner && !row, "the struct around a part holds firm and row key: take this field out of the part");
}

/// Checks a plain field of a form: its column is neither sealed by the model nor, unnamed, the firm's.
///
/// # Panics
/// At compile time, when form and model disagree.
pub const fn check_plain(model: &ModelSchema, column: &str, firm: &str) {
    let mut i = 0;
    while i < model.columns.len() {
        assert!(
            !same(model.columns[i].column, column),
            "the form has a plain field for a column that the model seals: mark it `#[encrypted]`"
        );
        i += 1;
    }
    if let Owner::Column(owner) = model.owner {
        assert!(
            !same(owner, column) || same(owner, firm),
            "the form holds the firm's column: name it by `#[encrypted(firm = <field>)]`"
        );
    }
}

/// Checks what a form says of its table, firm and row against its model.
///
/// # Panics
/// At compile time, when they disagree.
pub const fn check_form(model: &ModelSchema, table: &str, firm: &str, row: &[&str]) {
    assert!(same(model.table, table), "the form's table is not its model's: name the model's by `table_name`");
    check_firm(model, firm);
    check_row(model, row);
}

const fn check_firm(model: &ModelSchema, firm: &str) {
    match model.owner {
        Owner::Platform => assert!(firm.is_empty(), "the model belongs to the platform: drop `firm` from the form"),
        Owner::Column(owner) => {
            assert!(
                firm.is_empty() || same(owner, firm),
                "the form's firm is not its model's: write the same `firm = ...`"
            );
        }
    }
}

/// Checks a plain field of a form: it holds no legacy column of the model.
///
/// # Panics
/// At compile time, when it does.
pub const fn check_not_legacy(model: &ModelSchema, column: &str) {
    let mut i = 0;
    while i < model.columns.len() {
        if let Some(legacy) = &model.columns[i].legacy {
            assert!(
                !same(legacy.column, column),
                "the column is the legacy column of a field of the model: mark the sealed field instead, by \
                 `#[encrypted(legacy = ...)]`; it is written and read with it"
            );
        }
        i += 1;
    }
}

/// A form that is loaded has no place to carry the session's firm to its changeset: it holds the firm's field.
///
/// # Panics
/// At compile time, when it does not.
pub const fn check_changes_firm(model: &ModelSchema, firm: &str) {
    assert!(
        matches!(model.owner, Owner::Platform) || !firm.is_empty(),
        "a form that is loaded and updates needs the firm's column, or an update of another firm's row would go unnoticed: \
         add the field and name it by `#[encrypted(firm = <field>)]`"
    );
}

const fn check_row(model: &ModelSchema, row: &[&str]) {
    if model.row.is_empty() {
        assert!(row.is_empty(), "the model has `row = none`: write `#[encrypted(row = none)]` on the form too");
        return;
    }
    assert!(
        row.len() == model.row.len(),
        "the form's row key is not its model's: name the same columns by `row = ...`"
    );
    let mut i = 0;
    while i < row.len() {
        assert!(
            same(row[i], model.row[i]),
            "the form's row key is not its model's: name the same columns by `row = ...`"
        );
        i += 1;
    }
}

/// The index at a position that has one.
///
/// # Panics
/// If it has none, which [`form_column`] has refused at compile time.
#[must_use]
pub fn index_at(indexes: &'static [Option<Index>], position: usize) -> &'static Index {
    indexes[position].as_ref().expect("an indexed field's position holds an index")
}

/// The term of a column that is not nullable.
///
/// # Panics
/// Never: such a column has a value, and the value a term.
#[must_use]
pub fn present<T>(term: Option<T>) -> T {
    term.expect("a value that is not null has a term")
}

/// One part of a composite row key.
pub trait KeyPart<const N: usize> {
    /// Its type.
    type Part;
}

macro_rules! parts {
    ($($index:literal $part:ident of ($($all:ident),+);)*) => {$(
        impl<$($all),+> KeyPart<$index> for ($($all,)+) {
            type Part = $part;
        }
    )*};
}

parts! {
    0 A of (A, B);
    1 B of (A, B);
    0 A of (A, B, C);
    1 B of (A, B, C);
    2 C of (A, B, C);
    0 A of (A, B, C, D);
    1 B of (A, B, C, D);
    2 C of (A, B, C, D);
    3 D of (A, B, C, D);
}

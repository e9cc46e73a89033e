//! What a cell costs in memory and in the table. Allocations are counted on the measuring thread only.

use fieldseal::model::{JsonRef, SealedColumn};
use fieldseal::{Encode, Encrypted, Handle, Session};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    samples (id) {
        id -> Uuid,
        firm_id -> Text,
        text -> FieldsealText,
        text_term -> FieldsealTextTerm,
        bytes -> FieldsealBytes,
        number -> FieldsealBigint,
        json -> FieldsealJson,
        fixed -> FieldsealTextDeterministic,
        padded -> FieldsealText,
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i32,
    label: String,
}

#[derive(Encrypted)]
#[diesel(table_name = samples)]
#[encrypted(firm = firm_id, derive(Queryable))]
struct Sample {
    id: Uuid,
    firm_id: String,
    #[encrypted(index(text_term))]
    text: String,
    #[encrypted]
    bytes: Vec<u8>,
    #[encrypted]
    number: i64,
    #[encrypted(json)]
    json: Point,
    #[encrypted(deterministic)]
    fixed: String,
    #[encrypted(pad = 64)]
    padded: String,
}

const ID: Uuid = Uuid::from_u128(7);
const TEXT: &str = "a text that no small-string trick would hold inline";

fn session() -> Session {
    fieldseal::testing::vault().blocking().session("acme").unwrap()
}

fn point() -> Point {
    Point { x: -3, label: TEXT.into() }
}

fn allocations<T>(work: impl FnOnce() -> T) -> u64 {
    let mut done = None;
    let counted = allocation_counter::measure(|| done = Some(work()));
    assert!(done.is_some());
    counted.count_total
}

/// How often sealing one cell allocates, and by how much the cell is longer than the stored form, once the column's key
/// is there.
fn sealing<C, V>(session: &Session, column: fn() -> Handle<C>, value: &V) -> (u64, usize)
where
    C: SealedColumn<Key = Uuid>,
    V: Encode<Form = C::Form> + ?Sized,
{
    let cell = column().seal(session, &ID, value).unwrap();
    let count = allocations(|| column().seal(session, &ID, value).unwrap());
    (count, cell.as_bytes().unwrap().len() - value.stored_len().unwrap())
}

/// How often opening one cell allocates, the stored bytes being there.
fn opening<C, V>(session: &Session, column: fn() -> Handle<C>, value: &V) -> u64
where
    C: SealedColumn<Key = Uuid, Loaded = (Uuid, fieldseal::Ciphertext<<C as SealedColumn>::Form>)>,
    V: Encode<Form = C::Form> + ?Sized,
{
    let cell = column().seal(session, &ID, value).unwrap();
    allocations(|| column().open(session, (ID, cell)).unwrap())
}

#[test]
fn sealing_allocates_the_cell_and_nothing_else() {
    let session = session();
    assert_eq!(sealing(&session, Sample::text, TEXT).0, 1);
    assert_eq!(sealing(&session, Sample::bytes, [7; 5000].as_slice()).0, 1);
    assert_eq!(sealing(&session, Sample::number, &-1i64).0, 1);
    assert_eq!(sealing(&session, Sample::json, &JsonRef(&point())).0, 1);
    assert_eq!(sealing(&session, Sample::fixed, TEXT).0, 1);
    assert_eq!(sealing(&session, Sample::padded, TEXT).0, 1);
}

#[test]
fn a_cell_is_42_bytes_longer_and_a_deterministic_one_18() {
    let session = session();
    assert_eq!(sealing(&session, Sample::text, "").1, 42);
    assert_eq!(sealing(&session, Sample::text, TEXT).1, 42);
    assert_eq!(sealing(&session, Sample::bytes, [7; 5000].as_slice()).1, 42);
    assert_eq!(sealing(&session, Sample::number, &i64::MAX).1, 42);
    assert_eq!(sealing(&session, Sample::json, &JsonRef(&point())).1, 42);
    assert_eq!(sealing(&session, Sample::fixed, "").1, 18);
    assert_eq!(sealing(&session, Sample::fixed, TEXT).1, 18);
}

#[test]
fn opening_allocates_only_what_the_value_does() {
    let session = session();
    assert_eq!(opening(&session, Sample::text, TEXT), 0);
    assert_eq!(opening(&session, Sample::bytes, [7; 5000].as_slice()), 0);
    assert_eq!(opening(&session, Sample::number, &-1i64), 0);
    assert_eq!(opening(&session, Sample::fixed, TEXT), 0);
    assert_eq!(opening(&session, Sample::padded, TEXT), 0);
    let label = 1;
    assert_eq!(opening(&session, Sample::json, &JsonRef(&point())), label);
}

#[test]
fn a_term_is_one_allocation_of_17_bytes() {
    let session = session();
    let term = Sample::text().term(&session, TEXT).unwrap();
    assert_eq!(term.as_bytes().unwrap().len(), 17);
    assert_eq!(allocations(|| Sample::text().term(&session, TEXT).unwrap()), 1);
}

#[test]
fn a_terms_handle_and_the_lookup_agree() {
    let session = session();
    let sealed = session
        .seal(&Sample {
            id: ID,
            firm_id: "acme".into(),
            text: TEXT.into(),
            bytes: vec![1],
            number: 2,
            json: point(),
            fixed: "f".into(),
            padded: "p".into(),
        })
        .unwrap();
    assert!(sealed.text_term == Sample::text().term(&session, TEXT).unwrap());
}

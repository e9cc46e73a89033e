//! Legacy columns of every type that PostgreSQL and Diesel share with a stored form.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use diesel::prelude::*;
use fieldseal::keys::Phase;
use fieldseal::schema::{Backend, migration};
use fieldseal::testing::TestVault;
use fieldseal::{Encrypted, LookupError};
use uuid::Uuid;

diesel::table! {
    use diesel::sql_types::*;
    use diesel::pg::sql_types::{Array, Citext, Timestamptz, Uuid};
    use fieldseal::schema_types::*;

    types (id) {
        id -> Uuid,
        a_plain -> Nullable<Citext>,
        a -> Nullable<FieldsealText>,
        a_term -> Nullable<FieldsealTextTerm>,
        b_plain -> Nullable<Binary>,
        b -> Nullable<FieldsealBytes>,
        c_plain -> Nullable<SmallInt>,
        c -> Nullable<FieldsealBigint>,
        d_plain -> Nullable<BigInt>,
        d -> Nullable<FieldsealBigint>,
        e_plain -> Nullable<Bool>,
        e -> Nullable<FieldsealBool>,
        f_plain -> Nullable<Float>,
        f -> Nullable<FieldsealDouble>,
        g_plain -> Nullable<Double>,
        g -> Nullable<FieldsealDouble>,
        h_plain -> Nullable<Uuid>,
        h -> Nullable<FieldsealUuid>,
        i_plain -> Nullable<Array<Text>>,
        i -> Nullable<FieldsealTextArray>,
        j_plain -> Nullable<Date>,
        j -> Nullable<FieldsealDate>,
        k_plain -> Nullable<Time>,
        k -> Nullable<FieldsealTime>,
        l_plain -> Nullable<Timestamp>,
        l -> Nullable<FieldsealTimestamp>,
        m_plain -> Nullable<Timestamptz>,
        m -> Nullable<FieldsealTimestamptz>,
        n_plain -> Nullable<Json>,
        n -> Nullable<FieldsealJson>,
        o_plain -> Nullable<Jsonb>,
        o -> Nullable<FieldsealJson>,
        p_plain -> Nullable<Array<Nullable<Text>>>,
        p -> Nullable<FieldsealTextArray>,
    }
}

const PLAIN: &str = "CREATE EXTENSION citext; CREATE TABLE types (id uuid PRIMARY KEY, a_plain citext, b_plain bytea, \
    c_plain smallint, d_plain bigint, e_plain boolean, f_plain real, g_plain double precision, h_plain uuid, i_plain text[], \
    j_plain date, k_plain time, l_plain timestamp, m_plain timestamptz, n_plain json, o_plain jsonb, p_plain text[])";

const COLUMNS: &[&str] = &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"];

/// Columns of all types, of the service's own.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = types)]
#[encrypted(firm = platform, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Types {
    id: Uuid,
    #[encrypted(index(a_term), legacy = a_plain)]
    a: String,
    #[encrypted(legacy = b_plain)]
    b: Vec<u8>,
    #[encrypted(legacy = c_plain)]
    c: i16,
    #[encrypted(legacy = d_plain)]
    d: i64,
    #[encrypted(legacy = e_plain)]
    e: bool,
    #[encrypted(legacy = f_plain)]
    f: f32,
    #[encrypted(legacy = g_plain)]
    g: f64,
    #[encrypted(legacy = h_plain)]
    h: Uuid,
    #[encrypted(legacy = i_plain)]
    i: Vec<String>,
    #[encrypted(legacy = j_plain)]
    j: NaiveDate,
    #[encrypted(legacy = k_plain)]
    k: NaiveTime,
    #[encrypted(legacy = l_plain)]
    l: NaiveDateTime,
    #[encrypted(legacy = m_plain)]
    m: DateTime<Utc>,
    #[encrypted(json, legacy = n_plain)]
    n: Vec<u32>,
    #[encrypted(json, legacy = o_plain)]
    o: Vec<String>,
    #[encrypted(legacy = p_plain)]
    p: Vec<Option<String>>,
}

fn types() -> Types {
    let at = DateTime::from_timestamp(1_700_000_000, 123_456_000).unwrap();
    Types {
        id: Uuid::from_u128(1),
        a: "Citext".into(),
        b: vec![0, 0xF5, 1],
        c: -3,
        d: i64::MIN,
        e: true,
        f: 0.1,
        g: -1e300,
        h: Uuid::from_u128(7),
        i: vec!["x".into(), String::new()],
        j: at.date_naive(),
        k: at.time(),
        l: at.naive_utc(),
        m: at,
        n: vec![1, 2],
        o: vec!["ä\"".into()],
        p: vec![None, Some("y".into())],
    }
}

#[test]
fn every_type_of_column_gives_back_what_was_written() {
    let database = crate::support::postgres::server().database("transit_types");
    let url = super::with_database(super::server().direct_url(), database.name());
    let conn = &mut PgConnection::establish(&url).unwrap();
    super::make(conn, PLAIN, &migration::<Types>(Backend::Postgres).up);
    let vault = TestVault::new().phase("types", COLUMNS, Phase::DualWrite).build();
    let session = vault.blocking().platform().unwrap();
    diesel::insert_into(types::table).values(session.seal(&types()).unwrap()).execute(conn).unwrap();
    // Sealed, and then of the plaintext alone.
    for _ in 0..2 {
        let row = types::table.select(SealedTypes::as_select()).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), types());
        let nothing: String = COLUMNS.iter().map(|column| format!("{column} = NULL, ")).collect();
        diesel::sql_query(format!("UPDATE types SET {nothing} a_term = NULL")).execute(conn).unwrap();
    }
    // citext takes values for equal that a term tells apart.
    assert!(matches!(Types::a().eq(&session, "Citext"), Err(LookupError::InTransit { column: "a", .. })));
    let finder = Types::a().find(&session, "Citext").unwrap().by(|row: &SealedTypes| row.id);
    let found = finder
        .load(&session, |page| page.of(types::table.select(SealedTypes::as_select()), types::id).load(&mut *conn));
    assert_eq!(found.unwrap(), [types()]);
    let finder = Types::a().find(&session, "CITEXT").unwrap().by(|row: &SealedTypes| row.id);
    let found = finder
        .load(&session, |page| page.of(types::table.select(SealedTypes::as_select()), types::id).load(&mut *conn));
    assert!(found.unwrap().is_empty());
}

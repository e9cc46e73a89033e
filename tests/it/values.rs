//! Values at the edges of their types, written and read through a database.

mod forms;

use std::cell::RefCell;

use diesel::prelude::*;
use fieldseal::{Ciphertext, Encrypted, OpenError, Session};
use proptest::prelude::*;
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::backends::{postgres_database, sqlite_database};
use crate::models::sample::*;

/// The columns of [`Sample`] after a change of types.
#[derive(Debug, Encrypted)]
#[diesel(table_name = samples)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
struct Narrow {
    id: i64,
    firm_id: i64,
    #[encrypted]
    big: i32,
}

#[derive(Debug, Encrypted)]
#[diesel(table_name = samples)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
struct Retyped {
    id: i64,
    firm_id: i64,
    #[encrypted(json)]
    form: Vec<u32>,
}

fn session() -> Session {
    fieldseal::testing::vault().blocking().session(7i64).unwrap()
}

fn stored(conn: &mut SqliteConnection, session: &Session, sample: &Sample) -> SealedSample {
    diesel::delete(samples::table).execute(conn).unwrap();
    diesel::insert_into(samples::table).values(session.seal(sample).unwrap()).execute(conn).unwrap();
    samples::table.select(SealedSample::as_select()).first(conn).unwrap()
}

#[test]
fn the_empty_string_is_sealed_and_null_stays_null() {
    let (session, mut conn) = (session(), sqlite_database());
    let empty = Sample { maybe_text: Some(String::new()), maybe_bytes: None, ..Sample::new(1, "") };
    let row = stored(&mut conn, &session, &empty);
    assert_eq!(row.text.as_bytes().unwrap().len(), 42);
    assert_eq!(row.maybe_text.as_ref().map(|cell| cell.as_bytes().unwrap().len()), Some(42));
    assert_eq!(row.bytes.as_bytes().unwrap().len(), 42);
    assert!(row.maybe_bytes.is_none());
    assert_eq!(session.open(row).unwrap(), empty);
    let null = samples::table.filter(samples::maybe_text.is_null()).count().get_result::<i64>(&mut conn).unwrap();
    assert_eq!(null, 0);
}

#[test]
fn ten_mebibytes_of_text_pass() {
    let session = session();
    let long = Sample { text: "§".repeat(5 << 20), ..Sample::new(1, "") };
    let row = stored(&mut sqlite_database(), &session, &long);
    assert_eq!(row.text.as_bytes().unwrap().len(), (10 << 20) + 42);
    assert!(session.open(row).unwrap() == long);
}

#[test]
fn ten_mebibytes_of_bytes_pass() {
    let session = session();
    let long = Sample { bytes: vec![0xF5; 10 << 20], ..Sample::new(1, "") };
    let database = postgres_database("values");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    diesel::insert_into(samples::table).values(session.seal(&long).unwrap()).execute(&mut conn).unwrap();
    let row = samples::table.select(SealedSample::as_select()).first(&mut conn).unwrap();
    assert!(session.open(row).unwrap() == long);
}

#[test]
fn text_of_every_sort_passes() {
    let (session, mut conn) = (session(), sqlite_database());
    let texts = [
        "\0",
        "a\0b\0",
        "👩‍👩‍👧‍👦 🇩🇪",
        "שלום \u{202E}abc",
        "e\u{301}",
        "\u{FEFF}",
        "'; DROP TABLE samples; --",
        "\u{10FFFF}",
    ];
    for text in texts {
        let sample = Sample::new(1, text).filled();
        let row = stored(&mut conn, &session, &sample);
        let opened = session.open(row).unwrap();
        assert_eq!(opened, sample, "{text:?}");
        assert_eq!(opened.secret.expose_secret(), text);
    }
}

#[test]
fn json_that_no_longer_fits_says_so_without_quoting() {
    let (session, mut conn) = (session(), sqlite_database());
    stored(&mut conn, &session, &Sample::new(1, "hunter2"));
    let row = samples::table.select(SealedRetyped::as_select()).first(&mut conn).unwrap();
    let error = session.open(row).unwrap_err();
    assert!(matches!(&error, OpenError::Codec { table: "samples", column: "form", .. }), "{error:?}");
    assert_says_nothing(&error);
}

#[test]
fn an_integer_out_of_range_says_so_without_quoting() {
    let (session, mut conn) = (session(), sqlite_database());
    for big in [i64::MAX, i64::MIN, 2_147_483_648, -2_147_483_649] {
        stored(&mut conn, &session, &Sample { big, ..Sample::new(1, "hunter2") });
        let row = samples::table.select(SealedNarrow::as_select()).first(&mut conn).unwrap();
        let error = session.open(row).unwrap_err();
        assert!(matches!(&error, OpenError::Codec { table: "samples", column: "big", .. }), "{error:?}");
        assert_says_nothing(&error);
        assert!(!format!("{error:?}").contains(&big.to_string()));
    }
    for big in [i64::from(i32::MAX), i64::from(i32::MIN)] {
        stored(&mut conn, &session, &Sample { big, ..Sample::new(1, "") });
        let row = samples::table.select(SealedNarrow::as_select()).first(&mut conn).unwrap();
        assert_eq!(i64::from(session.open(row).unwrap().big), big);
    }
}

fn assert_says_nothing(error: &OpenError) {
    assert_eq!(error.code(), "open.codec");
    let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let text = format!("{error} {error:?} {source}");
    assert!(!text.contains("hunter2"), "{text}");
}

fn sample() -> impl Strategy<Value = Sample> {
    let must = (any::<String>(), any::<Vec<u8>>(), any::<i32>(), any::<i64>(), any::<bool>(), any::<u128>());
    let form = (any::<Vec<(String, i64)>>(), any::<Option<bool>>());
    (any::<i64>(), must, form, any::<String>(), any::<u8>()).prop_map(|(id, must, (answers, signed), secret, which)| {
        let (text, bytes, small, big, flag, token) = must;
        let (token, form) = (Uuid::from_u128(token), Form { answers, signed });
        let sample =
            Sample { text, bytes, small, big, flag, token, form, secret: secret.into(), ..Sample::new(id, "") };
        without(sample.filled(), which)
    })
}

/// The sample with those optional fields set to NULL whose bit is set.
fn without(mut sample: Sample, which: u8) -> Sample {
    macro_rules! clear {
        ($($bit:literal $field:ident)*) => {$(
            if which & (1 << $bit) != 0 {
                sample.$field = None;
            }
        )*};
    }
    clear!(0 maybe_text 1 maybe_bytes 2 maybe_small 3 maybe_big 4 maybe_flag 5 maybe_token 6 maybe_form 7 maybe_secret);
    sample
}

#[test]
fn every_value_reads_back_as_written() {
    let (session, conn) = (session(), RefCell::new(sqlite_database()));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(sample in sample())| {
        let row = stored(&mut conn.borrow_mut(), &session, &sample);
        let lengths: Vec<usize> = [&row.small, &row.big].map(|cell: &Ciphertext<_>| cell.as_bytes().unwrap().len()).to_vec();
        prop_assert_eq!(lengths, [50, 50]);
        prop_assert_eq!(session.open(row).unwrap(), sample);
    });
}

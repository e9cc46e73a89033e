//! Dates, times, decimals, floats, arrays and secrets: written by one crate's types, read by another's, through both
//! databases and their domains.

use std::cell::RefCell;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use fieldseal::schema::{Backend, migration};
use fieldseal::{Encrypted, OpenError, Session};
use proptest::prelude::*;
use rust_decimal::Decimal;
use secrecy::{ExposeSecret, SecretSlice};
use zeroize::Zeroizing;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    forms (id) {
        id -> BigInt,
        firm_id -> BigInt,
        day -> FieldsealDate,
        day_term -> FieldsealDateTerm,
        hour -> FieldsealTime,
        hour_term -> FieldsealTimeTerm,
        local -> FieldsealTimestamp,
        local_term -> FieldsealTimestampTerm,
        instant -> FieldsealTimestamptz,
        instant_term -> FieldsealTimestamptzTerm,
        same_day -> FieldsealDateDeterministic,
        amount -> FieldsealNumeric,
        ratio -> FieldsealDouble,
        tags -> FieldsealTextArray,
        tags_term -> FieldsealTextArrayTerm,
        same_tags -> FieldsealTextArrayDeterministic,
        secret -> FieldsealBytes,
        token -> FieldsealText,
        maybe_day -> Nullable<FieldsealDate>,
        maybe_amount -> Nullable<FieldsealNumeric>,
        maybe_tags -> Nullable<FieldsealTextArray>,
    }
}

/// One table, described with the types of one crate after the other.
macro_rules! model {
    ($name:ident: $day:ty, $hour:ty, $local:ty, $instant:ty, $amount:ty, $ratio:ty, $tags:ty, $secret:ty, $token:ty) => {
        #[derive(Debug, Encrypted)]
        #[diesel(table_name = forms)]
        #[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
        struct $name {
            id: i64,
            firm_id: i64,
            #[encrypted(index(day_term))]
            day: $day,
            #[encrypted(index(hour_term))]
            hour: $hour,
            #[encrypted(index(local_term))]
            local: $local,
            #[encrypted(index(instant_term))]
            instant: $instant,
            #[encrypted(deterministic)]
            same_day: $day,
            #[encrypted]
            amount: $amount,
            #[encrypted]
            ratio: $ratio,
            #[encrypted(index(tags_term))]
            tags: $tags,
            #[encrypted(deterministic)]
            same_tags: $tags,
            #[encrypted]
            secret: $secret,
            #[encrypted]
            token: $token,
            #[encrypted]
            maybe_day: Option<$day>,
            #[encrypted]
            maybe_amount: Option<$amount>,
            #[encrypted]
            maybe_tags: Option<$tags>,
        }
    };
}

model!(Chrono: NaiveDate, NaiveTime, NaiveDateTime, DateTime<Utc>, Decimal, f64, Vec<Option<String>>, Vec<u8>, String);
model!(Time: time::Date, time::Time, time::PrimitiveDateTime, time::OffsetDateTime, BigDecimal, f64,
    Vec<Option<String>>, SecretSlice<u8>, Zeroizing<String>);
model!(Jiff: jiff::civil::Date, jiff::civil::Time, jiff::civil::DateTime, jiff::Timestamp, Decimal, f64,
    Vec<Option<String>>, Zeroizing<Vec<u8>>, Zeroizing<String>);
model!(Narrow: jiff::civil::Date, jiff::civil::Time, jiff::civil::DateTime, jiff::Timestamp, Decimal, f32,
    Vec<String>, Zeroizing<[u8; 4]>, String);

const PLAIN: &str = "CREATE TABLE forms (id bigint PRIMARY KEY, firm_id bigint NOT NULL);";

fn session() -> Session {
    fieldseal::testing::vault().blocking().session(7i64).unwrap()
}

fn sqlite() -> SqliteConnection {
    let mut conn = crate::support::sqlite::memory();
    conn.batch_execute(&(PLAIN.to_owned() + &migration::<Chrono>(Backend::Sqlite).up)).unwrap();
    conn
}

fn row(moment: NaiveDateTime, amount: Decimal, tags: Vec<Option<String>>) -> Chrono {
    Chrono {
        id: 1,
        firm_id: 7,
        day: moment.date(),
        hour: moment.time(),
        local: moment,
        instant: moment.and_utc(),
        same_day: moment.date(),
        amount,
        ratio: 0.1,
        tags: tags.clone(),
        same_tags: tags.clone(),
        secret: b"hunter2".to_vec(),
        token: "hunter2".to_owned(),
        maybe_day: Some(moment.date()),
        maybe_amount: None,
        maybe_tags: Some(tags),
    }
}

/// Writes the row, reads it with the types of the other crates, writes what was read and reads it as it was.
macro_rules! passes {
    ($conn:expr, $session:expr, $row:expr) => {{
        let (conn, session, row) = ($conn, $session, $row);
        diesel::insert_into(forms::table).values(session.seal(row).unwrap()).execute(conn).unwrap();
        let sealed = forms::table.select(SealedTime::as_select()).first(conn).unwrap();
        let by_time: Time = session.open(sealed).unwrap();
        let (time, chrono) = (by_time.instant, row.instant);
        assert_eq!((time.unix_timestamp(), time.nanosecond()), (chrono.timestamp(), chrono.nanosecond()));
        let unscaled = (BigInt::from(row.amount.mantissa()), i64::from(row.amount.scale()));
        assert_eq!(by_time.amount.as_bigint_and_exponent(), unscaled);
        assert_eq!((by_time.secret.expose_secret(), by_time.token.as_str()), (b"hunter2".as_slice(), "hunter2"));

        diesel::delete(forms::table).execute(conn).unwrap();
        diesel::insert_into(forms::table).values(session.seal(&by_time).unwrap()).execute(conn).unwrap();
        let sealed = forms::table.select(SealedJiff::as_select()).first(conn).unwrap();
        let by_jiff: Jiff = session.open(sealed).unwrap();
        assert_eq!(by_jiff.day.to_datetime(by_jiff.hour), by_jiff.local);
        assert_eq!(by_jiff.local.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp(), by_jiff.instant);

        diesel::delete(forms::table).execute(conn).unwrap();
        diesel::insert_into(forms::table).values(session.seal(&by_jiff).unwrap()).execute(conn).unwrap();
        let sealed = forms::table.select(SealedChrono::as_select()).first(conn).unwrap();
        let back: Chrono = session.open(sealed).unwrap();
        assert_eq!(format!("{back:?}"), format!("{row:?}"));
        found!(&mut *conn, session, row, &by_time, &by_jiff);
        diesel::delete(forms::table).execute(conn).unwrap();
    }};
}

/// Every index finds the row by any crate's value, a deterministic column by the very cell.
macro_rules! found {
    ($conn:expr, $session:expr, $chrono:expr, $time:expr, $jiff:expr) => {{
        let (conn, session) = ($conn, $session);
        macro_rules! by {
            ($field:ident) => {{
                by!($field, Chrono, &$chrono.$field);
                by!($field, Time, &$time.$field);
                by!($field, Jiff, &$jiff.$field);
            }};
            ($field:ident, $model:ident, $value:expr) => {{
                let by_value = $model::$field().eq(session, $value).unwrap();
                assert_eq!(forms::table.filter(by_value).count().get_result(conn), Ok(1_i64), stringify!($field));
            }};
        }
        by!(day);
        by!(hour);
        by!(local);
        by!(instant);
        by!(tags);
        let day = Time::same_day().seal(session, &1, &$time.same_day).unwrap();
        let tags = Jiff::same_tags().seal(session, &1, &$jiff.same_tags).unwrap();
        let by_cells = forms::table.filter(forms::same_day.eq(day).and(forms::same_tags.eq(tags)));
        assert_eq!(by_cells.count().get_result(conn), Ok(1_i64));
    }};
}

/// Years that all types hold.
fn moments() -> impl Strategy<Value = NaiveDateTime> {
    (-62_135_596_800..253_402_207_200_i64, 0..1_000_000_000_u32)
        .prop_map(|(second, nanos)| DateTime::from_timestamp(second, nanos).unwrap().naive_utc())
}

#[test]
fn values_pass_from_crate_to_crate() {
    let (session, conn) = (session(), RefCell::new(sqlite()));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let amounts = (-(1_i128 << 96) + 1..1 << 96, 0..=28_u32);
    let rows = (moments(), amounts, any::<Vec<Option<String>>>());
    proptest!(config, |((moment, (unscaled, scale), tags) in rows)| {
        let row = row(moment, Decimal::from_i128_with_scale(unscaled, scale), tags);
        passes!(&mut *conn.borrow_mut(), &session, &row);
    });
}

#[test]
fn the_domains_of_postgres_hold_them() {
    let database = crate::support::postgres::server().database("forms");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    conn.batch_execute(&(PLAIN.to_owned() + &migration::<Chrono>(Backend::Postgres).up)).unwrap();
    let vault = fieldseal::testing::vault();
    vault.register::<Chrono>().unwrap();
    vault.check_schema(&mut conn).unwrap();
    let session = vault.blocking().session(7i64).unwrap();
    let moment = DateTime::from_timestamp(1_709_210_096, 789_000_001).unwrap().naive_utc();
    let tags = vec![Some("a".to_owned()), None, Some(String::new())];
    passes!(&mut conn, &session, &row(moment, Decimal::new(-12_340, 3), tags));
}

#[test]
fn what_a_type_cannot_hold_says_so_without_quoting() {
    let (session, mut conn) = (session(), sqlite());
    let moment = DateTime::from_timestamp(0, 0).unwrap().naive_utc();
    let late = NaiveDate::from_ymd_opt(12_345, 6, 7).unwrap();
    let good = || Chrono { secret: vec![0; 4], ratio: 1.5, ..row(moment, Decimal::ONE, vec![Some("a".into())]) };
    let cases = [
        (good(), ""),
        (Chrono { day: late, ..good() }, "day"),
        (Chrono { local: late.and_time(NaiveTime::MIN), ..good() }, "local"),
        (Chrono { instant: late.and_time(NaiveTime::MIN).and_utc(), ..good() }, "instant"),
        (Chrono { ratio: 0.1, ..good() }, "ratio"),
        (Chrono { tags: vec![Some("hunter2".into()), None], ..good() }, "tags"),
        (Chrono { secret: b"hunter2".to_vec(), ..good() }, "secret"),
        (Chrono { maybe_tags: Some(vec![None]), ..good() }, "maybe_tags"),
    ];
    for (case, wanted) in cases {
        diesel::delete(forms::table).execute(&mut conn).unwrap();
        diesel::insert_into(forms::table).values(session.seal(&case).unwrap()).execute(&mut conn).unwrap();
        let row = forms::table.select(SealedNarrow::as_select()).first(&mut conn).unwrap();
        let Err(error) = session.open(row) else {
            assert_eq!(wanted, "");
            continue;
        };
        assert!(matches!(&error, OpenError::Codec { column, .. } if *column == wanted), "{wanted}: {error:?}");
        super::assert_says_nothing(&error);
        let text = format!("{error:?} {:?}", std::error::Error::source(&error).map(ToString::to_string));
        assert!(!text.contains("12345") && !text.contains("0.1"), "{text}");
    }
}

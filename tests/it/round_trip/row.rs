//! A row of every type that a sealed field may have.

use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use fieldseal::schema::{Backend, migration};
use fieldseal::{Decode, Encode, Encrypted};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    everything (id) {
        id -> BigInt,
        firm_id -> BigInt,
        plain -> Nullable<Text>,
        text -> FieldsealText,
        bytes -> FieldsealBytes,
        short -> FieldsealBigint,
        int -> FieldsealBigint,
        long -> FieldsealBigint,
        single -> FieldsealDouble,
        double -> FieldsealDouble,
        flag -> FieldsealBool,
        token -> FieldsealUuid,
        tags -> FieldsealTextArray,
        day -> FieldsealDate,
        hour -> FieldsealTime,
        local -> FieldsealTimestamp,
        instant -> FieldsealTimestamptz,
        span_start -> FieldsealTimestamptz,
        amount -> FieldsealNumeric,
        big_amount -> FieldsealNumeric,
        form -> FieldsealJson,
        state -> FieldsealText,
        email -> FieldsealText,
        alias -> FieldsealText,
        wiped -> FieldsealText,
        same -> FieldsealTextDeterministic,
        maybe_text -> Nullable<FieldsealText>,
        maybe_long -> Nullable<FieldsealBigint>,
        maybe_form -> Nullable<FieldsealJson>,
        maybe_day -> Nullable<FieldsealDate>,
        email_term -> FieldsealTextTerm,
        maybe_text_term -> Nullable<FieldsealTextTerm>,
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Form {
    answers: Vec<(String, i64)>,
    score: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode)]
pub(super) enum State {
    New,
    InReview,
    Done,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(super) struct Email(pub(super) String);

/// Of another crate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alias(String);

impl From<String> for Alias {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Alias> for String {
    fn from(alias: Alias) -> Self {
        alias.0
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = everything)]
#[encrypted(ambient, firm = firm_id, derive(Insertable, Queryable, QueryableByName, Selectable, AsChangeset))]
#[diesel(treat_none_as_null = true)]
pub(super) struct Everything {
    pub(super) id: i64,
    pub(super) firm_id: i64,
    pub(super) plain: Option<String>,
    #[encrypted]
    pub(super) text: String,
    #[encrypted]
    pub(super) bytes: Vec<u8>,
    #[encrypted]
    pub(super) short: i16,
    #[encrypted]
    pub(super) int: i32,
    #[encrypted]
    pub(super) long: i64,
    #[encrypted]
    pub(super) single: f32,
    #[encrypted]
    pub(super) double: f64,
    #[encrypted]
    pub(super) flag: bool,
    #[encrypted]
    pub(super) token: Uuid,
    #[encrypted]
    pub(super) tags: Vec<Option<String>>,
    #[encrypted]
    pub(super) day: NaiveDate,
    #[encrypted]
    pub(super) hour: NaiveTime,
    #[encrypted]
    pub(super) local: NaiveDateTime,
    #[encrypted]
    pub(super) instant: DateTime<Utc>,
    #[encrypted]
    pub(super) span_start: jiff::Timestamp,
    #[encrypted]
    pub(super) amount: Decimal,
    #[encrypted]
    pub(super) big_amount: BigDecimal,
    #[encrypted(json)]
    pub(super) form: Form,
    #[encrypted]
    pub(super) state: State,
    #[encrypted(index(email_term, normalize = email))]
    pub(super) email: Email,
    #[encrypted(as = String)]
    pub(super) alias: Alias,
    #[encrypted]
    pub(super) wiped: Zeroizing<String>,
    #[encrypted(deterministic)]
    pub(super) same: String,
    #[encrypted(index(maybe_text_term, normalize = casefold, bits = 16))]
    pub(super) maybe_text: Option<String>,
    #[encrypted]
    pub(super) maybe_long: Option<i64>,
    #[encrypted(json)]
    pub(super) maybe_form: Option<Form>,
    #[encrypted]
    pub(super) maybe_day: Option<NaiveDate>,
}

const PLAIN: &str = "CREATE TABLE everything (id bigint PRIMARY KEY, firm_id bigint NOT NULL, plain text);";

pub(super) fn sqlite_tables() -> SqliteConnection {
    let mut conn = crate::support::sqlite::memory();
    conn.batch_execute(&(PLAIN.to_owned() + &migration::<Everything>(Backend::Sqlite).up)).unwrap();
    conn
}

pub(super) fn postgres_tables(url: &str) -> PgConnection {
    let mut conn = PgConnection::establish(url).unwrap();
    conn.batch_execute(&(PLAIN.to_owned() + &migration::<Everything>(Backend::Postgres).up)).unwrap();
    conn
}

fn form() -> impl Strategy<Value = Form> {
    let score = proptest::option::of(proptest::num::f64::NORMAL | proptest::num::f64::ZERO);
    (any::<Vec<(String, i64)>>(), score).prop_map(|(answers, score)| Form { answers, score })
}

fn moment() -> impl Strategy<Value = NaiveDateTime> {
    // Within jiff's years.
    (-300_000_000_000i64..250_000_000_000, 0u32..1_000_000_000)
        .prop_map(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos).unwrap().naive_utc())
}

/// Any row of firm 7; the caller numbers it.
pub(super) fn any_row() -> impl Strategy<Value = Everything> {
    let plain = proptest::option::of("Client [0-9]{1,6}");
    let texts = (any::<String>(), any::<Vec<u8>>(), any::<Vec<Option<String>>>(), any::<[String; 4]>(), plain);
    let numbers = (any::<i16>(), any::<i32>(), any::<i64>(), any::<f32>(), any::<f64>(), any::<bool>(), any::<u128>());
    let decimals = (any::<i128>(), 0u32..=28, any::<i128>(), -40i64..40);
    let state = proptest::sample::select(vec![State::New, State::InReview, State::Done]);
    let maybe = (any::<Option<String>>(), any::<Option<i64>>(), proptest::option::of(form()), any::<bool>());
    (texts, numbers, moment(), decimals, form(), state, maybe).prop_map(
        |(texts, numbers, moment, decimals, form, state, maybe)| {
            let (text, bytes, tags, [email, alias, wiped, same], plain) = texts;
            let (short, int, long, single, double, flag, token) = numbers;
            let (mantissa, scale, digits, exponent) = decimals;
            let instant = moment.and_utc();
            Everything {
                id: 0,
                firm_id: 7,
                plain,
                text,
                bytes,
                short,
                int,
                long,
                single,
                double,
                flag,
                token: Uuid::from_u128(token),
                tags,
                day: moment.date(),
                hour: moment.time(),
                local: moment,
                instant,
                span_start: jiff::Timestamp::new(
                    instant.timestamp(),
                    i32::try_from(instant.timestamp_subsec_nanos()).unwrap(),
                )
                .unwrap(),
                amount: Decimal::from_i128_with_scale(mantissa >> 34, scale),
                big_amount: BigDecimal::new(digits.into(), exponent),
                form,
                state,
                email: Email(email),
                alias: Alias(alias),
                wiped: Zeroizing::new(wiped),
                same,
                maybe_text: maybe.0,
                maybe_long: maybe.1,
                maybe_form: maybe.2,
                maybe_day: maybe.3.then(|| moment.date()),
            }
        },
    )
}

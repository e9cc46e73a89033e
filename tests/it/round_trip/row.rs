//! A row of every type that a sealed field may have.

use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use fieldseal::schema::{Backend, migration};
use fieldseal::{Encrypted, Json};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::draw::Draw;
use super::value::{Alias, Email, Form, State, Value};

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

/// What makes the table.
pub(super) fn sql(backend: Backend) -> String {
    PLAIN.to_owned() + &migration::<Everything>(backend).up
}

/// A float that equals itself.
fn number() -> impl Strategy<Value = f64> {
    proptest::num::f64::NORMAL | proptest::num::f64::ZERO | proptest::num::f64::INFINITE
}

impl Everything {
    /// Any row of firm 7.
    pub(super) fn draw(id: i64, draw: &mut Draw) -> Self {
        let tags: Vec<String> = draw.one();
        Self {
            id,
            firm_id: 7,
            plain: draw.of(proptest::option::of("Client [0-9]{1,6}")),
            text: draw.one(),
            bytes: draw.one(),
            short: draw.one(),
            int: draw.one(),
            long: draw.one(),
            single: draw.of(proptest::num::f32::NORMAL),
            double: draw.of(number()),
            flag: draw.one(),
            token: draw.one(),
            tags: tags.into_iter().map(|tag| draw.there().then_some(tag)).collect(),
            day: draw.one(),
            hour: draw.one(),
            local: draw.one(),
            instant: draw.one(),
            span_start: draw.one(),
            amount: draw.one(),
            big_amount: draw.one(),
            form: draw.one::<Json<Form>>().0,
            state: draw.one(),
            email: draw.one(),
            alias: draw.one(),
            wiped: draw.one(),
            same: draw.one(),
            maybe_text: draw.there().then(|| draw.one()),
            maybe_long: draw.there().then(|| draw.one()),
            maybe_form: draw.there().then(|| draw.one::<Json<Form>>().0),
            maybe_day: draw.there().then(|| draw.one()),
        }
    }

    /// What must not be seen of the row.
    pub(super) fn plaintexts(&self) -> Vec<(&'static str, Option<Vec<u8>>)> {
        let Self { text, bytes, email, alias, wiped, same, maybe_text, .. } = self;
        vec![
            ("text", Some(text.plaintext())),
            ("bytes", Some(bytes.plaintext())),
            ("long", Some(self.long.plaintext())),
            ("token", Some(self.token.plaintext())),
            ("instant", Some(self.instant.plaintext())),
            ("big_amount", Some(self.big_amount.plaintext())),
            ("email", Some(email.plaintext())),
            ("alias", Some(alias.plaintext())),
            ("wiped", Some(wiped.plaintext())),
            ("same", Some(same.plaintext())),
            ("maybe_text", maybe_text.as_ref().map(Value::plaintext)),
        ]
    }
}

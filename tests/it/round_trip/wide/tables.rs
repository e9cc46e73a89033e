//! The types, listed once, and the tables that are made of the list.

use fieldseal::schema::{Backend, migration};
use fieldseal::{Encrypted, Json, Protected, Session};
use jiff::civil;
use rust_decimal::Decimal;
use secrecy::{SecretSlice, SecretString};
use zeroize::Zeroizing;

use super::super::draw::Draw;
use super::super::value::{Alias, Email, Field as _, Form, Share, State};
use super::macros::{Bytes as _, looked, wide};
use super::{Found, Looked, Wide};

/// Calls a macro with all types: a column, its term column where there is an index over such values, the Rust type and the
/// stored form.
macro_rules! types {
    ($then:ident) => {
        $then! {
            // Neither indexed nor padded.
            {
                flag: bool, Bool;
                single: f32, Double;
                double: f64, Double;
            }
            // Indexed, and all of one length.
            {
                short short_term: i16, BigInt;
                int int_term: i32, BigInt;
                long long_term: i64, BigInt;
                share share_term: Share, BigInt;
                token token_term: uuid::Uuid, Uuid;
                day day_term: chrono::NaiveDate, Date;
                hour hour_term: chrono::NaiveTime, Time;
                local local_term: chrono::NaiveDateTime, Timestamp;
                instant instant_term: chrono::DateTime<chrono::Utc>, Timestamptz;
                day_of_time day_of_time_term: time::Date, Date;
                hour_of_time hour_of_time_term: time::Time, Time;
                local_of_time local_of_time_term: time::PrimitiveDateTime, Timestamp;
                instant_of_time instant_of_time_term: time::OffsetDateTime, Timestamptz;
                day_of_jiff day_of_jiff_term: civil::Date, Date;
                hour_of_jiff hour_of_jiff_term: civil::Time, Time;
                local_of_jiff local_of_jiff_term: civil::DateTime, Timestamp;
                instant_of_jiff instant_of_jiff_term: jiff::Timestamp, Timestamptz;
            }
            // Padded, not indexed.
            {
                amount: Decimal, Numeric;
                big_amount: bigdecimal::BigDecimal, Numeric;
                form: Json<Form>, Json;
            }
            // Both.
            {
                text text_term: String, Text;
                bytes bytes_term: Vec<u8>, Binary;
                block block_term: [u8; 9], Binary;
                secret secret_term: SecretString, Text;
                secret_bytes secret_bytes_term: SecretSlice<u8>, Binary;
                wiped wiped_term: Zeroizing<String>, Text;
                tags tags_term: Vec<String>, TextArray;
                gaps gaps_term: Vec<Option<String>>, TextArray;
                state state_term: State, Text;
                email email_term: Email, Text;
            }
            // Of another crate.
            {
                alias: Alias, Text;
            }
        }
    };
}

/// The tables.
macro_rules! tables {
    (
        {$($once:ident: $once_ty:ty, $once_form:ident;)*}
        {$($even:ident $even_term:ident: $even_ty:ty, $even_form:ident;)*}
        {$($loose:ident: $loose_ty:ty, $loose_form:ident;)*}
        {$($text:ident $text_term:ident: $text_ty:ty, $text_form:ident;)*}
        {$($other:ident: $other_ty:ty, $other_form:ident;)*}
    ) => {
        wide! { must Must SealedMust {
            $($once: [$once_ty], [Encrypted<$once_form>], [];)*
            $($even: [$even_ty], [Encrypted<$even_form>], [];)*
            $($loose: [$loose_ty], [Encrypted<$loose_form>], [];)*
            $($text: [$text_ty], [Encrypted<$text_form>], [];)*
            $($other: [$other_ty], [Encrypted<$other_form>], [as = String];)*
        } {} }

        wide! { may May SealedMay {
            $($once: [Option<$once_ty>], [Nullable<Encrypted<$once_form>>], [];)*
            $($even: [Option<$even_ty>], [Nullable<Encrypted<$even_form>>], [];)*
            $($loose: [Option<$loose_ty>], [Nullable<Encrypted<$loose_form>>], [];)*
            $($text: [Option<$text_ty>], [Nullable<Encrypted<$text_form>>], [];)*
            $($other: [Option<$other_ty>], [Nullable<Encrypted<$other_form>>], [as = String];)*
        } {} }

        wide! { indexed Indexed SealedIndexed {
            $($even: [$even_ty], [Encrypted<$even_form>], [index($even_term)];)*
            $($text: [$text_ty], [Encrypted<$text_form>], [index($text_term)];)*
        } {
            $($even_term: [BlindIndexed<$even_form>];)*
            $($text_term: [BlindIndexed<$text_form>];)*
        } }
        looked! { Indexed SealedIndexed, |handle, session, value| handle().terms(session, value).unwrap(), $($even $even_term: $even_ty;)* $($text $text_term: $text_ty;)* }

        wide! { narrow Narrow SealedNarrow {
            $($even: [Option<$even_ty>], [Nullable<Encrypted<$even_form>>], [index($even_term, bits = 3)];)*
            $($text: [Option<$text_ty>], [Nullable<Encrypted<$text_form>>], [index($text_term, bits = 3)];)*
        } {
            $($even_term: [Nullable<BlindIndexed<$even_form>>];)*
            $($text_term: [Nullable<BlindIndexed<$text_form>>];)*
        } }
        looked! { Narrow SealedNarrow, |handle, session, value| [handle().term(session, value).unwrap()], $($even $even_term: $even_ty;)* $($text $text_term: $text_ty;)* }

        wide! { same Same SealedSame {
            $($even: [$even_ty], [Encrypted<$even_form>], [deterministic];)*
            $($text: [Option<$text_ty>], [Nullable<Encrypted<$text_form>>], [deterministic];)*
        } {} }

        wide! { padded Padded SealedPadded {
            $($loose: [$loose_ty], [Encrypted<$loose_form>], [pad = 32];)*
            $($text: [Option<$text_ty>], [Nullable<Encrypted<$text_form>>], [pad = padme];)*
        } {} }

        wide! { closed Closed SealedClosed {
            $($once: [Option<Protected<$once_ty>>], [Nullable<Encrypted<$once_form>>], [];)*
            $($even: [Protected<$even_ty>], [Encrypted<$even_form>], [index($even_term)];)*
            $($loose: [Option<Protected<$loose_ty>>], [Nullable<Encrypted<$loose_form>>], [];)*
            $($text: [Protected<$text_ty>], [Encrypted<$text_form>], [index($text_term)];)*
        } {
            $($even_term: [BlindIndexed<$even_form>];)*
            $($text_term: [BlindIndexed<$text_form>];)*
        } }
    };
}

types!(tables);

/// What makes the tables.
pub(super) fn sql(backend: Backend) -> String {
    let plain = ["must", "may", "indexed", "narrow", "same", "padded", "closed"]
        .map(|table| format!("CREATE TABLE {table} (id bigint PRIMARY KEY, firm_id bigint NOT NULL);\n"));
    plain.concat() + &migration::<(Must, May, Indexed, Narrow, Same, Padded, Closed)>(backend).up
}

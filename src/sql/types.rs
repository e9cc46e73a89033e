//! SQL types of sealed columns and of term columns.

use std::marker::PhantomData;

use diesel::query_builder::QueryId;
use diesel::sql_types::{self, SqlType};

/// The SQL type of a column of cells: `email -> Encrypted<Text>` in `table!`.
///
/// `T` is the stored form of the plaintext. The database sees bytes: `bytea`, or a domain over it, on PostgreSQL,
/// `BLOB` on SQLite and MySQL. The OIDs are fixed, so that no query looks the type up by name.
///
/// No plaintext goes into such a column, nor comes from it. Structs that derive [`Encrypted`](crate::Encrypted) are written
/// as `session.seal(&client)?` and loaded by `.select(SealedClient::as_select())` and `session.open(row)?`; single cells are
/// looked up by `Client::email().eq(&session, value)?`, assigned by `Client::email().set(&session, key, value)?`, selected by
/// `Client::email().cell()` and opened by `Client::email().open(&session, cell)?`.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 17, array_oid = 1001))]
#[diesel(sqlite_type(name = "Binary"))]
#[diesel(mysql_type(name = "Blob"))]
pub struct Encrypted<T: 'static>(PhantomData<T>);

/// The SQL type of a column of blind-index terms: `email_term -> BlindIndexed<Text>` in `table!`.
#[derive(Debug, Clone, Copy, SqlType, QueryId)]
#[diesel(postgres_type(oid = 17, array_oid = 1001))]
#[diesel(sqlite_type(name = "Binary"))]
#[diesel(mysql_type(name = "Blob"))]
pub struct BlindIndexed<T: 'static>(PhantomData<T>);

/// The stored form of a plaintext: what the bytes within a cell mean, whatever Rust type wrote them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no stored form of a sealed column",
    note = "stored forms are diesel's `Text`, `Binary`, `BigInt`, `Bool`, `Double`, `Numeric`, `Date`, `Time`, \
            `Timestamp`, and fieldseal's `sql_types::Uuid`, `Json`, `Timestamptz`, `TextArray`"
)]
pub trait StoredForm: 'static {
    /// The form's id in key derivation. Another id is another key.
    const CODEC: &'static str;

    /// The stem of the PostgreSQL domains that hold the form.
    const DOMAIN: &'static str;
}

/// Stored form of UUIDs: 16 bytes.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct Uuid;

/// Stored form of serde values: JSON text.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct Json;

/// Stored form of instants, always in UTC: seconds since 1970 and nanoseconds. Diesel's own `Timestamptz` needs PostgreSQL.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct Timestamptz;

/// Stored form of arrays of text, with `NULL` elements or without.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct TextArray;

macro_rules! stored_forms {
    ($($form:ty: $codec:literal $domain:literal;)*) => {$(
        impl StoredForm for $form {
            const CODEC: &'static str = $codec;
            const DOMAIN: &'static str = $domain;
        }
    )*};
}

stored_forms! {
    sql_types::Text: "text" "fieldseal_text";
    sql_types::Binary: "bytes" "fieldseal_bytes";
    sql_types::BigInt: "i64" "fieldseal_bigint";
    sql_types::Bool: "bool" "fieldseal_bool";
    Uuid: "uuid" "fieldseal_uuid";
    Json: "json" "fieldseal_json";
    sql_types::Date: "date" "fieldseal_date";
    sql_types::Time: "time" "fieldseal_time";
    sql_types::Timestamp: "timestamp" "fieldseal_timestamp";
    Timestamptz: "timestamptz" "fieldseal_timestamptz";
    sql_types::Numeric: "decimal" "fieldseal_numeric";
    sql_types::Double: "f64" "fieldseal_double";
    TextArray: "text_array" "fieldseal_text_array";
}

/// The names that `diesel print-schema` gives to fieldseal's PostgreSQL domains: put `fieldseal::schema_types::*` in
/// `import_types` of `diesel.toml`.
///
/// The three kinds of cell of one form are three domains and one Rust type.
pub mod schema_types {
    use super::{BlindIndexed, Encrypted, Json, TextArray, Timestamptz, Uuid, sql_types};

    macro_rules! aliases {
        ($($form:ty: $row:ident $column:ident $deterministic:ident $index:ident;)*) => {$(
            #[doc = "Row-bound cells of this form."]
            pub type $row = Encrypted<$form>;
            #[doc = "Column-bound cells of this form."]
            pub type $column = Encrypted<$form>;
            #[doc = "Deterministic cells of this form."]
            pub type $deterministic = Encrypted<$form>;
            #[doc = "Blind-index terms of values of this form."]
            pub type $index = BlindIndexed<$form>;
        )*

        /// The stem of a form's domains, and its four names.
        #[cfg(test)]
        pub(super) const NAMES: &[(&str, [&str; 4])] = &[$((
            <$form as super::StoredForm>::DOMAIN,
            [stringify!($row), stringify!($column), stringify!($deterministic), stringify!($index)],
        ),)*];
        };
    }

    aliases! {
        sql_types::Text: FieldsealText FieldsealTextColumn FieldsealTextDeterministic FieldsealTextTerm;
        sql_types::Binary: FieldsealBytes FieldsealBytesColumn FieldsealBytesDeterministic FieldsealBytesTerm;
        sql_types::BigInt: FieldsealBigint FieldsealBigintColumn FieldsealBigintDeterministic FieldsealBigintTerm;
        sql_types::Bool: FieldsealBool FieldsealBoolColumn FieldsealBoolDeterministic FieldsealBoolTerm;
        Uuid: FieldsealUuid FieldsealUuidColumn FieldsealUuidDeterministic FieldsealUuidTerm;
        Json: FieldsealJson FieldsealJsonColumn FieldsealJsonDeterministic FieldsealJsonTerm;
        sql_types::Date: FieldsealDate FieldsealDateColumn FieldsealDateDeterministic FieldsealDateTerm;
        sql_types::Time: FieldsealTime FieldsealTimeColumn FieldsealTimeDeterministic FieldsealTimeTerm;
        sql_types::Timestamp: FieldsealTimestamp FieldsealTimestampColumn FieldsealTimestampDeterministic FieldsealTimestampTerm;
        Timestamptz: FieldsealTimestamptz FieldsealTimestamptzColumn FieldsealTimestamptzDeterministic FieldsealTimestamptzTerm;
        sql_types::Numeric: FieldsealNumeric FieldsealNumericColumn FieldsealNumericDeterministic FieldsealNumericTerm;
        sql_types::Double: FieldsealDouble FieldsealDoubleColumn FieldsealDoubleDeterministic FieldsealDoubleTerm;
        TextArray: FieldsealTextArray FieldsealTextArrayColumn FieldsealTextArrayDeterministic FieldsealTextArrayTerm;
    }
}

#[cfg(test)]
mod tests {
    use super::schema_types::NAMES;

    /// As `diesel print-schema` writes a domain's name.
    fn camel_case(name: &str) -> String {
        let word = |word: &str| word[..1].to_uppercase() + &word[1..];
        name.split('_').map(word).collect()
    }

    #[test]
    fn names_are_those_that_print_schema_makes_of_the_domains() {
        for (stem, names) in NAMES {
            let domains =
                ["", "_column", "_deterministic", "_term"].map(|suffix| camel_case(&format!("{stem}{suffix}")));
            assert_eq!(domains, *names);
        }
        let mut all: Vec<&str> = NAMES.iter().flat_map(|(_, names)| *names).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4 * NAMES.len(), "two forms share a domain");
    }
}

//! SQL types of sealed columns and of term columns.

use std::marker::PhantomData;

use diesel::query_builder::QueryId;
use diesel::sql_types::{self, SqlType};

/// The SQL type of a column of cells: `email -> Encrypted<Text>` in `table!`.
///
/// `T` is the stored form of the plaintext. The database sees bytes: `bytea`, or a domain over it, on PostgreSQL,
/// `BLOB` on SQLite and MySQL. The OIDs are fixed, so that no query looks the type up by name.
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
    note = "stored forms are diesel's `Text`, `Binary`, `BigInt`, `Bool`, and fieldseal's `sql_types::Uuid` and `Json`"
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
}

/// The names that `diesel print-schema` gives to fieldseal's PostgreSQL domains: put `fieldseal::schema_types::*` in
/// `import_types` of `diesel.toml`.
///
/// The three kinds of cell of one form are three domains and one Rust type.
pub mod schema_types {
    use super::{BlindIndexed, Encrypted, Json, Uuid, sql_types};

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
        )*};
    }

    aliases! {
        sql_types::Text: FieldsealText FieldsealTextColumn FieldsealTextDeterministic FieldsealTextTerm;
        sql_types::Binary: FieldsealBytes FieldsealBytesColumn FieldsealBytesDeterministic FieldsealBytesTerm;
        sql_types::BigInt: FieldsealBigint FieldsealBigintColumn FieldsealBigintDeterministic FieldsealBigintTerm;
        sql_types::Bool: FieldsealBool FieldsealBoolColumn FieldsealBoolDeterministic FieldsealBoolTerm;
        Uuid: FieldsealUuid FieldsealUuidColumn FieldsealUuidDeterministic FieldsealUuidTerm;
        Json: FieldsealJson FieldsealJsonColumn FieldsealJsonDeterministic FieldsealJsonTerm;
    }
}

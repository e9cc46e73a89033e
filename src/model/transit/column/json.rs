//! JSON of `json` and `jsonb` columns, as its text.

use crate::model::codec::CodecError;

/// JSON text, which Diesel binds and loads without serde.
#[doc(hidden)]
#[derive(Clone)]
pub struct JsonText(String);

impl JsonText {
    pub(super) fn of(bytes: Vec<u8>) -> Result<Self, CodecError> {
        super::text(bytes).map(Self)
    }
}

impl From<JsonText> for Vec<u8> {
    fn from(json: JsonText) -> Self {
        json.0.into_bytes()
    }
}

impl std::fmt::Debug for JsonText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<legacy>")
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use std::io::Write as _;

    use diesel::deserialize::{self, FromSql};
    use diesel::pg::{Pg, PgValue};
    use diesel::serialize::{self, IsNull, Output, ToSql};
    use diesel::sql_types::{Json, Jsonb};

    use super::JsonText;

    /// The version that begins `jsonb` on the wire.
    const JSONB: u8 = 1;

    impl ToSql<Json, Pg> for JsonText {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            out.write_all(self.0.as_bytes())?;
            Ok(IsNull::No)
        }
    }

    impl ToSql<Jsonb, Pg> for JsonText {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            out.write_all(&[JSONB])?;
            ToSql::<Json, Pg>::to_sql(self, out)
        }
    }

    impl FromSql<Json, Pg> for JsonText {
        fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
            Ok(Self::of(value.as_bytes().to_vec())?)
        }
    }

    impl FromSql<Jsonb, Pg> for JsonText {
        fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
            match value.as_bytes() {
                [JSONB, json @ ..] => Ok(Self::of(json.to_vec())?),
                _ => Err("jsonb of an unknown version".into()),
            }
        }
    }
}

/// SQLite's `Json` is text.
#[cfg(feature = "sqlite")]
mod sqlite {
    use diesel::deserialize::{self, FromSql};
    use diesel::serialize::{self, IsNull, Output, ToSql};
    use diesel::sql_types::{Json, Text};
    use diesel::sqlite::{Sqlite, SqliteValue};

    use super::JsonText;

    impl ToSql<Json, Sqlite> for JsonText {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            out.set_value(self.0.as_str());
            Ok(IsNull::No)
        }
    }

    impl FromSql<Json, Sqlite> for JsonText {
        fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
            <String as FromSql<Text, Sqlite>>::from_sql(value).map(Self)
        }
    }
}

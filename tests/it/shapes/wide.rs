//! Tables at Diesel's limits: 32 columns, one more by a twin's term, and 64.

use diesel::prelude::*;
use fieldseal::Encrypted;
use fieldseal::schema::Backend;

use super::secret;

/// A table and its model: id, firm, two indexed fields, and so many plain and sealed ones beside them.
macro_rules! wide {
    ($name:ident $table:ident $model:ident $twin:ident: $($plain:ident)*; $($sealed:ident)*) => {
        diesel::table! {
            use diesel::sql_types::*;
            use fieldseal::schema_types::*;

            $table (id) {
                id -> BigInt,
                firm_id -> Text,
                $($plain -> Nullable<Integer>,)*
                $($sealed -> Nullable<FieldsealText>,)*
                first -> FieldsealText,
                first_term -> FieldsealTextTerm,
                last -> Nullable<FieldsealBigint>,
                last_term -> Nullable<FieldsealBigintTerm>,
            }
        }

        #[derive(Debug, Clone, PartialEq, Encrypted)]
        #[diesel(table_name = $table)]
        #[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, QueryableByName, AsChangeset, Identifiable))]
        struct $model {
            id: i64,
            firm_id: String,
            $($plain: Option<i32>,)*
            $(#[encrypted] $sealed: Option<String>,)*
            #[encrypted(index(first_term, unique))]
            first: String,
            #[encrypted(index(last_term, bits = 64))]
            last: Option<i64>,
        }

        impl $model {
            const PLAIN: &'static [&'static str] = &[$(stringify!($plain)),*];
            const COLUMNS: usize = 6 + Self::PLAIN.len() + [$(stringify!($sealed)),*].len();

            fn new(id: i64) -> Self {
                let mut numbers = 0..;
                Self {
                    id,
                    firm_id: "acme".into(),
                    $($plain: numbers.next().filter(|n| n % 3 != 0),)*
                    $($sealed: numbers.next().filter(|n| n % 3 != 0).map(secret),)*
                    first: secret(id),
                    last: (id % 2 == 0).then_some(id),
                }
            }

            fn tables(backend: Backend) -> String {
                let plain: String = Self::PLAIN.iter().map(|name| format!(", {name} INTEGER")).collect();
                let plain = format!("CREATE TABLE {} (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL{plain})", stringify!($table));
                super::tables::<Self>(backend, &plain)
            }
        }

        on_both! {
            fn $name(conn, session) of $model::tables {
                let all = [$model::new(1), $model::new(2)];
                diesel::insert_into($table::table).values(&session.seal(&all[..]).unwrap()).execute(conn).unwrap();
                let found = $table::table.filter($model::first().eq(session, secret(2)).unwrap());
                let row = found.select($twin::as_select()).first(conn).unwrap();
                assert_eq!(session.open(row).unwrap(), all[1]);

                let changed = $model { id: 1, ..$model::new(4) };
                let twin = session.seal(&changed).unwrap();
                let update = diesel::update(&twin).set(&twin).returning($twin::as_returning());
                assert_eq!(session.open(update.get_result(conn).unwrap()).unwrap(), changed);
                let sql = format!("SELECT * FROM {} ORDER BY id", stringify!($table));
                let rows: Vec<$twin> = diesel::sql_query(sql).load(conn).unwrap();
                assert_eq!(session.open(rows).unwrap(), [changed, all[1].clone()]);
            }
        }
    };
}

wide!(a_table_of_32_columns at_32 At32 SealedAt32: a01 a02 a03 a04 a05 a06 a07 a08 a09 a10 a11 a12 a13 a14 a15 a16; b01 b02 b03 b04 b05 b06 b07 b08 b09 b10);

// Its struct has 31 fields; the twin's terms make it 33.
wide!(a_term_makes_it_more_than_32 past_32 Past32 SealedPast32: a01 a02 a03 a04 a05 a06 a07 a08 a09 a10 a11 a12 a13 a14 a15 a16 a17; b01 b02 b03 b04 b05 b06 b07 b08 b09 b10);

wide!(a_table_of_64_columns at_64 At64 SealedAt64:
    a01 a02 a03 a04 a05 a06 a07 a08 a09 a10 a11 a12 a13 a14 a15 a16 a17 a18 a19 a20 a21 a22 a23 a24 a25 a26 a27 a28 a29 a30;
    b01 b02 b03 b04 b05 b06 b07 b08 b09 b10 b11 b12 b13 b14 b15 b16 b17 b18 b19 b20 b21 b22 b23 b24 b25 b26 b27 b28
);

#[test]
fn the_tables_are_as_wide_as_they_say() {
    assert_eq!((At32::COLUMNS, Past32::COLUMNS, At64::COLUMNS), (32, 33, 64));
}

//! What a table of the list is made of.

use fieldseal::{Ciphertext, Term};

/// What a twin's field holds.
pub(super) trait Bytes {
    fn bytes(&self) -> Option<Vec<u8>>;
}

impl<T> Bytes for Ciphertext<T> {
    fn bytes(&self) -> Option<Vec<u8>> {
        Some(self.as_bytes().unwrap().to_vec())
    }
}

impl<T> Bytes for Term<T> {
    fn bytes(&self) -> Option<Vec<u8>> {
        Some(self.as_bytes().unwrap().to_vec())
    }
}

impl<T: Bytes> Bytes for Option<T> {
    fn bytes(&self) -> Option<Vec<u8>> {
        self.as_ref().and_then(T::bytes)
    }
}

/// One table and its model. A line is a column: its Rust type, its SQL type, its options.
macro_rules! wide {
    ($table:ident $model:ident $twin:ident {
        $($name:ident: [$($ty:tt)*], [$($sql:tt)*], [$($option:tt)*];)*
    } {
        $($term:ident: [$($term_sql:tt)*];)*
    }) => {
        diesel::table! {
            use diesel::sql_types::*;
            use fieldseal::sql_types::{BlindIndexed, Encrypted, Json, TextArray, Timestamptz, Uuid};

            $table (id) {
                id -> BigInt,
                firm_id -> BigInt,
                $($name -> $($sql)*,)*
                $($term -> $($term_sql)*,)*
            }
        }

        #[derive(Encrypted)]
        #[diesel(table_name = $table, treat_none_as_null = true)]
        #[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
        pub(super) struct $model {
            pub(super) id: i64,
            firm_id: i64,
            $(#[encrypted($($option)*)] $name: $($ty)*,)*
        }

        impl Wide for $model {
            type Twin = $twin;

            const TABLE: &'static str = stringify!($table);
            const FIELDS: &'static [&'static str] = &[$(stringify!($name)),*];

            fn draw(id: i64, draw: &mut Draw) -> Self {
                Self { id, firm_id: 7, $($name: <$($ty)*>::draw(draw),)* }
            }

            fn changed(&self, written: &Self, session: &Session) -> Vec<&'static str> {
                let mut changed = Vec::new();
                if self.id != written.id {
                    changed.push("id");
                }
                $(if !self.$name.is(&written.$name, session) {
                    changed.push(stringify!($name));
                })*
                changed
            }

            fn plaintexts(&self, session: &Session) -> Vec<Option<Vec<u8>>> {
                vec![$(self.$name.plaintext(session)),*]
            }

            fn cells(twin: &$twin) -> Vec<Option<Vec<u8>>> {
                vec![$(twin.$name.bytes()),*]
            }
        }
    };
}

/// Lookups by each indexed field, and its cell sealed and opened by itself. `$asked` gives the terms that are looked for.
macro_rules! looked {
    ($model:ident $twin:ident, |$handle:ident, $session:ident, $value:ident| $asked:expr, $($name:ident $term:ident: $ty:ty;)*) => {
        impl Looked for $model {
            fn look_up(row: &Self, rows: &[Self], twins: &[$twin], $session: &Session) -> Vec<Found> {
                let mut all = Vec::new();
                $({
                    let value: Option<&$ty> = (&row.$name).into();
                    all.extend(value.map(|$value| {
                        let cell = $model::$name().seal($session, &row.id, $value).unwrap();
                        let opened = $model::$name().open($session, (row.id, cell.into())).unwrap();
                        assert!(opened.is(&row.$name, $session), stringify!($name));
                        let plaintext = $value.plaintext($session);
                        let same = rows.iter().filter(|row| row.$name.plaintext($session) == plaintext);
                        let finder = $model::$name().find($session, $value).unwrap().by(|row: &$twin| row.id);
                        let found = finder.load($session, |_| Ok(twins.to_vec())).unwrap();
                        let $handle = || $model::$name();
                        let terms: Vec<_> = $asked.iter().map(|term| term.bytes()).collect();
                        let candidates = twins.iter().filter(|row| terms.contains(&row.$term.bytes()));
                        Found {
                            field: stringify!($name),
                            wanted: same.map(|row| row.id).collect(),
                            found: found.iter().map(|row| row.id).collect(),
                            candidates: candidates.map(|row| row.id).collect(),
                        }
                    }));
                })*
                all
            }
        }
    };
}

pub(super) use {looked, wide};

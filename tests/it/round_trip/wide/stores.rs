//! What the tables' statements are, over each kind of connection.

use diesel::prelude::*;
use diesel_async::AsyncPgConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;

use super::tables::*;
use super::{Stores, Write, Writes};
use crate::multi::AnyConnection;

/// The statements over one kind of connection. `$await` is `[await]` or nothing; `$how`, what Diesel can do over it.
macro_rules! stores {
    ($conn:ty, $await:tt, [$($how:ident)*]) => {
        impl Writes for $conn {
            const WRITES: &'static [Write] = &[$(Write::$how),*];
        }

        stores!(@table $conn, $await, [$($how)*], must Must SealedMust);
        stores!(@table $conn, $await, [$($how)*], may May SealedMay);
        stores!(@table $conn, $await, [$($how)*], indexed Indexed SealedIndexed);
        stores!(@table $conn, $await, [$($how)*], narrow Narrow SealedNarrow);
        stores!(@table $conn, $await, [$($how)*], same Same SealedSame);
        stores!(@table $conn, $await, [$($how)*], padded Padded SealedPadded);
        stores!(@table $conn, $await, [$($how)*], closed Closed SealedClosed);
    };
    (@table $conn:ty, $await:tt, [$($how:ident)*], $table:ident $model:ident $twin:ident) => {
        impl Stores<$model> for $conn {
            async fn write(&mut self, how: Write, old: Vec<$twin>, new: Vec<$twin>) -> Vec<$twin> {
                let conn = self;
                #[allow(unused_mut, reason = "most ways return nothing")]
                let mut returned = Vec::new();
                match how {
                    $(Write::$how => stores!(@$how conn, $await, old, new, returned, $table $twin),)*
                    #[allow(unreachable_patterns, reason = "some connections can do all")]
                    _ => unreachable!("{how:?}"),
                }
                let _ = old;
                returned
            }

            async fn load(&mut self) -> Vec<$twin> {
                let conn = self;
                stores!(@await $await $table::table.order($table::id).select($twin::as_select()).load(conn)).unwrap()
            }
        }
    };
    (@await [] $query:expr) => { $query };
    (@await [await] $query:expr) => { $query.await };
    (@Insert $conn:ident, $await:tt, $old:ident, $new:ident, $returned:ident, $table:ident $twin:ident) => {
        for twin in &$new {
            stores!(@await $await diesel::insert_into($table::table).values(twin).execute($conn)).unwrap();
        }
    };
    (@Batch $conn:ident, $await:tt, $old:ident, $new:ident, $returned:ident, $table:ident $twin:ident) => {{
        stores!(@await $await diesel::insert_into($table::table).values(&$new).execute($conn)).unwrap();
    }};
    (@Copy $conn:ident, $await:tt, $old:ident, $new:ident, $returned:ident, $table:ident $twin:ident) => {{
        stores!(@await $await diesel::copy_from($table::table).from_insertable(&$new).execute($conn)).unwrap();
    }};
    (@Returning $conn:ident, $await:tt, $old:ident, $new:ident, $returned:ident, $table:ident $twin:ident) => {
        for twin in &$new {
            let insert = diesel::insert_into($table::table).values(twin).returning($twin::as_returning());
            $returned.push(stores!(@await $await insert.get_result($conn)).unwrap());
        }
    };
    (@Update $conn:ident, $await:tt, $old:ident, $new:ident, $returned:ident, $table:ident $twin:ident) => {
        for (old, new) in $old.iter().zip(&$new) {
            stores!(@await $await diesel::insert_into($table::table).values(old).execute($conn)).unwrap();
            stores!(@await $await diesel::update($table::table.find(new.id)).set(new).execute($conn)).unwrap();
        }
    };
    (@Upsert $conn:ident, $await:tt, $old:ident, $new:ident, $returned:ident, $table:ident $twin:ident) => {
        for twin in $old.iter().chain(&$new) {
            let insert = diesel::insert_into($table::table).values(twin).on_conflict($table::id);
            stores!(@await $await insert.do_update().set(twin).execute($conn)).unwrap();
        }
    };
}

mod blocking {
    use super::*;

    stores!(PgConnection, [], [Insert Batch Copy Returning Update Upsert]);
    stores!(SqliteConnection, [], [Insert Batch Returning Update Upsert]);
    stores!(AnyConnection, [], [Insert Update]);
}

mod asynchronous {
    use diesel_async::RunQueryDsl;

    use super::*;

    stores!(AsyncPgConnection, [await], [Insert Returning Update]);
    stores!(SyncConnectionWrapper<SqliteConnection>, [await], [Insert Update]);
}

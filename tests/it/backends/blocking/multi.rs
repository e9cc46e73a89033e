//! `MultiConnection`, over each of its backends.

/// Inserts rows one by one: Diesel inserts no batch through `MultiConnection` where SQLite is one of its backends.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let rows = $rows;
        rows.iter().map(|row| diesel::insert_into($table).values(row).execute(&mut *$conn).unwrap()).sum::<usize>()
    }};
}

mod pg;
mod sqlite;

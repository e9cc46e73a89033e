//! Attacks on stored cells: whatever a writer of the database does to one, it is an error that names its place.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use fieldseal::{OpenError, Session, Vault};

use crate::support::watch::public::permit;

mod downgrades;
mod models;
mod moves;
mod mutations;

use models::*;

const SECRET: &str = "attorney";

/// One victim row, `1` of firm `acme`, in a database that the attacker writes to.
struct World {
    vault: Vault,
    session: Session,
    conn: SqliteConnection,
}

impl World {
    fn new() -> Self {
        let vault = fieldseal::testing::vault();
        vault.blocking().create_firm("acme").unwrap();
        let session = vault.blocking().session("acme").unwrap();
        let mut conn = crate::support::sqlite::memory();
        for table in ["left_cells", "right_cells"] {
            let columns = "id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, value BLOB NOT NULL, other BLOB";
            diesel::sql_query(format!("CREATE TABLE {table} ({columns})")).execute(&mut conn).unwrap();
        }
        let victim = session.seal(&left(1)).unwrap();
        diesel::insert_into(left_cells::table).values(victim).execute(&mut conn).unwrap();
        Self { vault, session, conn }
    }

    /// Runs the attacker's SQL.
    fn attack(&mut self, sql: &str) {
        assert_eq!(diesel::sql_query(sql).execute(&mut self.conn).unwrap(), 1, "{sql}");
    }

    /// Overwrites the victim's cell.
    fn plant(&mut self, bytes: &[u8]) {
        let _permit = permit("an attacker's bytes", bytes);
        let update = diesel::sql_query("UPDATE left_cells SET value = ? WHERE id = ?");
        update.bind::<Binary, _>(bytes).bind::<BigInt, _>(1).execute(&mut self.conn).unwrap();
    }

    fn open(&mut self) -> Result<Left, OpenError> {
        let query = left_cells::table.find(1).select(SealedLeft::as_select());
        self.session.open(query.first(&mut self.conn).unwrap())
    }

    /// Checks that the victim does not open, with this code, and that the error names the place and no plaintext.
    fn assert_refused(&mut self, code: &str, attack: &str) {
        let error = self.open().expect_err(attack);
        assert_eq!(error.code(), code, "{attack}: {error}");
        assert_places(&error, "left_cells.value");
    }
}

fn assert_places(error: &OpenError, place: &str) {
    let text = format!("{error} {error:?}");
    assert!(error.to_string().contains(place), "{error}");
    assert!(!text.contains(SECRET), "{text}");
}

#[test]
fn the_victim_opens_when_nobody_attacks() {
    let mut world = World::new();
    assert_eq!(world.open().unwrap(), left(1));
}

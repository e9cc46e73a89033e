//! The connection that listens is lost now and then.

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use pollster::block_on;

use crate::places::{Place, pushed_only, seal, state, until};
use crate::support::postgres::server;

/// Nothing is polled and no lease is renewed within an hour: what arrives was pushed, or read when the listener came back.
#[test]
fn what_was_missed_while_nobody_listened_is_read_when_somebody_does() {
    for place in [Place::postgres_async(), Place::postgres_libpq()] {
        let (one, other) = (place.process(pushed_only()), place.process(pushed_only()));
        let session = block_on(other.session("a")).unwrap();
        for _ in 0..3 {
            until(|| lose_listeners(&place) > 0);
            block_on(one.revoke("a")).unwrap();
            until(|| state(&session) == "keys.revoked");
            seal(&block_on(other.session("a")).unwrap()).unwrap();
        }
    }
}

#[test]
fn the_end_of_a_vault_ends_its_listener() {
    for place in [Place::postgres_async(), Place::postgres_libpq()] {
        let vault = place.process(pushed_only());
        block_on(vault.session("a")).unwrap();
        until(|| lose_listeners(&place) > 0);
        drop(vault);
        until(|| listeners(&place, "pid") == 0);
    }
}

fn lose_listeners(place: &Place) -> usize {
    listeners(place, "pg_terminate_backend(pid)")
}

fn listeners(place: &Place, what: &str) -> usize {
    let mut admin = PgConnection::establish(server().direct_url()).unwrap();
    let name = place.database();
    let sql =
        format!("SELECT {what} FROM pg_stat_activity WHERE datname = '{name}' AND query ILIKE '%LISTEN \"fieldseal.%'");
    sql_query(sql).execute(&mut admin).unwrap()
}

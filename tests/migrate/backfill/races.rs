//! Writers that are at work meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Has `write` run again and again beside a backfill, and gives the backfill's report.
async fn beside(place: &Arc<Place>, write: &'static str, options: RunOptions) -> PassReport {
    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (place, stop) = (place.clone(), stop.clone());
        async move {
            let conn = place.connect().await;
            while !stop.load(Ordering::Relaxed) {
                // A deadlock that it loses is the writer's to bear.
                let _ = conn.batch_execute(write).await;
            }
        }
    });
    let report = place.backfill(options).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    report
}

/// What legacy writers leave is sealed by passes when they have ended. (The clearing trigger is the steps'.)
const CLEARING: &str = "\
CREATE FUNCTION clearing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
IF record_image_ne(row(NEW.email_plain), row(OLD.email_plain)) AND NOT record_image_ne(row(NEW.email), row(OLD.email)) \
THEN NEW.email := NULL; NEW.email_term := NULL; END IF; RETURN NEW; END $$; \
CREATE TRIGGER zzz_clearing BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION clearing(); \
ALTER TABLE clients ENABLE ALWAYS TRIGGER zzz_clearing";

#[test]
fn a_row_that_changes_between_read_and_write_is_never_shadowed() {
    wait(async {
        for isolation in ["read committed", "repeatable read", "serializable"] {
            let place = Arc::new(Place::of_clients(3_000).await);
            place.sql(CLEARING).await;
            place.sql(&format!("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''{isolation}''', current_database()); END $$")).await;
            let write = "UPDATE clients SET email_plain = 'x' || email_plain WHERE ctid IN (SELECT ctid FROM clients TABLESAMPLE SYSTEM (30))";
            let report = beside(&place, write, options().chunk(500)).await;
            assert_eq!(report.quarantined, 0);
            place.backfill(options()).await.unwrap();
            assert_eq!((place.unsealed().await, place.assert_equal().await), (0, 3_000), "{isolation}");
        }
    });
}

#[test]
fn a_row_that_is_deleted_and_inserted_anew_is_another_row() {
    wait(async {
        let place = Arc::new(Place::of_clients(2_000).await);
        // The same key and firm and, for half of them, the same bytes; for the others another value.
        let write = "WITH gone AS (DELETE FROM clients WHERE email_plain ~ '[05]@' AND email IS NULL RETURNING *) \
            INSERT INTO clients (id, firm_id, email_plain, notes_plain) \
            SELECT id, firm_id, CASE WHEN email_plain ~ '0@' THEN email_plain ELSE 'y' || email_plain END, notes_plain FROM gone";
        beside(&place, "BEGIN; DELETE FROM clients WHERE false; COMMIT", options()).await;
        place.sql("UPDATE clients SET email = NULL, email_term = NULL, notes = NULL").await;
        beside(&place, write, options().chunk(300)).await;
        place.backfill(options()).await.unwrap();
        assert_eq!(
            (place.unsealed().await, place.assert_equal().await),
            (0, place.number("SELECT count(*) FROM clients").await as usize)
        );
    });
}

#[test]
fn a_row_that_moves_to_another_firm_is_sealed_for_that_firm() {
    wait(async {
        let place = Arc::new(Place::of_clients(3_000).await);
        let write = "UPDATE clients SET firm_id = 1 + (firm_id + 1) % 3 WHERE email IS NULL AND email_plain ~ '7@'";
        beside(&place, write, options().chunk(200)).await;
        place.backfill(options()).await.unwrap();
        assert_eq!((place.unsealed().await, place.assert_equal().await), (0, 3_000));
    });
}

#[test]
fn a_lock_on_a_row_delays_nobody_else_and_the_row_is_counted() {
    wait(async {
        let place = Place::of_clients(500).await;
        let holder = place.connect().await;
        holder
            .batch_execute(
                "BEGIN; UPDATE clients SET notes_plain = notes_plain WHERE email_plain = 'Someone.250@example.com'",
            )
            .await
            .unwrap();
        let report = place.backfill(options().workers(1)).await.unwrap();
        assert_eq!((report.written, report.left), (499, 1));
        holder.batch_execute("COMMIT").await.unwrap();
        let report = place.backfill(options()).await.unwrap();
        assert_eq!((report.read, report.written, report.left), (1, 1, 0));
        assert_eq!(place.assert_equal().await, 500);
    });
}

#[test]
fn a_lock_on_the_table_is_waited_for() {
    wait(async {
        let place = Arc::new(Place::of_clients(500).await);
        place.backfill(options().chunk(1)).await.unwrap();
        place.sql("UPDATE clients SET email = NULL, email_term = NULL, notes = NULL").await;
        let holder = place.connect().await;
        holder.batch_execute("BEGIN; LOCK clients").await.unwrap();
        let running = tokio::spawn({
            let place = place.clone();
            async move { place.backfill(options()).await }
        });
        // It gave up waiting for the lock, more than once.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert!(!running.is_finished());
        holder.batch_execute("COMMIT").await.unwrap();
        assert_eq!(running.await.unwrap().unwrap().written, 500);
    });
}

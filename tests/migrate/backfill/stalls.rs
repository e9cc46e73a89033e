//! Whoever holds a lock or a transaction open delays the job, and the job stalls nobody.

use fieldseal::migrate::Patience;

use super::*;

/// A writer that waits for a lock for longer than a chunk's try fails.
async fn impatient(place: &Place) -> tokio_postgres::Client {
    let client = place.connect().await;
    client.batch_execute("SET lock_timeout = '5s'").await.unwrap();
    client
}

/// Runs a pass while a session holds what `begin` takes, and others write; then lets go.
async fn held(begin: &str, others_write: bool) {
    let place = Place::bare(PLAIN).await;
    place.fill(4_000).await;
    place.job::<Client>(Kind::Seal).expand(Patience::default()).await.unwrap();
    place.job::<Client>(Kind::Seal).dual_write(Patience::default()).await.unwrap();
    let (holder, writer) = (place.connect().await, impatient(&place).await);
    holder.batch_execute(begin).await.unwrap();
    let job = place.job::<Client>(Kind::Seal);
    let running = tokio::spawn(async move { job.run(options().ranges(4)).await });
    let begun = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fieldseal-migrate' AND datname = current_database()";
    until(async || place.number(begun).await > 0).await;
    for n in 0..40 {
        if others_write {
            let sql =
                format!("UPDATE clients SET notes_plain = 'n{n}' WHERE email_plain = 'Someone.{}@example.com'", 50 + n);
            writer.batch_execute(&sql).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    holder.batch_execute("COMMIT").await.unwrap();
    let report = running.await.unwrap().unwrap();
    place.backfill(options()).await.unwrap();
    assert_eq!(report.quarantined, 0);
    assert_eq!((place.unsealed().await, place.assert_equal().await), (0, 4_000));
}

#[test]
fn a_long_transaction_delays_nothing() {
    wait(held("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM clients", true));
}

#[test]
fn an_idle_transaction_with_locked_rows_is_passed_by() {
    wait(held("BEGIN; SELECT FROM clients WHERE email_plain LIKE 'Someone.1%' FOR UPDATE", true));
}

#[test]
fn a_locked_table_delays_the_job_alone() {
    wait(held("BEGIN; LOCK TABLE clients IN SHARE ROW EXCLUSIVE MODE", false));
}

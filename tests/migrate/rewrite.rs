//! Tables written anew beside their writers: nothing that was acknowledged is lost, and everything of the table is kept.

mod kept;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join;

use fieldseal::migrate::{Job, Kind, Patience, Postgres, RewriteError, RunEvent, Subject, Throttle};

use crate::backfill::{Client, PLAIN, Place, options, until, vault_at, wait};
use crate::process::{Process, ask, say};

/// A table in dual-write, and one beside it that writers write the same into.
async fn place(rows: i64) -> Place {
    let place = Place::bare(PLAIN).await;
    place.fill(rows).await;
    let job = place.job::<Client>(Kind::Seal);
    job.expand(Patience::default()).await.unwrap();
    job.dual_write(Patience::default()).await.unwrap();
    place.sql("CREATE TABLE control AS SELECT id, firm_id, email_plain, notes_plain FROM clients").await;
    place
}

/// Rows in which the table and the one beside it differ, and all rows.
async fn compared(place: &Place) -> (i64, i64) {
    let differ = "SELECT count(*) FROM (SELECT id, firm_id, email_plain, notes_plain FROM clients) a \
                  FULL JOIN control b USING (id) WHERE a IS DISTINCT FROM b";
    let differ = differ.replace(
        "a IS DISTINCT FROM b",
        "(a.firm_id, a.email_plain, a.notes_plain) IS DISTINCT FROM (b.firm_id, b.email_plain, b.notes_plain)",
    );
    (place.number(&differ).await, place.number("SELECT count(*) FROM clients").await)
}

#[test]
fn rows_are_sealed_on_the_way() {
    wait(async {
        let place = place(3_000).await;
        let before = place.number("SELECT pg_relation_filenode('clients')::int8").await;
        let report = place.job::<Client>(Kind::Seal).rewrite(options().ranges(4), Patience::default()).await.unwrap();
        assert_eq!((report.written, report.quarantined), (3_000, 0));
        assert_eq!((place.unsealed().await, place.assert_equal().await), (0, 3_000));
        assert_eq!(compared(&place).await, (0, 3_000));
        assert_ne!(place.number("SELECT pg_relation_filenode('clients')::int8").await, before);
        let left = "SELECT count(*) FROM pg_class WHERE relname LIKE '%fieldseal_new%' OR relname LIKE '%fieldseal_old%' \
                    OR relname LIKE '%fieldseal_log%'";
        assert_eq!(place.number(left).await, 0);
        // What the steps need is there as before.
        place.job::<Client>(Kind::Seal).verify(options()).await.unwrap();
        place.job::<Client>(Kind::Seal).fence(Patience::default()).await.unwrap();
    });
}

/// Inserts, updates, upserts, deletes and changes of keys, into both tables in one transaction.
async fn write(place: Arc<Place>, number: i64, stop: Arc<AtomicBool>) -> i64 {
    let (client, mut written) = (place.connect().await, 0);
    while !stop.load(Ordering::Relaxed) {
        let n = written * 10 + number;
        let of = |table: &str| match written % 5 {
            0 => {
                format!("INSERT INTO {table} (id, firm_id, email_plain) VALUES (md5('new {n}')::uuid, 1, 'new{n}@b.c')")
            }
            1 => format!(
                "UPDATE {table} SET notes_plain = 'changed {n}' WHERE id IN (SELECT id FROM control ORDER BY md5(id::text || {n}) LIMIT 3)"
            ),
            2 => format!(
                "INSERT INTO {table} (id, firm_id, email_plain) SELECT id, 2, 'upsert{n}@b.c' FROM control WHERE id = md5('new {m}')::uuid \
                          ON CONFLICT (id) DO UPDATE SET email_plain = excluded.email_plain",
                m = n - 20
            ),
            3 => format!(
                "DELETE FROM {table} WHERE id = (SELECT max(id::text)::uuid FROM control WHERE id::text LIKE '%{}')",
                written % 10
            ),
            _ => format!("UPDATE {table} SET id = md5('moved {n}')::uuid WHERE id = md5('new {}')::uuid", n - 40),
        };
        // The table beside it last: what the statements look for is in there.
        let sql = format!(
            "BEGIN; LOCK TABLE control IN SHARE ROW EXCLUSIVE MODE; {}; {}; COMMIT",
            of("clients"),
            of("control")
        );
        client.batch_execute(&sql).await.unwrap();
        written += 1;
    }
    written
}

#[test]
fn writers_go_on_and_nothing_of_theirs_is_lost() {
    wait(async {
        let place = Arc::new(place(5_000).await);
        place.sql("ALTER TABLE control ADD PRIMARY KEY (id)").await;
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..2).map(|number| tokio::spawn(write(place.clone(), number, stop.clone()))).collect();
        for _ in 0..3 {
            let throttle = Throttle::none().rows_per_second(5_000.0);
            let job = place.job::<Client>(Kind::Seal);
            job.rewrite(options().ranges(8).chunk(200).throttle(throttle), Patience::default()).await.unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            assert!(writer.await.unwrap() > 50);
        }
        let (differ, rows) = compared(&place).await;
        assert_eq!(differ, 0, "of {rows} rows");
        place.job::<Client>(Kind::Seal).run(options().throttle(Throttle::none())).await.unwrap();
        assert_eq!(place.unsealed().await, 0);
        place.assert_equal().await;
    });
}

#[test]
fn a_table_that_is_truncated_meanwhile_is_copied_anew() {
    wait(async {
        let place = place(2_000).await;
        let truncating = async {
            let copied = "SELECT coalesce(sum(rows_read), 0)::int8 FROM fieldseal_migrate.range";
            until(async || place.number(copied).await > 0).await;
            let sql = "TRUNCATE clients; INSERT INTO clients (id, firm_id, email_plain) VALUES (gen_random_uuid(), 1, 'after@b.c')";
            place.sql(sql).await;
        };
        let throttle = Throttle::none().rows_per_second(2_000.0);
        let job = place.job::<Client>(Kind::Seal);
        let rewriting = job.rewrite(options().ranges(4).chunk(100).throttle(throttle), Patience::default());
        join(rewriting, truncating).await.0.unwrap();
        assert_eq!(place.number("SELECT count(*) FROM clients").await, 1);
        assert_eq!((place.unsealed().await, place.assert_equal().await), (0, 1));
    });
}

/// In a child: rewrites until it is killed.
pub(crate) fn rewriter() {
    let url = std::env::var("TEST_URL").unwrap();
    let vault = vault_at(&url, std::env::var("TEST_KEYS").unwrap().as_ref());
    let job = Job::new(&vault, Kind::Seal, Subject::of::<Client>(), Postgres::new(url));
    let tell = |event: &RunEvent| {
        if let RunEvent::Range { .. } = event {
            say("range");
        }
    };
    let throttle = Throttle::none().rows_per_second(4_000.0);
    let options = options().ranges(6).chunk(200).lease(Duration::from_millis(500)).throttle(throttle).telling(tell);
    say(wait(job.rewrite(options, Patience::default())).map_or_else(|error| error.code(), |_| "done"));
    ask();
}

#[test]
fn a_rewrite_that_is_killed_is_taken_up() {
    wait(async {
        let place = place(6_000).await;
        let (url, keys) = (place.url(), place.directory.path().join("keys"));
        let environment = [("TEST_URL", &*url), ("TEST_KEYS", keys.to_str().unwrap())];
        for ranges in 1..4 {
            let mut child = Process::start("rewriter", &environment);
            for _ in 0..ranges {
                assert_eq!(child.hear(), "range");
            }
            child.signal("KILL");
            child.wait();
            place.sql("UPDATE clients SET notes_plain = 'between' WHERE id IN (SELECT id FROM clients LIMIT 7)").await;
            place.sql("UPDATE control SET notes_plain = c.notes_plain FROM clients c WHERE c.id = control.id").await;
        }
        let job = place.job::<Client>(Kind::Seal);
        let quick = options().lease(Duration::from_millis(300)).throttle(Throttle::none());
        let report = job.rewrite(quick, Patience::default()).await.unwrap();
        assert_eq!(report.pass, 1, "the pass went on");
        assert_eq!(compared(&place).await, (0, 6_000));
        let again = place.job::<Client>(Kind::Seal).run(options()).await.unwrap();
        assert!(again.read <= 21, "{again:?}");
        assert_eq!((place.unsealed().await, place.assert_equal().await), (0, 6_000));
    });
}

#[test]
fn a_lock_that_is_not_to_be_had_stalls_nobody() {
    wait(async {
        let place = place(200).await;
        let (reader, writer) = (place.connect().await, place.connect().await);
        reader.batch_execute("BEGIN; SELECT count(*) FROM clients").await.unwrap();
        // A writer that would have to wait for longer than a try of the swap fails.
        writer.batch_execute("SET lock_timeout = '4s'").await.unwrap();
        let job = place.job::<Client>(Kind::Seal);
        let patience = Patience { lock_timeout: Duration::from_millis(200), overall: Duration::from_secs(2) };
        let rewriting = tokio::spawn(async move { job.rewrite(options(), patience).await });
        while !rewriting.is_finished() {
            writer
                .batch_execute("UPDATE clients SET notes_plain = 'on' WHERE id = (SELECT id FROM clients LIMIT 1)")
                .await
                .unwrap();
        }
        let error = rewriting.await.unwrap().unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), ("step.locked", true));
        reader.batch_execute("COMMIT").await.unwrap();
        place.job::<Client>(Kind::Seal).rewrite(options(), Patience::default()).await.unwrap();
        // What was written since it was copied is sealed by a sweep.
        place.job::<Client>(Kind::Seal).run(options()).await.unwrap();
        assert_eq!((place.unsealed().await, place.assert_equal().await), (0, 200));
    });
}

fn codes(error: &RewriteError) -> Vec<&'static str> {
    let RewriteError::Step(fieldseal::migrate::StepError::Obstacles { obstacles, .. }) = error else {
        panic!("{error:?}")
    };
    obstacles.iter().map(|obstacle| obstacle.code).collect()
}

//! Operators: throttle, pause, resume, abort, status.

use std::sync::{Arc, Mutex};

use fieldseal::migrate::{RunError, RunEvent, Throttle};

use super::*;

/// Options that keep what is told.
fn told(options: RunOptions) -> (RunOptions, Arc<Mutex<Vec<RunEvent>>>) {
    let events: Arc<Mutex<Vec<RunEvent>>> = Arc::default();
    let keep = events.clone();
    (options.telling(move |event| keep.lock().unwrap().push(event.clone())), events)
}

async fn written(place: &Place) -> i64 {
    place.number("SELECT count(*) FROM clients WHERE email IS NOT NULL").await
}

#[test]
fn a_paused_job_waits_and_goes_on() {
    wait(async {
        let place = Arc::new(Place::of_clients(3_000).await);
        let job = place.job::<Client>(Kind::Seal);
        let slow = Throttle::none().rows_per_second(400.0);
        let (options, events) = told(options().workers(2).throttle(slow));
        let running = tokio::spawn({
            let job = job.clone();
            async move { job.run(options).await }
        });
        until(async || written(&place).await > 0).await;
        job.pause().await.unwrap();
        let is = |event: RunEvent| events.lock().unwrap().contains(&event);
        until(async || is(RunEvent::Paused)).await;
        // What is in flight ends; then nothing is written.
        let mut before = -1;
        until(async || {
            let now = written(&place).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            std::mem::replace(&mut before, now) == now
        })
        .await;
        assert!(before < 3_000 && job.status().await.unwrap().state == "paused");
        job.throttle(Throttle::none()).await.unwrap();
        job.resume().await.unwrap();
        let report = running.await.unwrap().unwrap();
        assert_eq!((report.read, report.written), (3_000, 3_000));
        assert!(is(RunEvent::Resumed));
    });
}

#[test]
fn an_aborted_job_stops_and_its_next_run_goes_on_from_there() {
    wait(async {
        let place = Arc::new(Place::of_clients(3_000).await);
        let job = place.job::<Client>(Kind::Seal);
        let running = tokio::spawn({
            let (job, slow) = (job.clone(), Throttle::none().rows_per_second(400.0));
            async move { job.run(options().throttle(slow)).await }
        });
        until(async || written(&place).await > 0).await;
        job.abort().await.unwrap();
        assert!(matches!(running.await.unwrap(), Err(RunError::Aborted { .. })));
        let done = written(&place).await;
        assert!(done < 3_000);
        assert!(matches!(job.run(options()).await, Err(RunError::Aborted { .. })));
        job.resume().await.unwrap();
        let report = job.run(options().throttle(Throttle::none())).await.unwrap();
        assert_eq!((report.pass, report.read, report.written), (1, 3_000, 3_000));
    });
}

#[test]
fn a_rate_holds_for_all_workers_together() {
    wait(async {
        let place = Place::of_clients(1_000).await;
        let begin = std::time::Instant::now();
        let slow = Throttle::none().rows_per_second(500.0);
        let (options, events) = told(options().workers(4).ranges(8).throttle(slow));
        place.backfill(options).await.unwrap();
        assert!(begin.elapsed() > Duration::from_millis(1_200), "{:?}", begin.elapsed());
        let rates = events
            .lock()
            .unwrap()
            .iter()
            .any(|event| serde_json::to_value(event).unwrap().get("slowed_by").is_some_and(|by| by == "rate"));
        assert!(rates, "it is told why the job is slow");
    });
}

#[test]
fn a_job_slows_down_while_others_wait_for_locks() {
    wait(async {
        let place = Place::of_clients(2_000).await;
        place.sql("CREATE TABLE other (a integer)").await;
        let holder = place.connect().await;
        holder.batch_execute("BEGIN; LOCK other").await.unwrap();
        let waiter = place.connect().await;
        let waiting = tokio::spawn(async move { waiter.batch_execute("BEGIN; LOCK other; COMMIT").await });
        until(async || {
            place.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()").await > 0
        })
        .await;
        let (options, events) = told(options().throttle(Throttle::none().max_lock_waits(0)));
        let job = place.job::<Client>(Kind::Seal);
        let running = tokio::spawn(async move { job.run(options).await });
        let slowed = || {
            let events = events.lock().unwrap();
            events.iter().any(|event| serde_json::to_string(event).unwrap().contains("\"lock-waits\""))
        };
        until(async || slowed()).await;
        assert!(written(&place).await < 2_000, "at fifty rows a second there is much to do");
        drop(holder);
        // The rate comes back by steps of fifty.
        assert_eq!(running.await.unwrap().unwrap().written, 2_000);
        let _ = waiting.await;
    });
}

#[test]
fn two_jobs_on_one_table_have_one_winner() {
    wait(async {
        let place = Place::of_clients(10).await;
        place.backfill(options()).await.unwrap();
        let other = place.job::<Client>(Kind::Seal).named("another").run(options()).await;
        assert!(matches!(other, Err(RunError::Busy { table: "clients", .. })), "{other:?}");
        let none = place.job::<Client>(Kind::Seal).named("none").status().await;
        assert!(matches!(none, Err(RunError::NoJob { .. })));
    });
}

//! What others feel of a job that is throttled: point reads and updates of theirs.

use std::time::{Duration, Instant};

use fieldseal::migrate::{RunOptions, Throttle};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::harness::rows;
use crate::place::Place;

/// Rows a second.
const THROTTLE: f64 = 5_000.0;

pub(crate) async fn measure(place: &Place) {
    let client = place.connect().await;
    let keys = keys(&client).await;
    // What a connection does first takes longer.
    drop(times(&client, &keys).await);
    let idle = times(&client, &keys).await;
    let job = place.job();
    let options = RunOptions::new().workers(1).throttle(Throttle::none().rows_per_second(THROTTLE));
    let running = tokio::spawn(async move { job.run(options).await });
    until_it_writes(&client).await;
    let busy = times(&client, &keys).await;
    println!("the job was {} meanwhile", if running.is_finished() { "over" } else { "running" });
    running.abort();
    for (name, idle, busy) in [("reads", &idle[0], &busy[0]), ("updates", &idle[1], &busy[1])] {
        let at = |share: f64| format!("{} µs idle, {} µs beside it", percentile(idle, share), percentile(busy, share));
        println!("foreign {name} at {THROTTLE} rows a second: p50 {}; p99 {}", at(0.5), at(0.99));
    }
}

async fn keys(client: &Client) -> Vec<Uuid> {
    let some = "SELECT id FROM plain ORDER BY md5(id::text) LIMIT 2000";
    client.query(some, &[]).await.expect("there are rows").iter().map(|row| row.get(0)).collect()
}

async fn until_it_writes(client: &Client) {
    let sealed = "SELECT EXISTS (SELECT FROM clients WHERE email IS NOT NULL)";
    while !client.query_one(sealed, &[]).await.expect("the table is there").get::<_, bool>(0) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Microseconds of reads and of updates, sorted.
async fn times(client: &Client, keys: &[Uuid]) -> [Vec<u128>; 2] {
    let read = client.prepare("SELECT firm_id, seen FROM clients WHERE id = $1").await.expect("a statement");
    let update = client.prepare("UPDATE clients SET seen = seen + 1 WHERE id = $1").await.expect("a statement");
    let mut times = [Vec::new(), Vec::new()];
    for n in 0..rows(10_000, 1_000) {
        for (times, statement) in times.iter_mut().zip([&read, &update]) {
            let begin = Instant::now();
            client.query(statement, &[&keys[n % keys.len()]]).await.expect("the row is there");
            times.push(begin.elapsed().as_micros());
        }
    }
    times.each_mut().map(std::mem::take).map(|mut times| {
        times.sort_unstable();
        times
    })
}

fn percentile(sorted: &[u128], share: f64) -> u128 {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

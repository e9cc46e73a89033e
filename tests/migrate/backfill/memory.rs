//! What a pass holds does not grow with the table.

use super::*;
use crate::process::{Process, ask, say};

/// In a child: a pass with the defaults, and the most that the process took.
pub(crate) fn backfill() {
    let url = std::env::var("TEST_URL").unwrap();
    let vault = vault_at(&url, std::env::var("TEST_KEYS").unwrap().as_ref());
    let job = Job::new(&vault, Kind::Seal, Subject::of::<Client>(), Postgres::new(url));
    let report = wait(job.run(RunOptions::new())).unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    say(&format!("{} {}", report.written, peak.trim().trim_end_matches(" kB")));
    ask();
}

#[test]
fn a_pass_over_wide_rows_takes_less_than_256_mib() {
    wait(async {
        let place = Place::of_clients(200).await;
        // 130 MiB, some rows of 4 MiB among them.
        place
            .sql(
                "INSERT INTO clients (id, firm_id, notes_plain) SELECT gen_random_uuid(), 1 + n % 3, repeat(md5(n::text), \
                 CASE WHEN n % 400 = 0 THEN 131072 ELSE 320 END) FROM generate_series(1, 6000) n; ANALYZE clients",
            )
            .await;
        let (url, keys) = (place.url(), place.directory.path().join("keys"));
        let environment = [("TEST_URL", &*url), ("TEST_KEYS", keys.to_str().unwrap())];
        let mut child = Process::start("memory", &environment);
        let said = child.hear();
        let (written, peak) = said.split_once(' ').unwrap();
        assert_eq!(written, "6200");
        assert!(peak.parse::<u64>().unwrap() < 256 * 1024, "{peak} KiB");
    });
}

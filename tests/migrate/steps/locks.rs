//! MIG-11 and MIG-12: one operator at a time, and nobody waits for a step longer than its lock timeout.

use std::time::Duration;

use fieldseal::migrate::{Patience, StatementError, StepError};

use super::{Scene, job, patient};

fn hasty() -> Patience {
    Patience { lock_timeout: Duration::from_millis(200), overall: Duration::from_millis(1500) }
}

#[test]
fn a_long_transaction_delays_the_step_and_stalls_no_other_writer() {
    let scene = Scene::new();
    scene.to_dual_write();
    scene.dual(1);
    scene.dual(2);
    scene.verified();
    let (long, writer) = (scene.another(), scene.another());
    scene.runtime.block_on(long.batch_execute("BEGIN; UPDATE clients SET name = 'long' WHERE id = 1")).unwrap();
    let step = async { scene.job.fence(hasty()).await };
    // Without the step's lock timeout another writer would wait for as long as the transaction lasts, and give up.
    let others = async {
        writer.batch_execute("SET lock_timeout = '10s'").await.unwrap();
        for _ in 0..200 {
            writer.batch_execute("UPDATE clients SET name = 'other' WHERE id = 2").await.unwrap();
        }
    };
    let (step, ()) = scene.runtime.block_on(async { futures_util::join!(step, others) });
    let Err(StepError::Statement(StatementError::Locked { by, .. })) = step else { panic!("{step:?}") };
    assert_eq!(by[0].state, "idle in transaction");
    scene.runtime.block_on(long.batch_execute("COMMIT")).unwrap();
    scene.step(scene.job.fence(patient())).unwrap();
}

#[test]
fn of_two_operators_one_is_refused() {
    let scene = Scene::new();
    scene.expand();
    let (one, other) = (job(&scene.vault, &scene.database), job(&scene.vault, &scene.database));
    let blocked = scene.another();
    scene.runtime.block_on(blocked.batch_execute("BEGIN; LOCK TABLE clients IN SHARE MODE")).unwrap();
    let both = async {
        futures_util::join!(one.expand(hasty()), async {
            tokio::task::yield_now().await;
            other.expand(hasty()).await
        })
    };
    // Whoever comes first may also be done before the other begins, were the table not locked.
    let (one, other) = scene.runtime.block_on(both);
    let codes = [one.map_or_else(|e| e.code(), |()| "ok"), other.map_or_else(|e| e.code(), |()| "ok")];
    assert!(codes.contains(&"step.busy"), "{codes:?}");
}

#[test]
fn a_second_job_on_a_table_is_refused_by_name() {
    let scene = Scene::new();
    scene.expand();
    let other = job(&scene.vault, &scene.database).named("again");
    let refused = scene.step(other.expand(patient())).unwrap_err();
    assert!(matches!(&refused, StepError::TableTaken { other, .. } if other == "clients"), "{refused}");
}

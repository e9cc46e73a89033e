//! A table's whole journey, forward and back, read by the service in every step, with a legacy writer at work until the fence.

mod types;

use diesel::prelude::*;
use fieldseal::migrate::{Contract, Job, Kind, Patience, RolledBack, RunOptions, StepError, VerifyReport};

use crate::backfill::{Client, Place, SealedClient, clients};

const PLAIN: &str =
    "CREATE TABLE clients (id uuid PRIMARY KEY, firm_id bigint, email_plain text NOT NULL, notes_plain text)";

struct Journey {
    place: Place,
    job: Job,
}

impl Journey {
    async fn new(rows: i64) -> Self {
        let place = Place::bare(PLAIN).await;
        place.vault.register::<(Client,)>().unwrap();
        place.fill(rows).await;
        let job = place.job::<Client>(Kind::Seal).named("clients");
        Self { place, job }
    }

    fn p() -> Patience {
        Patience::default()
    }

    async fn pass(&self, kind: Kind) {
        let job = self.place.job::<Client>(kind).named("clients");
        let report = job.run(options()).await.unwrap();
        assert_eq!((report.left, report.quarantined), (0, 0));
    }

    async fn verify(&self) -> VerifyReport {
        let report = self.job.verify(options()).await.unwrap();
        assert!(report.is_clean(), "{report:?}");
        report
    }

    /// A legacy writer, which knows of plaintext only.
    async fn legacy(&self, sql: &str) {
        self.place.sql(sql).await;
    }

    /// Every row as the service reads it, by e-mail.
    async fn read(&self) -> Vec<(String, Option<String>)> {
        let mut conn = PgConnection::establish(&self.place.url()).unwrap();
        let rows = clients::table.select(SealedClient::as_select()).load(&mut conn).unwrap();
        let opened = self.place.vault.open(rows).await.unwrap();
        let mut all: Vec<_> = opened.into_iter().map(|client| (client.email.unwrap(), client.notes)).collect();
        all.sort();
        all
    }

    async fn assert_reads(&self, wanted: &[(String, Option<String>)], step: &str) {
        assert!(self.read().await == wanted, "{step}: other values than before");
    }

    /// To the fence, swept and verified; gives what the service then reads.
    async fn to_the_fence(&self) -> Vec<(String, Option<String>)> {
        self.job.expand(Self::p()).await.unwrap();
        self.job.dual_write(Self::p()).await.unwrap();
        self.pass(Kind::Seal).await;
        self.legacy("UPDATE clients SET notes_plain = 'changed' WHERE notes_plain LIKE '%1'").await;
        self.legacy("DELETE FROM clients WHERE email_plain LIKE '%7@%'").await;
        self.legacy("INSERT INTO clients (id, firm_id, email_plain) VALUES (gen_random_uuid(), 1, 'late@b.c')").await;
        self.verify().await;
        self.job.fence(Self::p()).await.unwrap();
        let before = self.read().await;
        self.pass(Kind::Seal).await;
        self.assert_reads(&before, "swept").await;
        before
    }
}

fn options() -> RunOptions {
    RunOptions::new().workers(2).ranges(3)
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

#[test]
fn plaintext_becomes_sealed_and_the_service_reads_the_same_in_every_step() {
    wait(async {
        let journey = Journey::new(400).await;
        let job = &journey.job;
        let wanted = journey.to_the_fence().await;
        job.validate(Journey::p()).await.unwrap();
        journey.assert_reads(&wanted, "validated").await;
        let report = journey.verify().await;
        assert_eq!((report.columns[0].unsealed, report.columns[0].both), (0, wanted.len() as u64));
        assert_eq!(VerifyReport::from_json(&report.to_json(), &journey.place.vault).await.unwrap(), report);
        job.cut_over(Journey::p()).await.unwrap();
        journey.assert_reads(&wanted, "cut over").await;
        let in_use = job.contract(Contract::Drop, Journey::p()).await.unwrap_err();
        assert_eq!(in_use.code(), "phase.in_use");
        // A process with the model of after: here one that has no model registered.
        let after = journey.place.another_vault().await;
        journey.place.vault.leave().await.unwrap();
        let job = Job::new(&after, Kind::Seal, job.subject().clone(), journey.place.target()).named("clients");
        job.contract(Contract::Drop, Journey::p()).await.unwrap();
        let gone = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'clients'::regclass AND attname LIKE '%plain' AND NOT attisdropped";
        assert_eq!(journey.place.number(gone).await, 0);
        let sealed: Vec<_> = journey.place.read_whole(&after).await;
        assert!(sealed == wanted);
    });
}

#[test]
fn a_table_comes_back_from_cut_over_with_every_value() {
    wait(async {
        let journey = Journey::new(300).await;
        let job = &journey.job;
        let wanted = journey.to_the_fence().await;
        job.validate(Journey::p()).await.unwrap();
        journey.verify().await;
        job.cut_over(Journey::p()).await.unwrap();
        // Written by the service since: no plaintext lies beside it.
        let mut conn = PgConnection::establish(&journey.place.url()).unwrap();
        let new = Client { id: uuid::Uuid::new_v4(), firm_id: 2, email: Some("new@b.c".into()), notes: None };
        let session = journey.place.vault.session(2i64).await.unwrap();
        diesel::insert_into(clients::table).values(session.seal(&new).unwrap()).execute(&mut conn).unwrap();
        let mut wanted = wanted;
        wanted.push(("new@b.c".into(), None));
        wanted.sort();
        for to in [RolledBack::ToValidated, RolledBack::ToFenced, RolledBack::ToDualWrite] {
            assert_eq!(job.roll_back("ops", "a test", Journey::p()).await.unwrap(), to);
            journey.assert_reads(&wanted, "going back").await;
        }
        let early = job.roll_back("ops", "a test", Journey::p()).await;
        assert!(matches!(early, Err(StepError::Incomplete { rows: 1, .. })), "{early:?}");
        journey.pass(Kind::Unseal).await;
        assert_eq!(job.roll_back("ops", "a test", Journey::p()).await.unwrap(), RolledBack::ToExpanded);
        journey.assert_reads(&wanted, "expanded").await;
        let plain = "SELECT count(*) FROM clients WHERE email_plain IS NULL";
        assert_eq!(journey.place.number(plain).await, 0);
    });
}

#[test]
fn a_report_that_somebody_changed_is_refused_and_a_wrong_row_stops_the_job() {
    wait(async {
        let journey = Journey::new(50).await;
        let job = &journey.job;
        job.expand(Journey::p()).await.unwrap();
        job.dual_write(Journey::p()).await.unwrap();
        journey.pass(Kind::Seal).await;
        let report = journey.verify().await;
        let forged = report.to_json().replace("\"wrong\":0", "\"wrong\":1");
        assert!(VerifyReport::from_json(&forged, &journey.place.vault).await.is_err());
        // Cells that do not belong to their rows, and plaintext that is not the cell's.
        let swap = "UPDATE clients SET notes = (SELECT notes FROM clients c WHERE c.id <> clients.id AND notes IS NOT NULL LIMIT 1) \
                    WHERE id = (SELECT id FROM clients WHERE notes IS NOT NULL LIMIT 1)";
        journey
            .place
            .sql(&format!("SET session_replication_role = replica; ALTER TABLE clients DISABLE TRIGGER USER; {swap}"))
            .await;
        journey
            .place
            .sql("UPDATE clients SET email_plain = 'other@b.c' WHERE id = (SELECT max(id::text)::uuid FROM clients)")
            .await;
        journey.place.sql("ALTER TABLE clients ENABLE ALWAYS TRIGGER zzz_fieldseal_a_transit").await;
        let report = job.verify(options()).await.unwrap();
        assert_eq!(report.wrong, 2);
        let reasons: Vec<String> =
            job.quarantined(10).await.unwrap().into_iter().map(|row| row.reason.as_str().to_owned()).collect();
        assert!(
            reasons.contains(&"does-not-open".to_owned()) && reasons.contains(&"differs".to_owned()),
            "{reasons:?}"
        );
        assert_eq!(job.fence(Journey::p()).await.unwrap_err().code(), "step.quarantined");
    });
}

//! Rows that can't be done.

use fieldseal::migrate::RunError;

use super::*;

/// The reasons of the job, counted.
async fn reasons(place: &Place) -> Vec<(String, i64)> {
    place.job::<Client>(Kind::Seal).status().await.unwrap().quarantine.into_iter().collect()
}

#[test]
fn a_row_of_an_unknown_firm_or_of_none_is_put_down_and_the_others_are_sealed() {
    wait(async {
        let place = Place::of_clients(100).await;
        place.sql("UPDATE clients SET firm_id = 99 WHERE email_plain LIKE 'Someone.1_@%'").await;
        place.sql("UPDATE clients SET firm_id = NULL WHERE email_plain LIKE 'Someone.2_@%'").await;
        let report = place.backfill(options()).await.unwrap();
        assert_eq!((report.written, report.quarantined), (80, 20));
        assert_eq!(reasons(&place).await, [("no-firm".into(), 10), ("unknown-firm".into(), 10)]);
        let listed = place.job::<Client>(Kind::Seal).quarantined(100).await.unwrap();
        assert_eq!(listed.len(), 20);
        assert!(listed.iter().all(|row| row.row_key[0].parse::<Uuid>().is_ok() && row.column == "email"));
        // What is mended is sealed by the next pass, and is in quarantine no more.
        place.sql("UPDATE clients SET firm_id = 1 WHERE firm_id IS NULL").await;
        let report = place.backfill(options()).await.unwrap();
        assert_eq!((report.written, report.quarantined), (10, 10));
        assert_eq!(reasons(&place).await, [("unknown-firm".into(), 10)]);
    });
}

#[test]
fn rows_in_quarantine_are_tried_alone() {
    wait(async {
        let place = Place::of_clients(100).await;
        place.sql("UPDATE clients SET firm_id = NULL WHERE email_plain LIKE 'Someone.2_@%'").await;
        place.backfill(options()).await.unwrap();
        place
            .sql("UPDATE clients SET firm_id = 2 WHERE email_plain LIKE 'Someone.2_@%' AND email_plain < 'Someone.25'")
            .await;
        let report = place.job::<Client>(Kind::Seal).retry_quarantined(options()).await.unwrap();
        assert_eq!((report.read, report.written, report.quarantined), (10, 5, 5));
        place.sql("DELETE FROM clients WHERE firm_id IS NULL").await;
        let report = place.job::<Client>(Kind::Seal).retry_quarantined(options()).await.unwrap();
        assert_eq!((report.written, report.quarantined), (0, 0), "a row that is gone is no trouble");
    });
}

#[test]
fn a_term_that_another_row_has_is_found_in_its_chunk() {
    wait(async {
        let place = Place::of_clients(1_000).await;
        // Alike once they are normalized, in one firm.
        place
            .sql("UPDATE clients SET email_plain = 'SAME@example.com' WHERE email_plain = 'Someone.300@example.com'")
            .await;
        place.sql("UPDATE clients SET email_plain = 'same@example.com' WHERE email_plain IN ('Someone.600@example.com', 'Someone.900@example.com')").await;
        let report = place.backfill(options().workers(1)).await.unwrap();
        assert_eq!((report.written, report.quarantined), (998, 2));
        assert_eq!(reasons(&place).await, [("not-unique".into(), 2)]);
        assert_eq!(place.assert_equal().await, 998);
    });
}

#[test]
fn a_row_that_a_constraint_or_a_trigger_refuses_does_not_hold_up_the_others() {
    wait(async {
        let place = Place::of_clients(500).await;
        place
            .sql(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN IF NEW.notes_plain = 'note 77' THEN RAISE 'no: %', NEW.notes_plain; END IF; RETURN NEW; END $$; \
                 CREATE TRIGGER refuse BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION refuse(); \
                 ALTER TABLE clients ADD CHECK (notes_plain <> 'note 78' OR notes IS NULL)",
            )
            .await;
        let report = place.backfill(options()).await.unwrap();
        assert_eq!((report.written, report.quarantined), (498, 2));
        assert_eq!(reasons(&place).await, [("refused".into(), 2)]);
    });
}

#[test]
fn where_everything_is_refused_the_pass_stops() {
    wait(async {
        let place = Place::of_clients(500).await;
        place.sql("ALTER TABLE clients ADD CHECK (email IS NULL)").await;
        let error = place.backfill(options().quarantine_limit(100)).await.unwrap_err();
        assert!(matches!(error, RunError::Quarantine { limit: 100, .. }), "{error}");
        // Everybody's error is free of values.
        assert!(!format!("{error} {error:?}").contains("example.com"));
    });
}

#[test]
fn a_suspended_firm_stops_the_pass_and_says_which() {
    wait(async {
        let place = Place::of_clients(100).await;
        place.vault.admin().suspend(2i64, "a test").await.unwrap();
        let error = place.backfill(options()).await.unwrap_err();
        assert_eq!(error.code(), "keys.suspended");
        place.vault.admin().reinstate(2i64).await.unwrap();
        let report = place.backfill(options()).await.unwrap();
        assert_eq!((report.pass, report.read), (1, 100), "the pass went on where it was");
        assert_eq!(place.assert_equal().await, 100);
    });
}

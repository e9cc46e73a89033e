//! The same engine for new keys, and back.

use fieldseal::keys::Purpose;

use super::*;

#[test]
fn cells_below_a_version_are_sealed_anew_and_the_version_can_go() {
    wait(async {
        let place = Place::of_clients(300).await;
        place.vault.register::<(Client,)>().unwrap();
        place.backfill(options()).await.unwrap();
        place.sql("UPDATE fieldseal_migrate.job SET state = 'done'").await;
        let rotation = place.vault.admin().rotate(2i64, Purpose::Data).await.unwrap();
        assert_eq!((rotation.old, rotation.new), (1, 2));
        let below = |version| {
            format!("SELECT count(*) FROM clients WHERE firm_id = 2 AND get_byte(email::bytea, 1) < {version}")
        };
        assert_eq!(place.number(&below(2)).await, 100);
        let job = place.job::<Client>(Kind::Reseal);
        let report = job.run(options().firm(2i64).below(2)).await.unwrap();
        assert_eq!((report.read, report.written), (100, 100));
        assert_eq!(place.number(&below(2)).await, 0);
        // Without a firm or a version: all cells that are not under their firm's active key.
        place.vault.admin().rotate(3i64, Purpose::Data).await.unwrap();
        let report = job.run(options()).await.unwrap();
        assert_eq!((report.read, report.written, report.unchanged), (300, 100, 200));
        assert_eq!(place.assert_equal().await, 300);
    });
}

#[test]
fn what_was_sealed_comes_back_as_it_was() {
    wait(async {
        let place = Place::of_clients(500).await;
        place.backfill(options()).await.unwrap();
        place.sql("CREATE TABLE before AS SELECT id, email_plain, notes_plain FROM clients").await;
        place.sql("UPDATE clients SET email_plain = NULL, notes_plain = NULL; UPDATE fieldseal_migrate.job SET state = 'done'").await;
        let report = place.job::<Client>(Kind::Unseal).run(options()).await.unwrap();
        assert_eq!((report.written, report.quarantined), (500, 0));
        let differ = "SELECT count(*) FROM clients JOIN before USING (id) \
                      WHERE row(clients.email_plain, clients.notes_plain) IS DISTINCT FROM row(before.email_plain, before.notes_plain)";
        assert_eq!(place.number(differ).await, 0);
    });
}

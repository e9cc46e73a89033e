//! The models that other cases do not use.

use super::*;
use crate::models::document::*;
use crate::models::ledger::*;
use crate::models::sample::*;
use crate::models::setting::*;

#[tokio::test]
async fn every_type_is_written_and_read() {
    let (vault, _session, mut db) = start().await;
    let conn = &mut db.conn;
    let session = vault.session(7i64).await.unwrap();
    let all = [Sample::new(1, "null"), Sample::new(-2, "filled").filled(), Sample::new(i64::MIN, "").filled()];
    insert_all!(conn, samples::table, session.seal(&all[..]).unwrap());
    for sample in &all {
        let row = go!(samples::table.find(sample.id).select(SealedSample::as_select()).first(conn)).unwrap();
        assert_eq!(session.open(row).unwrap(), *sample);
    }
    let changed = Sample { id: 1, ..Sample::new(9, "changed").filled() };
    let sealed = session.seal(&changed).unwrap();
    go!(diesel::update(samples::table.find(1i64)).set(sealed).execute(conn)).unwrap();
    let row = go!(samples::table.find(1i64).select(SealedSample::as_select()).first(conn)).unwrap();
    assert_eq!(session.open(row).unwrap(), changed);
}

#[tokio::test]
async fn a_key_of_the_database_stands_beside_the_seal_id() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let new = |name, reference| NewDocument { seal_id: "s1", firm_id: "acme", name, reference };
    let insert = diesel::insert_into(documents::table).values(session.seal(&new("will", Some("A-1"))).unwrap());
    let row: SealedDocument = go!(insert.returning(SealedDocument::as_returning()).get_result(conn)).unwrap();
    let document = session.open(row).unwrap();
    assert_eq!((document.id, document.name.as_str(), document.reference.as_deref()), (1, "will", Some("A-1")));

    // An upsert on the natural key: id and seal_id stay, and the cells are bound to them.
    let sealed = session.seal(&new("codicil", None)).unwrap();
    let insert = diesel::insert_into(documents::table).values(&sealed).on_conflict(documents::seal_id);
    go!(insert.do_update().set((&sealed, documents::reference.eq(None::<fieldseal::Ciphertext<_>>))).execute(conn))
        .unwrap();
    let row: SealedDocument = go!(documents::table.find(1).select(SealedDocument::as_select()).first(conn)).unwrap();
    assert_eq!(session.open(row).unwrap(), Document { name: "codicil".into(), reference: None, ..document });
}

#[tokio::test]
async fn a_composite_key_binds_the_platforms_rows() {
    let (vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let platform = vault.platform().await.unwrap();
    let all = [setting("mail", 1), setting("mail", 2), setting("web", 1)];
    insert_all!(conn, settings::table, platform.seal(&all[..]).unwrap());
    let query = settings::table.order((settings::realm, settings::number)).select(SealedSetting::as_select());
    let rows: Vec<SealedSetting> = go!(query.load(conn)).unwrap();
    assert_eq!(session.open(rows.clone()).unwrap_err().code(), "open.wrong_firm");
    assert_eq!(platform.open(rows).unwrap(), all);

    let key = ("mail".to_owned(), 2);
    let patch = SettingPatch { value: Some("new"), previous: Some(Some("old")) };
    let sealed = platform.seal_for(key.clone(), &patch).unwrap();
    assert_eq!(session.seal_for(key.clone(), &patch).unwrap_err().code(), "seal.wrong_firm");
    go!(diesel::update(settings::table.find(("mail", 2))).set(sealed).execute(conn)).unwrap();
    let set = Setting::previous().set(&platform, key, None::<String>).unwrap();
    let cells = settings::table.filter(settings::number.eq(2)).select(Setting::previous().cell());
    let cell = go!(cells.first(conn)).unwrap();
    assert_eq!(Setting::previous().open(&platform, cell).unwrap().as_deref(), Some("old"));
    go!(diesel::update(settings::table.find(("mail", 2))).set(set).execute(conn)).unwrap();
    let row = go!(settings::table.find(("mail", 2)).select(SealedSetting::as_select()).first(conn)).unwrap();
    assert_eq!(platform.open(row).unwrap(), Setting { value: "new".into(), ..setting("mail", 2) });
}

#[tokio::test]
async fn rows_without_binding_are_written_found_and_changed() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let entries = [entry("DE00 1", "de"), entry("FR00 2", "fr"), entry("DE00 3", "de")];
    insert_all!(conn, ledger::table, session.seal(&entries[..]).unwrap());
    let rows = go!(ledger::table.order(ledger::id).select(SealedEntry::as_select()).load(conn)).unwrap();
    assert_eq!(session.open(rows.clone()).unwrap(), entries);
    assert_eq!(rows[0].country, rows[2].country, "deterministic cells of equal values are equal");
    assert_ne!(rows[0].country, rows[1].country);
    let same = ledger::table.filter(ledger::country.eq(&rows[0].country)).count();
    assert_eq!(go!(same.get_result::<i64>(conn)).unwrap(), 2);

    let set = Entry::amount().set(&session, (), 500i64).unwrap();
    let by_account = ledger::table.filter(Entry::account().eq(&session, "fr00 2").unwrap());
    go!(diesel::update(by_account).set(set).execute(conn)).unwrap();
    let query = ledger::table.order(ledger::id).select(Entry::amount().cell());
    let cells: Vec<Option<fieldseal::Ciphertext<_>>> = go!(query.load(conn)).unwrap();
    let amounts: Vec<_> = cells.into_iter().map(|cell| Entry::amount().open(&session, cell).unwrap()).collect();
    assert_eq!(amounts, [Some(6), Some(500), Some(6)]);
}

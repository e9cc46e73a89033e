//! Phases of migrations: agreed on by every process, moved by one operator at a time, and never back without their word.

mod restored;
pub(crate) mod stopped;

use std::sync::Arc;
use std::time::{Duration, Instant};

use fieldseal::admin::PhaseError;
use fieldseal::envelope::Kind;
use fieldseal::keys::Phase::{self, CutOver, DualWrite, Expanded, Fenced};
use fieldseal::keys::store::{FirmRecord, MemoryKeyStore};
use fieldseal::model::{ColumnSchema, LegacySchema, ModelSchema, Owner};
use fieldseal::schema::Models;
use fieldseal::testing::TestVault;
use fieldseal::{FirmId, Vault};
use pollster::block_on;

use crate::erasure::over_every_store;
use crate::places::{Place, pushed_only, settings};

/// A model whose `email` lay in `email_plain`.
struct InTransit;

const COLUMNS: &[ColumnSchema] =
    &[ColumnSchema::new("email", "email", "email", "text", "fieldseal_text", Kind::RowBound, false, None)
        .in_transit(LegacySchema::new("email_plain", false))];

static SCHEMA: ModelSchema = ModelSchema::new("Client", "clients", "clients", Owner::Column("firm"), &["id"], COLUMNS);

impl Models for InTransit {
    fn schemas() -> Vec<&'static ModelSchema> {
        vec![&SCHEMA]
    }
}

/// A process that has keys, and the model.
fn member(place: &Place) -> Vault {
    let fleet = if place.pushes() { pushed_only() } else { settings(|_| ()) };
    let vault = place.process(fleet);
    vault.register::<InTransit>().unwrap();
    drop(block_on(vault.session("a")).unwrap());
    vault
}

fn phase(vault: &Vault) -> Option<Phase> {
    vault.phase("clients", "email")
}

over_every_store! {
    every_process_works_by_a_phase_when_its_change_returns
    of_two_operators_one_moves_a_job
    a_job_is_not_ended_while_a_process_has_its_legacy_column
    phases_survive_another_master_key_of_the_platform
}

fn every_process_works_by_a_phase_when_its_change_returns(place: &Place) {
    let (one, other) = (member(place), member(place));
    assert_eq!((phase(&one), phase(&other)), (None, None));
    let admin = one.admin();
    assert!(block_on(admin.begin_job("seal", "clients", &["email"])).unwrap());
    assert!(!block_on(admin.begin_job("seal", "clients", &["email"])).unwrap());
    assert_eq!((phase(&one), phase(&other)), (Some(Expanded), Some(Expanded)));
    for (from, to) in [(Expanded, DualWrite), (DualWrite, Fenced), (Fenced, CutOver)] {
        assert_eq!(block_on(admin.advance_phase("seal", from)).unwrap(), to);
        assert_eq!((phase(&one), phase(&other), phase(&member(place))), (Some(to), Some(to), Some(to)));
    }
    block_on(admin.roll_back_phase("seal", CutOver, "ops", "errors")).unwrap();
    assert_eq!((phase(&one), phase(&other)), (Some(Fenced), Some(Fenced)));
    let jobs = block_on(other.admin().phases()).unwrap();
    let rollback = &jobs[0].rollbacks[0];
    assert_eq!(
        (rollback.from, rollback.to, &*rollback.by, &*rollback.reason),
        (Some(CutOver), Fenced, "ops", "errors")
    );
}

fn of_two_operators_one_moves_a_job(place: &Place) {
    let (one, other) = (member(place), member(place));
    block_on(one.admin().begin_job("seal", "clients", &["email"])).unwrap();
    let taken = block_on(other.admin().begin_job("again", "clients", &["email"])).unwrap_err();
    assert!(matches!(taken, PhaseError::PairTaken { .. }), "{taken}");
    block_on(one.admin().advance_phase("seal", Expanded)).unwrap();
    block_on(one.admin().advance_phase("seal", DualWrite)).unwrap();
    let moved = block_on(other.admin().advance_phase("seal", Expanded)).unwrap_err();
    assert!(matches!(moved, PhaseError::Moved { expected: Expanded, found: Fenced, .. }), "{moved}");
    let back = block_on(other.admin().roll_back_phase("seal", CutOver, "ops", "a mistake")).map(|_| ());
    assert!(back.is_ok(), "it is there already");
}

fn a_job_is_not_ended_while_a_process_has_its_legacy_column(place: &Place) {
    let (operator, service) = (place.process(settings(|_| ())), member(place));
    let admin = operator.admin();
    block_on(admin.begin_job("seal", "clients", &["email"])).unwrap();
    let refused = block_on(admin.end_job("seal")).unwrap_err();
    let PhaseError::InUse { table, column, pid, .. } = refused else { panic!("{refused}") };
    assert_eq!((&*table, &*column, pid), ("clients", "email", std::process::id()));
    block_on(service.leave()).unwrap();
    assert!(block_on(admin.end_job("seal")).unwrap());
    assert!(!block_on(admin.end_job("seal")).unwrap());
    assert_eq!(block_on(admin.phases()).unwrap(), []);
}

fn phases_survive_another_master_key_of_the_platform(place: &Place) {
    let service = member(place);
    block_on(service.admin().begin_job("seal", "clients", &["email"])).unwrap();
    block_on(service.admin().advance_phase("seal", Expanded)).unwrap();
    block_on(place.process(settings(|_| ())).admin().rotate_master(FirmId::Platform)).unwrap();
    // A reload by the provider, which a change of the master key asks for.
    let began = Instant::now();
    while phase(&service) != Some(DualWrite) {
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", phase(&service));
        drop(block_on(service.session("a")).unwrap());
        std::thread::yield_now();
    }
    assert_eq!(phase(&member(place)), Some(DualWrite));
    block_on(service.admin().advance_phase("seal", DualWrite)).unwrap();
    assert_eq!(phase(&service), Some(Fenced));
}

/// A store, and a process with the model over it.
fn scene() -> (Arc<MemoryKeyStore>, Vault) {
    let store = Arc::new(MemoryKeyStore::new());
    let vault = process(&store);
    block_on(vault.create_firm("a")).unwrap();
    block_on(vault.admin().begin_job("seal", "clients", &["email"])).unwrap();
    (store, vault)
}

fn process(store: &Arc<MemoryKeyStore>) -> Vault {
    let vault = TestVault::new().explicit_firms().store(store.clone()).build();
    vault.register::<InTransit>().unwrap_or_else(|error| panic!("{error}"));
    vault
}

fn note(store: &MemoryKeyStore) -> Option<Vec<u8>> {
    let mut note = None;
    store.tamper(&FirmId::Platform, |record| {
        note.clone_from(&record.as_ref().unwrap().standing);
        record
    });
    note
}

fn put(store: &MemoryKeyStore, note: Option<Vec<u8>>) {
    store.tamper(&FirmId::Platform, |record| Some(FirmRecord { standing: note, ..record.unwrap() }));
}

#[test]
fn a_note_of_before_put_back_is_refused_by_who_has_seen_the_later() {
    let (store, vault) = scene();
    let before = note(&store);
    block_on(vault.admin().advance_phase("seal", Expanded)).unwrap();
    for old in [before, None] {
        put(&store, old);
        let refused = block_on(vault.admin().phases()).unwrap_err();
        assert_eq!(refused.code(), "keys.tampered");
        assert_eq!(phase(&vault), None, "models in transit are refused");
    }
}

#[test]
fn a_forged_note_takes_the_phases_away_and_no_keys() {
    let (store, vault) = scene();
    let mut forged = note(&store).unwrap();
    *forged.last_mut().unwrap() ^= 1;
    put(&store, Some(forged));
    let cold = process(&store);
    drop(block_on(cold.session("a")).unwrap());
    assert_eq!(phase(&cold), None);
    assert_eq!(block_on(vault.admin().advance_phase("seal", Expanded)).unwrap_err().code(), "keys.tampered");
}

#[test]
fn a_model_that_is_registered_late_is_told_at_once() {
    let vault = TestVault::new().build();
    drop(block_on(vault.session("a")));
    assert_eq!(block_on(vault.admin().processes()).unwrap()[0].models, []);
    vault.register::<InTransit>().unwrap();
    let models = &block_on(vault.admin().processes()).unwrap()[0].models;
    assert_eq!((&*models[0].table, &*models[0].legacy), ("clients", ["email".to_owned()].as_slice()));
}

#[test]
fn a_dry_run_moves_nothing() {
    let (_, vault) = scene();
    block_on(vault.admin().dry_run().advance_phase("seal", Expanded)).unwrap();
    assert_eq!(block_on(vault.admin().phases()).unwrap()[0].phase, Expanded);
}

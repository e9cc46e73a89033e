//! One suite over every key store, then what only databases, PostgreSQL or SQLite have.

mod databases;
mod place;
mod postgres;
mod records;
mod sqlite;

use std::sync::Barrier;

use fieldseal::FirmId;
use fieldseal::keys::store::{FirmRecord, RecordContent};
use pollster::block_on;

use place::Place;
use records::{live, live_with, shredded};

/// The same tests in a module for each store.
macro_rules! over_every_store {
    ($($test:ident)*) => {
        mod every {
            over_every_store!(@ [$($test)*] memory sqlite postgres_async postgres_libpq);
        }
    };
    (@ $tests:tt $($store:ident)*) => { $(over_every_store!(@one $store $tests);)* };
    (@one $store:ident [$($test:ident)*]) => {
        mod $store {
            $(#[test] fn $test() { super::super::$test(&super::super::Place::$store()); })*
        }
    };
}

over_every_store! {
    a_record_comes_back_as_it_was
    records_come_in_the_order_asked_for
    a_replacement_needs_the_stored_generation
    of_racing_creators_one_wins
    of_racing_writers_one_wins
    a_load_never_sees_half_a_replacement
    a_tombstone_takes_the_place_of_keys
    a_record_of_many_versions_comes_back
    firms_are_listed_by_name_page_by_page
    many_loads_at_once_are_answered
    many_stores_at_one_place_do_not_disturb_each_other
}

fn a_record_comes_back_as_it_was(place: &Place) {
    let store = place.store();
    for (n, firm) in records::firms().into_iter().enumerate() {
        let record = live(&firm, 1, n as u8);
        assert!(block_on(store.replace(None, &record)).unwrap());
        assert_eq!(block_on(store.load(&[firm])).unwrap(), [Some(record)]);
    }
}

fn records_come_in_the_order_asked_for(place: &Place) {
    let store = place.store();
    let [a, b, missing] = ["a", "b", "missing"].map(FirmId::from);
    let [of_a, of_b] = [&a, &b].map(|firm| live(firm, 1, 1));
    assert!(block_on(store.replace(None, &of_a)).unwrap());
    assert!(block_on(store.replace(None, &of_b)).unwrap());
    let found = block_on(store.load(&[b.clone(), missing.clone(), a, b, missing])).unwrap();
    assert_eq!(found, [Some(of_b.clone()), None, Some(of_a), Some(of_b), None]);
    assert_eq!(block_on(store.load(&[])).unwrap(), []);
}

fn a_replacement_needs_the_stored_generation(place: &Place) {
    let store = place.store();
    let firm = FirmId::from(7i64);
    let load = || block_on(store.load(std::slice::from_ref(&firm))).unwrap().remove(0);
    let [first, second] = [live(&firm, 1, 1), live_with(&firm, 2, 2, 1)];

    assert!(!block_on(store.replace(Some(1), &first)).unwrap(), "there is none to replace");
    assert_eq!(load(), None);
    assert!(block_on(store.replace(None, &first)).unwrap());
    assert!(!block_on(store.replace(None, &second)).unwrap(), "there is one already");
    assert!(!block_on(store.replace(Some(2), &second)).unwrap(), "it is another generation");
    assert_eq!(load(), Some(first));
    assert!(block_on(store.replace(Some(1), &second)).unwrap());
    assert_eq!(load(), Some(second), "no key of the first is left");
}

fn of_racing_creators_one_wins(place: &Place) {
    race(place, |_| None, 1);
}

fn of_racing_writers_one_wins(place: &Place) {
    race(place, |firm| Some(live(firm, 1, 0xFF)), 2);
}

/// Two processes, as far as a store can tell: two stores at one place.
fn race(place: &Place, before: impl Fn(&FirmId) -> Option<FirmRecord>, generation: u64) {
    let stores = [place.store(), place.store()];
    for round in 0..20i64 {
        let firm = FirmId::from(round);
        let before = before(&firm);
        if let Some(before) = &before {
            assert!(block_on(stores[0].replace(None, before)).unwrap());
        }
        let expected = before.map(|before| before.generation);
        let records = [live_with(&firm, generation, 1, 3), live_with(&firm, generation, 2, 4)];
        let barrier = Barrier::new(2);
        let won = std::thread::scope(|scope| {
            let write = |n: usize| {
                barrier.wait();
                block_on(stores[n].replace(expected, &records[n])).unwrap()
            };
            [scope.spawn(move || write(0)), scope.spawn(move || write(1))].map(|thread| thread.join().unwrap())
        });
        assert!(won[0] != won[1], "round {round}: {won:?}");
        let winner = records.into_iter().zip(won).find(|(_, won)| *won).map(|(record, _)| record);
        assert_eq!(block_on(stores[1].load(&[firm])).unwrap(), [winner]);
    }
}

fn a_load_never_sees_half_a_replacement(place: &Place) {
    let firm = FirmId::from("busy");
    let record = |generation: u64| live_with(&firm, generation, generation as u8, generation as u32 % 7);
    let (writer, reader) = (place.store(), place.store());
    assert!(block_on(writer.replace(None, &record(1))).unwrap());
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for generation in 2..=100 {
                assert!(block_on(writer.replace(Some(generation - 1), &record(generation))).unwrap());
            }
        });
        while !writing.is_finished() {
            let found = block_on(reader.load(std::slice::from_ref(&firm))).unwrap().remove(0).unwrap();
            assert_eq!(found, record(found.generation));
        }
    });
}

fn a_tombstone_takes_the_place_of_keys(place: &Place) {
    let store = place.store();
    let firm = FirmId::from("gone");
    assert!(block_on(store.replace(None, &live(&firm, 1, 1))).unwrap());
    let tombstone = shredded(&firm, 2);
    assert!(block_on(store.replace(Some(1), &tombstone)).unwrap());
    assert_eq!(block_on(store.load(std::slice::from_ref(&firm))).unwrap(), [Some(tombstone)]);
    assert_eq!(place.rows("firm_keys").unwrap_or(0), 0);
    assert!(!block_on(store.replace(None, &live(&firm, 1, 1))).unwrap(), "a shredded firm is not created again");
}

fn a_record_of_many_versions_comes_back(place: &Place) {
    let store = place.store();
    let firm = FirmId::Platform;
    let record = live_with(&firm, 1, 1, 700);
    assert!(block_on(store.replace(None, &record)).unwrap());
    let RecordContent::Keys(keys) = &record.content else { panic!("a live firm") };
    assert_eq!(keys.versions.len(), 701);
    assert_eq!(block_on(store.load(&[firm])).unwrap(), [Some(record)]);
}

fn firms_are_listed_by_name_page_by_page(place: &Place) {
    let store = place.store();
    let mut firms = records::firms();
    for firm in &firms {
        assert!(block_on(store.replace(None, &live(firm, 1, 1))).unwrap());
    }
    firms.sort_by_key(ToString::to_string);
    assert_eq!(block_on(store.firms(None, 1000)).unwrap(), firms);
    assert_eq!(block_on(store.firms(None, usize::MAX)).unwrap(), firms);
    let mut paged: Vec<FirmId> = Vec::new();
    loop {
        let page = block_on(store.firms(paged.last(), 2)).unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, firms);
}

fn many_loads_at_once_are_answered(place: &Place) {
    let store = place.store();
    let firms: Vec<_> = (0..200i64).map(FirmId::from).collect();
    for firm in firms.iter().step_by(2) {
        assert!(block_on(store.replace(None, &live(firm, 1, 1))).unwrap());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let loads = runtime.block_on(async {
        let load = |firm: FirmId| {
            let store = store.clone();
            tokio::spawn(async move { store.load(&[firm]).await.unwrap().remove(0) })
        };
        futures_util::future::join_all(firms.iter().cloned().map(load)).await
    });
    for (n, (firm, loaded)) in firms.iter().zip(loads).enumerate() {
        assert_eq!(loaded.unwrap(), (n % 2 == 0).then(|| live(firm, 1, 1)));
    }
}

fn many_stores_at_one_place_do_not_disturb_each_other(place: &Place) {
    std::thread::scope(|scope| {
        for process in 0..8i64 {
            scope.spawn(move || {
                let store = place.store();
                for n in 0..10 {
                    let firm = FirmId::from(process * 100 + n);
                    let record = live(&firm, 1, process as u8);
                    assert!(block_on(store.replace(None, &record)).unwrap());
                    assert_eq!(block_on(store.load(&[firm])).unwrap(), [Some(record)]);
                }
            });
        }
    });
    assert_eq!(block_on(place.store().firms(None, 100)).unwrap().len(), 80);
}

//! Operators who do not agree, at the same time.

use std::sync::Barrier;

use pollster::block_on;

use crate::erasure::{Ahead, Login, WEEK, over_every_store, request, rows, shred};
use crate::places::Place;

over_every_store! {
    of_cancelling_and_shredding_at_once_exactly_one_wins
    two_shredders_at_once_leave_one_certificate
}

fn of_cancelling_and_shredding_at_once_exactly_one_wins(place: &Place) {
    let clock = Ahead::new();
    let [canceller, shredder] = [(), ()].map(|()| place.builder().clock(clock.clock()).build().unwrap());
    shredder.register::<Login>().unwrap();
    for firm in ["r0", "r1", "r2", "r3", "r4", "r5"] {
        block_on(canceller.create_firm(firm)).unwrap();
        block_on(canceller.admin().request_shred(firm, request())).unwrap();
        clock.pass(WEEK);
        let (start, mut conn) = (Barrier::new(2), rows());
        let (cancelled, shredded) = std::thread::scope(|scope| {
            let cancels = scope.spawn(|| {
                start.wait();
                block_on(canceller.admin().cancel_shred(firm)).map_err(|error| error.code())
            });
            start.wait();
            let shredded = shred(&shredder.admin(), firm, &mut conn).map(drop).map_err(|error| error.code());
            (cancels.join().unwrap(), shredded)
        });
        let session = block_on(canceller.session(firm)).map(drop).map_err(|error| error.code());
        match (cancelled, shredded) {
            (Ok(()), Err("shred.not_requested")) => assert_eq!(session, Ok(())),
            (Err("keys.shredded"), Ok(())) => assert_eq!(session, Err("keys.shredded")),
            other => panic!("{firm}: {other:?}"),
        }
    }
}

fn two_shredders_at_once_leave_one_certificate(place: &Place) {
    let clock = Ahead::new();
    let vaults = [(), ()].map(|()| place.builder().clock(clock.clock()).build().unwrap());
    for vault in &vaults {
        vault.register::<Login>().unwrap();
    }
    block_on(vaults[0].admin().request_shred("a", request())).unwrap();
    clock.pass(WEEK);
    let start = Barrier::new(2);
    let done = std::thread::scope(|scope| {
        let shred = |vault| {
            let (start, mut conn) = (&start, rows());
            scope.spawn(move || {
                start.wait();
                shred(&fieldseal::Vault::admin(vault), "a", &mut conn).map_err(|error| error.code())
            })
        };
        let both = [shred(&vaults[0]), shred(&vaults[1])];
        both.map(|one| one.join().unwrap())
    });
    let stored = block_on(vaults[0].admin().certificate("a")).unwrap();
    assert!(stored.facts().unwrap().complete.is_some());
    for one in done {
        // Who comes second on the way finds the firm shredded, or its certificate completed.
        match one {
            Ok(certificate) => assert_eq!(certificate, stored),
            Err(code) => assert_eq!(code, "keys.shredded"),
        }
    }
}

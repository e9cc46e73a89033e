//! A firm under a legal hold keeps its keys.

use std::sync::Barrier;

use fieldseal::admin::{Hold, KeyAdmin};
use fieldseal::danger::shred_firm;
use pollster::block_on;

use crate::erasure::{Ahead, Login, WEEK, over_every_store, request, rows, shred, write};
use crate::places::Place;

over_every_store! {
    a_held_firm_is_shredded_by_no_door
    holds_are_placed_and_released_one_by_one
    a_hold_and_a_shredding_at_once_leave_one_of_them
}

fn hold(id: &str) -> Hold {
    Hold::new(id, "a suit", "counsel")
}

fn ids(admin: &KeyAdmin) -> Vec<String> {
    block_on(admin.holds("a")).unwrap().into_iter().map(|hold| hold.id).collect()
}

fn a_held_firm_is_shredded_by_no_door(place: &Place) {
    let clock = Ahead::new();
    let vault = place.builder().clock(clock.clock()).build().unwrap();
    vault.register::<Login>().unwrap();
    let (admin, mut conn) = (vault.admin(), rows());
    write(&vault, &mut conn, "a", 1..3);
    assert!(block_on(admin.hold("a", hold("case 7"))).unwrap());
    // Requested, but not done, however long it waits.
    block_on(admin.request_shred("a", request())).unwrap();
    clock.pass(2 * WEEK);
    let refused = shred(&admin, "a", &mut conn).unwrap_err();
    assert_eq!(refused.code(), "keys.held");
    assert!(refused.to_string().contains("case 7"), "{refused}");
    assert_eq!(block_on(shred_firm(&vault, "a")).unwrap_err().code(), "keys.held");
    assert_eq!(block_on(shred_firm(&place.builder().build().unwrap(), "a")).unwrap_err().code(), "keys.held");
    assert_eq!(crate::erasure::terms(&mut conn, "a"), 2, "nothing was touched");
    block_on(admin.release("a", "case 7")).unwrap();
    shred(&admin, "a", &mut conn).unwrap();
}

fn holds_are_placed_and_released_one_by_one(place: &Place) {
    let (vault, other) = (place.builder().build().unwrap(), place.builder().build().unwrap());
    let admin = vault.admin();
    for id in ["b", "a", "c"] {
        assert!(block_on(admin.hold("a", hold(id))).unwrap());
    }
    assert!(!block_on(other.admin().hold("a", hold("b"))).unwrap(), "it is there");
    let taken = block_on(admin.hold("a", Hold::new("b", "another suit", "counsel"))).unwrap_err();
    assert_eq!(taken.code(), "standing.hold_taken");
    assert_eq!(ids(&other.admin()), ["a", "b", "c"]);
    block_on(admin.release("a", "b")).unwrap();
    assert_eq!(block_on(admin.release("a", "b")).unwrap_err().code(), "standing.no_hold");
    assert_eq!(ids(&admin), ["a", "c"]);
    block_on(vault.session("a")).unwrap();
}

fn a_hold_and_a_shredding_at_once_leave_one_of_them(place: &Place) {
    let (holder, shredder) = (place.builder().build().unwrap(), place.builder().build().unwrap());
    for (n, firm) in ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"].into_iter().enumerate() {
        block_on(holder.create_firm(firm)).unwrap();
        let start = Barrier::new(2);
        let (held, gone) = std::thread::scope(|scope| {
            let holds = scope.spawn(|| {
                start.wait();
                block_on(holder.admin().hold(firm, hold("case"))).map_err(|error| error.code())
            });
            let shreds = scope.spawn(|| {
                start.wait();
                block_on(shred_firm(&shredder, firm)).map_err(|error| error.code())
            });
            (holds.join().unwrap(), shreds.join().unwrap())
        });
        match (held, gone) {
            (Ok(true), Err("keys.held")) => assert_eq!(block_on(holder.admin().holds(firm)).unwrap().len(), 1),
            (Err("keys.shredded"), Ok(())) => {
                assert_eq!(block_on(holder.session(firm)).map(drop).unwrap_err().code(), "keys.shredded");
            }
            other => panic!("round {n}: {other:?}"),
        }
    }
}

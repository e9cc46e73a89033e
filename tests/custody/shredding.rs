//! A firm is shredded in two steps, and what it sealed opens nowhere.

pub(crate) mod killed;
mod races;
mod terms;

use fieldseal::danger::shred_firm;
use pollster::block_on;

use crate::erasure::{Ahead, Login, WEEK, open, over_every_store, request, rows, shred, terms as left, write};
use crate::places::{Place, seal, settings, state};

over_every_store! {
    a_shredding_waits_and_then_nothing_opens
    a_cancelled_shredding_gives_the_firm_back
    a_shredding_at_once_is_completed_by_the_other
}

fn code<T>(result: Result<T, impl Into<Coded>>) -> &'static str {
    result.map_or_else(|error| error.into().0, |_| "ok")
}

/// The code of an error of any sort.
struct Coded(&'static str);

macro_rules! coded {
    ($($error:ty)*) => {
        $(impl From<$error> for Coded {
            fn from(error: $error) -> Self {
                Self(error.code())
            }
        })*
    };
}

coded! { fieldseal::KeyError fieldseal::admin::ShredError fieldseal::admin::StandingError fieldseal::OpenError }

fn a_shredding_waits_and_then_nothing_opens(place: &Place) {
    let clock = Ahead::new();
    let vault = place.builder().clock(clock.clock()).build().unwrap();
    let warm = place.process(settings(|_| ()));
    vault.register::<Login>().unwrap();
    block_on(vault.create_firm("b")).unwrap();
    let (admin, mut conn) = (vault.admin(), rows());
    write(&vault, &mut conn, "a", 1..4);
    write(&vault, &mut conn, "b", 10..12);
    let restored = block_on(warm.session("a")).unwrap();
    let sealed = seal(&restored).unwrap();

    assert_eq!(code(shred(&admin, "a", &mut conn)), "shred.not_requested");
    let due = block_on(admin.request_shred("a", request())).unwrap();
    assert_eq!(state(&restored), "keys.suspended", "the other process was waited for");
    assert_eq!(code(block_on(admin.request_shred("a", request()))), "standing.requested");
    assert_eq!(code(block_on(admin.reinstate("a"))), "standing.shred_pending");
    assert_eq!(block_on(admin.standing("a")).unwrap().pending.unwrap().due, due);
    clock.pass(WEEK - std::time::Duration::from_secs(60));
    assert_eq!(code(shred(&admin, "a", &mut conn)), "shred.not_due");
    assert_eq!(left(&mut conn, "a"), 3, "nothing was cleared");

    clock.pass(std::time::Duration::from_secs(60));
    shred(&admin, "a", &mut conn).unwrap();
    assert_eq!((left(&mut conn, "a"), left(&mut conn, "b")), (0, 2));
    // It was suspended, and nobody has asked the store since.
    assert_eq!(code(open(&restored, &sealed)), "keys.suspended");
    let cold = place.process(settings(|_| ()));
    for vault in [&vault, &warm, &cold] {
        assert_eq!(code(block_on(vault.session("a"))), "keys.shredded");
        assert_eq!(code(block_on(vault.create_firm("a"))), "keys.shredded");
        assert_eq!(code(block_on(vault.admin().suspend("a", "late"))), "keys.shredded");
        block_on(vault.session("b")).unwrap();
    }
    assert_eq!(code(open(&restored, &sealed)), "keys.shredded");
}

fn a_cancelled_shredding_gives_the_firm_back(place: &Place) {
    let clock = Ahead::new();
    let vault = place.builder().clock(clock.clock()).build().unwrap();
    vault.register::<Login>().unwrap();
    let (admin, mut conn) = (vault.admin(), rows());
    let session = block_on(vault.session("a")).unwrap();
    let sealed = seal(&session).unwrap();
    block_on(admin.request_shred("a", request())).unwrap();
    assert_eq!(state(&session), "keys.suspended");
    block_on(admin.cancel_shred("a")).unwrap();
    open(&block_on(vault.session("a")).unwrap(), &sealed).unwrap();
    clock.pass(2 * WEEK);
    assert_eq!(code(shred(&admin, "a", &mut conn)), "shred.not_requested");
    assert_eq!(code(block_on(admin.cancel_shred("a"))), "standing.not_requested");

    // One that lets the firm work, and a suspension of its own that outlives the cancelling.
    block_on(admin.request_shred("a", request().keep_working())).unwrap();
    open(&block_on(vault.session("a")).unwrap(), &sealed).unwrap();
    block_on(admin.suspend("a", "an incident")).unwrap();
    block_on(admin.cancel_shred("a")).unwrap();
    assert_eq!(code(block_on(vault.session("a"))), "keys.suspended");
    let short = request().waiting(std::time::Duration::from_secs(3600));
    assert_eq!(code(block_on(admin.request_shred("a", short))), "standing.waiting");
}

fn a_shredding_at_once_is_completed_by_the_other(place: &Place) {
    let vault = place.process(settings(|_| ()));
    vault.register::<Login>().unwrap();
    let (admin, mut conn) = (vault.admin(), rows());
    write(&vault, &mut conn, "a", 1..4);
    block_on(shred_firm(&vault, "a")).unwrap();
    let facts = block_on(admin.certificate("a")).unwrap().facts().unwrap();
    assert!(facts.requested.is_none() && facts.complete.is_none());
    assert_eq!(left(&mut conn, "a"), 3);
    assert_eq!(code(block_on(shred_firm(&vault, "a"))), "keys.shredded");
    let facts = shred(&admin, "a", &mut conn).unwrap().facts().unwrap();
    assert!(facts.complete.is_some());
    assert_eq!(left(&mut conn, "a"), 0);
}

#[test]
fn a_dry_run_destroys_nothing() {
    let place = Place::memory();
    let clock = Ahead::new();
    let vault = place.builder().clock(clock.clock()).build().unwrap();
    vault.register::<Login>().unwrap();
    let mut conn = rows();
    write(&vault, &mut conn, "a", 1..4);
    block_on(vault.admin().request_shred("a", request().keep_working())).unwrap();
    assert_eq!(code(shred(&vault.admin().dry_run(), "a", &mut conn)), "shred.not_due");
    clock.pass(WEEK);
    let draft = shred(&vault.admin().dry_run(), "a", &mut conn).unwrap();
    assert_eq!(draft.facts().unwrap().terms[0].rows, 3);
    assert!(block_on(vault.admin().verify_certificate(&draft.to_json())).is_err(), "nobody vouches for a draft");
    assert_eq!(left(&mut conn, "a"), 3);
    seal(&block_on(vault.session("a")).unwrap()).unwrap();
}

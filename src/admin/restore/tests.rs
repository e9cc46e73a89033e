//! Backups restored: into empty stores, beside other records, and when they are not what was written.

use std::io::Cursor;
use std::sync::Arc;

use pollster::block_on;

use super::*;
use crate::admin::Hold;
use crate::admin::fixtures::{Process, firms};
use crate::danger;
use crate::keys::ProviderErrorKind;

fn newer() -> RestoreOptions {
    RestoreOptions::default().overwriting(Overwrite::IfNewer)
}

fn code(process: &Process, file: &[u8]) -> &'static str {
    let restored = block_on(process.admin().restore(Cursor::new(file), newer()));
    restored.map_or_else(|error| error.code(), |_| "ok")
}

fn outcomes(restored: &Restored) -> Vec<(FirmId, Outcome)> {
    restored.differences.iter().map(|difference| (difference.firm.clone(), difference.outcome)).collect()
}

#[test]
fn an_empty_store_holds_again_what_was_backed_up() {
    let before = Process::with_firms();
    let [a, _, c] = firms();
    before.rotate(&a);
    block_on(danger::shred_firm(&before.vault, &c)).unwrap();
    let file = before.backup();
    let after = Process::over(&Arc::default());
    let restored = after.restore(&file, RestoreOptions::default().verifying(Verify::Deep));
    assert_eq!((restored.written, restored.contents.firms, restored.contents.shredded), (4, 3, 1));
    assert_eq!(restored.differences, []);
    assert_eq!(after.copy(), before.copy());
    after.load(&a).unwrap();
    assert_eq!(after.load(&c).unwrap_err().code(), "keys.shredded");
}

#[test]
fn a_restore_costs_three_provider_calls_and_a_check_of_form_none() {
    let file = Process::with_firms().backup();
    let cold = Process::over(&Arc::default());
    let checked = block_on(cold.admin().verify_backup(&file[..], Verify::Form)).unwrap();
    assert_eq!((checked.firms, cold.keys.calls()), (3, 0));
    cold.restore(&file, newer());
    // The check, the restore, and the platform as it then lies in the store.
    assert_eq!(cold.keys.calls(), 3);
    cold.keys.fail(Some(ProviderErrorKind::Unavailable));
    let error = block_on(cold.admin().verify_backup(&file[..], Verify::Authentic)).unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("keys.provider", true));
}

#[test]
fn what_is_newer_in_the_store_stays_and_what_is_older_is_replaced_if_asked() {
    let s = Process::with_firms();
    let [a, b, _] = firms();
    let old = s.copy();
    s.rotate(&a);
    let file = s.backup();
    s.rotate(&b);
    s.store.tamper(&a, |_| old[1].1.clone());
    let left = Process::over(&s.store).restore(&file, RestoreOptions::default());
    let expected = [(a.clone(), Outcome::LeftOlder { stored: 1 }), (b.clone(), Outcome::KeptNewer { stored: 2 })];
    assert_eq!((outcomes(&left), left.written), (expected.to_vec(), 0));
    let replaced = Process::over(&s.store).restore(&file, newer());
    let expected = [(a.clone(), Outcome::Replaced { stored: 1 }), (b.clone(), Outcome::KeptNewer { stored: 2 })];
    assert_eq!((outcomes(&replaced), replaced.written), (expected.to_vec(), 1));
    assert_eq!((s.generation(&a), s.generation(&b)), (2, 2));
    s.load(&a).unwrap();
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let file = Process::with_firms().backup();
    let empty = Process::over(&Arc::default());
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let lines = told.clone();
    let admin = empty.admin().dry_run().telling(move |step| lines.lock().unwrap().push(step.to_string()));
    let said = block_on(admin.restore(Cursor::new(&file), newer())).unwrap();
    assert_eq!(said.written, 4);
    assert_eq!(told.lock().unwrap()[1], "firm text:a: would restore from the backup: added");
    assert_eq!(empty.stored(&FirmId::Platform), None);
    let mut nothing = Vec::new();
    block_on(Process::with_firms().admin().dry_run().backup(&mut nothing)).unwrap();
    assert!(nothing.is_empty());
}

#[test]
fn a_shredded_firm_stays_shredded_whichever_side_knows() {
    let s = Process::with_firms();
    let [a, b, _] = firms();
    let before = s.backup();
    let old = s.copy();
    block_on(danger::shred_firm(&s.vault, &a)).unwrap();
    let after = s.backup();
    // The store knows, the backup does not.
    assert_eq!(outcomes(&s.restore(&before, newer())), [(a.clone(), Outcome::StaysShredded)]);
    assert_eq!(s.load(&a).unwrap_err().code(), "keys.shredded");
    // The backup knows; the store was rolled back, and the firm went on for two generations.
    s.roll_back(&old);
    let cold = Process::over(&s.store);
    cold.rotate(&a);
    cold.rotate(&a);
    cold.rotate(&b);
    let restored = Process::over(&s.store).restore(&after, RestoreOptions::default());
    let expected = [(a.clone(), Outcome::Shredded { stored: 3 }), (b, Outcome::KeptNewer { stored: 2 })];
    assert_eq!(outcomes(&restored), expected);
    assert_eq!(s.generation(&a), 4);
    assert_eq!(Process::over(&s.store).load(&a).unwrap_err().code(), "keys.shredded");
}

#[test]
fn what_was_decided_of_firms_comes_back_with_them() {
    let s = Process::with_firms();
    let [a, b, c] = firms();
    let old = s.copy();
    let admin = s.admin();
    block_on(admin.hold(a.clone(), Hold::new("case 7", "a suit", "counsel"))).unwrap();
    s.rotate(&b);
    block_on(admin.suspend(b.clone(), "unpaid")).unwrap();
    block_on(danger::shred_firm(&s.vault, &c)).unwrap();
    let certificate = block_on(admin.certificate(c.clone())).unwrap();
    let file = s.backup();
    s.roll_back(&old);
    let left = Process::over(&s.store).restore(&file, RestoreOptions::default());
    let expected = [
        (a.clone(), Outcome::LeftOlder { stored: 1 }),
        (b.clone(), Outcome::LeftOlder { stored: 1 }),
        (c.clone(), Outcome::Shredded { stored: 1 }),
    ];
    assert_eq!((outcomes(&left), left.written), (expected.to_vec(), 1));
    let cold = Process::over(&s.store);
    let replaced = cold.restore(&file, newer());
    let expected = [(a.clone(), Outcome::NewerStanding), (b.clone(), Outcome::Replaced { stored: 1 })];
    assert_eq!((outcomes(&replaced), replaced.written), (expected.to_vec(), 2));
    let cold = Process::over(&s.store);
    assert_eq!(block_on(cold.admin().holds(a)).unwrap().len(), 1);
    assert_eq!(cold.load(&b).unwrap_err().code(), "keys.suspended");
    assert_eq!(block_on(cold.admin().certificate(c)).unwrap(), certificate);
    assert_eq!(Process::over(&s.store).restore(&file, newer()).differences, []);
}

#[test]
fn any_byte_that_is_changed_or_missing_is_noticed_before_anything_is_written() {
    let file = Process::with_firms().backup();
    for at in 0..file.len() {
        let mut altered = file.clone();
        altered[at] ^= 1;
        let empty = Process::over(&Arc::default());
        assert_ne!(code(&empty, &altered), "ok", "byte {at}");
        assert_ne!(code(&empty, &file[..at]), "ok", "cut at {at}");
        assert_eq!(empty.stored(&FirmId::Platform), None);
    }
    assert_eq!(code(&Process::over(&Arc::default()), &[&file[..], &[0]].concat()), "restore.malformed");
}

/// The frames behind the magic.
fn frames(file: &[u8]) -> Vec<&[u8]> {
    let mut rest = &file[17..];
    let mut frames = Vec::new();
    while !rest.is_empty() {
        let len = u32::from_be_bytes(rest[1..5].try_into().unwrap()) as usize;
        let (frame, behind) = rest.split_at(1 + 4 + len + 32);
        frames.push(frame);
        rest = behind;
    }
    frames
}

fn joined(magic: &[u8], frames: &[&[u8]]) -> Vec<u8> {
    [&magic[..17], &frames.concat()].concat()
}

#[test]
fn frames_out_of_order_left_out_or_of_another_backup_are_refused() {
    let s = Process::with_firms();
    let (file, later) = (s.backup(), {
        s.rotate(&firms()[0]);
        s.backup()
    });
    let [header, a, b, c, end] = frames(&file)[..] else { panic!("five frames") };
    let newer_a = frames(&later)[1];
    let empty = Process::over(&Arc::default());
    for wrong in [vec![header, b, a, c, end], vec![header, a, c, end], vec![header, newer_a, b, c, end]] {
        assert_eq!(code(&empty, &joined(&file, &wrong)), "restore.unauthentic");
    }
    assert_eq!(code(&empty, &joined(&file, &[header, a, b, c])), "restore.truncated");
    let foreign = Process::with_firms().backup();
    assert_eq!(code(&empty, &joined(&file, &[header, frames(&foreign)[1], b, c, end])), "restore.unauthentic");
    assert_eq!(code(&empty, &joined(&file, &[header, a, b, c, end])), "ok");
}

#[test]
fn a_backup_of_another_platform_is_refused_by_a_store_in_use() {
    let (one, other) = (Process::with_firms(), Process::with_firms());
    assert_eq!(code(&one, &other.backup()), "restore.other_platform");
    assert_eq!(code(&one, b"no backup at all, but long enough"), "restore.not_a_backup");
    assert_eq!(code(&one, b"fieldseal-backup\x02 of a later release"), "restore.unknown_format");
}

#[test]
fn a_store_that_this_process_knows_to_be_rolled_back_is_not_backed_up() {
    let s = Process::with_firms();
    let [a, ..] = firms();
    let old = s.copy();
    s.rotate(&a);
    s.roll_back(&old);
    assert_eq!(block_on(s.admin().backup(Vec::new())).unwrap_err().code(), "keys.tampered");
}

#[test]
fn a_backup_older_than_what_was_seen_is_told_as_behind() {
    let s = Process::with_firms();
    let [a, ..] = firms();
    let file = s.backup();
    s.rotate(&a);
    s.store.tamper(&a, |_| None);
    let restored = s.restore(&file, newer());
    assert_eq!(restored.differences, [Difference { firm: a.clone(), outcome: Outcome::Added, behind: Some(2) }]);
    assert_eq!(s.load(&a).unwrap_err().code(), "keys.tampered");
}

#[test]
fn a_record_of_another_history_is_not_overwritten_by_one_that_lacks_its_keys() {
    let s = Process::with_firms();
    let [a, ..] = firms();
    let old = s.copy();
    s.rotate(&a);
    s.rotate(&a);
    let file = s.backup();
    // Rolled back, the firm went on under a key that the backup does not know.
    s.roll_back(&old);
    let cold = Process::over(&s.store);
    cold.rotate(&a);
    let restored = Process::over(&s.store).restore(&file, newer());
    assert_eq!(outcomes(&restored), [(a.clone(), Outcome::WouldLoseKeys { stored: 2 })]);
    assert_eq!((restored.written, s.generation(&a)), (0, 2));
    cold.load(&a).unwrap();
}

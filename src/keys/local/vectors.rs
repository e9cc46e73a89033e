//! The local provider against the vectors of spec/keys.md.

use serde_json::Value;

use super::wrap::UnwrapError;
use super::{Kek, file, wrap};
use crate::keys::provider::{EncryptionContext, KekId};
use crate::secret::FirmMasterKey;

const VALID: &str = include_str!("../../../tests/vectors/keys.json");
const INVALID: &str = include_str!("../../../tests/vectors/keys_invalid.json");

/// The cases of one kind.
fn cases(vectors: &str, what: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(vectors).unwrap();
    let cases: Vec<Value> =
        all["cases"].as_array().unwrap().iter().filter(|case| case["what"] == what).cloned().collect();
    assert!(!cases.is_empty(), "no {what}");
    cases
}

fn bytes(case: &Value, field: &str) -> Vec<u8> {
    hex::decode(case[field].as_str().unwrap()).unwrap()
}

fn kek(case: &Value) -> Kek {
    Kek::try_init(|key| <[u8; 32]>::try_from(bytes(case, "kek")).map(|bytes| *key = bytes)).unwrap()
}

fn id(case: &Value) -> KekId {
    KekId::new(case["kek_id"].as_str().unwrap())
}

fn context(case: &Value) -> EncryptionContext {
    let version = case["fmk_version"].as_u64().unwrap().try_into().unwrap();
    EncryptionContext::master_key(&case["firm"].as_str().unwrap().parse().unwrap(), version)
}

fn class(error: UnwrapError) -> &'static str {
    match error {
        UnwrapError::Length => "wrap-length",
        UnwrapError::Format => "wrap-format",
        UnwrapError::Unauthentic => "unauthentic",
    }
}

#[test]
fn key_files() {
    for case in cases(VALID, "key-file") {
        let text = case["text"].as_str().unwrap();
        let parsed = file::parse(text.as_bytes()).unwrap();
        assert_eq!(parsed.expose().as_slice(), bytes(&case, "kek"), "{}", case["comment"]);
        assert_eq!(parsed.id(), id(&case));
        assert_eq!(*file::text(&parsed), text.as_bytes());
    }
    for case in cases(INVALID, "key-file") {
        assert!(file::parse(case["text"].as_str().unwrap().as_bytes()).is_none(), "{}", case["comment"]);
    }
}

#[test]
fn wrapped_keys() {
    for case in cases(VALID, "local-wrap") {
        let fmk = bytes(&case, "fmk");
        let key =
            FirmMasterKey::try_init(|key| <[u8; 32]>::try_from(fmk.as_slice()).map(|bytes| *key = bytes)).unwrap();
        let nonce = bytes(&case, "nonce").try_into().unwrap();
        let wrapped = wrap::wrap(&kek(&case), &id(&case), &nonce, &context(&case), &key);
        assert_eq!(hex::encode(&wrapped), case["wrapped"], "{}", case["comment"]);
        let opened = wrap::unwrap(&kek(&case), &id(&case), &context(&case), &wrapped).unwrap();
        assert_eq!(opened.expose().as_slice(), fmk);
    }
    for case in cases(INVALID, "local-wrap") {
        let refused = wrap::unwrap(&kek(&case), &id(&case), &context(&case), &bytes(&case, "wrapped")).unwrap_err();
        assert_eq!(class(refused), case["error"], "{}", case["comment"]);
    }
}

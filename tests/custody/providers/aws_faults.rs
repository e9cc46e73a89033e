//! What KMS does and its emulator does not: states of keys, throttling, outages, cut and dead connections.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fieldseal::keys::aws_sdk_kms::config::Region;
use fieldseal::keys::aws_sdk_kms::config::retry::RetryConfig;
use fieldseal::keys::aws_sdk_kms::{Client, Config};
use fieldseal::keys::{AwsKms, FirmMasterKey, KekId, KeyProvider, ProviderErrorKind, WrappedMasterKey};
use pollster::block_on;
use serde_json::{Value, json};

use super::cases::{refused, whole};
use super::replay::{Replay, Reply};
use super::servers::moto;
use super::{context, generate};

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER: &str = "arn:aws:kms:eu-central-1:111122223333:key/ffffffff-12ab-34cd-56ef-1234567890ab";

/// What shows in an answer, and must not in an error.
const KEY: [u8; 32] = [0xC3; 32];

fn provider(replay: &Replay) -> AwsKms {
    let config: Config = moto::config(replay.port).retry_config(RetryConfig::disabled()).build();
    let builder = AwsKms::builder(Client::from_conf(config), ARN).timeout(Duration::from_secs(5));
    block_on(builder.build()).unwrap()
}

fn wrapped() -> WrappedMasterKey {
    WrappedMasterKey { kek: KekId::new(ARN), bytes: b"what KMS gave".to_vec() }
}

fn decrypted(key: &[u8], arn: &str) -> Value {
    json!({"Plaintext": STANDARD.encode(key), "KeyId": arn, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"})
}

fn fails(reply: Reply) -> fieldseal::keys::ProviderError {
    let error = refused(&provider(&Replay::always(reply)), &context("text:acme", 1), &wrapped());
    let text = whole(&error);
    assert!(
        !text.contains(&STANDARD.encode(KEY)[..16]) && !text.contains("w8PD") && !text.contains("195, 195"),
        "{text}"
    );
    assert!(text.contains(ARN), "the error names the key: {text}");
    error
}

#[test]
fn each_refusal_of_kms_has_its_kind() {
    use ProviderErrorKind::{Denied, Disabled, Internal, NotFound, Throttled, Unauthentic, Unavailable};
    let refusals = [
        (400, "DisabledException", Disabled, "enable the key"),
        (400, "KMSInvalidStateException", Disabled, "cancel its deletion"),
        (400, "NotFoundException", NotFound, "check the name"),
        (400, "AccessDeniedException", Denied, "allow the service's role"),
        (400, "ExpiredTokenException", Denied, "renew the service's credentials"),
        (400, "UnrecognizedClientException", Denied, "renew the service's credentials"),
        (400, "IncorrectKeyException", Unauthentic, "was altered, or is another firm's"),
        (400, "InvalidCiphertextException", Unauthentic, "was altered, or is another firm's"),
        (400, "ThrottlingException", Throttled, "try again later"),
        (400, "LimitExceededException", Throttled, "try again later"),
        (500, "KeyUnavailableException", Unavailable, "try again later"),
        (500, "DependencyTimeoutException", Unavailable, "try again later"),
        (500, "KMSInternalException", Unavailable, "try again later"),
        (503, "SomethingNewException", Unavailable, "try again later"),
        (400, "InvalidKeyUsageException", Internal, "check the key's type"),
        (400, "SomethingNewException", Internal, "check the key's type"),
    ];
    for (status, code, kind, remedy) in refusals {
        let error = fails(Reply::Json(status, json!({"__type": code, "message": "its own words"})));
        assert_eq!(error.kind(), kind, "{code}: {error}");
        assert!(error.to_string().contains(remedy) && error.to_string().contains(code), "{error}");
        assert_eq!(error.is_retryable(), matches!(kind, Throttled | Unavailable));
    }
}

#[test]
fn every_call_names_its_key_and_carries_the_context() {
    let replay = Replay::start(|asked| {
        let operation = asked.header("x-amz-target").unwrap().to_owned();
        let mut answer = decrypted(&KEY, ARN);
        if operation != "TrentService.Decrypt" {
            answer["CiphertextBlob"] = json!(STANDARD.encode("wrapped"));
        }
        Reply::Json(200, answer)
    });
    let (keys, acme) = (provider(&replay), context("text:acme", 3));
    let (made, wrapped) = generate(&keys, &acme).unwrap();
    assert_eq!((made.expose(), &wrapped.bytes[..]), (&KEY, &b"wrapped"[..]));
    block_on(keys.wrap(&acme, &FirmMasterKey::init(|key| *key = KEY))).unwrap();
    block_on(keys.unwrap(&acme, &wrapped)).unwrap();
    let asked = replay.asked();
    let operations: Vec<_> = asked.iter().filter_map(|asked| asked.header("x-amz-target")).collect();
    assert_eq!(operations, ["TrentService.GenerateDataKey", "TrentService.Encrypt", "TrentService.Decrypt"]);
    let pairs =
        json!({"fieldseal:firm": "text:acme", "fieldseal:purpose": "firm-master-key", "fieldseal:version": "3"});
    for asked in &asked {
        assert_eq!((&asked.body["KeyId"], &asked.body["EncryptionContext"]), (&json!(ARN), &pairs), "{asked:?}");
    }
    assert_eq!(asked[0].body["KeySpec"], "AES_256");
}

#[test]
fn an_answer_under_another_key_than_named_is_not_used() {
    let error = fails(Reply::Json(200, decrypted(&KEY, OTHER)));
    assert_eq!(error.kind(), ProviderErrorKind::Internal);
}

#[test]
fn what_is_no_master_key_is_unauthentic() {
    for len in [0, 16, 31, 33] {
        assert_eq!(fails_with_len(len), ProviderErrorKind::Unauthentic, "{len}");
    }
}

fn fails_with_len(len: usize) -> ProviderErrorKind {
    let replay = Replay::always(Reply::Json(200, decrypted(&vec![0xC3; len], ARN)));
    refused(&provider(&replay), &context("text:acme", 1), &wrapped()).kind()
}

#[test]
fn an_answer_without_a_key_is_an_error() {
    let replay = Replay::always(Reply::Json(200, json!({"KeyId": ARN})));
    let (keys, acme) = (provider(&replay), context("text:acme", 1));
    assert_eq!(refused(&keys, &acme, &wrapped()).kind(), ProviderErrorKind::Internal);
    assert_eq!(generate(&keys, &acme).unwrap_err().kind(), ProviderErrorKind::Internal);
}

#[test]
fn a_slow_answer_is_an_answer() {
    let replay = Replay::always(Reply::Slowly(200, decrypted(&KEY, ARN)));
    let opened = block_on(provider(&replay).unwrap(&context("text:acme", 1), &wrapped())).unwrap();
    assert_eq!(opened.expose(), &KEY);
}

#[test]
fn a_cut_or_garbled_answer_is_an_outage_and_shows_nothing() {
    for reply in [Reply::Cut(decrypted(&KEY, ARN)), Reply::Closed, Reply::Text(502, "<html>")] {
        let error = fails(reply.clone());
        assert_eq!(error.kind(), ProviderErrorKind::Unavailable, "{reply:?}: {error}");
    }
}

#[test]
fn an_answer_of_something_else_is_an_error() {
    let error = fails(Reply::Text(200, "<html>w8PDw8PD"));
    assert_eq!(error.kind(), ProviderErrorKind::Internal, "{error}");
    assert!(error.to_string().contains("none of KMS's"), "{error}");
}

/// In each region the call names that region's copy; what is stored is the same. The emulator opens nothing under such keys.
#[test]
fn a_multi_region_keys_wrapped_keys_open_in_every_region() {
    let mrk = ARN.replace("1234abcd-12ab-34cd-56ef-1234567890ab", "mrk-1234abcd12ab34cd56ef1234567890ab");
    let stored = WrappedMasterKey { kek: KekId::new(mrk.replace(moto::REGION, "*")), ..wrapped() };
    for region in [moto::REGION, "us-east-1"] {
        let arn = mrk.replace(moto::REGION, region);
        let replay = Replay::always(Reply::Json(200, decrypted(&KEY, &arn)));
        let config: Config = moto::config(replay.port).region(Region::new(region)).build();
        let keys = block_on(AwsKms::from_conf(config, &arn)).unwrap();
        assert_eq!(keys.keks(), std::slice::from_ref(&stored.kek));
        assert_eq!(block_on(keys.unwrap(&context("text:acme", 1), &stored)).unwrap().expose(), &KEY);
        assert_eq!(replay.asked()[0].body["KeyId"], arn);
    }
}

#[test]
fn a_call_on_a_dead_connection_ends() {
    let replay = Replay::always(Reply::Hang);
    let config: Config = moto::config(replay.port).build();
    let builder = AwsKms::builder(Client::from_conf(config), ARN).timeout(Duration::from_millis(200));
    let keys = block_on(builder.build()).unwrap();
    let error = refused(&keys, &context("text:acme", 1), &wrapped());
    assert_eq!(error.kind(), ProviderErrorKind::Unavailable);
    assert!(error.to_string().contains("did not answer within 200ms"), "{error}");
    assert_eq!(replay.asked().len(), 1);
}

#[test]
fn nobody_listening_is_an_outage() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config: Config = moto::config(port).retry_config(RetryConfig::disabled()).build();
    let keys = block_on(AwsKms::from_conf(config, ARN)).unwrap();
    let error = refused(&keys, &context("text:acme", 1), &wrapped());
    assert_eq!(error.kind(), ProviderErrorKind::Unavailable, "{error}");
    assert!(error.is_retryable());
}

#[test]
fn a_throttled_call_that_the_sdk_tries_again_succeeds() {
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let replay = Replay::start(move |_| match tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => Reply::Json(400, json!({"__type": "ThrottlingException", "message": ""})),
        _ => Reply::Json(200, decrypted(&KEY, ARN)),
    });
    let config: Config = moto::config(replay.port).build();
    let keys = block_on(AwsKms::from_conf(config, ARN)).unwrap();
    block_on(keys.unwrap(&context("text:acme", 1), &wrapped())).unwrap();
    assert_eq!(replay.asked().len(), 2);
}

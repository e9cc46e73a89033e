//! What a Vault in trouble does: sealed, standby, limited, cut off, dead, or not a Vault at all.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fieldseal::keys::{KekId, KeyProvider, ProviderError, ProviderErrorKind, VaultTransit, WrappedMasterKey};
use pollster::block_on;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::cases::{refused, whole};
use super::context;
use super::replay::{Asked, Replay, Reply};

const KEY: [u8; 32] = [0xC3; 32];
const TOKEN: &str = "s.a-token-of-the-test";

fn provider(replay: &Replay, limit: Duration) -> VaultTransit {
    let builder = VaultTransit::builder(format!("http://127.0.0.1:{}", replay.port), "kek").timeout(limit);
    builder.token(SecretString::from(TOKEN)).build().unwrap()
}

fn wrapped() -> WrappedMasterKey {
    let bytes = format!("vault:v1:{}", STANDARD.encode([7; 60])).into_bytes();
    WrappedMasterKey { kek: KekId::new("transit/kek"), bytes }
}

fn decrypted(key: &[u8]) -> Value {
    json!({"data": {"plaintext": STANDARD.encode(key)}})
}

/// A server that knows the key, and answers decryptions by `reply`.
fn knowing(reply: Reply) -> Replay {
    Replay::start(move |asked| known(asked).unwrap_or_else(|| reply.clone()))
}

fn known(asked: &Asked) -> Option<Reply> {
    let answer = if asked.line.starts_with("GET /v1/transit/keys/kek ") {
        json!({"data": {"type": "aes256-gcm96", "derived": false}})
    } else if asked.line.contains("lookup-self") {
        json!({"data": {"ttl": 0, "renewable": false}})
    } else {
        return None;
    };
    Some(Reply::Json(200, answer))
}

fn fails(reply: Reply) -> ProviderError {
    let error = refused(&provider(&knowing(reply), Duration::from_secs(5)), &context("text:acme", 1), &wrapped());
    let text = whole(&error);
    for secret in ["w8PD", "195, 195", "BwcH", TOKEN] {
        assert!(!text.contains(secret), "{text}");
    }
    error
}

#[test]
fn each_refusal_of_vault_has_its_kind() {
    use ProviderErrorKind::{Denied, Disabled, Internal, NotFound, Throttled, Unauthentic, Unavailable};
    let refusals = [
        (400, "cipher: message authentication failed", Unauthentic),
        (400, "invalid ciphertext: version is too new", Unauthentic),
        (400, "invalid ciphertext length", Unauthentic),
        (400, "encryption key not found", NotFound),
        (400, "ciphertext or signature version is disallowed by policy (too old)", Disabled),
        (400, "something else", Internal),
        (403, "permission denied", Denied),
        (404, "no handler for route", NotFound),
        (405, "unsupported operation", Internal),
        (412, "required index state not present", Unavailable),
        (429, "request path: rate limit quota exceeded", Throttled),
        (472, "", Unavailable),
        (473, "", Unavailable),
        (500, "internal error", Unavailable),
        (503, "Vault is sealed", Unavailable),
    ];
    for (status, says, kind) in refusals {
        let error = fails(Reply::Json(status, json!({"errors": [says]})));
        assert_eq!(error.kind(), kind, "{status} {says}: {error}");
        assert!(error.to_string().contains("transit/kek"), "{error}");
        assert_eq!(error.is_retryable(), matches!(kind, Throttled | Unavailable));
    }
}

#[test]
fn the_servers_words_are_not_passed_on() {
    let error = fails(Reply::Json(400, json!({"errors": [format!("bad: {} {TOKEN}", STANDARD.encode(KEY))]})));
    assert_eq!(error.kind(), ProviderErrorKind::Internal);
}

#[test]
fn every_call_names_its_key_and_carries_the_context() {
    let replay = knowing(Reply::Json(200, decrypted(&KEY)));
    let keys = provider(&replay, Duration::from_secs(5));
    let opened = block_on(keys.unwrap(&context("text:acme", 3), &wrapped())).unwrap();
    assert_eq!(opened.expose(), &KEY);
    let asked = replay.asked();
    let decrypt = asked.iter().find(|asked| asked.line.starts_with("POST /v1/transit/decrypt/kek ")).unwrap();
    let fields = [
        "fieldseal/v1/vault-wrap",
        "fieldseal:firm",
        "text:acme",
        "fieldseal:purpose",
        "firm-master-key",
        "fieldseal:version",
        "3",
    ];
    let mut associated = 7u32.to_be_bytes().to_vec();
    for field in fields {
        associated.extend(u32::try_from(field.len()).unwrap().to_be_bytes());
        associated.extend(field.as_bytes());
    }
    assert_eq!(decrypt.body["associated_data"], STANDARD.encode(associated));
    assert_eq!(decrypt.body["ciphertext"], std::str::from_utf8(&wrapped().bytes).unwrap());
    for asked in &asked {
        let headers = (asked.header("x-vault-token"), asked.header("x-vault-request"));
        assert_eq!(headers, (Some(TOKEN), Some("true")), "{asked:?}");
    }
}

#[test]
fn what_is_no_master_key_is_unauthentic() {
    for len in [0, 16, 31, 33, 64] {
        assert_eq!(
            fails(Reply::Json(200, decrypted(&vec![0xC3; len]))).kind(),
            ProviderErrorKind::Unauthentic,
            "{len}"
        );
    }
}

#[test]
fn a_slow_answer_is_an_answer() {
    let replay = knowing(Reply::Slowly(200, decrypted(&KEY)));
    let keys = provider(&replay, Duration::from_secs(5));
    assert_eq!(block_on(keys.unwrap(&context("text:acme", 1), &wrapped())).unwrap().expose(), &KEY);
}

#[test]
fn a_cut_connection_is_an_outage_and_shows_nothing() {
    for reply in [Reply::Cut(decrypted(&KEY)), Reply::Closed, Reply::Text(502, "<html>bad gateway")] {
        assert_eq!(fails(reply.clone()).kind(), ProviderErrorKind::Unavailable, "{reply:?}");
    }
}

#[test]
fn an_answer_of_something_else_is_an_error() {
    for reply in
        [Reply::Text(200, "<html>w8PDw8PD"), Reply::Json(200, json!({"data": {}})), Reply::Json(200, json!([]))]
    {
        assert_eq!(fails(reply.clone()).kind(), ProviderErrorKind::Internal, "{reply:?}");
    }
}

#[test]
fn an_endless_answer_is_cut_off() {
    let endless: &'static str = Box::leak("x".repeat(100_000).into_boxed_str());
    assert_eq!(fails(Reply::Text(200, endless)).kind(), ProviderErrorKind::Unavailable);
}

#[test]
fn a_call_on_a_dead_connection_ends() {
    let replay = knowing(Reply::Hang);
    let error = refused(&provider(&replay, Duration::from_millis(300)), &context("text:acme", 1), &wrapped());
    assert_eq!(error.kind(), ProviderErrorKind::Unavailable);
    assert!(error.to_string().contains("did not answer within 300ms"), "{error}");
}

#[test]
fn a_standby_leads_to_the_active_server() {
    let active = knowing(Reply::Json(200, decrypted(&KEY)));
    let to = active.port;
    let standby = Replay::start(move |asked| {
        let path = asked.line.split(' ').nth(1).unwrap();
        Reply::Header(307, "Location", format!("http://127.0.0.1:{to}{path}"))
    });
    let keys = provider(&standby, Duration::from_secs(5));
    assert_eq!(block_on(keys.unwrap(&context("text:acme", 1), &wrapped())).unwrap().expose(), &KEY);
    let moved = active.asked();
    let decrypt = moved.iter().find(|asked| asked.line.contains("decrypt")).unwrap();
    assert!(decrypt.line.starts_with("POST") && !decrypt.body.is_null(), "{decrypt:?}");
}

#[test]
fn redirects_in_a_circle_end_and_those_into_the_clear_are_not_followed() {
    let circle =
        Replay::start(|asked| Reply::Header(307, "Location", format!("http://{}/", asked.header("host").unwrap())));
    let error = refused(&provider(&circle, Duration::from_secs(5)), &context("text:acme", 1), &wrapped());
    assert_eq!(error.kind(), ProviderErrorKind::Unavailable, "{error}");
    // Another scheme; and another machine in the clear.
    for away in ["https://127.0.0.1:1/", "http://vault.example:8200/"] {
        let other = Replay::always(Reply::Header(307, "Location", away.to_owned()));
        let error = refused(&provider(&other, Duration::from_secs(5)), &context("text:acme", 1), &wrapped());
        assert_eq!(error.kind(), ProviderErrorKind::Internal, "{away}: {error}");
    }
}

//! HashiCorp Vault's transit engine, by OpenBao.

use std::sync::Arc;

use fieldseal::keys::{KekId, KeyProvider, ProviderErrorKind, VaultTransit, VaultTransitBuilder};
use pollster::block_on;
use secrecy::SecretString;
use serde_json::json;

use super::servers::bao;
use super::{Part, conformance, context, generate};

fn builder(key: &str) -> VaultTransitBuilder {
    VaultTransit::builder(bao::address(), key).token(SecretString::from("root"))
}

fn part() -> Part {
    let open = |keks: &[&str]| {
        let builder = keks[1..].iter().fold(builder(keks[0]), |builder, old| builder.retired(*old));
        Arc::new(builder.build().unwrap()) as Arc<dyn KeyProvider>
    };
    let keks = ["first", "second"].map(|name| bao::key(name, "aes256-gcm96"));
    Part {
        keks,
        missing: Some("nobody".to_owned()),
        open: Box::new(open),
        misnamed: &[ProviderErrorKind::Unauthentic],
        head: 0,
    }
}

conformance!(part);

#[test]
fn a_missing_key_is_not_made_by_wrapping_under_it() {
    let keys = builder("mistyped").build().unwrap();
    assert_eq!(generate(&keys, &context("text:acme", 1)).unwrap_err().kind(), ProviderErrorKind::NotFound);
    let list = bao::admin("LIST", "transit/keys", json!({}));
    assert!(!list["data"]["keys"].as_array().is_some_and(|keys| keys.contains(&json!("mistyped"))), "{list}");
}

#[test]
fn both_kinds_of_key_wrap() {
    for kind in ["aes256-gcm96", "chacha20-poly1305", "xchacha20-poly1305"] {
        let keys = builder(&bao::key("kind", kind)).build().unwrap();
        let (made, wrapped) = generate(&keys, &context("text:acme", 1)).unwrap();
        assert_eq!(block_on(keys.unwrap(&context("text:acme", 1), &wrapped)).unwrap().expose(), made.expose());
    }
}

#[test]
fn a_key_that_does_not_bind_the_context_is_refused() {
    let derived = bao::key("other", "ed25519");
    bao::admin("POST", "transit/keys/derived", json!({"type": "aes256-gcm96", "derived": true}));
    for name in [derived, bao::key("other", "rsa-2048"), bao::key("short", "aes128-gcm96"), "derived".to_owned()] {
        let error = generate(&builder(&name).build().unwrap(), &context("text:acme", 1)).unwrap_err();
        assert_eq!(error.kind(), ProviderErrorKind::Internal, "{name}: {error}");
        assert!(error.to_string().contains("type aes256-gcm96"), "{error}");
    }
}

#[test]
fn rotation_inside_vault_goes_on_unnoticed() {
    let name = bao::key("rotated", "aes256-gcm96");
    let (keys, context) = (builder(&name).build().unwrap(), context("text:acme", 1));
    let (made, old) = generate(&keys, &context).unwrap();
    bao::admin("POST", &format!("transit/keys/{name}/rotate"), json!({}));
    let (_, new) = generate(&keys, &context).unwrap();
    assert!(old.bytes.starts_with(b"vault:v1:") && new.bytes.starts_with(b"vault:v2:"));
    assert_eq!(block_on(keys.unwrap(&context, &old)).unwrap().expose(), made.expose());
    bao::admin("POST", &format!("transit/keys/{name}/config"), json!({"min_decryption_version": 2}));
    let error = block_on(keys.unwrap(&context, &old)).unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Disabled, "{error}");
    block_on(keys.unwrap(&context, &new)).unwrap();
}

#[test]
fn mount_and_namespace_are_the_configured_ones() {
    bao::admin("POST", "sys/namespaces/team", json!({}));
    let inside = [("X-Vault-Token", "root"), ("X-Vault-Namespace", "team")];
    let made = |path: &str, body| {
        let (status, answer) = super::servers::http::ask(bao::port(), "POST", &format!("/v1/{path}"), &inside, &body);
        assert!((200..300).contains(&status), "{path}: {answer}");
    };
    made("sys/mounts/keys/of", json!({"type": "transit"}));
    made("keys/of/keys/kek", json!({"type": "aes256-gcm96"}));
    let keys = builder("kek").mount("keys/of").namespace("team").build().unwrap();
    assert_eq!(keys.keks(), [KekId::new("keys/of/kek")]);
    generate(&keys, &context("text:acme", 1)).unwrap();
    let outside = builder("kek").mount("keys/of").build().unwrap();
    assert_eq!(generate(&outside, &context("text:acme", 1)).unwrap_err().kind(), ProviderErrorKind::NotFound);
}

#[test]
fn several_vaults_are_told_apart_by_name() {
    assert_eq!(builder("kek").named("eu").build().unwrap().id(), "vault:eu");
}

#[test]
fn tls_trusts_the_given_authority_and_no_other() {
    let (port, authority) = bao::with_tls();
    let builder =
        || VaultTransit::builder(format!("https://127.0.0.1:{port}"), "kek").token(SecretString::from("root"));
    let trusting = builder().certificate_authority(authority).build().unwrap();
    // Spoken to, and without a transit engine.
    assert_eq!(generate(&trusting, &context("text:acme", 1)).unwrap_err().kind(), ProviderErrorKind::NotFound);
    let error = generate(&builder().build().unwrap(), &context("text:acme", 1)).unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Unavailable);
    assert!(super::cases::whole(&error).contains("UnknownIssuer"), "{}", super::cases::whole(&error));
    let garbage = builder().certificate_authority("none").build().unwrap_err();
    assert_eq!(garbage.code(), "vault_transit.certificates");
}

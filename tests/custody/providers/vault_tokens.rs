//! Tokens: renewed before their end, replaced when the server dropped them, by one login.

use std::time::{Duration, Instant};

use fieldseal::keys::{KeyProvider, ProviderErrorKind, VaultTransit};
use futures_util::future::join_all;
use pollster::block_on;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::servers::{bao, http};
use super::{context, generate};

/// The accessors of all tokens with this policy that still live.
fn tokens(policy: &str) -> Vec<String> {
    let list = bao::admin("LIST", "auth/token/accessors", json!({}));
    let accessors = list["data"]["keys"].as_array().unwrap().clone();
    let of_policy = |accessor: &Value| {
        let accessor = accessor.as_str().unwrap().to_owned();
        let headers = [("X-Vault-Token", "root")];
        let body = json!({"accessor": accessor});
        let (_, found) = http::ask(bao::port(), "POST", "/v1/auth/token/lookup-accessor", &headers, &body);
        found["data"]["policies"].as_array()?.contains(&json!(policy)).then_some(accessor)
    };
    accessors.iter().filter_map(of_policy).collect()
}

/// A provider with a role whose tokens live so long, and the policy that only they have.
fn with_policy(seconds: u64) -> (VaultTransit, String) {
    let policy = bao::policy();
    let (role, secret) = bao::role(seconds, &policy);
    let key = bao::key("role", "aes256-gcm96");
    let builder = VaultTransit::builder(bao::address(), key).app_role(role, SecretString::from(secret));
    (builder.build().unwrap(), policy)
}

#[test]
fn the_guides_policy_is_enough_and_many_callers_log_in_once() {
    let (keys, policy) = with_policy(600);
    let contexts: Vec<_> = (0..32).map(|firm| context(&format!("int:{firm}"), 1)).collect();
    let calls = contexts.iter().map(|context| keys.generate(context, &fieldseal::random::OsRandom));
    for made in block_on(join_all(calls)) {
        made.unwrap();
    }
    assert_eq!(tokens(&policy).len(), 1);
}

#[test]
fn a_revoked_token_is_replaced_by_one_login() {
    let (keys, policy) = with_policy(600);
    let (made, wrapped) = generate(&keys, &context("text:acme", 1)).unwrap();
    let [old] = &tokens(&policy)[..] else { panic!("one token") };
    bao::admin("POST", "auth/token/revoke-accessor", json!({"accessor": old}));
    let acme = context("text:acme", 1);
    for opened in block_on(join_all((0..16).map(|_| keys.unwrap(&acme, &wrapped)))) {
        assert_eq!(opened.unwrap().expose(), made.expose());
    }
    let new = tokens(&policy);
    assert!(new.len() == 1 && new[0] != *old, "{new:?}");
}

#[test]
fn a_policy_that_denies_costs_one_login() {
    let policy = "denies-all";
    let rules = r#"path "transit/*" { capabilities = ["deny"] }"#;
    bao::admin("POST", "sys/policies/acl/denies-all", json!({"policy": rules}));
    let (role, secret) = bao::role(600, policy);
    let key = bao::key("denied", "aes256-gcm96");
    let builder = VaultTransit::builder(bao::address(), key).app_role(role, SecretString::from(secret));
    let keys = builder.build().unwrap();
    generate(&keys, &context("text:acme", 1)).unwrap_err();
    let error = generate(&keys, &context("text:acme", 1)).unwrap_err();
    assert_eq!((error.kind(), tokens(policy).len()), (ProviderErrorKind::Denied, 1), "{error}");
    assert!(error.to_string().contains("policy allows `read` on the key"), "{error}");
}

#[test]
fn an_unknown_role_is_denied() {
    let builder = VaultTransit::builder(bao::address(), "kek").app_role("nobody", SecretString::from("hush-hush"));
    let error = generate(&builder.build().unwrap(), &context("text:acme", 1)).unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Denied, "{error}");
    assert!(!super::cases::whole(&error).contains("hush-hush"));
}

#[test]
fn an_idle_providers_tokens_are_renewed() {
    let (role_keys, policy) = with_policy(3);
    generate(&role_keys, &context("text:acme", 1)).unwrap();
    let [by_role] = <[String; 1]>::try_from(tokens(&policy)).unwrap();

    let body = json!({"policies": [policy], "ttl": "3s", "renewable": true});
    let given = bao::admin("POST", "auth/token/create", body);
    let token = given["auth"]["client_token"].as_str().unwrap().to_owned();
    let key = bao::key("given", "aes256-gcm96");
    let given_keys = VaultTransit::builder(bao::address(), key).token(token.into()).build().unwrap();
    generate(&given_keys, &context("text:acme", 1)).unwrap();
    let given = given["auth"]["accessor"].as_str().unwrap().to_owned();

    for accessor in [by_role, given] {
        wait_for_renewal(&accessor);
    }
    generate(&given_keys, &context("text:acme", 1)).unwrap();
    drop((role_keys, given_keys));
}

/// Until the server has noted a renewal: the keeper comes after two thirds of three seconds.
fn wait_for_renewal(accessor: &str) {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60) {
        let token = bao::admin("POST", "auth/token/lookup-accessor", json!({"accessor": accessor}));
        if token["data"]["last_renewal_time"].as_u64().is_some_and(|time| time > 0) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the token was not renewed");
}

#[test]
fn a_token_that_can_not_be_renewed_is_replaced() {
    let (keys, policy) = with_policy(2);
    generate(&keys, &context("text:acme", 1)).unwrap();
    let first = tokens(&policy);
    // Revoked: the keeper's renewal fails, and it logs in.
    bao::admin("POST", "auth/token/revoke-accessor", json!({"accessor": first[0]}));
    let began = Instant::now();
    while tokens(&policy).is_empty() && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(tokens(&policy).len(), 1);
    drop(keys);
}

#[test]
fn a_given_token_that_has_ended_is_denied() {
    let given = bao::admin("POST", "auth/token/create", json!({"policies": [bao::policy()], "ttl": "60s"}));
    let token = given["auth"]["client_token"].as_str().unwrap().to_owned();
    let key = bao::key("ended", "aes256-gcm96");
    let keys = VaultTransit::builder(bao::address(), key).token(token.clone().into()).build().unwrap();
    generate(&keys, &context("text:acme", 1)).unwrap();
    bao::admin("POST", "auth/token/revoke-accessor", json!({"accessor": given["auth"]["accessor"]}));
    let error = generate(&keys, &context("text:acme", 1)).unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Denied, "{error}");
    assert!(!super::cases::whole(&error).contains(&token) && !format!("{keys:?}").contains(&token));
}

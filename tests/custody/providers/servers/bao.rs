//! Vault's transit engine as OpenBao has it.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::{Running, http, listens, program, start};

/// The server's address.
pub(crate) fn address() -> String {
    format!("http://127.0.0.1:{}", port())
}

pub(crate) fn port() -> u16 {
    static SERVER: OnceLock<Running> = OnceLock::new();
    SERVER
        .get_or_init(|| {
            let server = run(&[], answers);
            admin_at(server.port, "POST", "sys/mounts/transit", json!({"type": "transit"}));
            admin_at(server.port, "POST", "sys/auth/approle", json!({"type": "approle"}));
            server
        })
        .port
}

/// A server that speaks TLS under an authority of its own: its port, and the authority in PEM.
pub(crate) fn with_tls() -> (u16, Vec<u8>) {
    static SERVER: OnceLock<Running> = OnceLock::new();
    let server = SERVER.get_or_init(|| run(&["-dev-tls"], listens));
    (server.port, std::fs::read(server.directory.path().join("vault-ca.pem")).unwrap())
}

fn run(more: &[&str], answers: fn(u16) -> bool) -> Running {
    let bao = program("FIELDSEAL_TEST_BAO", "openbao/bin/bao");
    let command = |port: u16, directory: &Path| {
        let mut command = Command::new(&bao);
        command.args(["server", "-dev", "-dev-no-store-token", "-dev-root-token-id=root"]).args(more);
        if more.contains(&"-dev-tls") {
            command.arg(format!("-dev-tls-cert-dir={}", directory.display()));
        }
        command.arg(format!("-dev-listen-address=127.0.0.1:{port}")).env("HOME", directory);
        command
    };
    start(command, answers)
}

fn answers(port: u16) -> bool {
    listens(port) && http::ask(port, "GET", "/v1/sys/health", &[], &Value::Null).0 == 200
}

/// The administrator's request, which must succeed.
pub(crate) fn admin(method: &str, path: &str, body: Value) -> Value {
    admin_at(port(), method, path, body)
}

fn admin_at(port: u16, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = http::ask(port, method, &format!("/v1/{path}"), &[("X-Vault-Token", "root")], &body);
    assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
    answer
}

/// A new key of the transit engine.
pub(crate) fn key(name: &str, kind: &str) -> String {
    let name = format!("{name}-{}", unique());
    admin("POST", &format!("transit/keys/{name}"), json!({"type": kind}));
    name
}

/// Allows what the guide says that a service needs, of any key. Gives the policy's name.
pub(crate) fn policy() -> String {
    let name = format!("service-{}", unique());
    let rules = r#"
        path "transit/keys/*" { capabilities = ["read"] }
        path "transit/encrypt/*" { capabilities = ["update"] }
        path "transit/decrypt/*" { capabilities = ["update"] }
    "#;
    admin("POST", &format!("sys/policies/acl/{name}"), json!({"policy": rules}));
    name
}

/// A new role whose tokens live for so many seconds: its id and a secret id.
pub(crate) fn role(seconds: u64, policy: &str) -> (String, String) {
    let name = format!("role-{}", unique());
    let path = format!("auth/approle/role/{name}");
    admin("POST", &path, json!({"token_policies": policy, "token_ttl": seconds, "token_max_ttl": 3600}));
    let role = admin("GET", &format!("{path}/role-id"), Value::Null);
    let secret = admin("POST", &format!("{path}/secret-id"), json!({}));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&role["data"]["role_id"]), text(&secret["data"]["secret_id"]))
}

fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

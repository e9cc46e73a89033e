//! AWS KMS as moto plays it.

use std::process::Command;
use std::sync::OnceLock;

use aws_smithy_http_client::Builder;
use fieldseal::keys::aws_sdk_kms::config::{BehaviorVersion, Builder as ConfigBuilder, Credentials, Region};
use fieldseal::keys::aws_sdk_kms::types::KeySpec;
use fieldseal::keys::aws_sdk_kms::{Client, Config};
use tokio::runtime::Runtime;

use super::{Running, listens, program, start};

pub(crate) const REGION: &str = "eu-central-1";

fn server() -> &'static Running {
    static SERVER: OnceLock<Running> = OnceLock::new();
    SERVER.get_or_init(|| {
        let moto = program("FIELDSEAL_TEST_MOTO", "moto/bin/moto_server");
        let command = |port: u16, _: &std::path::Path| {
            let mut command = Command::new(&moto);
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            command
        };
        start(command, listens)
    })
}

/// A client of the emulator.
pub(crate) fn client() -> Client {
    Client::from_conf(config(server().port).build())
}

/// A client of whatever listens on a port of this machine.
pub(crate) fn config(port: u16) -> ConfigBuilder {
    Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .http_client(Builder::new().build_http())
}

/// Makes the calls of an administrator.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    Runtime::new().unwrap().block_on(future)
}

/// A new key's ARN.
pub(crate) fn key() -> String {
    key_of(KeySpec::SymmetricDefault, false)
}

pub(crate) fn key_of(spec: KeySpec, multi_region: bool) -> String {
    let usage = match spec {
        KeySpec::SymmetricDefault => "ENCRYPT_DECRYPT",
        _ => "GENERATE_VERIFY_MAC",
    };
    let made = client().create_key().key_spec(spec).key_usage(usage.into()).multi_region(multi_region);
    run(made.send()).unwrap().key_metadata.unwrap().arn.unwrap()
}

/// Points an alias, `alias/…`, at a key.
pub(crate) fn point(alias: &str, key: &str) {
    let client = client();
    let moved = run(client.update_alias().alias_name(alias).target_key_id(key).send());
    if moved.is_err() {
        run(client.create_alias().alias_name(alias).target_key_id(key).send()).unwrap();
    }
}

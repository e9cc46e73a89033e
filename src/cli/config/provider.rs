//! `[provider]`: who wraps the firms' master keys.

use serde::Deserialize;

use super::text::Text;
use crate::cli::failure::Failure;
use crate::keys::{LocalKeys, Providers};

/// One of these.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderConfig {
    local: Option<Local>,
    #[cfg_attr(not(feature = "vault"), allow(dead_code, reason = "read to say what is missing"))]
    vault: Option<Vault>,
    #[cfg_attr(not(feature = "pkcs11"), allow(dead_code, reason = "read to say what is missing"))]
    pkcs11: Option<Pkcs11>,
    aws: Option<toml::Table>,
}

/// A key file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Local {
    path: Text,
    /// Files of keys of before, that still unwrap.
    #[serde(default)]
    retired: Vec<Text>,
}

/// Vault's or OpenBao's transit engine.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "vault"), allow(dead_code, reason = "read to say what is missing"))]
struct Vault {
    address: Text,
    key: String,
    mount: Option<String>,
    namespace: Option<String>,
    token: Option<Text>,
    role_id: Option<Text>,
    secret_id: Option<Text>,
    certificate_authority: Option<std::path::PathBuf>,
    #[serde(default)]
    retired: Vec<String>,
}

/// An HSM.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "pkcs11"), allow(dead_code, reason = "read to say what is missing"))]
struct Pkcs11 {
    module: std::path::PathBuf,
    token: String,
    pin: Text,
    kek: String,
    #[serde(default)]
    retired: Vec<String>,
}

impl ProviderConfig {
    pub(super) fn build(&self) -> Result<Providers, Failure> {
        let named = [self.local.is_some(), self.vault.is_some(), self.pkcs11.is_some(), self.aws.is_some()];
        if named.iter().filter(|named| **named).count() != 1 {
            return Err(Failure::failed("config.provider", "[provider] names one of `local`, `vault` and `pkcs11`"));
        }
        if let Some(local) = &self.local {
            return local.build();
        }
        if let Some(vault) = &self.vault {
            return vault.build();
        }
        if let Some(pkcs11) = &self.pkcs11 {
            return pkcs11.build();
        }
        Err(Failure::failed(
            "config.aws",
            "AWS KMS is reached by the client that a service configures: use `fieldseal::cli::Cli` in the service's own binary",
        ))
    }
}

impl Local {
    fn build(&self) -> Result<Providers, Failure> {
        let failed =
            |error: crate::keys::LocalKeyError| Failure::failed("config.local", super::super::failure::chain(&error));
        let mut keys = LocalKeys::open(self.path.get()?).map_err(failed)?;
        for retired in &self.retired {
            keys = keys.with_retired(retired.get()?).map_err(failed)?;
        }
        Ok(keys.into())
    }
}

impl Vault {
    #[cfg(feature = "vault")]
    fn build(&self) -> Result<Providers, Failure> {
        let mut vault = crate::keys::VaultTransit::builder(self.address.get()?, self.key.as_str());
        if let Some(mount) = &self.mount {
            vault = vault.mount(mount);
        }
        if let Some(namespace) = &self.namespace {
            vault = vault.namespace(namespace);
        }
        vault = match (&self.token, &self.role_id, &self.secret_id) {
            (Some(token), None, None) => vault.token(token.secret()?),
            (None, Some(role), Some(secret)) => vault.app_role(role.get()?, secret.secret()?),
            _ => {
                return Err(Failure::failed(
                    "config.vault",
                    "[provider.vault] takes `token`, or `role_id` and `secret_id`",
                ));
            }
        };
        if let Some(path) = &self.certificate_authority {
            let pem = std::fs::read(path)
                .map_err(|error| Failure::failed("config.file", format!("{}: {error}", path.display())))?;
            vault = vault.certificate_authority(pem);
        }
        let vault = self.retired.iter().fold(vault, |vault, key| vault.retired(key));
        let built =
            vault.build().map_err(|error| Failure::failed("config.vault", super::super::failure::chain(&error)))?;
        Ok(built.into())
    }

    #[cfg(not(feature = "vault"))]
    fn build(&self) -> Result<Providers, Failure> {
        Err(Failure::failed("config.vault", "this binary was built without feature `vault`"))
    }
}

impl Pkcs11 {
    #[cfg(feature = "pkcs11")]
    fn build(&self) -> Result<Providers, Failure> {
        let hsm = crate::keys::Pkcs11::builder(&self.module).token(&self.token).pin(self.pin.secret()?).kek(&self.kek);
        let hsm = self.retired.iter().fold(hsm, |hsm, label| hsm.retired(label));
        let built =
            hsm.build().map_err(|error| Failure::failed("config.pkcs11", super::super::failure::chain(&error)))?;
        Ok(built.into())
    }

    #[cfg(not(feature = "pkcs11"))]
    fn build(&self) -> Result<Providers, Failure> {
        Err(Failure::failed("config.pkcs11", "this binary was built without feature `pkcs11`"))
    }
}

//! A key store that is set up.

use std::path::Path;

use serde::Serialize;

use super::args::Init;
use super::failure::{Exit, Failure};
use super::output::Output;
use super::service::Service;
use crate::keys::{Creation, LocalKeys};

/// Writes a configuration to be filled in, and the local key that it names.
pub(super) fn write_template(init: &Init, path: &Path, output: &Output) -> Result<(), Failure> {
    let failed = |error| Failure::failed("config.write", format!("{}: {error}", path.display()));
    LocalKeys::open_or_create(&init.local)
        .map_err(|error| Failure::failed("config.local", super::failure::chain(&error)))?;
    std::fs::write(path, template(init)?).map_err(failed)?;
    output.step(&format!("{} was written", path.display()));
    Ok(())
}

fn template(init: &Init) -> Result<String, Failure> {
    let text = |value: &str| toml::Value::String(value.to_owned()).to_string();
    let (key, at) = match (&init.postgres, &init.sqlite) {
        (Some(url), _) => ("postgres", text(url)),
        (None, Some(path)) => ("sqlite", text(&path.to_string_lossy())),
        (None, None) => {
            return Err(Failure::failed("config.store", "where are the keys to lie? give --postgres or --sqlite"));
        }
    };
    Ok(format!(
        "# The command line of fieldseal. \"${{VARIABLE}}\" takes a value from the environment, {{ file = \"path\" }} from a \
         file.\n\n[store]\n{key} = {at}\n\n[provider.local]\n# For development: in production name [provider.vault] or \
         [provider.pkcs11].\npath = {}\n\n# Databases that hold rows, and what `fieldseal schema export` of the service \
         prints of its models:\n# [databases.main]\n# postgres = \"${{DATABASE_URL}}\"\n",
        text(&init.local.to_string_lossy())
    ))
}

#[derive(Debug, Serialize)]
struct Done {
    platform: &'static str,
}

pub(super) async fn run(service: &Service, output: &Output) -> Result<Exit, Failure> {
    service.migrate_store().await?;
    let (platform, text) = match service.vault.initialize().await? {
        Creation::Created => ("created", "the key store is set up, and the platform has keys"),
        Creation::Existed => ("existed", "the key store was set up before"),
    };
    output.result(&Done { platform }, text)?;
    Ok(Exit::Done)
}

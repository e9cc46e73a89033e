//! One `initdb` per build directory; each process copies its result.

use std::{fs, path::Path};

use super::programs::Programs;
use crate::support::postgres::{command::run, database::random_name};

/// Kept with the cluster and readable by its owner alone: other users of this machine reach 127.0.0.1 too.
const PASSWORD: &str = "fieldseal-password";

/// Fills `directory` with a cluster; its superuser's password.
pub(super) fn copy(programs: &Programs, directory: &Path) -> Result<String, String> {
    let template = place(programs)?;
    if !Path::new(&template).is_dir() {
        make(programs, directory, &template)?;
    }
    let target = directory.join("data");
    run("cp", &["-a", &template, &target.display().to_string()])?;
    fs::read_to_string(target.join(PASSWORD)).map_err(|error| format!("{}: {error}", target.display()))
}

/// A cluster belongs to one version and one user.
fn place(programs: &Programs) -> Result<String, String> {
    // "initdb (PostgreSQL) 15.20 (Debian ...)"
    let version = programs.run("initdb", &["--version"])?;
    let version = version.split_whitespace().nth(2).unwrap_or("unknown");
    Ok(format!("{}/postgres-{version}-of-{}", env!("CARGO_TARGET_TMPDIR"), programs.user()))
}

fn make(programs: &Programs, directory: &Path, template: &str) -> Result<(), String> {
    let fresh = directory.join("template").display().to_string();
    let password_file = directory.join("password").display().to_string();
    let password = random_name("test", '-');
    fs::write(&password_file, &password).map_err(|error| format!("{password_file}: {error}"))?;
    // For the server's user, whatever root's umask is; nobody else gets into the directory.
    run("chmod", &["644", &password_file])?;
    let flags = ["--no-sync", "-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=scram-sha-256", "--pwfile"];
    programs.run("initdb", &[&flags[..], &[&password_file, "-D", &fresh]].concat())?;
    run("cp", &["-p", &password_file, &format!("{fresh}/{PASSWORD}")])?;
    keep(&fresh, template)
}

/// Puts the finished template where every process looks for it, in one step.
fn keep(fresh: &str, template: &str) -> Result<(), String> {
    let partial = random_name(template, '.');
    run("cp", &["-a", fresh, &partial])?;
    match fs::rename(&partial, template) {
        Ok(()) => Ok(()),
        // Another process was faster; its template is as good.
        Err(_) if Path::new(template).is_dir() => {
            fs::remove_dir_all(&partial).map_err(|error| format!("{partial}: {error}"))
        }
        Err(error) => Err(format!("{template}: {error}")),
    }
}

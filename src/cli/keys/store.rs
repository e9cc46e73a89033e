//! Backups of the key store.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use super::done;
use crate::admin::{KeyAdmin, Overwrite, RestoreOptions, Verify};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;

pub(super) async fn backup(admin: &KeyAdmin, path: &Path, output: &Output) -> Result<Exit, Failure> {
    let failed = |error| Failure::failed("cli.file", format!("{}: {error}", path.display()));
    let mut file = BufWriter::new(File::create_new(path).map_err(failed)?);
    let backup = match admin.backup(&mut file).await {
        Ok(backup) => backup,
        Err(error) => {
            drop(std::fs::remove_file(path));
            return Err(error.into());
        }
    };
    file.flush().and_then(|()| file.get_ref().sync_all()).map_err(failed)?;
    let value = serde_json::json!({ "firms": backup.firms, "shredded": backup.shredded, "created": backup.created });
    output.result(&value, format!("{} firms, {} of them shredded", backup.firms, backup.shredded))?;
    Ok(Exit::Done)
}

pub(super) async fn restore(
    admin: &KeyAdmin,
    path: &Path,
    overwrite: bool,
    verify: bool,
    output: &Output,
) -> Result<Exit, Failure> {
    let file = File::open(path).map_err(|error| Failure::failed("cli.file", format!("{}: {error}", path.display())))?;
    let file = BufReader::new(file);
    if verify {
        let contents = admin.verify_backup(file, Verify::Deep).await?;
        return done(output, &format!("whole and authentic: {} firms", contents.firms));
    }
    let options = RestoreOptions::default();
    let options = if overwrite { options.overwriting(Overwrite::IfNewer) } else { options };
    let restored = admin.restore(file, options).await?;
    for difference in &restored.differences {
        output.step(&format!("{difference:?}"));
    }
    let value = serde_json::json!({ "written": restored.written, "differences": restored.differences.len() });
    output
        .result(&value, format!("{} records written, {} firms differ", restored.written, restored.differences.len()))?;
    Ok(Exit::Done)
}

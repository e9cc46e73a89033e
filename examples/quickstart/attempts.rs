//! Writes to the database that go around the service, and what becomes of them.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use fieldseal::BlockingVault;

use super::Failure;
use super::model::{SealedClient, clients};
use super::screen::{Screen, Style};

/// What somebody with write access to the file, but without keys, may try.
struct Attempt {
    what: &'static str,
    sql: &'static str,
}

const ATTEMPTS: [Attempt; 4] = [
    Attempt { what: "plaintext", sql: "UPDATE clients SET notes = 'owes nothing' WHERE id = 5" },
    Attempt { what: "other firm", sql: "UPDATE clients SET firm_id = 'clinica-aurora' WHERE id = 5" },
    Attempt {
        what: "swap",
        sql: "UPDATE clients SET notes = (SELECT c.notes FROM clients AS c WHERE c.id = 13 - clients.id) WHERE id IN (5, 8)",
    },
    Attempt { what: "cut off", sql: "UPDATE clients SET email = substr(email, 1, length(email) - 1) WHERE id = 5" },
];

pub fn show(screen: &mut Screen<'_>, conn: &mut SqliteConnection, vault: &BlockingVault) -> Result<(), Failure> {
    screen.heading("8. Behind the service's back: raw SQL on the file, each undone afterwards")?;
    for attempt in ATTEMPTS {
        screen.say(Style::Faint, attempt.sql)?;
        let refusal = refusal(conn, vault, &attempt)?;
        screen.item(attempt.what, Style::Refused, &refusal)?;
    }
    let row = clients::table.find(5).select(SealedClient::as_select()).first::<SealedClient>(conn)?;
    let refusal = vault.session("clinica-aurora")?.open(row).err().ok_or("another firm's session opened the row")?;
    screen.say(Style::Faint, "vault.session(\"clinica-aurora\")?.open(row_of_tsubame)")?;
    screen.item("session", Style::Refused, &refusal.to_string())?;
    Ok(())
}

/// Who refuses, and how: the database, or the session that opens the rows.
fn refusal(conn: &mut SqliteConnection, vault: &BlockingVault, attempt: &Attempt) -> Result<String, Failure> {
    conn.batch_execute("SAVEPOINT attempt")?;
    let written = conn.batch_execute(attempt.sql);
    let opened = clients::table.filter(clients::id.eq_any([5, 8])).select(SealedClient::as_select()).load(conn);
    conn.batch_execute("ROLLBACK TO attempt; RELEASE attempt")?;
    match written {
        Err(error) => Ok(format!("the database refuses: {error}")),
        Ok(()) => match vault.open(opened?) {
            Err(error) => Ok(format!("opening refuses: {error}")),
            Ok(_) => Err(format!("nobody refused: {}", attempt.sql).into()),
        },
    }
}

//! Rows shown side by side: what the service sees, and what the database holds.

use fieldseal::Session;

use super::Failure;
use super::model::{Client, SealedClient};
use super::screen::Screen;
use super::stored::{Stored, cell, cell_or_null, term, term_or_null};

/// Every column of one row.
pub fn row(screen: &mut Screen<'_>, opened: &Client, stored: &SealedClient) -> Result<(), Failure> {
    let plain = |text: &str| Stored::Plain(text.to_owned());
    let intake = serde_json::to_string(&opened.intake)?;
    titles(screen)?;
    screen.both("id", &opened.id.to_string(), &plain(&stored.id.to_string()))?;
    screen.both("firm_id", &opened.firm_id.to_string(), &plain(&stored.firm_id.to_string()))?;
    screen.both("language", &opened.language, &plain(&stored.language))?;
    screen.both("name", &opened.name, &cell(&stored.name)?)?;
    screen.both("email", &opened.email, &cell(&stored.email)?)?;
    screen.both("email_term", "", &term(&stored.email_term)?)?;
    screen.both("phone", opened.phone.as_deref().unwrap_or("–"), &cell_or_null(stored.phone.as_ref())?)?;
    screen.both("phone_term", "", &term_or_null(stored.phone_term.as_ref())?)?;
    screen.both("notes", &opened.notes, &cell(&stored.notes)?)?;
    screen.both("intake", &intake, &cell(&stored.intake)?)?;
    Ok(())
}

/// The columns that a patch changed, before and after.
pub fn change(
    screen: &mut Screen<'_>,
    session: &Session,
    before: &SealedClient,
    after: &SealedClient,
) -> Result<(), Failure> {
    titles(screen)?;
    for (when, stored) in [("", before), ("→ ", after)] {
        let opened = session.open(stored.clone())?;
        let phone = opened.phone.as_deref().unwrap_or("–");
        screen.both(&format!("{when}phone"), phone, &cell_or_null(stored.phone.as_ref())?)?;
        screen.both(&format!("{when}notes"), &opened.notes, &cell(&stored.notes)?)?;
    }
    Ok(())
}

/// One name of each language.
pub fn languages(screen: &mut Screen<'_>, opened: &[Client], stored: &[SealedClient]) -> Result<(), Failure> {
    titles(screen)?;
    let mut seen = Vec::new();
    for (client, stored) in opened.iter().zip(stored) {
        if !seen.contains(&&client.language) {
            seen.push(&client.language);
            screen.both(&format!("{} name", client.language), &client.name, &cell(&stored.name)?)?;
        }
    }
    Ok(())
}

fn titles(screen: &mut Screen<'_>) -> Result<(), Failure> {
    Ok(screen.sides("what the service sees", "what the database holds")?)
}

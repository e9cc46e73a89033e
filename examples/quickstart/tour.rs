//! The quickstart step by step: keys, write, read, look up, update, search the file, and what is refused.

use std::time::Instant;

use diesel::prelude::*;
use fieldseal::{BlockingVault, Creation, Session};

use super::files::{self, Files};
use super::model::{Client, ClientPatch, SealedClient, clients};
use super::records::{self, FILE, FIRMS, Record};
use super::screen::{Screen, Style};
use super::search::Wanted;
use super::{Failure, attempts, sides};

/// What the steps share.
struct Tour<'a, 'w> {
    screen: &'a mut Screen<'w>,
    vault: BlockingVault,
    conn: SqliteConnection,
    records: Vec<Record>,
    /// The same as clients.
    all: Vec<Client>,
}

/// The firm that is worked for.
const FIRM: &str = "tsubame-crm";
/// The client that is shown and looked up.
const SHOWN: i64 = 5;
/// The client that is updated.
const UPDATED: i64 = 8;

pub fn run(screen: &mut Screen<'_>, files: &Files) -> Result<(), Failure> {
    let begun = Instant::now();
    let records = records::read()?;
    let all: Vec<Client> = records.iter().cloned().map(Client::from).collect();
    screen.heading("fieldseal quickstart")?;
    screen.item("reads", Style::Plain, &format!("{FILE}: {} made-up clients of {} firms", all.len(), FIRMS.len()))?;
    screen.item("database", Style::Plain, &files.database().display().to_string())?;
    screen.item("key file", Style::Plain, &files.key().display().to_string())?;

    let vault = files.vault()?.blocking();
    let mut tour = Tour { screen, vault, conn: files.connect()?, records, all };
    tour.create_firms()?;
    tour.write()?;
    let session = tour.vault.session(FIRM)?;
    tour.show_one(&session)?;
    tour.look_up(&session)?;
    tour.update(&session)?;
    tour.open_all()?;
    tour.search(files)?;
    attempts::show(tour.screen, &mut tour.conn, &tour.vault)?;
    screen.heading(&format!("Next, after {:.1} seconds", begun.elapsed().as_secs_f32()))?;
    Ok(())
}

impl Tour<'_, '_> {
    fn create_firms(&mut self) -> Result<(), Failure> {
        self.screen.heading("1. Keys: each firm has its own, wrapped under the key file's")?;
        let made = files::create_firms(&self.vault, &FIRMS.map(|(firm, _)| firm))?;
        let names = [("the service", "platform")].into_iter().chain(FIRMS.map(|(firm, what)| (what, firm)));
        for ((what, firm), made) in names.zip(made) {
            let made = if made == Creation::Created { "made now" } else { "found in the key store" };
            self.screen.item(what, Style::Plain, &format!("{firm:<20}{made}"))?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Failure> {
        self.screen.heading("2. Write: insert_into(clients).values(session.seal(&rows)?)")?;
        let there = files::count(&mut self.conn)?;
        if there > 0 {
            let text = format!("{there} clients are there from an earlier run: nothing is written again.");
            return Ok(self.screen.say(Style::Plain, &text)?);
        }
        for (firm, _) in FIRMS {
            let begun = Instant::now();
            let session = self.vault.session(firm)?;
            let rows: Vec<&Client> = self.all.iter().filter(|client| client.firm_id == firm).collect();
            let sealed = session.seal(&rows)?;
            let cells = sealed.len() * 4 + rows.iter().filter(|client| client.phone.is_some()).count();
            self.conn.transaction(|conn| diesel::insert_into(clients::table).values(sealed).execute(conn))?;
            let text = format!("{firm:<20}{} rows, {cells} cells, {:.0?}", rows.len(), begun.elapsed());
            self.screen.item("sealed", Style::Plain, &text)?;
        }
        Ok(())
    }

    fn show_one(&mut self, session: &Session) -> Result<(), Failure> {
        self.screen.heading("3. One row, both sides: session.open(row)?")?;
        let row = by_id(&mut self.conn, SHOWN)?;
        sides::row(self.screen, &session.open(row.clone())?, &row)?;
        self.screen.say(
            Style::Faint,
            "Cells begin with f5, bound to their row, and 01, their data key; terms with 01, their index key.",
        )?;
        Ok(())
    }

    fn look_up(&mut self, session: &Session) -> Result<(), Failure> {
        self.screen.heading("4. Look up, though the file holds no e-mail: Client::email().eq(&session, …)?")?;
        for asked in [" QUILL_home688@mail.EXAMPLE.org ", "quill_home689@mail.example.org"] {
            let found = clients::table
                .filter(Client::email().eq(session, asked)?)
                .filter(clients::firm_id.eq(FIRM))
                .select(SealedClient::as_select())
                .first(&mut self.conn)
                .optional()?;
            self.answer("e-mail", asked, session.open(found)?)?;
        }
        for asked in ["1.410.555.1048", "+1 410 555 1049"] {
            let found = self.by_phone(session, asked)?;
            self.answer("phone", asked, found)?;
        }
        Ok(())
    }

    /// A term of 16 bits also matches some other numbers: `find` opens the candidates and keeps what really equals.
    fn by_phone(&mut self, session: &Session, asked: &str) -> Result<Option<Client>, Failure> {
        let conn = &mut self.conn;
        let finder = Client::phone().find(session, asked)?.by(|row: &SealedClient| row.id).limit(1);
        let found = finder.load(session, |page| {
            let of_firm = clients::table.filter(clients::firm_id.eq(FIRM)).select(SealedClient::as_select());
            page.of(of_firm, clients::id).load(conn)
        })?;
        Ok(found.into_iter().next())
    }

    fn answer(&mut self, what: &str, asked: &str, found: Option<Client>) -> Result<(), Failure> {
        let (style, found) = match found {
            Some(client) => (Style::Good, format!("{}, row {}", client.name, client.id)),
            None => (Style::Plain, "nobody".to_owned()),
        };
        Ok(self.screen.item(what, style, &format!("{:<34} → {found}", format!("{asked:?}")))?)
    }

    fn update(&mut self, session: &Session) -> Result<(), Failure> {
        self.screen.heading("5. Update by a patch: update(…).set(session.seal_for(id, &patch)?)")?;
        let before = by_id(&mut self.conn, UPDATED)?;
        let patch =
            ClientPatch { notes: Some("Moved; write to the new address ✉"), phone: Some(None), ..Default::default() };
        diesel::update(clients::table.find(UPDATED)).set(session.seal_for(UPDATED, &patch)?).execute(&mut self.conn)?;
        let after = by_id(&mut self.conn, UPDATED)?;
        sides::change(self.screen, session, &before, &after)
    }

    fn open_all(&mut self) -> Result<(), Failure> {
        self.screen.heading("6. Open all, of all firms: vault.open(rows)?")?;
        let begun = Instant::now();
        let rows = clients::table.order(clients::id).select(SealedClient::as_select()).load(&mut self.conn)?;
        let opened = self.vault.open(rows.clone())?;
        let time = begun.elapsed();
        sides::languages(self.screen, &opened, &rows)?;
        let same = opened.iter().zip(&self.all).filter(|(opened, written)| opened == written).count();
        let text =
            format!("{} rows loaded and opened in {time:.0?}; {same} equal the CSV file, 1 is updated.", opened.len());
        Ok(self.screen.say(Style::Good, &text)?)
    }

    fn search(&mut self, files: &Files) -> Result<(), Failure> {
        self.screen.heading("7. Search the file for every name, e-mail, phone, note and party")?;
        let bytes = files.read()?;
        let sealed = Wanted::new(self.records.iter().flat_map(Record::sealed_texts));
        let found = sealed.count_in(&bytes);
        let text = format!("{} texts sought in {} KiB: {found} found", sealed.count, bytes.len() / 1024);
        self.screen.item("sealed", if found == 0 { Style::Good } else { Style::Refused }, &text)?;
        let control = Wanted::new(FIRMS.iter().map(|(firm, _)| *firm)).count_in(&bytes);
        self.screen.item("control", Style::Plain, &format!("firm_id is no sealed column: {control} found"))?;
        if found > 0 {
            return Err("the file holds plaintext of sealed columns".into());
        }
        Ok(())
    }
}

fn by_id(conn: &mut SqliteConnection, id: i64) -> QueryResult<SealedClient> {
    clients::table.find(id).select(SealedClient::as_select()).first(conn)
}

/// Where to read on.
pub fn farewell(screen: &mut Screen<'_>, files: &Files, kept: bool) -> Result<(), Failure> {
    if kept {
        screen.item(
            "look",
            Style::Plain,
            &format!("sqlite3 {} 'SELECT id, hex(email) FROM clients LIMIT 3'", files.database().display()),
        )?;
        screen.item("again", Style::Plain, "the same command opens what is there, with the kept key")?;
    } else {
        screen.item("keep", Style::Plain, "cargo run --example quickstart -- --keep DIR")?;
    }
    screen.item("read", Style::Plain, "examples/quickstart/model.rs, then tour.rs; the README; `cargo doc --open`")?;
    screen.item("migration", Style::Plain, "cargo run --example print_migration")?;
    screen.item("PostgreSQL", Style::Plain, "DATABASE_URL=… cargo run --example postgres")?;
    screen.item("one tenant", Style::Plain, "cargo run --example platform")?;
    Ok(())
}

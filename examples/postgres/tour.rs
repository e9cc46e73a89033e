//! Step by step: schema, keys, write, look, look up, upsert, stream, search.

use std::time::Instant;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fieldseal::{Session, Vault};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::model::{Client, Firm, SealedClient, clients, firms};
use super::records::{self, FILE, FIRMS, Record};
use super::screen::{Screen, Style};
use super::search::Wanted;
use super::{Failure, database, shell, sides, upsert};

struct Tour<'a, 'w> {
    screen: &'a mut Screen<'w>,
    conn: AsyncPgConnection,
    vault: Vault,
    records: Vec<Record>,
    firms: [Firm; 3],
}

pub async fn run(screen: &mut Screen<'_>, url: &str) -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let records = records::read()?;
    screen.heading("fieldseal on PostgreSQL, with diesel-async")?;
    screen.item(
        "reads",
        Style::Plain,
        &format!("{FILE}: {} made-up clients of {} firms", records.len(), FIRMS.len()),
    )?;
    screen.item("tables", Style::Plain, &format!("schema {}, made anew", database::TABLES))?;
    screen.item("key store", Style::Plain, &format!("schema {}, made anew", database::KEYS))?;

    let conn = database::connect(url).await?;
    let vault = database::vault(url, directory.path()).await?;
    let firms = FIRMS.map(|(name, _)| Firm { id: Uuid::new_v4(), name });
    let mut tour = Tour { screen, conn, vault, records, firms };
    tour.check().await?;
    tour.write().await?;
    tour.look().await?;
    let session = tour.vault.session(tour.firms[2].id).await?;
    tour.look_up(&session).await?;
    tour.upsert(&session).await?;
    tour.stream(&session).await?;
    tour.open_all().await?;
    tour.search().await?;
    farewell(screen)
}

impl Tour<'_, '_> {
    async fn check(&mut self) -> Result<(), Failure> {
        self.screen.heading("1. Check: vault.register::<Client>()?; vault.check_schema_async(&mut conn)")?;
        self.vault.register::<Client>()?;
        self.vault.check_schema_async(&mut self.conn).await?;
        Ok(self
            .screen
            .say(Style::Good, "The database has every column, domain, index and guard that the model needs.")?)
    }

    async fn write(&mut self) -> Result<(), Failure> {
        self.screen.heading("2. Write: insert_into(clients).values(session.seal(&rows)?)")?;
        self.vault.initialize().await?;
        diesel::insert_into(firms::table).values(&self.firms[..]).execute(&mut self.conn).await?;
        for firm in &self.firms {
            let begun = Instant::now();
            self.vault.create_firm(firm.id).await?;
            let session = self.vault.session(firm.id).await?;
            let records = self.records.iter().filter(|record| record.firm == firm.name);
            let rows: Vec<Client> = records.map(|record| Client::new(record, firm)).collect();
            let written =
                diesel::insert_into(clients::table).values(session.seal(&rows)?).execute(&mut self.conn).await?;
            let text = format!("{:<20}{written} rows, {:.0?}", firm.name, begun.elapsed());
            self.screen.item("sealed", Style::Plain, &text)?;
        }
        Ok(())
    }

    async fn look(&mut self) -> Result<(), Failure> {
        self.screen.heading("3. What psql shows")?;
        let columns = ["language", "name", "email", "email_term"];
        let rest = "FROM clients ORDER BY id LIMIT 5";
        shell::show(self.screen, &mut self.conn, &columns, rest).await
    }

    async fn look_up(&mut self, session: &Session) -> Result<(), Failure> {
        self.screen.heading("4. Look up: Client::email().eq(&session, …)?, joined with a plain table")?;
        let asked = " QUILL_home688@mail.EXAMPLE.org ";
        let found = clients::table
            .inner_join(firms::table.on(firms::id.eq(clients::firm_id)))
            .filter(Client::email().eq(session, asked)?)
            .select((SealedClient::as_select(), firms::name))
            .first::<(SealedClient, String)>(&mut self.conn)
            .await?;
        let stored = found.0.clone();
        let (client, firm) = session.open(found)?;
        self.screen.item("e-mail", Style::Good, &format!("{asked:?} → {}, {firm}", client.name))?;
        sides::row(self.screen, &client, &stored)?;
        let asked = "1.410.555.1048";
        for client in by_phone(&mut self.conn, session, asked).await? {
            self.screen.item("phone", Style::Good, &format!("{:<34} → {}", format!("{asked:?}"), client.name))?;
        }
        Ok(())
    }

    async fn upsert(&mut self, session: &Session) -> Result<(), Failure> {
        self.screen.heading("5. Upsert: conflict on the row key, which the cells are bound to")?;
        let record = self.records.iter().find(|record| record.id == 5).ok_or("the file has no client 5")?;
        let again = Client { notes: "imported twice".to_owned(), ..Client::new(record, &self.firms[2]) };
        let refused = upsert::conflict_on_email(&mut self.conn, session, &again).await;
        let refusal = refused.err().ok_or("the guard let a misplaced cell pass")?.to_string();
        self.screen.item("on e-mail", Style::Refused, &format!("the database refuses: {refusal}"))?;
        let before = by_email(&mut self.conn, session, &record.email).await?;
        let rows = upsert::import(&mut self.conn, session, again).await?;
        let after = by_email(&mut self.conn, session, &record.email).await?;
        self.screen.item(
            "on key",
            Style::Good,
            &format!("{rows} row updated, its key as before: {}", before.id == after.id),
        )?;
        sides::change(self.screen, session, &before, &after)
    }

    async fn stream(&mut self, session: &Session) -> Result<(), Failure> {
        self.screen.heading("6. Stream: session.open_stream(query.load_stream(&mut conn).await?)")?;
        let begun = Instant::now();
        let rows = clients::table
            .filter(clients::firm_id.eq(self.firms[2].id))
            .select(SealedClient::as_select())
            .load_stream(&mut self.conn)
            .await?;
        let open = session.open_stream(rows).try_fold((0, 0), |(rows, urgent), client| async move {
            Ok((rows + 1, urgent + u32::from(client.intake.urgent)))
        });
        let (rows, urgent) = open.await?;
        let text = format!("{rows} rows opened as they came, {urgent} of them urgent, in {:.0?}", begun.elapsed());
        Ok(self.screen.say(Style::Good, &text)?)
    }

    async fn open_all(&mut self) -> Result<(), Failure> {
        self.screen.heading("7. Open all, of all firms: vault.open(rows).await?")?;
        let begun = Instant::now();
        let order = (clients::language, clients::id);
        let rows = clients::table.order(order).select(SealedClient::as_select()).load(&mut self.conn).await?;
        let opened = self.vault.open(rows.clone()).await?;
        let time = begun.elapsed();
        sides::languages(self.screen, &opened, &rows)?;
        Ok(self.screen.say(Style::Good, &format!("{} rows loaded and opened in {time:.0?}", opened.len()))?)
    }

    async fn search(&mut self) -> Result<(), Failure> {
        self.screen.heading("8. Search every row, as text and in hex, for every name, e-mail, phone, note")?;
        let rows: Vec<Row> =
            diesel::sql_query("SELECT clients::text AS text FROM clients").load(&mut self.conn).await?;
        let dump = rows.into_iter().map(|row| row.text).collect::<Vec<_>>().join("\n");
        let texts: Vec<&str> = self.records.iter().flat_map(Record::sealed_texts).collect();
        // PostgreSQL writes bytes in hex.
        let in_hex: Vec<String> = texts.iter().filter(|text| text.len() >= 8).map(hex::encode).collect();
        let wanted = Wanted::new(texts.iter().copied().chain(in_hex.iter().map(String::as_str)));
        let found = wanted.count_in(dump.as_bytes());
        let text = format!("{} texts sought in {} KiB: {found} found", wanted.count, dump.len() / 1024);
        self.screen.item("sealed", if found == 0 { Style::Good } else { Style::Refused }, &text)?;
        let firms = self.firms.each_ref().map(|firm| firm.id.to_string());
        let control = Wanted::new(firms.iter().map(String::as_str)).count_in(dump.as_bytes());
        self.screen.item("control", Style::Plain, &format!("firm_id is no sealed column: {control} found"))?;
        if found > 0 { Err("the table holds plaintext of sealed columns".into()) } else { Ok(()) }
    }
}

/// Where to look and read on.
fn farewell(screen: &mut Screen<'_>) -> Result<(), Failure> {
    screen.heading("Next")?;
    let query = format!("psql \"$DATABASE_URL\" -c 'SELECT * FROM {}.clients LIMIT 3'", database::TABLES);
    screen.item("look", Style::Plain, &query)?;
    let remove = format!("DROP SCHEMA {}, {} CASCADE", database::TABLES, database::KEYS);
    screen.item("remove", Style::Plain, &format!("{remove}; the key file is gone already, and the clients with it"))?;
    screen.item("read", Style::Plain, "examples/postgres/model.rs, then tour.rs and upsert.rs; the README")?;
    Ok(())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

async fn by_email(conn: &mut AsyncPgConnection, session: &Session, email: &str) -> Result<SealedClient, Failure> {
    let query = clients::table.filter(Client::email().eq(session, email)?).select(SealedClient::as_select());
    Ok(query.first(conn).await?)
}

/// A term of 16 bits also matches some other numbers: `find` opens the candidates and keeps what really equals.
async fn by_phone(conn: &mut AsyncPgConnection, session: &Session, asked: &str) -> Result<Vec<Client>, Failure> {
    let finder = Client::phone().find(session, asked)?.by(|row: &SealedClient| row.id).limit(20);
    let found = finder.load_async(session, async |page| {
        page.of(clients::table.select(SealedClient::as_select()), clients::id).load(conn).await
    });
    Ok(found.await?)
}
